"""What nobody has confirmed, in the order in which it is looked at: nearest to the lesion first, both sides of a level at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from imaging.geometry import Floats
from imaging.labels import Mask
from imaging.later import spatial
from imaging.structures import BONES, FORAMINA, Side, StructureKind
from planning.model import Case, Structure
from planning.model.point import Point
from planning.quantities import length_text, percent_text

_IN_CANAL = (StructureKind.CANAL, StructureKind.THECAL_SAC, StructureKind.CORD, StructureKind.EPIDURAL_FAT)
_CANAL, _FORAMINA, _AROUND = "Canal and sac", "Sacral foramina", "Skin and bones"
_LAST = (_FORAMINA, _AROUND)
"""They have no limits of their own, and no place: they are seen in 3D."""
_NO_DOUBT = 0.995
_MOST_POINTS = 4000


@dataclass(frozen=True, slots=True, eq=False)
class Stop:
    """What is looked at together.

    Attributes
    ----------
    title : str
    structures : tuple of Structure
        As they were shown.
    near_mm : float or None
        How near the nearest of them comes to the lesion; None without a lesion, and of what is all around it.
    place_mm : tuple of float or None
        Where that is, or its middle; None of what has no place.
    """

    title: str
    structures: tuple[Structure, ...]
    near_mm: float | None
    place_mm: Point | None

    @property
    def words(self) -> str:
        """How sure the program was, and where they are shown."""
        found = [s.confidence for s in self.structures if s.confidence is not None]
        doubted = [percent_text(c) for c in found if c < _NO_DOUBT]
        # A program is never a hundred percent sure.
        parts = [f"{_listed(doubted)} sure"] if 0 < len(doubted) <= 3 else []
        if found and not doubted:
            parts = ["the program found nothing to doubt"]
        if self.near_mm is not None:
            parts.append(f"{length_text(max(self.near_mm, 0.0))} from the lesion, at the crosshair")
        elif self.place_mm is None:
            parts.append("seen in 3D and in the slices")
        said = f"{'; '.join(parts)}. " if parts else ""
        return f"{said[:1].upper()}{said[1:]}Correct it first if it is not; what is unconfirmed never counts as safe."


def stops_of(case: Case) -> tuple[Stop, ...]:
    """Return what is unconfirmed, in the order in which it is looked at."""
    groups: dict[str, list[Structure]] = {}
    for structure in case.structures:
        if not structure.confirmed:
            groups.setdefault(_group_of(structure), []).append(structure)
    lesions = [s.shape for s in case.of_kind(StructureKind.LESION)]
    tree = spatial.cKDTree(np.concatenate([_points_of(shape)[0] for shape in lesions])) if lesions else None
    stops = [_stop(title, held, tree) for title, held in groups.items()]
    far = float("inf")
    return tuple(sorted(stops, key=lambda s: (s.title in _LAST, far if s.near_mm is None else s.near_mm)))


def _group_of(structure: Structure) -> str:
    kind = structure.kind
    if kind in _IN_CANAL:
        return _CANAL
    if kind in FORAMINA:
        return _FORAMINA
    if kind in BONES or kind is StructureKind.SKIN:
        return _AROUND
    if structure.level:
        return f"{structure.level}, right and left"
    # Both sides of a nerve bear one name but for the letter.
    name = structure.name.removesuffix(f" {structure.side.value}") if structure.side is not None else structure.name
    return f"{name}, right and left" if structure.side is not None else name


def _stop(title: str, held: Sequence[Structure], lesion: spatial.cKDTree | None) -> Stop:
    if len(held) == 1 and held[0].side is not None:
        title = title.replace("right and left", "left" if held[0].side is Side.LEFT else "right")
    if title in _LAST:
        return Stop(title, tuple(held), None, None)
    near: list[tuple[float, Floats]] = []
    for structure in held:
        points, radii = _points_of(structure.shape)
        if not len(points):
            continue
        if lesion is None:
            near.append((float("inf"), points[len(points) // 2]))
            continue
        gaps = np.asarray(lesion.query(points)[0]) - radii
        nearest = int(gaps.argmin())
        near.append((float(gaps[nearest]), points[nearest]))
    if not near:
        return Stop(title, tuple(held), None, None)
    gap_mm, place = min(near, key=lambda found: found[0])
    x, y, z = (float(v) for v in place)
    return Stop(title, tuple(held), gap_mm if np.isfinite(gap_mm) else None, (x, y, z))


def _points_of(shape: object) -> tuple[Floats, Floats | float]:
    """Points of a structure, not too many, and how far it reaches around them."""
    if isinstance(shape, Mask):
        points = shape.points_mm()
        return points[:: max(len(points) // _MOST_POINTS, 1)], 0.0
    return shape.points_mm, shape.radii_mm  # type: ignore[attr-defined, no-any-return]


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
