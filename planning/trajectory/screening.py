"""Judging thousands of paths at once by the same rules, on the surroundings of a target."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from imaging.geometry import Floats
from imaging.structures import FORAMINA, StructureKind
from planning.catalogue.devices import Device, device
from planning.catalogue.rules import PathRules, PreferenceId
from planning.model.case import Case
from planning.trajectory.batch import Followed, follow
from planning.trajectory.clearance import outside_mm
from planning.trajectory.judging import FORAMEN_MM, JOINT_MM, lean_deg, middle_mm, out_of_slice_deg, room_to_bore_mm
from planning.trajectory.surroundings import Surroundings

ALLOWED = -1
_OUT_OF_BODY_MM = 2.0
_THIRDS = 16
"""So often a path is cut by a third to find where it comes nearest: 150 mm to 0.2 mm."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Screened:
    """What the rules say of many paths; arrays of shape (n,).

    Attributes
    ----------
    entries_mm, tips_mm : ndarray, shape (n, 3)
    refused_by : ndarray of int8
        Into `reasons`, or ALLOWED.
    reasons : tuple of str
        Why a path is not allowed, in words that begin a sentence.
    cost : ndarray
        Of all paths, also of those refused.
    followed : Followed
    """

    entries_mm: Floats
    tips_mm: Floats
    refused_by: npt.NDArray[np.int8]
    reasons: tuple[str, ...]
    cost: Floats
    followed: Followed

    @property
    def allowed(self) -> npt.NDArray[np.bool_]:
        return np.asarray(self.refused_by == ALLOWED)


def screen(
    case: Case, around: Surroundings, entries_mm: Floats, tips_mm: Floats, applicator: Device, rules: PathRules
) -> Screened:
    """Judge paths from skin to tip.

    Parameters
    ----------
    case : Case
        Its probes are in the way; leave out the one that is looked for.
    around : Surroundings
    entries_mm, tips_mm : ndarray, shape (n, 3)
    applicator : Device
    rules : PathRules
    """
    towards = entries_mm - tips_mm
    length_mm = np.maximum(np.linalg.norm(towards, axis=1), 1e-6)
    direction = towards / length_mm[:, None]
    followed = follow(around, entries_mm, tips_mm, rules.tolerance_mm.value)
    refused_by = np.full(len(entries_mm), ALLOWED, np.int8)
    reasons: list[str] = []

    def refuse(where: npt.NDArray[np.bool_], reason: str) -> None:
        refused_by[where & (refused_by == ALLOWED)] = len(reasons)
        reasons.append(reason)

    limits, room = rules.limits, case.plan.room
    lean = lean_deg(direction, room)
    refuse(followed.outside_mm > _OUT_OF_BODY_MM, "the way leaves the body")
    refuse(_above(lean, limits["vertical"].alarm), "the needle would lie too flat")
    shaft_mm = applicator.shaft_length_mm
    if shaft_mm is not None:
        refuse(shaft_mm - length_mm < limits["hub"].refused_below, "the shaft is too short")
    for n, rule in enumerate(around.rules):
        refuse((followed.spare_mm < 0) & (followed.spare_of == n), f"too near to {limits[rule].name}")
    refuse(_above(followed.gas_mm, limits["gas"].alarm), "gas on the way: bowel or lung")
    for probe in case.plan.probes:
        left_mm = left_beside_mm(probe.entry_mm, probe.tip_mm, entries_mm, tips_mm, rules.tolerance_mm.value)
        least_mm = (applicator.diameter_mm + device(probe.device_id).diameter_mm) / 2 + limits["probes"].refused_below
        refuse(left_mm < least_mm, f"too near to {probe.name}")
    beyond_mm = rules.hand_mm.value + max(outside_mm(applicator, 0.0) or 0.0, 0.0)
    free_mm = room_to_bore_mm(entries_mm, direction, beyond_mm, case)
    if free_mm is not None:
        refuse(free_mm < limits["bore"].refused_below, "no room for hub and hand in the bore")
    cost = followed.nearness + _preferred(case, around, followed, entries_mm, tips_mm, applicator, rules)
    return Screened(
        entries_mm=entries_mm, tips_mm=tips_mm, refused_by=refused_by, reasons=tuple(reasons), cost=cost,
        followed=followed,
    )  # fmt: skip


