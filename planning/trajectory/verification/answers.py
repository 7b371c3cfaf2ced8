"""Built cases whose answers are known: what suggestions must come to."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from imaging.geometry import Floats
from imaging.progress import no_progress
from imaging.structures import Side, StructureKind, Tube
from imaging.volume import Volume
from planning.catalogue.rules import builtin_path_rules
from planning.errors import PlanError
from planning.model.case import Case, Probe, Structure
from planning.model.naming import make_structure
from planning.thermal.verification.rows import VerificationRow
from planning.trajectory.suggest import Suggestion, suggest_paths
from planning.trajectory.verification.built_cases import (
    LESION_MM,
    NO_LENGTH,
    Voxels,
    made_of,
    needle,
    nerve,
    patient,
    places,
)
from planning.trajectory.verification.groups import RowGroup, answered
from planning.trajectory.verification.left import least_left_mm

TITLE = "Built cases with known answers"
ABOUT = (
    "The round patient: a ball of muscle with a plate of bone and a lesion in it, and what stands behind the plate. Ways are "
    "suggested by the rules that ship. What is left, in brackets, is the smallest distance to anything, by brute force, less what "
    "the needle may stray there."
)
_AT = places()
_ACROSS = np.linalg.norm(_AT[..., [0, 2]], axis=-1)
_LAYER_MM, _HALF_LAYER_MM = 30.0, 5.0

_FRONT = (_AT[..., 1] > -40) & (_AT[..., 1] < 22)

Found = tuple[Suggestion, ...]


def answer_group() -> RowGroup:
    """Return one row a case."""
    asked: Sequence[Callable[[], VerificationRow]] = (
        around_bowel, through_the_only_hole, between_nerves, through_a_foramen, through_a_pedicle, between_pedicles,
        through_the_ilium, beside_a_probe, no_way, what_is_not_known,
    )  # fmt: skip
    return RowGroup(title=TITLE, about=ABOUT, rows=tuple(ask() for ask in asked))


def _layer(kind: StructureKind, where: Voxels) -> Structure:
    """Something behind the plate, 10 mm thick."""
    return made_of(kind, where & (np.abs(_AT[..., 1] - _LAYER_MM) < _HALF_LAYER_MM))


def _beside(towards: Floats) -> Floats:
    """How far every voxel lies beside a line out of the middle; on its other side infinitely far."""
    along = _AT @ towards
    return np.where(along > 0, np.linalg.norm(_AT - along[..., None] * towards, axis=-1), np.inf)


def _shell(radius_mm: float, hole: Voxels) -> Structure:
    """Vessels all around, 10 mm thick, but for a hole."""
    return made_of(StructureKind.VESSEL, (np.abs(np.linalg.norm(_AT, axis=-1) - radius_mm) < _HALF_LAYER_MM) & ~hole)


def _off_line_mm(probe: Probe, towards: Floats, from_middle_mm: float) -> float:
    """How far beside a line out of the middle a path passes a sphere."""
    at = np.linspace(0.0, 1.0, 2001)[:, None]
    points = np.asarray(probe.entry_mm) + at * np.subtract(probe.tip_mm, probe.entry_mm)
    there = points[np.abs(np.linalg.norm(points, axis=1) - from_middle_mm).argmin()]
    return float(np.linalg.norm(there - (there @ towards) * towards))


def _suggested(case: Case, volume: Volume) -> Found:
    return suggest_paths(case, volume, NO_LENGTH, no_progress(), rules=builtin_path_rules())


def _at_height(probe: Probe, y_mm: float) -> Floats:
    """Where a path passes a coronal plane."""
    entry, tip = np.asarray(probe.entry_mm), np.asarray(probe.tip_mm)
    return np.asarray(tip + (entry - tip) * (y_mm - tip[1]) / (entry[1] - tip[1]))


def _safely(case: Case, found: Found) -> tuple[bool, str]:
    """Whether no suggestion breaks a limit of distance, and what is left at the narrowest."""
    left = [least_left_mm(case, s.probe, builtin_path_rules()) for s in found]
    least, name = min(left)
    words = f"{len(found)} {'way' if len(found) == 1 else 'ways'}, best: {found[0].title}"
    return least >= 0.0, f"{words} ({least:.1f} mm left to {name})" if name else words


def around_bowel() -> VerificationRow:
    """Bowel lies straight behind the lesion: every way goes past it."""
    case, volume = patient(_layer(StructureKind.BOWEL, _ACROSS < 12))
    found = _suggested(case, volume)
    safe, words = _safely(case, found)
    aside = min(float(np.hypot(*_at_height(s.probe, _LAYER_MM)[[0, 2]])) for s in found)
    return answered(
        "around bowel: all ways, from its middle", aside, "mm", "≥ 12 mm", met=safe and aside >= 12, why=words
    )


def through_the_only_hole() -> VerificationRow:
    """A shell of vessels with one hole 20 mm wide, behind the lesion and to the left."""
    towards = np.array([0.6, 0.8, 0.0])
    case, volume = patient(_shell(44.0, hole=_beside(towards) < 10))
    found = _suggested(case, volume)
    safe, words = _safely(case, found)
    off = max(_off_line_mm(s.probe, towards, 44.0) for s in found)
    return answered(
        "the only hole in a shell: all ways, from its middle", off, "mm", "≤ 10 mm", met=safe and off <= 10, why=words
    )


def between_nerves() -> VerificationRow:
    """Two nerves 24 mm apart, vessels beyond them: the way goes midway, as nearness costs."""
    nerves = [nerve([(x, 30, -60), (x, 30, 60)], level, radius_mm=3.0) for x, level in ((-12, "S1"), (12, "S2"))]
    case, volume = patient(*nerves, _layer(StructureKind.VESSEL, np.abs(_AT[..., 0]) > 12))
    found = _suggested(case, volume)
    safe, words = _safely(case, found)
    off = abs(float(_at_height(found[0].probe, _LAYER_MM)[0]))
    return answered(
        "between two nerves: the best way, from the middle", off, "mm", "≤ 5 mm", met=safe and off <= 5, why=words
    )


def through_a_foramen() -> VerificationRow:
    """A shell of vessels leaves nothing open but a dorsal foramen: the way leads through it, with its warning."""
    towards = np.array([0.5, np.sqrt(0.75), 0.0])
    channel = Tube(np.array([LESION_MM * towards, 20 * towards]), np.full(2, 7.0))
    foramen = make_structure(StructureKind.DORSAL_FORAMEN, channel, level="S2", side=Side.LEFT)
    wall = _shell(26.0, hole=_beside(towards) < 8)
    sacrum = made_of(StructureKind.SACRUM, (np.abs(_AT[..., 1]) <= 12) & (np.linalg.norm(_AT, axis=-1) > LESION_MM))
    case, volume = patient(sacrum, foramen, wall)
    found = _suggested(case, volume)
    safe, words = _safely(case, found)
    other = sum(s.corridor.kind != "foramen" or "root" not in s.corridor.warning for s in found)
    return answered(
        "only through a foramen: ways that are none, or without its warning", float(other), "", "0", met=safe and not other,
        why=words,
    )  # fmt: skip


def _vertebra(level: str, middle_mm: float) -> Voxels:
    """Body in front, two pedicles beside the canal, lamina behind."""
    x, y, z = np.abs(_AT[..., 0]), _AT[..., 1], _AT[..., 2] - middle_mm
    body = (x < 22) & (y > -26) & (y < 6) & (np.abs(z) < 14)
    pedicles = (x > 9) & (x < 22) & (y >= 6) & (y < 24) & (np.abs(z - 5) < 7)
    lamina = (x < 22) & (y >= 24) & (y < 30) & (np.abs(z) < 12)
    return np.asarray((body | pedicles | lamina) & (np.linalg.norm(_AT, axis=-1) > LESION_MM))


def _canal() -> Structure:
    return make_structure(StructureKind.CANAL, Tube(np.array([(0.0, 15, -60), (0, 15, 60)]), np.full(2, 6.0)))


def through_a_pedicle() -> VerificationRow:
    """Canal between the pedicles, vessels beside, above and below them: one pedicle or the other."""
    bone = _vertebra("L4", -5.0)
    x, y, z = np.abs(_AT[..., 0]), _AT[..., 1], _AT[..., 2]
    around = made_of(
        StructureKind.VESSEL, _FRONT & ((x > 24) | (np.abs(z) > 16) | ((y > 6) & (np.abs(z) > 9) & (x > 6)))
    )
    case, volume = patient(made_of(StructureKind.VERTEBRA, bone, level="L4"), _canal(), around, plate=False)
    found = _suggested(case, volume)
    safe, words = _safely(case, found)
    other = sum(s.corridor.kind != "pedicle" for s in found)
    return answered(
        "only through a pedicle: ways that are none", float(other), "", "0", met=safe and not other, why=words
    )


def between_pedicles() -> VerificationRow:
    """Screws in the pedicles above and below, a root below the upper one: the way goes between them, under the root."""
    x, y, z = np.abs(_AT[..., 0]), _AT[..., 1], _AT[..., 2]
    upper, lower = (made_of(StructureKind.VERTEBRA, _vertebra("", m), level=n) for m, n in ((17, "L4"), (-23, "L5")))
    screws = made_of(
        StructureKind.METAL, (x > 9) & (x < 22) & (y > -10) & (y < 30) & ((np.abs(z - 22) < 6) | (np.abs(z + 18) < 6))
    )
    beside = made_of(
        StructureKind.VESSEL, _FRONT & ((x > 26) | (np.abs(z) > 34) | ((y > 4) & (np.abs(z) > 28) & (x > 6)))
    )
    root = nerve([(4, 16, 20), (10, 14, 12), (26, 4, 10)], "L4")
    right = nerve([(-4, 16, 20), (-10, 14, 12), (-26, 4, 10)], "L4", Side.RIGHT)
    case, volume = patient(upper, lower, screws, beside, root, right, _canal(), plate=False)
    found = _suggested(case, volume)
    safe, words = _safely(case, found)
    # At the depth of the pedicles, whose screws leave 28 mm between them.
    other = sum(not -12 < _at_height(s.probe, 15.0)[2] < 16 for s in found)
    return answered(
        "between pedicles with screws: ways that are not", float(other), "", "0", met=safe and not other, why=words
    )


def through_the_ilium() -> VerificationRow:
    """A shell of vessels all around but behind the left hip bone, beside the sacrum that holds the lesion."""
    gap = (_AT[..., 0] > 26) & (np.abs(_AT[..., 2]) < 16) & (_AT[..., 1] > 4)
    shell = made_of(StructureKind.VESSEL, (np.abs(np.linalg.norm(_AT, axis=-1) - 46) < 5) & ~gap)
    hip = made_of(StructureKind.ILIUM, (np.abs(_AT[..., 0] - 22) < 6) & (np.abs(_AT[..., 1] - 6) < 34), side=Side.LEFT)
    sacrum = made_of(StructureKind.SACRUM, (_AT[..., 0] < 16) & (np.abs(_AT[..., 1]) < 12))
    case, volume = patient(shell, hip, sacrum)
    found = _suggested(case, volume)
    safe, words = _safely(case, found)
    other = sum(s.corridor.kind not in ("trans_sacroiliac", "transiliac") for s in found)
    return answered(
        "only through the left ilium: ways that are not", float(other), "", "0", met=safe and not other, why=words
    )


def beside_a_probe() -> VerificationRow:
    """A probe lies on the best way: other ways keep off it."""
    case, volume = patient()
    best = _suggested(case, volume)[0].probe
    case = case.with_plan(probes=(needle(best.entry_mm, best.tip_mm, name="C1"),))
    safe, words = _safely(case, found := _suggested(case, volume))
    left = min(least_left_mm(case, s.probe, builtin_path_rules())[0] for s in found)
    return answered("another probe on the best way: left to it", left, "mm", "≥ 0 mm", met=safe, why=words)


def no_way() -> VerificationRow:
    """A shell of vessels all around: nothing is suggested, and they are named."""
    shell = made_of(StructureKind.VESSEL, np.abs(np.linalg.norm(_AT, axis=-1) - 30) < 4)
    try:
        found, words = len(_suggested(*patient(shell))), "suggested all the same"
    except PlanError as error:
        found, words = 0, str(error) if error.code == "no-path" else f"refused for another reason: {error}"
    met = not found and "What forbids them: too near to vessels" in words
    return answered("no safe way: ways suggested", float(found), "", "0, naming the vessels", met=met, why=words)


def what_is_not_known() -> VerificationRow:
    """A nerve that nobody confirmed, and neither vessels nor bowel outlined: both are said of every way."""
    case, volume = patient(nerve([(25, 30, -20), (25, 30, 20)], confirmed=False))
    found = _suggested(case, volume)
    silent = sum(
        "Not confirmed: S1 L" not in s.doubts
        or "vessels, bowel and bladder, of which nothing is outlined" not in s.doubts
        for s in found
    )
    return answered(
        "unconfirmed, not outlined: ways that do not say so", float(silent), "", "0", met=bool(found) and not silent,
        why=found[0].doubts,
    )  # fmt: skip
