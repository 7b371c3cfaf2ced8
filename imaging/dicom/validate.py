"""Judge the geometry of a series from slice positions along the normal, never from spacing tags."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from imaging.errors import Finding, Severity
from imaging.geometry import Floats

# Scanners write positions with at least this precision; anything nearer is the same place.
_SAME_PLACE_MM = 0.01
# A slice may sit this much off its place, in slice spacings, and still count as evenly spaced.
_UNEVEN_FRACTION = 0.05
_SAME_DIRECTION = 1e-3
_TILT_DEG = 0.2


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Placement:
    """Where the pixels of one image lie.

    Attributes
    ----------
    position_mm : ndarray, shape (3,)
        LPS centre of the first pixel.
    row_direction, column_direction : ndarray, shape (3,)
        Direction of rising column index, and of rising row index.
    pixel_spacing_mm : ndarray, shape (2,)
        Row spacing, then column spacing, as DICOM orders them.
    """

    position_mm: Floats
    row_direction: Floats
    column_direction: Floats
    pixel_spacing_mm: Floats

    @property
    def normal(self) -> Floats:
        return np.cross(self.row_direction, self.column_direction)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Slice:
    """What the header of one image says about its geometry.

    Attributes
    ----------
    path : Path
    placement : Placement or None
        None where a tag is missing or is not a number.
    rows, columns, frames : int
    frame_uid : str
    thickness_mm : float or None
    truncated : bool
        The file is shorter than its pixels.
    """

    path: Path
    placement: Placement | None
    rows: int
    columns: int
    frames: int
    frame_uid: str
    thickness_mm: float | None
    truncated: bool


def judge_series(slices: Sequence[Slice]) -> tuple[tuple[Slice, ...], Floats | None, tuple[Finding, ...]]:
    """Order the slices of a series and say what is wrong with their geometry.

    Parameters
    ----------
    slices : sequence of Slice
        In any order.

    Returns
    -------
    ordered : tuple of Slice
        By position along the normal of the first slice, where positions are known.
    spacing_mm : ndarray, shape (3,) or None
        Column, row and slice spacing, where there is a single one.
    findings : tuple of Finding
        An `ALARM` means that no volume can be made of the series.
    """
    findings = _file_findings(slices)
    placements = [s.placement for s in slices if s.placement is not None]
    if not findings:
        findings = _stack_findings(slices, placements)
    if findings:
        return tuple(slices), None, findings
    normal = placements[0].normal
    heights_mm = np.array([p.position_mm @ normal for p in placements])
    order = np.argsort(heights_mm, kind="stable")
    ordered = tuple(slices[n] for n in order)
    gaps_mm = np.diff(heights_mm[order])
    findings = _gap_findings(ordered, gaps_mm)
    if findings:
        return ordered, None, findings
    row_mm, column_mm = placements[0].pixel_spacing_mm
    spacing_mm = np.array([column_mm, row_mm, float(gaps_mm.mean())])
    return ordered, spacing_mm, _tilt_findings([placements[n] for n in order])


def tilt_deg(ordered: Sequence[Placement]) -> float:
    """Return the angle between the stacking direction and the normal of the slices."""
    along = ordered[-1].position_mm - ordered[0].position_mm
    cosine = abs(float(along @ ordered[0].normal)) / float(np.linalg.norm(along))
    return float(np.degrees(np.arccos(min(cosine, 1.0))))


def _alarm(code: str, message: str, **values: object) -> Finding:
    return Finding(severity=Severity.ALARM, code=code, message=message, values=values)


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def _file_findings(slices: Sequence[Slice]) -> tuple[Finding, ...]:
    """Findings about single files: truncated, several frames, no geometry."""
    truncated = [s.path.name for s in slices if s.truncated]
    if truncated:
        message = (
            f"{len(truncated)} of {len(slices)} files end before their pixels do, {truncated[0]} among them."
            if len(truncated) > 1
            else f"The file {truncated[0]} ends before its pixels do."
        )
        return (_alarm("file-truncated", message, files=truncated),)
    if any(s.frames > 1 for s in slices):
        return (_alarm("multi-frame", "The series stores several slices in one file, which is not read yet."),)
    if any(s.placement is None for s in slices):
        message = "The series does not say where its slices lie (position, orientation or pixel spacing is missing)."
        return (_alarm("no-geometry", message),)
    if len(slices) < 2:
        return (_alarm("single-slice", "The series has one slice; a volume needs at least two."),)
    return ()


def _stack_findings(slices: Sequence[Slice], placements: Sequence[Placement]) -> tuple[Finding, ...]:
    """Findings about slices that do not belong together."""
    frames = {s.frame_uid for s in slices}
    if len(frames) > 1:
        message = f"The slices lie in {len(frames)} different frames of reference: they are not one scan."
        return (_alarm("mixed-frame", message, frames=len(frames)),)
    first = placements[0]
    for other in placements[1:]:
        turned = np.abs(
            [other.row_direction - first.row_direction, other.column_direction - first.column_direction]
        ).max()
        if turned > _SAME_DIRECTION:
            return (_alarm("mixed-orientation", "The slices are turned against each other: they are not one stack."),)
        if not np.allclose(other.pixel_spacing_mm, first.pixel_spacing_mm, rtol=1e-4):
            return (_alarm("mixed-matrix", "The slices differ in pixel size."),)
    if len({(s.rows, s.columns) for s in slices}) > 1:
        return (_alarm("mixed-matrix", "The slices differ in number of pixels."),)
    return ()


def _gap_findings(ordered: Sequence[Slice], gaps_mm: Floats) -> tuple[Finding, ...]:
    """Findings about slices at the wrong distance from each other: duplicate, missing, uneven."""
    duplicates = np.flatnonzero(gaps_mm < _SAME_PLACE_MM)
    if len(duplicates):
        names = f"{ordered[duplicates[0]].path.name} and {ordered[duplicates[0] + 1].path.name}"
        count = _count(len(duplicates), "slice position is", "slice positions are")
        message = f"{count} occupied twice, the first by {names}."
        return (_alarm("duplicate-position", message, count=len(duplicates)),)
    step_mm = float(np.median(gaps_mm))
    wide = np.flatnonzero(gaps_mm > step_mm * 1.5)
    missing = int(np.sum(np.rint(gaps_mm[wide] / step_mm) - 1))
    if missing:
        message = (
            f"{_count(missing, 'slice is', 'slices are')} missing, the first after {ordered[wide[0]].path.name}, where a gap of "
            f"{gaps_mm[wide[0]]:.1f} mm stands in slices {step_mm:.1f} mm apart. Nothing is filled in."
        )
        return (_alarm("missing-slice", message, count=missing, gap_mm=float(gaps_mm[wide[0]])),)
    if float(np.abs(gaps_mm - step_mm).max()) > step_mm * _UNEVEN_FRACTION:
        message = f"The slices are unevenly spaced, from {gaps_mm.min():.2f} to {gaps_mm.max():.2f} mm."
        return (_alarm("uneven-spacing", message, min_mm=float(gaps_mm.min()), max_mm=float(gaps_mm.max())),)
    return ()


def _tilt_findings(ordered: Sequence[Placement]) -> tuple[Finding, ...]:
    angle = tilt_deg(ordered)
    if angle < _TILT_DEG:
        return ()
    return (
        Finding(
            severity=Severity.CAUTION,
            code="gantry-tilt",
            message=f"The gantry was tilted {angle:.1f}°. The slices were shifted upright on reading.",
            values={"tilt_deg": angle},
        ),
    )