def left_beside_mm(
    entry_mm: npt.ArrayLike, tip_mm: npt.ArrayLike, entries_mm: npt.ArrayLike, tips_mm: npt.ArrayLike, strays_mm: float
) -> Floats:
    """Return the smallest distances of the axes of needles that stray to those of others, which stay.

    Parameters
    ----------
    entry_mm, tip_mm : array_like, shape (3,) or (n, 3)
        Of those that stay.
    entries_mm, tips_mm : array_like, shape (n, 3) or (3,)
        Of those that stray.
    strays_mm : float
        Of the tips; less so nearer to the skin.
    """
    start, entries = np.asarray(entry_mm, float), np.asarray(entries_mm, float)
    axis, ways = np.asarray(tip_mm, float) - start, np.asarray(tips_mm, float) - entries
    squared = (axis**2).sum(axis=-1)
    count = max(len(np.atleast_2d(start)), len(np.atleast_2d(entries)))

    def left_mm(at: Floats) -> Floats:
        points = entries + at[:, None] * ways
        along = np.clip(((points - start) * axis).sum(axis=-1) / squared, 0.0, 1.0)
        return np.asarray(np.linalg.norm(points - start - along[:, None] * axis, axis=-1) - strays_mm * at)

    # The distance from a segment along a straight line has one valley only, and what is taken off is straight.
    low, high = np.zeros(count), np.ones(count)
    for _ in range(_THIRDS):
        third = (high - low) / 3
        falls = left_mm(low + third) > left_mm(high - third)
        low, high = np.where(falls, low + third, low), np.where(falls, high, high - third)
    return left_mm((low + high) / 2)


def _above(values: Floats, level: float | None) -> npt.NDArray[np.bool_]:
    return np.zeros(len(values), np.bool_) if level is None else np.asarray(values > level)


def _preferred(
    case: Case, around: Surroundings, followed: Followed, entries_mm: Floats, tips_mm: Floats, applicator: Device,
    rules: PathRules,
) -> Floats:  # fmt: skip
    """What the preferences cost."""
    towards = entries_mm - tips_mm
    length_mm = np.maximum(np.linalg.norm(towards, axis=1), 1e-6)
    direction, room = towards / length_mm[:, None], case.plan.room
    values: dict[PreferenceId, Floats] = {
        "length": length_mm,
        "slice": out_of_slice_deg(direction, room),
        "vertical": lean_deg(direction, room),
        "normal": followed.normal_deg,
        "cortex": followed.cortex_mm,
        "joint": _joint(around, followed).astype(float),
        "foramen": (_mm_in(around, followed, *FORAMINA) >= FORAMEN_MM).astype(float),
        "aim": _off_the_middle(case, tips_mm + direction * applicator.active_length_mm / 2),
    }
    if case.plan.probes:
        holes = np.array([p.entry_mm for p in case.plan.probes])
        values["shared_skin"] = np.linalg.norm(entries_mm[:, None] - holes, axis=2).min(axis=1)
    return np.asarray(sum(rules.preferences[key].cost(value) for key, value in values.items()))


def _joint(around: Surroundings, followed: Followed) -> npt.NDArray[np.bool_]:
    ilium, sacrum = (_mm_in(around, followed, kind) for kind in (StructureKind.ILIUM, StructureKind.SACRUM))
    return np.asarray((ilium >= JOINT_MM) & (sacrum >= JOINT_MM))


def _mm_in(around: Surroundings, followed: Followed, *kinds: StructureKind) -> Floats:
    """Way in the structures of some kinds."""
    columns = [n for n, part in enumerate(around.parts) if part is not None and part.kind in kinds]
    return np.asarray(followed.part_mm[:, columns].sum(axis=1), float)


def _off_the_middle(case: Case, active_mm: Floats) -> Floats:
    middles = [middle_mm(s.shape) for s in case.of_kind(StructureKind.LESION)]
    if not middles:
        return np.zeros(len(active_mm))
    return np.asarray(np.min([np.linalg.norm(active_mm - m, axis=1) for m in middles], axis=0))
