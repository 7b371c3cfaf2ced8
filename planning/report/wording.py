"""Words and numbers that sheet and report share."""

from __future__ import annotations

import hashlib
import re
from importlib.metadata import PackageNotFoundError, version

from imaging.labels import Mask
from imaging.structures import Side, StructureKind, Tube
from planning.catalogue.devices import Device, DeviceFamily, Phase, device
from planning.catalogue.own_thresholds import load_thresholds
from planning.catalogue.thresholds import Limit
from planning.evaluation import Judgement, StructureRisk, Verdict
from planning.model import Case
from planning.model.naming import names_in_short
from planning.model.zone import PredictedZone
from planning.plans import fallen_because
from planning.quantities import MINUS, NNBSP, length_text, level_text, temperature_text, time_text, volume_text
from planning.report.model import ReportInput

STANDING = "Planning and teaching support, not a medical device. The physician decides."
_NUMBERS = ("no", "one", "two", "three", "four", "five", "six")
_TREATMENT = {
    DeviceFamily.CRYO: ("cryoablation", "probe"),
    DeviceFamily.RF_MONOPOLAR: ("radiofrequency ablation", "electrode"),
    DeviceFamily.RF_BIPOLAR: ("bipolar radiofrequency ablation", "electrode"),
    DeviceFamily.LASER: ("laser ablation", "fibre"),
    DeviceFamily.MICROWAVE: ("microwave ablation", "antenna"),
}
SIDE_WORD = {Side.LEFT: "left", Side.RIGHT: "right"}


def program_text() -> str:
    """Return the program's name and version."""
    try:
        return f"sacroplan {version('sacroplan')}"
    except PackageNotFoundError:
        return "sacroplan, not installed (run from its source)"


def title_text(given: ReportInput) -> str:
    """Return what is treated and how, without a name unless it may stand there."""
    case, verdict = given.case, given.verdict
    lesion = lesion_text(case)
    if verdict.lesion is not None:
        lesion += f", {volume_text(verdict.lesion.volume_mm3)}"
    title = f"{lesion}: {treatment_text(case)}"
    return f"{case.name}. {title}" if given.with_identity else title


def subtitle_text(case: Case, *, with_identity: bool) -> str:
    """Return whose data it is, whether it is a patient's at all, which of several plans this is, and who approved it."""
    parts = [
        "With the case's name" if with_identity else "De-identified",
        "Synthetic CT, no patient" if case.image.synthetic else "",
        plan_text(case, with_identity=with_identity) if case.other_plans else "",
        approval_text(case),
    ]
    return ". ".join(p for p in parts if p) + "."


def plan_text(case: Case, *, with_identity: bool) -> str:
    """Return which plan this is; a name that it was given may say whose."""
    plan, of = case.plan, f"plan {case.plan.number} of {len(case.all_plans)}" if case.other_plans else "the only plan"
    return f"{plan.name}, {of}" if plan.name and with_identity else of.capitalize()


def approval_text(case: Case) -> str:
    """Return who approved the plan and when, or what made the approval fall; empty where nobody did."""
    approval = case.plan.approval
    if approval is None:
        return ""
    if fallen := fallen_because(case):
        return f"The approval by {approval.by} fell: {', '.join(fallen)}"
    return f"Approved by {approval.by} on {approval.when}"


def lesion_text(case: Case) -> str:
    """Return the lesion with its place, or that there is none."""
    if not case.of_kind(StructureKind.LESION):
        return "No lesion marked"
    return f"Lesion {lesion_place(case)}".rstrip()


def lesion_place(case: Case) -> str:
    """Return the root a lesion lies next to, as ``beside S2 left``; empty without lesion or roots."""
    lesions = [s.shape for s in case.of_kind(StructureKind.LESION) if isinstance(s.shape, Mask)]
    roots = [s for s in case.of_kind(StructureKind.ROOT) if isinstance(s.shape, Tube) and s.side is not None]
    if not lesions or not roots or lesions[0].count == 0:
        return ""
    points = lesions[0].points_mm()[::3]

    def gap_mm(n: int) -> float:
        tube = roots[n].shape
        assert isinstance(tube, Tube)
        return float(tube.signed_distance_mm(points).min())

    nearest = roots[min(range(len(roots)), key=gap_mm)]
    assert nearest.side is not None
    return f"beside {nearest.level} {SIDE_WORD[nearest.side]}"


def treatment_text(case: Case) -> str:
    """Return how the plan treats: ``cryoablation with two probes``."""
    probes = case.plan.probes
    if not probes:
        return "no probe placed"
    treatment, noun = _TREATMENT[device(probes[0].device_id).family]
    count = _NUMBERS[len(probes)] if len(probes) < len(_NUMBERS) else str(len(probes))
    return f"{treatment} with {count} {noun}{'s' if len(probes) > 1 else ''}"


