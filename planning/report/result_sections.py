"""What the plan does: pelvic roots first, then lesion, findings, structures and isotherms."""

from __future__ import annotations

import numpy as np

from imaging.labels import Mask
from imaging.structures import Side, StructureKind
from imaging.surface import surface_of_field
from planning.catalogue.own_thresholds import load_thresholds
from planning.evaluation import Judgement, StructureRisk, Verdict
from planning.evaluation.exposure_text import crossing_text
from planning.model.clinical import Intent
from planning.quantities import (
    NNBSP,
    deviation_text,
    dose_text,
    length_text,
    level_text,
    lps_text,
    percent_text,
    time_text,
    volume_text,
)
from planning.report.blocks import Column, Facts, Histogram, Paragraph, Row, Section, Table
from planning.report.model import ReportInput
from planning.report.wording import (
    edge_distance_text,
    edge_text,
    extreme_text,
    lesion_place,
    pelvic_judgement,
    typeset,
)

_MOST_BINS = 40


def pelvic_section(given: ReportInput) -> Section:
    """S2-S4 of both sides, above everything else."""
    pelvic = given.verdict.pelvic
    judgement = pelvic_judgement(given.verdict)
    alert = judgement is Judgement.INJURY
    summary = Paragraph(lead=pelvic.sentence, text=pelvic.reason, judgement=judgement, alert=alert)
    function = given.verdict.function
    meant = [Paragraph(text=f"{words} ({source})") for words, source in function.sentences]
    if meant:
        lost = f"If what reaches alarm were lost ({', '.join(function.lost)}):"
        unknown = f" Not counted, since unknown: {', '.join(function.unknown)}." if function.unknown else ""
        meant.insert(0, Paragraph(text=f"{lost}{unknown}"))
    return Section(key="pelvic", title="S2–S4 of both sides", blocks=(summary, *meant))


def lesion_section(given: ReportInput) -> Section:
    """Size, coverage and margin of the lesion."""
    judged, marked = given.verdict.lesion, given.case.of_kind(StructureKind.LESION)
    if judged is None or not marked:
        return Section(key="lesion", title="Lesion", blocks=(Paragraph(text="No lesion is marked."),))
    shape = marked[0].shape
    isotherm = level_text(judged.isotherm_c)
    # Down to a tenth of a cubic centimetre: a rest that is not treated stays visible.
    covered_mm3 = np.floor(judged.covered_mm3 / 100) * 100
    rows = [("Volume", volume_text(judged.volume_mm3))]
    if isinstance(shape, Mask):
        rows.append(("Extent", f"{extent_text(shape)}, left–right × front–back × head–foot"))
    if place := lesion_place(given.case):
        rows.append(("Place", f"{place}, the nearest marked root"))
    rows.append(
        (f"Inside {isotherm}", f"{percent_text(judged.covered_frac)}, {volume_text(covered_mm3)}"),
    )
    if judged.margin_mm is None:
        rows.append(("Smallest margin", f"none: the zone never reaches {isotherm}"))
    else:
        at = "" if judged.margin_at_mm is None else f", at {lps_text(judged.margin_at_mm)}"
        rows.append(("Smallest margin", f"{length_text(judged.margin_mm)} to {isotherm}{at}"))
    goal = f"{length_text(judged.goal_margin_mm)}, {'met' if judged.goal_met else 'not met'}"
    rows += _goal_rows(given.verdict, goal, typeset(judged.margin_source))
    rows.append((f"Source of {isotherm}", typeset(judged.coverage_source)))
    if len(marked) > 1:
        rows.append(("Further lesions", f"{len(marked) - 1} marked, not judged"))
    return Section(key="lesion", title="Lesion", blocks=(Facts(rows=tuple(rows)),))


def _goal_rows(verdict: Verdict, to_cure: str, source: str) -> list[tuple[str, str]]:
    """The goal that the intent sets."""
    interface = verdict.interface
    if verdict.intent is not Intent.PALLIATIVE:
        said = "" if verdict.intent is Intent.CURATIVE else "; no intent is said, judged as to cure"
        return [("Goal", f"{to_cure}{said}"), ("Source of the goal", source)]
    if interface is None:
        return [("Goal", "relief of pain: not assessed, as no bone is outlined beside the lesion")]
    met = "met" if interface.goal_met else "not met"
    share = f"{percent_text(interface.covered_frac)} of {interface.area_mm2 / 100:.1f}{NNBSP}cm²"
    return [
        (
            "Goal",
            f"relief of pain: bone within {length_text(interface.within_mm)} of the lesion; {share} inside, {met}",
        ),
        ("Source of the goal", typeset(interface.source)),
    ]


