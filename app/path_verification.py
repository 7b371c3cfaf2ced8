"""Are paths judged rightly? Built cases, and the best suggestions in ten phantoms measured by brute force."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from app.demo import true_case
from app.plan_verification import VOXEL_MM, plan_groups
from imaging.phantom import family, make_phantom, on_grid
from imaging.progress import Progress
from imaging.structures import StructureKind
from imaging.volume import Volume
from planning.catalogue.devices import device
from planning.catalogue.rules import PathRules, builtin_path_rules
from planning.errors import PlanError
from planning.model import Case, Probe
from planning.model.case import ProbeId
from planning.model.point import Point
from planning.thermal.verification import VerificationRow
from planning.trajectory.judging import middle_mm
from planning.trajectory.skin_map import skin_map
from planning.trajectory.suggest import largest_lesion, suggest_paths
from planning.trajectory.verification.answers import answer_group
from planning.trajectory.verification.distances import ABOUT, distance_group, distance_row, lost_row, random_shafts
from planning.trajectory.verification.groups import RowGroup, answered, at_least, at_most
from planning.trajectory.verification.left import least_left_mm
from planning.trajectory.verification.limits import limit_group

MEMBERS = (
    "lytic-s2-24", "mixed-s3-30", "lytic-s1-38", "sclerotic-ala-45", "mixed-ilium-40", "small-woman", "large-man", "prone-turned",
    "sacralised-l5", "contrast",
)  # fmt: skip
"""Lesions of the sacrum and beside it, and patients of other sizes, postures and anatomies."""
_SHARES = (0.0, 0.03, 0.06, 0.1, 0.5, 1.0)
"""Phantoms take most of the time."""
_DEVICE = "icesphere-1.5"
_SHAFTS = 24
_PROBE = Probe(id=ProbeId("C1"), name="C1", device_id=_DEVICE, entry_mm=(0.0, 0.0, 0.0), tip_mm=(0.0, 0.0, 0.0))
_SCREENED = 24
_NEAR_MM = (-0.5, 3.0)
_SCREENED_WITHIN_MM = 1.5
"""The width of a cell of the surroundings."""


def trajectory_groups(progress: Progress, members: Iterable[str] = MEMBERS) -> list[RowGroup]:
    """Return all groups of rows; the built cases take half a minute, every phantom and every plan of several probes another one.

    Parameters
    ----------
    progress : Progress
    members : iterable of str
        Of the phantom family.
    """
    asked: list[tuple[str, Callable[[Progress], list[RowGroup]]]] = [
        ("Distances", lambda _: [distance_group()]),
        ("Limits", lambda _: [limit_group()]),
        ("Known answers", lambda _: [answer_group()]),
        ("Plans of several probes", plan_groups),
        ("Phantoms", lambda part: phantom_groups(part, members)),
    ]
    groups: list[RowGroup] = []
    for n, (words, make) in enumerate(asked):
        begin, end = _SHARES[n : n + 2]
        progress.report(begin, words)
        groups += make(progress.part(begin, end))
    progress.report(1.0, "")
    return groups


def phantom_groups(progress: Progress, members: Iterable[str]) -> list[RowGroup]:
    """Return what is measured in phantoms with their true structures: distances of shafts, and the best suggestions."""
    distances: list[VerificationRow] = []
    ways: list[VerificationRow] = []
    chosen = list(members)
    for n, name in enumerate(chosen):
        progress.report(n / len(chosen), name)
        case, volume = phantom_case(name)
        if n == 0:
            distances = _distance_rows(case)
        ways += _way_rows(name, case, volume)
    voxels = " × ".join(f"{mm:g}" for mm in VOXEL_MM)
    return [
        RowGroup(title=f"Distances of a shaft, structures of {chosen[0]}", about=ABOUT, rows=tuple(distances)),
        RowGroup(
            title="Suggestions in phantoms",
            about=(
                f"Phantoms on voxels of {voxels} mm with their true structures; ways suggested for {device(_DEVICE).name}. Left: "
                "the smallest distance to anything along any suggestion, by brute force, less the needle's thickness and what it may "
                "stray there; below 0 a hard limit would be broken. Screened: by how much the cubes that thousands of ways are "
                "followed through tell it otherwise, of ways to the middle of the lesion that pass near to something (left from −0.5 to 3 mm)."
            ),
            rows=tuple(ways),
        ),
    ]


def phantom_case(name: str) -> tuple[Case, Volume]:
    """Return a member of the phantom family as a case with its true structures."""
    phantom = make_phantom(on_grid(family()[name].parameters, VOXEL_MM))
    return true_case(name, phantom), phantom.volume


def _distance_rows(case: Case) -> list[VerificationRow]:
    """Shafts to everything that must be kept off."""
    rng = np.random.default_rng(11)
    rules = builtin_path_rules()
    judged = [s for s in case.structures if rules.limit_of(s.kind) is not None]
    # Of many roots of one make the longest stand for the others.
    roots = [s for s in judged if s.kind is StructureKind.ROOT and s.level in ("L5", "S1", "S2")]
    others = [s for s in judged if s.kind is not StructureKind.ROOT]
    rows = [distance_row(s.name, s, random_shafts(s, _SHAFTS, rng)) for s in (*others, *roots)]
    return rows + [lost_row(s.name, s) for s in others if s.kind is StructureKind.VESSEL]


def _way_rows(name: str, case: Case, volume: Volume) -> list[VerificationRow]:
    """What the best suggestions of one patient come to."""
    rules = builtin_path_rules()
    try:
        found = suggest_paths(case, volume, _DEVICE, Progress(), rules=rules)
    except PlanError as error:
        return [answered(f"{name}: kinds of ways", 0.0, "", "≥ 1", met=error.code == "no-path", why=str(error))]
    left = [least_left_mm(case, s.probe, rules) for s in found]
    kinds = sorted({s.corridor.kind_words.lower() for s in found})
    least_mm, nearest = min(left)
    refused = [f.sentence for s in found for f in s.judged.refused]
    off_mm = _screened_off_mm(case, volume, rules)
    return [
        at_least(f"{name}: kinds of ways", float(len(kinds)), "", 1, f"{len(found)} suggested: {', '.join(kinds)}"),
        answered(f"{name}: left", least_mm, "mm", "≥ 0 mm", met=least_mm >= 0 and not refused, why=f"to {nearest}"),
        at_most(
            f"{name}: screened", max(abs(mm) for mm in off_mm), "mm", _SCREENED_WITHIN_MM,
            f"{len(off_mm)} ways: {max(max(off_mm), 0.0):.2f} mm too much room at most, {max(-min(off_mm), 0.0):.2f} mm too little",
        ),
    ]  # fmt: skip


def _screened_off_mm(case: Case, volume: Volume, rules: PathRules) -> list[float]:
    """By how much more is left as screened than by brute force, of ways that pass near to something."""
    rng = np.random.default_rng(5)
    shown = skin_map(case, volume, middle_mm(largest_lesion(case).shape), _DEVICE, Progress(), rules=rules)
    spare_mm = shown.screened.followed.spare_mm
    near = np.flatnonzero(np.abs(spare_mm) < _NEAR_MM[1])
    off_mm = []
    for n in rng.permutation(near)[:_SCREENED]:
        probe = replace(_PROBE, entry_mm=_point(shown.mesh.points_mm[n]), tip_mm=_point(shown.target_mm))
        left_mm, _ = least_left_mm(case, probe, rules)
        # Where a shaft goes through something the cubes tell that it does, and not how deep; far away they know no distance.
        if _NEAR_MM[0] < left_mm < _NEAR_MM[1]:
            off_mm.append(float(spare_mm[n]) - left_mm)
    return off_mm


def _point(at: npt.ArrayLike) -> Point:
    x, y, z = (float(v) for v in np.asarray(at, float))
    return x, y, z
