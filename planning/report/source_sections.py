"""What the report rests on: thresholds, model, image, provenance."""

from __future__ import annotations

from imaging.structures import StructureKind
from planning.catalogue.own_thresholds import load_thresholds
from planning.catalogue.rules import load_path_rules
from planning.catalogue.thresholds import StructureThresholds
from planning.quantities import NNBSP, length_text, level_text
from planning.report.blocks import Block, Column, Facts, Paragraph, Row, Section, Table
from planning.report.model import ReportInput
from planning.report.wording import (
    STANDING,
    approval_text,
    data_lines,
    devices_of,
    limit_text,
    mapped_uid,
    plan_text,
    program_text,
    typeset,
)

_KIND_WORDS = {
    StructureKind.ROOT: "Roots",
    StructureKind.NERVE: "Lumbosacral trunk",
    StructureKind.CANAL: "Canal",
    StructureKind.THECAL_SAC: "Thecal sac",
    StructureKind.CORD: "Spinal cord",
    StructureKind.BOWEL: "Bowel",
    StructureKind.BLADDER: "Bladder",
    StructureKind.VESSEL: "Iliac vessels",
    StructureKind.SKIN: "Skin",
    StructureKind.DISC: "Disc",
    StructureKind.SI_CARTILAGE: "Cartilage of the SI joint",
}
_LEVEL_WORDS = {"caution": "caution", "alarm": "alarm", "injury": "presumed injury"}


def threshold_section(given: ReportInput) -> Section:
    """The levels that were used, with source, species and confidence."""
    mode, cold = given.zone.mode, given.zone.cold
    columns = (
        Column(title="structure", share=1.5),
        Column(title="level", share=1.2),
        Column(title="reached at", share=1.5),
        Column(title="source (species; confidence)", share=7),
    )
    rows, silent = [], []
    for names, limits in _grouped([t for t in load_thresholds().structures if t.mode is mode]):
        if not limits.assessed:
            silent.append(names)
        for limit in limits.limits:
            source = f"{typeset(limit.source)} ({limit.species}; {limit.confidence})"
            cells = (names, _LEVEL_WORDS[limit.level.value], limit_text(limit, cold=cold), source)
            rows.append(Row(cells=cells))
    for rule in load_path_rules().distances.values():
        for level, bound_mm in (("caution", rule.caution), ("alarm", rule.alarm)):
            if bound_mm is not None:
                place = f"needle <{NNBSP}{length_text(bound_mm)}"
                rows.append(Row(cells=(rule.name.capitalize(), level, place, typeset(rule.source))))
    goal = load_thresholds().goal(mode)
    reach = f"{level_text(goal.isotherm_c)}, {length_text(goal.margin_mm)} beyond"
    rows.append(Row(cells=("Lesion", "goal", reach, typeset(f"{goal.coverage_source}; {goal.margin_source}"))))
    note = f"No temperature limit on file, so not assessed: {', '.join(silent)}." if silent else ""
    words = Paragraph(text="Literature values, editable. A level is judged on the unrounded number.")
    return Section(
        key="thresholds",
        title="Thresholds used",
        blocks=(words, Table(columns=columns, rows=tuple(rows), note=note)),
    )


def _grouped(limits: list[StructureThresholds]) -> list[tuple[str, StructureThresholds]]:
    """Kinds with the same limits under one name."""
    groups: list[tuple[list[str], StructureThresholds]] = []
    for entry in limits:
        for names, first in groups:
            if entry.limits == first.limits:
                names += [_KIND_WORDS[kind].lower() for kind in entry.kinds]
                break
        else:
            first_kind, *others = (_KIND_WORDS[kind] for kind in entry.kinds)
            groups.append(([first_kind, *(name.lower() for name in others)], entry))
    return [(", ".join(names), first) for names, first in groups]


def model_section(given: ReportInput) -> Section:
    """The model and what it assumed; the devices' assumptions stand with the devices."""
    zone = given.zone
    own = tuple(f"{applicator.name}:" for applicator, _ in devices_of(given.case))
    notes = [note for note in zone.notes if not note.startswith(own)]
    blocks: list[Block] = [
        Facts(rows=(("Model", zone.model), ("Fidelity", zone.fidelity.value), ("Body", level_text(zone.body_c))))
    ]
    blocks += [Paragraph(text=typeset(note)) for note in notes]
    sure = "their uncertainty was not computed" if given.sureness is None else "how sure they are stands under How sure"
    blocks.append(Paragraph(text=f"Temperatures are of one run with the values given; {sure}."))
    return Section(key="model", title="Model and its assumptions", blocks=tuple(blocks))


def image_section(given: ReportInput) -> Section:
    """What the reader said about the series, and where the structures came from."""
    blocks: list[Block] = [Paragraph(text=message) for message in given.case.image.findings]
    if not blocks:
        blocks.append(Paragraph(text="The reader found nothing to say about the series."))
    columns = (
        Column(title="structures", share=5),
        Column(title="made by", share=4),
        Column(title="confirmed", share=1),
    )
    together: dict[tuple[str, bool], list[str]] = {}
    for structure in given.case.structures:
        together.setdefault((structure.origin or "not recorded", structure.confirmed), []).append(
            structure.name.replace(" ", "\u00a0")
        )
    rows = [
        Row(cells=(", ".join(names), origin, "yes" if confirmed else "no"))
        for (origin, confirmed), names in together.items()
    ]
    blocks.append(Table(columns=columns, rows=tuple(rows)))
    return Section(key="image", title="Image and structures", blocks=tuple(blocks))


def provenance_section(given: ReportInput) -> Section:
    """By what, from what and when the report was made, and what it is not."""
    image, approval = given.case.image, given.case.plan.approval
    rows = [
        ("Made by", f"{program_text()}, {given.made_on.isoformat()}"),
        ("Plan", plan_text(given.case, with_identity=given.with_identity)),
        ("Approval", approval_text(given.case) or "nobody approved this plan"),
        ("In spite of", " ".join(approval.in_spite_of) if approval else ""),
        ("Model", given.zone.model),
        ("Digest of the plan", given.zone.digest),
        ("Data set", data_lines(given)[0]),
        ("Series, mapped", mapped_uid(image.series_uid)),
    ]
    if given.with_identity:
        rows += [("Case", given.case.name), ("Series", image.series_uid), ("Description", image.description)]
    else:
        rows.append(("Identity", "case name, series description and identifiers are left out"))
    if image.synthetic:
        rows.append(("Patient", "none: the CT is synthetic"))
    facts = Facts(rows=tuple((name, value) for name, value in rows if value))
    return Section(key="provenance", title="Provenance", blocks=(facts, Paragraph(lead=STANDING, text="")))
