"""What the two angles of the CT room are measured between: a slice across the patient, and a section along the shaft."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from imaging.geometry import Floats
from imaging.later import measure, ndimage
from imaging.structures import BONES, StructureKind
from planning.model.case import Case, Probe, Structure
from planning.quantities import coordinate_text
from planning.trajectory.console import console_numbers

_CELL_MM = 1.0
_SOFTENED_CELLS = 0.8
_AROUND_MM = (34.0, 26.0)
"""So much is seen beside the shaft, and above and below it."""
_NO_PROJECTION = 1e-6
Lines = tuple[Floats, ...]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class SliceLine:
    """Where a slice of the scanner runs through a view, and its table position."""

    at_mm: Floats
    direction: Floats
    words: str


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Outlines:
    """What of the patient is seen in a view, in its millimetres.

    Attributes
    ----------
    body, bone, lesion : tuple of ndarray
        Closed outlines, each of shape (n, 2).
    skin : tuple of ndarray
        The open outline of the body.
    """

    body: Lines
    bone: Lines
    lesion: Lines
    skin: Lines


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class AngleView:
    """A view that an angle of a shaft is seen in, in millimetres to the right and upwards from its tip.

    Attributes
    ----------
    title, seen : str
        Which angle it is, and from where it is seen.
    outlines : Outlines
    entry_mm, reference : ndarray, shape (2,)
        Of the shaft, and of the line that the angle is measured from, towards the hub.
    angle_deg : float
    angle_words : str
    sides : tuple of str
        What lies to the left, to the right, above and below.
    slices : tuple of SliceLine
    low_mm, high_mm : ndarray, shape (2,)
        Corners of what is seen.
    """

    title: str
    seen: str
    outlines: Outlines
    entry_mm: Floats
    reference: Floats
    angle_deg: float
    angle_words: str
    sides: tuple[str, str, str, str]
    slices: tuple[SliceLine, ...]
    low_mm: Floats
    high_mm: Floats


def angle_views(case: Case, probe: Probe, aspect: float) -> tuple[AngleView, AngleView]:
    """Return the views of the angle in plane and of the craniocaudal one, on the same scale.

    Parameters
    ----------
    case : Case
    probe : Probe
    aspect : float
        Width over height of the views.
    """
    room, numbers, tip = case.plan.room, console_numbers(probe), np.asarray(probe.tip_mm, float)
    up, head = room.posture.up, np.array([0.0, 0.0, 1.0])
    across = np.array([-up[1], up[0], 0.0])
    flat = probe.direction * (1, 1, 0)
    length = float(np.linalg.norm(flat))
    along = up if length < _NO_PROJECTION else flat / length
    from_back = np.array([0.0, 1.0 if probe.direction[1] >= 0 else -1.0, 0.0])
    planes = ((across, up), (-head, along))
    ends = [np.array([probe.to_hub_mm @ right, probe.to_hub_mm @ above]) for right, above in planes]
    half = _half_mm(ends, aspect)
    corners = [(end / 2 - half, end / 2 + half) for end in ends]
    # The needle goes in through the skin of another slice than that of its tip.
    skin_at = tip + (probe.entry_mm[2] - tip[2]) * head
    drawn = [
        _outlines(case, origin, skin, plane, low, high)
        for (origin, skin), plane, (low, high) in zip(((tip, skin_at), (tip, tip)), planes, corners, strict=True)
    ]
    axial = AngleView(
        title="In plane", seen="across, from the feet, as the patient lies", outlines=drawn[0], entry_mm=ends[0],
        reference=np.array([from_back @ across, from_back @ up]), angle_deg=numbers.in_plane_deg,
        angle_words=numbers.in_plane_text, sides=(_side(-across), _side(across), _side(up), _side(-up)), slices=(),
        low_mm=corners[0][0], high_mm=corners[0][1],
    )  # fmt: skip
    side = AngleView(
        title="Craniocaudal", seen="along the shaft, head to the left", outlines=drawn[1], entry_mm=ends[1],
        reference=np.array([0.0, 1.0]), angle_deg=numbers.craniocaudal_deg, angle_words=numbers.craniocaudal_text,
        sides=("head", "feet", _side(along), _side(-along)), slices=_slices(case, probe, along),
        low_mm=corners[1][0], high_mm=corners[1][1],
    )  # fmt: skip
    return axial, side


def _half_mm(ends: Sequence[Floats], aspect: float) -> Floats:
    """Half the width and height that show all shafts, on one scale."""
    extent = np.abs(ends).max(axis=0) / 2 + _AROUND_MM
    height = max(float(extent[1]), float(extent[0]) / aspect)
    return np.array([height * aspect, height])


def _side(direction: Floats) -> str:
    """What of the patient lies in a direction of the axial plane."""
    axis = int(np.argmax(np.abs(direction[:2])))
    return (("left", "right"), ("back", "front"))[axis][0 if direction[axis] > 0 else 1]


def _slices(case: Case, probe: Probe, along: Floats) -> tuple[SliceLine, ...]:
    """The scanner's slices through entry and tip in a section along the shaft, tilted as the gantry is."""
    normal = case.plan.room.slice_normal
    direction = np.array([float(along @ normal) / float(normal[2]), 1.0])
    return tuple(
        SliceLine(
            at_mm=np.array([probe.tip_mm[2] - at[2], np.subtract(at, probe.tip_mm) @ along]),
            direction=direction / np.linalg.norm(direction), words=coordinate_text(2, at[2], unit=False),
        )
        for at in (probe.entry_mm, probe.tip_mm)
    )  # fmt: skip


def _outlines(
    case: Case, origin: Floats, skin_origin: Floats, plane: tuple[Floats, Floats], low: Floats, high: Floats
) -> Outlines:
    """Outlines of body, bone and lesion in a plane."""
    counts = np.ceil((high - low) / _CELL_MM).astype(int) + 1
    right, up = (np.linspace(a, b, n) for a, b, n in zip(low, high, counts, strict=True))
    offsets = right[None, :, None] * plane[0] + up[:, None, None] * plane[1]

    def field(at: Floats, kinds: Sequence[StructureKind]) -> Floats:
        inside = np.zeros(offsets.shape[:2], np.bool_)
        for structure in _of(case, kinds):
            inside |= structure.shape.contains((at + offsets).reshape(-1, 3)).reshape(inside.shape)
        return np.asarray(ndimage.gaussian_filter(inside.astype(np.float64), _SOFTENED_CELLS))

    def lines(values: Floats, *, closed: bool) -> Lines:
        padded = np.pad(values, 1) if closed else values
        found = measure.find_contours(padded, 0.5)
        cell = np.array([(high - low)[n] / max(counts[n] - 1, 1) for n in (0, 1)])
        shift = 1 if closed else 0
        return tuple(np.clip(low + (line[:, ::-1] - shift) * cell, low, high) for line in found)

    body = field(skin_origin, (StructureKind.SKIN,))
    bone, lesion = field(origin, tuple(BONES)), field(origin, (StructureKind.LESION,))
    return Outlines(
        body=lines(body, closed=True), skin=lines(body, closed=False), bone=lines(bone, closed=True),
        lesion=lines(lesion, closed=True),
    )  # fmt: skip


def _of(case: Case, kinds: Sequence[StructureKind]) -> list[Structure]:
    return [s for s in case.structures if s.kind in kinds]
