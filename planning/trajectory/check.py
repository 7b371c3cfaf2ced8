"""A real needle against the planned probe: tip, angle, depth, and what remains."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from imaging.geometry import Floats
from imaging.later import optimize
from imaging.volume import Volume
from planning.errors import PlanError
from planning.model.case import Probe
from planning.model.point import Point
from planning.quantities import deviation_text, length_text
from planning.trajectory.console import ConsoleNumbers, console_numbers
from planning.trajectory.skin_entry import entry_on_skin

_FARTHEST_MM = 40.0
"""A needle that passes a plan at more than this is none of it: an assumption."""
_APART_MM = 5.0
"""Needles whose distances from a plan differ by less cannot be told apart by it: an assumption."""
_BESIDE_NEEDLE_MM = 8.0
"""So far beside a needle its metal no longer hides the skin."""
_RAYS = 8
_SAME_DEPTH_MM = 0.05
_NAMED_MM, _NAMED_SHARE = 0.5, 0.35
_WAYS = (("to the left", "to the right"), ("posterior", "anterior"), ("cranial", "caudal"))


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ActualNeedle:
    """A needle that was found, in the planning CT's space.

    Attributes
    ----------
    tip_mm : ndarray, shape (3,)
        LPS.
    direction : ndarray, shape (3,)
        Unit vector from tip to hub.
    visible_mm : float
        Length that the CT shows.
    """

    tip_mm: Floats
    direction: Floats
    visible_mm: float

    @property
    def hub_mm(self) -> Floats:
        """The last of it that is seen, shape (3,)."""
        return np.asarray(self.tip_mm + self.visible_mm * self.direction)

    def beside_mm(self, points_mm: Floats) -> Floats:
        """Distances of points, shape (n, 3), from its axis, shape (n,)."""
        along = (points_mm - self.tip_mm) @ self.direction
        return np.asarray(np.linalg.norm(points_mm - self.tip_mm - along[:, None] * self.direction, axis=1))


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Deviation:
    """Planned against actual for one probe.

    Attributes
    ----------
    probe : Probe
        As it was planned.
    needle : ActualNeedle
    entry_mm : ndarray, shape (3,)
        Where the real needle passes the skin, LPS.
    skin_of_plan : bool
        The new CT does not show the skin there; it is that of the planning CT.
    """

    probe: Probe
    needle: ActualNeedle
    entry_mm: Floats
    skin_of_plan: bool = False

    @property
    def offset_mm(self) -> Floats:
        """Vector from planned to actual tip, shape (3,), LPS."""
        return np.asarray(self.needle.tip_mm - np.asarray(self.probe.tip_mm))

    @property
    def tip_mm(self) -> float:
        """Distance between planned and actual tip."""
        return float(np.linalg.norm(self.offset_mm))

    @property
    def along_mm(self) -> float:
        """The part of it along the planned shaft, positive where the needle is too deep."""
        return float(-self.offset_mm @ self.probe.direction)

    @property
    def lateral_offset_mm(self) -> Floats:
        """The part of it across the planned shaft, shape (3,), LPS."""
        return np.asarray(self.offset_mm + self.along_mm * self.probe.direction)

    @property
    def lateral_mm(self) -> float:
        return float(np.linalg.norm(self.lateral_offset_mm))

    @property
    def angle_deg(self) -> float:
        """Angle between both shafts."""
        return float(np.degrees(np.arccos(np.clip(self.needle.direction @ self.probe.direction, -1, 1))))

    @property
    def as_probe(self) -> Probe:
        """The probe as it really lies."""
        return replace(self.probe, entry_mm=_point(self.entry_mm), tip_mm=_point(self.needle.tip_mm))

    @property
    def planned(self) -> ConsoleNumbers:
        return console_numbers(self.probe)

    @property
    def actual(self) -> ConsoleNumbers:
        return console_numbers(self.as_probe)

    @property
    def depth_mm(self) -> float:
        """From the real skin to the real tip."""
        return self.as_probe.depth_mm

    @property
    def remaining_mm(self) -> float:
        """How much farther along its own axis the needle comes nearest to the target; negative once it is past it."""
        return float((self.needle.tip_mm - np.asarray(self.probe.tip_mm)) @ self.needle.direction)

    @property
    def miss_mm(self) -> float:
        """How far beside the target its axis passes."""
        return float(self.needle.beside_mm(np.array([self.probe.tip_mm]))[0])

    @property
    def nearest_mm(self) -> Floats:
        """The point of its axis nearest to the target, shape (3,), LPS."""
        return np.asarray(self.needle.tip_mm - self.remaining_mm * self.needle.direction)


def _point(lps_mm: Floats) -> Point:
    x, y, z = lps_mm.tolist()
    return (x, y, z)


def matched(
    probes: Sequence[Probe], needles: Sequence[ActualNeedle], probe_id: str | None = None
) -> dict[str, ActualNeedle]:
    """Return which needle belongs to which probe, each to one at most, by how far their lines lie apart.

    Parameters
    ----------
    probes : sequence of Probe
    needles : sequence of ActualNeedle
    probe_id : str, optional
        The one probe that is asked for.

    Returns
    -------
    dict of str to ActualNeedle
        By the probe's id; needles that lie near no probe, and probes without one, are left out.

    Raises
    ------
    PlanError
        ``no-probe``; ``needle-far`` if no needle lies near the plan; ``needle-ambiguous`` if two fit a probe as well.
    """
    if not probes:
        raise PlanError("The plan has no probe to compare with.", code="no-probe", hint="Place a probe first.")
    apart = np.array([[_apart_mm(p, n) for n in needles] for p in probes]).reshape(len(probes), len(needles))
    rows, columns = optimize.linear_sum_assignment(apart)
    pairs = {int(r): int(c) for r, c in zip(rows, columns, strict=True) if apart[r, c] <= _FARTHEST_MM}
    asked = [n for n, p in enumerate(probes) if probe_id in (None, p.id, p.name)]
    if not any(n in pairs for n in asked):
        names = " or ".join(probes[n].name for n in asked)
        nearest = f" The nearest passes it at {deviation_text(float(apart[asked].min()))}." if needles else ""
        raise PlanError(
            f"No needle lies near {names}.{nearest}",
            code="needle-far",
            hint=f"Needles farther than {_FARTHEST_MM:.0f} mm from the planned path are taken for others.",
        )
    for n in asked:
        if n in pairs:
            _require_the_only(probes[n], apart[n], pairs[n], set(pairs.values()))
    return {probes[n].id: needles[c] for n, c in pairs.items() if n in asked}


def _apart_mm(probe: Probe, needle: ActualNeedle) -> float:
    """How far a plan's line lies from a needle's axis, in the mean; how deep the needle is does not matter."""
    return float(needle.beside_mm(np.array([probe.tip_mm, probe.entry_mm])).mean())


def _require_the_only(probe: Probe, apart_mm: Floats, chosen: int, taken: set[int]) -> None:
    others = [float(mm) for n, mm in enumerate(apart_mm) if n not in taken]
    if others and min(others) - float(apart_mm[chosen]) < _APART_MM:
        raise PlanError(
            f"Two needles lie about as near to {probe.name}: {deviation_text(float(apart_mm[chosen]))} and "
            f"{deviation_text(min(others))} from its path in the mean.",
            code="needle-ambiguous",
            hint="Plan the second needle too, so that each finds its own, or take the CT before it is placed.",
        )


def deviation(probe: Probe, needle: ActualNeedle, new_ct: Volume, planning_ct: Volume) -> Deviation:
    """Return planned against actual for one probe.

    Parameters
    ----------
    probe : Probe
    needle : ActualNeedle
    new_ct : Volume
        In the planning CT's space. The skin is looked for beside the needle, which hides it.
    planning_ct : Volume
        Its skin is taken where the new CT does not show it.

    Raises
    ------
    PlanError
        ``skin-not-in-ct`` or ``target-in-air`` if neither shows where the needle enters.
    """
    try:
        return Deviation(probe=probe, needle=needle, entry_mm=_entry_beside(new_ct, needle))
    except PlanError:
        entry = entry_on_skin(planning_ct, needle.tip_mm, needle.tip_mm + 10.0 * needle.direction)
        return Deviation(probe=probe, needle=needle, entry_mm=entry, skin_of_plan=True)


def _entry_beside(volume: Volume, needle: ActualNeedle) -> Floats:
    """Where parallels around a needle leave the skin, in the middle, on its axis."""
    first = np.cross(needle.direction, np.eye(3)[int(np.abs(needle.direction).argmin())])
    first /= np.linalg.norm(first)
    second = np.cross(needle.direction, first)
    depths = []
    for turn in np.linspace(0, 2 * np.pi, _RAYS, endpoint=False):
        start = needle.tip_mm + _BESIDE_NEEDLE_MM * (np.cos(turn) * first + np.sin(turn) * second)
        skin = entry_on_skin(volume, start, start + 10.0 * needle.direction)
        depths.append(float((skin - needle.tip_mm) @ needle.direction))
    return np.asarray(needle.tip_mm + float(np.median(depths)) * needle.direction)


def way_words(vector_mm: Floats) -> str:
    """Return where a vector points in words, its larger parts first: ``to the left and cranial``; empty if nowhere."""
    parts = np.abs(vector_mm)
    least = max(_NAMED_MM, _NAMED_SHARE * float(parts.max()))
    named = [_WAYS[n][int(vector_mm[n] < 0)] for n in np.argsort(-parts) if parts[n] >= least]
    return " and ".join(named)


def depth_words(found: Deviation, short: str) -> str:
    """Return how deep a tip lies along the planned shaft: ``4.0 mm too deep``; ``short`` says that it is not deep enough."""
    if abs(found.along_mm) < _SAME_DEPTH_MM:
        return "at the planned depth"
    return f"{deviation_text(abs(found.along_mm))} {'too deep' if found.along_mm > 0 else short}"


def deviation_sentences(found: Deviation) -> tuple[str, ...]:
    """Return planned against actual in sentences: tip, angle, depth and what remains."""
    name = found.probe.name
    deep = depth_words(found, "short of it")
    where = way_words(found.lateral_offset_mm)
    beside = f"{deviation_text(found.lateral_mm)} beside it" + (f", {where}" if where else "")
    angle = int(np.ceil(found.angle_deg - 0.05))
    turned = f"The shaft lies {angle}° off the plan" if angle else "The shaft lies along the plan"
    now, then = found.actual, found.planned
    angles = (
        f"in plane {now.in_plane_text} (planned {then.in_plane_text}), "
        f"craniocaudal {now.craniocaudal_text} (planned {then.craniocaudal_text})"
    )
    skin = "the planning CT's skin" if found.skin_of_plan else "the skin"
    return (
        f"The tip of {name} lies {deviation_text(found.tip_mm)} from the planned one: {deep}, {beside}.",
        f"{turned}: {angles}.",
        f"It is {length_text(found.depth_mm)} deep from {skin}, {length_text(then.depth_mm)} were planned.",
        _remaining_sentence(found),
    )


def _remaining_sentence(found: Deviation) -> str:
    beside = f"{deviation_text(found.miss_mm)} beside it"
    if found.remaining_mm < -_SAME_DEPTH_MM:
        return f"It is {deviation_text(-found.remaining_mm)} past the target, which its line passes {beside}."
    if found.remaining_mm < _SAME_DEPTH_MM:
        return f"It is as near to the target as its line leads, {beside}."
    return f"{length_text(found.remaining_mm)} farther along its line it is nearest to the target, {beside}."