def is_cold(case: Case) -> bool:
    """Return whether the plan's probes freeze; they all do or none."""
    return device(case.plan.probes[0].device_id).is_cold


def devices_of(case: Case) -> list[tuple[Device, tuple[str, ...]]]:
    """Return the devices of a plan, each with the names of its probes."""
    ids = dict.fromkeys(p.device_id for p in case.plan.probes)
    return [(device(d), tuple(p.name for p in case.plan.probes if p.device_id == d)) for d in ids]


def phase_word(phase: Phase, *, cold: bool) -> str:
    """Return what happens in a phase."""
    if phase.kind == "on":
        return "freeze" if cold else "heat"
    if phase.kind == "thaw":
        return "active thaw"
    return "thaw" if cold else "pause"


def schedule_text(case: Case, zone: PredictedZone) -> str:
    """Return the phases in a line: ``freeze 10:00, thaw 8:00, freeze 10:00``."""
    return ", ".join(f"{phase_word(p, cold=zone.cold)} {time_text(p.duration_s)}" for p in case.plan.phases)


def edge_c(zone: PredictedZone) -> float:
    """Return the isotherm that distances of structures are given to: the mildest that is drawn."""
    isotherms_c = load_thresholds().isotherms(zone.mode).isotherms_c
    return max(isotherms_c) if zone.cold else min(isotherms_c)


def edge_text(zone: PredictedZone) -> str:
    """Return what that isotherm is called."""
    return "ice" if zone.cold else level_text(edge_c(zone))


def edge_distance_text(risk: StructureRisk, zone: PredictedZone) -> str:
    """Return a structure's distance to the zone's edge in millimetres, negative inside, or why there is none."""
    if risk.extreme_c is None:
        return ""
    distance_mm = risk.isotherm_mm.get(edge_c(zone))
    return "far" if distance_mm is None else length_text(distance_mm, unit=False)


def extreme_text(risk: StructureRisk, zone: PredictedZone) -> str:
    """Return a structure's extreme temperature without unit, or the words for its absence."""
    return (
        Judgement.NOT_ASSESSED.word
        if risk.extreme_c is None
        else temperature_text(risk.extreme_c, cold=zone.cold, unit=False)
    )


def limit_text(limit: Limit, *, cold: bool) -> str:
    """Return where a limit lies: ``≤ 10 °C``, ``≥ 42 °C or > 10 min CEM43``."""
    parts = []
    if limit.temperature_c is not None:
        parts.append(f"{'≤' if cold else '≥'}{NNBSP}{level_text(limit.temperature_c)}")
    if limit.cem43_min is not None:
        parts.append(f">{NNBSP}{limit.cem43_min:g}{NNBSP}min CEM43")
    return " or ".join(parts)


def alert_text(verdict: Verdict) -> str:
    """Return the sentence that stands above everything; empty unless both sides are at risk."""
    return verdict.pelvic.sentence if verdict.pelvic.both_sides_at_risk else ""


def pelvic_judgement(verdict: Verdict) -> Judgement:
    """Return how the summary of both sides' S2-S4 is marked."""
    if verdict.pelvic.both_sides_at_risk:
        return Judgement.INJURY
    return {"met": Judgement.WITHIN, "unknown": Judgement.UNCONFIRMED, "broken": Judgement.INJURY}[
        verdict.pelvic.rule.value
    ]


def unconfirmed_text(case: Case) -> str:
    """Return which structures nobody has confirmed."""
    names = names_in_short([s for s in case.structures if not s.confirmed])
    return f"Unconfirmed: {', '.join(names)}" if names else "All structures confirmed"


def data_lines(given: ReportInput) -> tuple[str, ...]:
    """Return the data set in short lines, without identifiers."""
    grid = given.case.image.grid
    across, down, between = grid.spacing_ijk_mm
    position = given.case.image.patient_position or "position not given"
    made = "synthetic CT" if given.case.image.synthetic else "CT"
    pixels = f"{across:.2f}" if abs(across - down) < 5e-3 else f"{across:.2f} × {down:.2f}"
    return (
        f"{made}, {position}, {grid.shape_kji[0]} slices every {between:.2f}{NNBSP}mm, {pixels}{NNBSP}mm pixels",
        f"series {mapped_uid(given.case.image.series_uid)}",
    )


def mapped_uid(uid: str) -> str:
    """Return the identifier that stands for a UID: a hash, from which the UID cannot be read."""
    if not uid:
        return "without identifier"
    mapped = int.from_bytes(hashlib.blake2b(uid.encode(), digest_size=8).digest(), "big")
    return f"2.25.{mapped}"


def typeset(text: str) -> str:
    """Return a text from a data file with true minus signs, and degrees that stay with their number."""
    return re.sub(r"(\d) °C", rf"\1{NNBSP}°C", re.sub(r"(?<![\w.])-(?=\d)", MINUS, text))