def extent_text(mask: Mask) -> str:
    """Return the size of a mask along the patient's axes."""
    points = mask.points_mm()
    voxel_mm = np.abs(mask.grid.directions * mask.grid.spacing_ijk_mm).max(axis=1)
    return f"{' × '.join(f'{v:.1f}' for v in np.ptp(points, axis=0) + voxel_mm)}{NNBSP}mm"


def findings_section(given: ReportInput) -> Section:
    """All findings but the summary of S2-S4, gravest first, with their reasons."""
    verdict = given.verdict
    found = tuple(
        Paragraph(lead=f.sentence, text=typeset(f.reason), judgement=f.judgement)
        for f in verdict.findings
        if f.sentence != verdict.pelvic.sentence
    )
    nothing = (Paragraph(text="No structure reaches a limit that is on file, and the lesion's goal is met."),)
    return Section(key="findings", title="What this plan does", blocks=found or nothing)


def roots_section(given: ReportInput) -> Section:
    """Roots of both sides, mirrored about their name."""
    zone = given.zone
    risks = {(r.level, r.side): r for r in given.verdict.structures if r.kind is StructureKind.ROOT}
    extreme = "coldest °C" if zone.cold else "hottest °C"
    half = [Column(title="judgement", share=2.1), Column(title=f"to {edge_text(zone)}, mm", share=1.1, right=True)]
    half.append(Column(title="to needle, mm", share=1.2, right=True))
    if not zone.cold:
        half.append(Column(title="CEM43 min", share=1.0, right=True))
    half.append(Column(title=extreme, share=1.1, right=True))
    columns = (*_named("Right", half), Column(title="root", share=0.7, right=True), *_named("Left", half[::-1]))
    rows = []
    for level in dict.fromkeys(level for level, _ in risks):
        right, left = risks[level, Side.RIGHT], risks[level, Side.LEFT]
        cells = (*_half(right, given), level, *_half(left, given)[::-1])
        rows.append(Row(cells=cells, marks=((0, right.judgement), (len(cells) - 1, left.judgement))))
    note = (
        f"Distances from the root's surface, negative inside {edge_text(zone)} or where a needle pierces it; "
        "“far” where the zone does not reach the root's neighbourhood."
    )
    return Section(key="roots", title="Roots", blocks=(Table(columns=columns, rows=tuple(rows), note=note),))


def _named(side: str, columns: list[Column]) -> list[Column]:
    """Columns of one side; the judgement's title says which."""
    return [
        Column(title=f"{side}, {c.title}", share=c.share, right=c.right) if c.title == "judgement" else c
        for c in columns
    ]


def _half(risk: StructureRisk, given: ReportInput) -> tuple[str, ...]:
    zone = given.zone
    if risk.extreme_c is None:
        return (risk.judgement.word, *("" for _ in range(2 if zone.cold else 3)), "")
    needle = "" if risk.needle_mm is None else length_text(risk.needle_mm, unit=False)
    dose = () if zone.cold else ("" if risk.cem43_min is None else dose_text(risk.cem43_min),)
    return (risk.judgement.word, edge_distance_text(risk, zone), needle, *dose, extreme_text(risk, zone))


def others_section(given: ReportInput) -> Section:
    """Every structure that is no root, those that are not assessed among them."""
    zone = given.zone
    columns = [
        Column(title="structure", share=1.6),
        Column(title="judgement", share=1.6),
        Column(title=f"to {edge_text(zone)}, mm", share=1.0, right=True),
        Column(title="to needle, mm", share=1.1, right=True),
        Column(title="coldest °C" if zone.cold else "hottest °C", share=1.1, right=True),
        Column(title="", share=0.2),
        Column(title="why", share=5.0),
    ]
    rows = []
    for risk in given.verdict.structures:
        if risk.kind is StructureKind.ROOT:
            continue
        needle = "" if risk.needle_mm is None else length_text(risk.needle_mm, unit=False)
        extreme = "" if risk.extreme_c is None else extreme_text(risk, zone)
        cells = (
            risk.name,
            risk.judgement.word,
            edge_distance_text(risk, zone),
            needle,
            extreme,
            "",
            typeset(risk.reason),
        )
        rows.append(Row(cells=cells, marks=((1, risk.judgement),)))
    return Section(key="others", title="Other structures", blocks=(Table(columns=tuple(columns), rows=tuple(rows)),))


