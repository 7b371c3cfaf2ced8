"""A verdict beside a recomputation: alarms that are missed, false ones, and by how much temperatures differ."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from imaging.structures import StructureKind
from planning.catalogue.thresholds import Level, Mode, Thresholds
from planning.evaluation.structures import StructureRisk, judgement_of
from planning.evaluation.verification.brute_force import Felt, thermal_judgement
from planning.model.judgement import Judgement
from planning.thermal.verification.rows import VerificationRow
from planning.trajectory.verification.groups import RowGroup, answered

_NEAR_K = 5.0
"""So near to a level of alarm or injury a structure counts as hard to judge."""
_GRADES = (Judgement.CAUTION, Judgement.ALARM, Judgement.INJURY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """One structure of one plan, as the program judges it and as it is recomputed.

    Attributes
    ----------
    plan : str
        In words, with its seed.
    name : str
    kind : StructureKind
    mode : Mode
    told, exact : Felt
    """

    plan: str
    name: str
    kind: StructureKind
    mode: Mode
    told: Felt
    exact: Felt

    @property
    def careful_k(self) -> float:
        """By how much the program expects more harm than there is; below 0 it expects less."""
        return _towards_harm(self.told.extreme_c - self.exact.extreme_c, self.mode)


def told_felt(risk: StructureRisk) -> Felt:
    """Return what the program says of a structure that it has measured; one that is not judged is no alarm."""
    assert risk.exposure is not None and risk.needle_mm is not None
    thermal = Judgement.WITHIN if risk.limit is None else judgement_of(risk.limit.level)
    return Felt(
        extreme_c=risk.exposure.extreme_c, cem43_min=risk.exposure.cem43_min, needle_mm=risk.needle_mm,
        thermal=thermal, judgement=max(thermal, risk.judgement),
    )  # fmt: skip


def alarm_groups(pairs: Sequence[Pair], plans: int, thresholds: Thresholds) -> list[RowGroup]:
    """Return what the pairs of a number of plans come to, in groups of rows.

    Parameters
    ----------
    pairs : sequence of Pair
        At least one.
    plans : int
    thresholds : Thresholds
    """
    return [
        _alarms(pairs, plans, thresholds),
        _grades(pairs),
        _differences(pairs, thresholds),
        _one_by_one(pairs, thresholds),
    ]


def _alarms(pairs: Sequence[Pair], plans: int, thresholds: Thresholds) -> RowGroup:
    def as_predicted(pair: Pair, felt: Felt) -> Judgement:
        return thermal_judgement(pair.kind, pair.mode, felt.extreme_c, felt.cem43_min, thresholds)

    ways: tuple[tuple[str, Callable[[Pair, Felt], Judgement], bool], ...] = (
        ("by temperature and dose", lambda _, felt: felt.thermal, True),
        ("needle included", lambda _, felt: felt.judgement, True),
        ("as predicted, whatever the grid may be off", as_predicted, False),
    )
    near = sum(abs(_past_alarm_k(p.exact, p, thresholds)) < _NEAR_K for p in pairs)
    rows = [
        _told("structures judged", len(pairs), "", f"{plans} plans"),
        _told(f"within {_NEAR_K:g} K of the level of alarm", near, "", "as recomputed"),
    ]
    for words, grade, wanted in ways:
        told = np.array([grade(p, p.told) >= Judgement.ALARM for p in pairs])
        exact = np.array([grade(p, p.exact) >= Judgement.ALARM for p in pairs])
        missed, false = int((exact & ~told).sum()), int((told & ~exact).sum())
        of_missed, of_false = (
            _share(missed, exact),
            f"{_share(false, told)}; {_share(false, ~exact)} of what is no alarm",
        )
        if wanted:
            rows.append(_told(f"alarms, {words}", int(exact.sum()), "", "alarm or injury, as recomputed"))
            rows.append(answered(f"missed alarms, {words}", float(missed), "", "0", met=missed == 0, why=of_missed))
        else:
            rows.append(_told(f"missed alarms, {words}", missed, "", of_missed))
        rows.append(_told(f"false alarms, {words}", false, "", of_false))
    return RowGroup(title="Alarms", about="Alarm or worse, by the program and as recomputed.", rows=tuple(rows))


def _grades(pairs: Sequence[Pair]) -> RowGroup:
    """How often every grade is told too mild and too grave, by temperature and dose."""
    rows = []
    for grade in _GRADES:
        told = np.array([p.told.thermal >= grade for p in pairs])
        exact = np.array([p.exact.thermal >= grade for p in pairs])
        missed, false = int((exact & ~told).sum()), int((told & ~exact).sum())
        rows += [
            answered(f"{grade.word}: missed", float(missed), "", "0", met=missed == 0, why=_share(missed, exact)),
            _told(f"{grade.word}: false", false, "", _share(false, told)),
        ]
    return RowGroup(title="Grades", about="That grade or worse, by temperature and dose.", rows=tuple(rows))


def _differences(pairs: Sequence[Pair], thresholds: Thresholds) -> RowGroup:
    """How far temperature, dose and distance to the needle differ where something is felt."""
    rows = []
    for mode in Mode:
        mine = [p for p in pairs if p.mode is mode]
        felt = [p for p in mine if abs(p.exact.extreme_c - 37.0) > 1.0 and p.exact.needle_mm > 0]
        near = [p for p in felt if abs(_past_alarm_k(p.exact, p, thresholds)) < _NEAR_K]
        word = "cold" if mode is Mode.COLD else "heat"
        rows += _spread(f"{word}: temperature", [p.careful_k for p in felt], "K")
        rows += _spread(f"{word}: temperature near the level of alarm", [p.careful_k for p in near], "K")
        doses = [
            float(np.log2(p.told.cem43_min / p.exact.cem43_min))
            for p in felt
            if p.told.cem43_min and p.exact.cem43_min and p.exact.cem43_min > 1.0
        ]
        rows += _spread(f"{word}: dose above 1 min", doses, "doublings")
    rows += _spread("distance to the needle", [p.exact.needle_mm - p.told.needle_mm for p in pairs], "mm")
    return RowGroup(
        title="Differences",
        about=(
            "Program less recomputation, above 0 where the program expects more harm, of structures whose temperature changes by "
            "1 K or more and that no needle passes through."
        ),
        rows=tuple(rows),
    )


def _spread(name: str, values: Sequence[float], unit: str) -> list[VerificationRow]:
    if not values:
        return []
    found = np.array(values)
    return [
        _told(f"{name}, root mean square", float(np.sqrt((found**2).mean())), unit, f"{len(found)} structures"),
        _told(f"{name}, 95 %", float(np.percentile(np.abs(found), 95)), unit, "of the differences are smaller"),
        _told(f"{name}, most harm too little", float(max(-found.min(), 0.0)), unit, "the careless side"),
        _told(f"{name}, most harm too much", float(max(found.max(), 0.0)), unit, "the careful side"),
    ]


def _one_by_one(pairs: Sequence[Pair], thresholds: Thresholds) -> RowGroup:
    """Every missed and every false alarm by temperature and dose, or by the needle where only that differs."""
    rows = []
    for words, wanted in (("missed", True), ("false", False)):
        for pair in pairs:
            alarms = [f.judgement >= Judgement.ALARM for f in (pair.told, pair.exact)]
            heats = [f.thermal >= Judgement.ALARM for f in (pair.told, pair.exact)]
            if [not wanted, wanted] not in (alarms, heats):
                continue
            rows.append(
                VerificationRow(
                    name=f"{words}: {pair.name}", value=_past_alarm_k(pair.exact, pair, thresholds), unit="K",
                    target="none" if wanted else "–", met=False if wanted else None, source=_both(pair),
                )
            )  # fmt: skip
    return RowGroup(
        title="Missed and false alarms one by one",
        about="How far past the level of alarm the recomputed temperature lies; below 0 it does not reach it.",
        rows=tuple(rows),
    )


def _both(pair: Pair) -> str:
    told, exact = pair.told, pair.exact
    dose = ""
    if told.cem43_min is not None and exact.cem43_min is not None:
        dose = f", {told.cem43_min:.3g} and {exact.cem43_min:.3g} min"
    return (
        f"{told.extreme_c:.2f} °C told, {exact.extreme_c:.2f} °C recomputed{dose}; needle {told.needle_mm:.2f} and "
        f"{exact.needle_mm:.2f} mm away; {told.judgement.word} told, {exact.judgement.word} recomputed; plan {pair.plan}"
    )


def _past_alarm_k(felt: Felt, pair: Pair, thresholds: Thresholds) -> float:
    """How far a temperature lies past the level of alarm."""
    limits = thresholds.of(pair.kind, pair.mode)
    found = [v.temperature_c for v in (limits.limits if limits else ()) if v.level is Level.ALARM]
    level_c = next((c for c in found if c is not None), None)
    return float("nan") if level_c is None else _towards_harm(felt.extreme_c - level_c, pair.mode)


def _towards_harm(difference_k: float, mode: Mode) -> float:
    return -difference_k if mode is Mode.COLD else difference_k


def _share(count: int, of: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> str:
    total = int(of.sum())
    return f"{count} of {total}" + (f", {100 * count / total:.2g} %" if total else "")


def _told(name: str, value: float, unit: str, source: str) -> VerificationRow:
    """A figure that has no target."""
    return VerificationRow(name=name, value=float(value), unit=unit, target="–", met=None, source=source)
