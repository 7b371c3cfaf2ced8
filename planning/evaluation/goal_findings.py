"""What is said of a lesion: whether the plan reaches its goal, to cure or to relieve."""

from __future__ import annotations

from planning.evaluation.finding import RiskFinding
from planning.evaluation.interface import InterfaceVerdict
from planning.evaluation.lesion import LesionVerdict
from planning.model.clinical import Intent
from planning.model.judgement import Judgement
from planning.model.zone import PredictedZone
from planning.quantities import length_text, level_text, percent_text, temperature_text


def goal_findings(
    lesion: LesionVerdict | None, intent: Intent | None, interface: InterfaceVerdict | None, zone: PredictedZone
) -> list[RiskFinding]:
    """Return what is said of a plan's goal where it is not met, or cannot be judged.

    Parameters
    ----------
    lesion : LesionVerdict or None
    intent : Intent or None
        None is judged as curative.
    interface : InterfaceVerdict or None
        What palliation treats.
    zone : PredictedZone
    """
    if lesion is None:
        return [
            RiskFinding(
                judgement=Judgement.NOT_ASSESSED,
                sentence="No lesion is marked: coverage and margin are not assessed.",
                reason="Mark the lesion.",
            )
        ]
    if intent is Intent.PALLIATIVE:
        return _of_interface(interface, zone)
    if lesion.goal_met:
        return []
    isotherm = level_text(lesion.isotherm_c)
    if lesion.margin_mm is None:
        sentence = f"The zone never reaches {isotherm}: nothing of the lesion is treated."
    elif lesion.margin_mm < 0:
        sentence = (
            f"{percent_text(lesion.covered_frac)} of the lesion lies inside {isotherm}; "
            f"it reaches {length_text(-lesion.margin_mm + 0.0999)} beyond."
        )
    elif lesion.margin_met:
        sentence = f"{percent_text(lesion.covered_frac)} of the lesion lies inside {isotherm}; a pocket is left out."
    else:
        sentence = f"The smallest margin to {isotherm} is {length_text(lesion.margin_mm)}."
    return [
        RiskFinding(
            judgement=Judgement.CAUTION,
            sentence=sentence,
            reason=f"Goal {length_text(lesion.goal_margin_mm)}: {lesion.margin_source}",
            structure_id="lesion",
        )
    ]


def _of_interface(interface: InterfaceVerdict | None, zone: PredictedZone) -> list[RiskFinding]:
    """What is said where pain is to be relieved."""
    if interface is None:
        return [
            RiskFinding(
                judgement=Judgement.NOT_ASSESSED,
                sentence="No bone is outlined beside the lesion: whether pain is relieved is not assessed.",
                reason="Palliation treats bone where it meets the lesion and soft tissue. Outline the bone.",
                structure_id="lesion",
            )
        ]
    if interface.goal_met:
        return []
    # The coldest that a place got which should have been colder still is rounded the other way.
    reached = temperature_text(interface.worst_c, cold=not zone.cold)
    return [
        RiskFinding(
            judgement=Judgement.CAUTION,
            sentence=f"{percent_text(interface.covered_frac)} of the bone beside the lesion lies inside "
            f"{level_text(interface.isotherm_c)}; its worst place comes to {reached}.",
            reason=f"Goal of palliation: all of it. {interface.source}",
            structure_id="interface",
        )
    ]