def exposure_section(given: ReportInput) -> Section:
    """Of every structure how much passes which level, and from when on."""
    cold = given.zone.cold
    columns = (
        Column(title="structure", share=1.6),
        Column(title="coldest °C" if cold else "hottest °C", share=1.0, right=True),
        Column(title="at, min:s", share=0.9, right=True),
        Column(title="level", share=1.6, right=True),
        Column(title="from, min:s", share=1.0, right=True),
        Column(title="length", share=1.0, right=True),
        Column(title="volume", share=1.0, right=True),
    )
    rows = []
    for risk in given.verdict.structures:
        felt = risk.exposure
        if felt is None:
            continue
        at = "" if felt.extreme_at_s is None else time_text(felt.extreme_at_s)
        named = (risk.name, extreme_text(risk, given.zone), at)
        for crossing in felt.crossings:
            rows.append(Row(cells=(*named, *crossing_text(crossing, cold=cold))))
            named = ("", "", "")
    title = "How much passes which level"
    if not rows:
        return Section(key="exposure", title=title, blocks=(Paragraph(text="Nothing marked passes a level on file."),))
    note = (
        "Length of a nerve along its axis, wherever any of its cross-section passes the level. Times are those of the "
        "first place that passes it, from the beginning of the schedule. Lengths are rounded up."
    )
    return Section(key="exposure", title=title, blocks=(Table(columns=columns, rows=tuple(rows), note=note),))


def margin_section(given: ReportInput) -> Section:
    """How the margin is spread over the lesion's surface."""
    data = margin_histogram(given)
    lesion = given.verdict.lesion
    if data is None or lesion is None or lesion.margin is None:
        return Section(key="margins", title="Margins", blocks=(Paragraph(text="There is no margin to show."),))
    margin = lesion.margin
    low_mm, high_mm = margin.smallest_within_mm
    quantiles = "; ".join(f"{share:.0%} {length_text(margin.quantile_mm(share))}" for share in (0.05, 0.25, 0.5, 0.75))
    words = (
        f"{percent_text(margin.share_at_least(lesion.goal_margin_mm))} of the lesion's surface has at least "
        f"{length_text(lesion.goal_margin_mm)}. Smallest {length_text(margin.smallest_mm)}, between {length_text(low_mm)} "
        f"and {deviation_text(high_mm)} wherever in its voxels the surface lies. Shares of the surface with no more than: "
        f"{quantiles.replace('%', NNBSP + '%')}."
    )
    title = f"Margins, lesion to {level_text(lesion.isotherm_c)}"
    return Section(key="margins", title=title, blocks=(data, Paragraph(text=words)))


def margin_histogram(given: ReportInput) -> Histogram | None:
    """Return shares of the lesion's surface by margin; None without a lesion or without a zone."""
    lesion = given.verdict.lesion
    if lesion is None or lesion.margin is None:
        return None
    margins_mm, area_mm2 = lesion.margin.margin_mm, lesion.margin.area_mm2
    start = float(np.floor(margins_mm.min()))
    stop = min(float(np.floor(margins_mm.max())) + 1, start + _MOST_BINS)
    bins = np.arange(start, stop + 0.5)
    areas, _ = np.histogram(np.minimum(margins_mm, stop - 1e-6), bins=bins, weights=area_mm2)
    shares = tuple(float(a) for a in areas / areas.sum())
    return Histogram(start_mm=start, shares=shares, goal_mm=lesion.goal_margin_mm)


def isotherm_section(given: ReportInput) -> Section:
    """How much tissue lies inside each isotherm that is drawn."""
    zone, shown = given.zone, load_thresholds().isotherms(given.zone.mode)
    rows = []
    for level_c in shown.isotherms_c:
        surface = surface_of_field(zone.extreme_c, zone.grid, level_c, below=zone.cold)
        rows.append((f"Inside {level_text(level_c)}", volume_text(0.0 if surface.empty else surface.volume_mm3)))
    rows += [("Source of the levels", typeset(shown.source))]
    return Section(key="isotherms", title="Volumes of the zone, at any time", blocks=(Facts(rows=tuple(rows)),))
