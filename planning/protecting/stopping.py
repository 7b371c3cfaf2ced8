"""When to stop: the reading at which heating or freezing has to end so that what follows stays within a level."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from imaging.geometry import Floats
from imaging.progress import Progress
from imaging.structures import StructureKind
from planning.catalogue import Phase
from planning.catalogue.own_thresholds import load_thresholds
from planning.catalogue.protection_advice import load_protection_advice
from planning.catalogue.thresholds import Level, Limit
from planning.evaluation import Verdict
from planning.evaluation.dose import DOSE_PER_K
from planning.evaluation.grid_error import grid_error_k
from planning.evaluation.verdict import inner_name
from planning.model.case import Case
from planning.model.judgement import Judgement
from planning.model.point import Point
from planning.model.zone import PredictedZone
from planning.protecting.trials import Trials
from planning.quantities import level_text, temperature_text, time_text
from planning.thermal.damage import cem43

_STOPS = 10
"""So many moments are tried, spread over the time in which probes work."""
_LEAST_K, _LARGEST_RATIO = 0.5, 2.0
"""Of smaller changes a ratio says nothing, and a larger ratio is not believed."""
_WATCHED_KINDS = (
    StructureKind.ROOT,
    StructureKind.NERVE,
    StructureKind.CANAL,
    StructureKind.THECAL_SAC,
    StructureKind.CORD,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StopRule:
    """At which reading to stop.

    Attributes
    ----------
    id : str
        Of the thermocouple, or of the structure whose worst place is meant.
    name : str
        As it begins a sentence.
    position_mm : tuple of float
    limit : Limit
        What must not be passed.
    at_s : float or None
        Until when the probes may work; None where even the first moments tried are too long.
    read_c : float or None
        What is read there then.
    peak_c : float or None
        What it goes on to.
    by_dose : bool
        It is the dose that ends it, not the temperature.
    cold : bool
    source : str
    """

    id: str
    name: str
    position_mm: Point
    limit: Limit
    at_s: float | None
    read_c: float | None
    peak_c: float | None
    by_dose: bool
    cold: bool
    source: str

    @property
    def overshoot_k(self) -> float:
        """How much it changes after the probes have stopped."""
        return 0.0 if self.peak_c is None or self.read_c is None else abs(self.peak_c - self.read_c)

    @property
    def sentence(self) -> str:
        """The rule as it is read in the room; the reading is rounded away from danger."""
        if self.at_s is None or self.read_c is None or self.peak_c is None:
            return f"{self.name}: there is no time to stop, the level is passed within moments. Protect it, or move the probes."
        # The other way round than a prediction: here the earlier reading is the careful one.
        read = temperature_text(self.read_c, cold=not self.cold)
        further = f"{self.overshoot_k:.0f}\u202fK" if self.overshoot_k >= 0.5 else "less than 1\u202fK"
        verb = "falls" if self.cold else "rises"
        after = f"it {verb} {further} more after stopping"
        if self.by_dose:
            return f"Stop at {time_text(self.at_s)}, with {read} at {self.name}: {after}, and its dose stays below the alarm's."
        level = level_text(self.limit.temperature_c) if self.limit.temperature_c is not None else ""
        return (
            f"Stop at {read} at {self.name} (predicted at {time_text(self.at_s)}): {after}, and stays short of {level}."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Watched:
    id: str
    name: str
    position_mm: Point
    limit: Limit
    curve_c: Floats
    off_k: float
    of_point: bool


def stop_rules(
    case: Case, zone: PredictedZone, verdict: Verdict, trials: Trials, progress: Progress
) -> tuple[StopRule, ...]:
    """Return when to stop at every thermocouple and at every nerve that comes to alarm, the earliest first.

    Probes are stopped earlier and earlier on a coarse grid. What follows there after the stop is laid onto the curve of the
    prediction, in the proportion in which both go on after the whole schedule. What the grid may be off is kept in reserve.

    Parameters
    ----------
    case : Case
    zone : PredictedZone
        Of the case, with curves.
    verdict : Verdict
        Of that zone.
    trials : Trials
    progress : Progress
    """
    watched = _watched(case, zone, verdict)
    if not watched:
        return ()
    schedule = case.plan.phases
    moments = stopping_moments(schedule)
    points = [np.array([w.position_mm]) if w.of_point else trials.followed(w.id) for w in watched]
    ends = np.cumsum([0, *map(len, points)])
    worst = np.min if zone.cold else np.max
    peaks = np.zeros((len(watched), len(moments)))
    doses = np.zeros_like(peaks)
    scales = np.ones(len(watched))
    # The last moment first: what the prediction itself goes on by then is known.
    for n in range(len(moments) - 1, -1, -1):
        at_s = float(moments[n])
        progress.report(1 - n / len(moments), f"Trying when to stop: {len(moments) - n} of {len(moments)}")
        times_s, recorded_c = trials.stopped(cut_short(schedule, at_s), np.concatenate(points), progress.part(0.0, 0.0))
        for k, one in enumerate(watched):
            coarse_c = worst(recorded_c[:, ends[k] : ends[k + 1]], axis=1)
            if n == len(moments) - 1:
                scales[k] = _scale(zone, one.curve_c, times_s, coarse_c, at_s)
            peaks[k, n], doses[k, n] = _afterwards(zone, one.curve_c, times_s, coarse_c, at_s, scales[k])
    sources = load_protection_advice().stopping
    source = sources.cold if zone.cold else sources.heat
    rules = []
    for k, one in enumerate(watched):
        judged_c = peaks[k] - one.off_k if zone.cold else peaks[k] + one.off_k
        judged_min = doses[k] * DOSE_PER_K**one.off_k
        if _passes(one.limit, judged_c[-1], judged_min[-1], zone.cold):
            rules.append(_rule(one, zone, moments, peaks[k], judged_c, judged_min, source))
    return tuple(sorted(rules, key=lambda r: -1.0 if r.at_s is None else r.at_s))


def stopping_moments(schedule: Sequence[Phase]) -> Floats:
    """Return moments within the phases in which probes work, the last at their end, shape (n,)."""
    ends = np.cumsum([p.duration_s for p in schedule])
    working = [(end - p.duration_s, end) for p, end in zip(schedule, ends, strict=True) if p.kind == "on"]
    total_s = sum(stop - start for start, stop in working)
    moments: list[float] = []
    for start, stop in working:
        parts = max(round(_STOPS * (stop - start) / total_s), 2)
        moments += [float(start + (stop - start) * (n + 1) / parts) for n in range(parts)]
    return np.array(moments)


def cut_short(schedule: Sequence[Phase], at_s: float) -> tuple[Phase, ...]:
    """Return the phases up to a moment."""
    kept: list[Phase] = []
    for phase in schedule:
        left_s = at_s - sum(p.duration_s for p in kept)
        if left_s <= 1e-6:
            break
        kept.append(Phase(kind=phase.kind, duration_s=min(phase.duration_s, left_s), wall_c=phase.wall_c))
    return tuple(kept)


def _watched(case: Case, zone: PredictedZone, verdict: Verdict) -> list[_Watched]:
    """Thermocouples, judged as roots, and the worst place of every nerve at alarm."""
    thresholds = load_thresholds()
    found: list[_Watched] = []

    def add(name_id: str, name: str, at: Point | None, kind: StructureKind, *, of_point: bool = False) -> None:
        limits, curve_c = thresholds.of(kind, zone.mode), zone.curves_c.get(name_id)
        alarm = limits.at(Level.ALARM) if limits else None
        if at is not None and alarm is not None and curve_c is not None and len(curve_c):
            found.append(
                _Watched(
                    id=name_id,
                    name=name,
                    position_mm=at,
                    limit=alarm,
                    curve_c=curve_c,
                    off_k=grid_error_k(zone, at),
                    of_point=of_point,
                )
            )

    for reading in verdict.thermocouples:
        add(reading.id, reading.name, reading.position_mm, StructureKind.ROOT, of_point=True)
    for risk in verdict.structures:
        if risk.kind in _WATCHED_KINDS and risk.limit is not None and risk.judgement >= Judgement.ALARM:
            add(risk.id, inner_name(risk), risk.extreme_at_mm, risk.kind)
    return found


def _afterwards(
    zone: PredictedZone, curve_c: Floats, times_s: Floats, coarse_c: Floats, at_s: float, scale: float
) -> tuple[float, float]:
    """Extreme and dose of a place whose probes stop at a moment: its own curve, and then what the coarse one goes on by."""
    read_c = float(np.interp(at_s, zone.times_s, curve_c))
    after = times_s >= at_s - 1e-6
    tail_s, tail_c = times_s[after], coarse_c[after]
    if len(tail_c) == 0:
        tail_s, tail_c = np.array([at_s]), np.array([read_c])
    tail_c = read_c + scale * (tail_c - tail_c[0])
    # Cold leaves nothing warmer than the body, nor heat colder.
    tail_c = np.minimum(tail_c, zone.body_c) if zone.cold else np.maximum(tail_c, zone.body_c)
    before = zone.times_s < at_s
    whole_s, whole_c = np.concatenate([zone.times_s[before], tail_s]), np.concatenate([curve_c[before], tail_c])
    peak_c = float(whole_c.min() if zone.cold else whole_c.max())
    return peak_c, 0.0 if zone.cold else float(cem43(whole_s, whole_c))


def _scale(zone: PredictedZone, curve_c: Floats, times_s: Floats, coarse_c: Floats, end_s: float) -> float:
    """By how much more the prediction goes on after the last phase than the coarse run of the whole schedule."""
    worst = np.min if zone.cold else np.max
    fine_k = float(worst(curve_c[zone.times_s >= end_s - 1e-6], initial=zone.body_c)) - float(
        np.interp(end_s, zone.times_s, curve_c)
    )
    coarse_k = float(worst(coarse_c[times_s >= end_s - 1e-6])) - float(np.interp(end_s, times_s, coarse_c))
    if abs(coarse_k) < _LEAST_K:
        return 1.0
    # Never less than the coarse run itself goes on: that is the careful side.
    return float(np.clip(fine_k / coarse_k, 1.0, _LARGEST_RATIO))


def _passes(limit: Limit, peak_c: float, dose_min: float, cold: bool) -> bool:
    too_far = limit.temperature_c is not None and (
        peak_c <= limit.temperature_c if cold else peak_c >= limit.temperature_c
    )
    return too_far or (limit.cem43_min is not None and dose_min > limit.cem43_min)


def _rule(
    one: _Watched,
    zone: PredictedZone,
    moments: Floats,
    peaks_c: Floats,
    judged_c: Floats,
    judged_min: Floats,
    source: str,
) -> StopRule:
    """The last moment before which neither temperature nor dose passes the limit, as they are judged."""
    sign = 1.0 if zone.cold else -1.0
    crossings: list[tuple[float, bool]] = []
    if one.limit.temperature_c is not None:
        crossings.append((_first_below(moments, sign * (judged_c - one.limit.temperature_c)), False))
    if one.limit.cem43_min is not None:
        left = np.log(one.limit.cem43_min) - np.log(np.maximum(judged_min, 1e-6))
        crossings.append((_first_below(moments, left), True))
    at_s, by_dose = min(crossings)
    known = at_s > 0.0
    return StopRule(
        id=one.id, name=one.name, position_mm=one.position_mm, limit=one.limit, at_s=at_s if known else None,
        read_c=float(np.interp(at_s, zone.times_s, one.curve_c)) if known else None,
        peak_c=float(np.interp(at_s, moments, peaks_c)) if known else None, by_dose=by_dose, cold=zone.cold, source=source,
    )  # fmt: skip


def _first_below(moments: Floats, left: Floats) -> float:
    """When what is left of a limit is first used up, between the moments tried; 0 where the first is already too late."""
    over = left <= 0
    if not over.any():
        return float("inf")
    n = int(over.argmax())
    if n == 0:
        return 0.0
    share = left[n - 1] / (left[n - 1] - left[n])
    return float(moments[n - 1] + share * (moments[n] - moments[n - 1]))
