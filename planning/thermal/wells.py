"""Applicators as sub-grid line sources.

An applicator is about as thin as a voxel. Holding voxels would make its zone depend on where it lies in the grid, so
its surface is tied to the grid through quadrature points on its axis: each reads the temperature (or potential) of
the cells around it with a Gaussian weight, and gives its heat (or current) back to the same cells with the same
weight. For such a pair of reading and giving, a line source q' in an infinite medium leaves

    T_read - T(R) = q'/(2 pi k) ln(R / r_eq),   r_eq = 1.4987 s exp(-h²/(32 s²)),

with s the width of the Gaussian and h the spacing (the exponential is the leading error of the seven-point Laplacian),
so the wall at radius r_w is reached through the conductance 2 pi k / ln(r_eq / r_w) per length, as in Peaceman's well
model but for any position and angle. s is at least one voxel and wide enough that r_eq lies well outside the wall.

Heat that begins spread over s runs ahead of a true line's by the time s² / 2a (a the diffusivity): 4 s in water at s = 1 mm.
After ten minutes that is nothing; in the first minute temperatures 4 mm away are 6 % too far from where they began.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from imaging.geometry import Floats, VoxelGrid
from planning.thermal.applicator import Applicator, LinePower

_READ_RADIUS = 1.4987  # sqrt(2) exp((ln 2 - gamma) / 2)
WIDTHS, PREVIEW_WIDTHS = 3.2, 2.6
"""The Gaussian is cut here: for a quick look sooner, with half the cells and zones that differ by less than 1 %."""
_WIDTH_PER_RADIUS = 1.15
_STEP_SPACINGS = 0.5
"""From one quadrature point to the next."""
END_EXTENSION, SHAFT_EXTENSION = 0.4, 0.3
"""The flat ends of a wall that is held give heat too: a lengthening of the line at either end, in units of its radius.

Where the insulated shaft of an electrode goes on there is no such end, but current crowds at its edge.
Heat that is prescribed per length is not lengthened: it would be diluted.
Fitted to the axisymmetric reference solution of tests/verification for 1.5 and 2.4 mm, 15 to 45 mm.
"""


@dataclass(frozen=True, slots=True, eq=False)
class Wells:
    """Quadrature points of all applicators and the cells they act on.

    Attributes
    ----------
    cells : ndarray of int64, shape (n_cells,)
        Flat indices of the touched cells.
    start : ndarray of int64, shape (n_points + 1,)
        Where each point's entries begin in ``local`` and ``weight``.
    local : ndarray of int64
        Index into ``cells``.
    weight : ndarray of float64
        Sums to 1 for every point.
    length_m : ndarray of float64, shape (n_points,)
    log_ratio : ndarray of float64, shape (n_points,)
        ln(r_eq / r_w).
    owner : ndarray of int64, shape (n_points,)
        Index of the applicator.
    pole : ndarray of int64, shape (n_points,)
        1, or 2 for the hub-side pole of a bipolar applicator and for electrodes of polarity -1.
    tine : ndarray of bool, shape (n_points,)
        Whether the point lies on a tine.
    centre_cell : ndarray of int64, shape (n_points,)
        Flat index of the cell that holds the point.
    at_mm : ndarray, shape (n_points, 3)
        LPS.
    width_mm : ndarray, shape (n_points,)
        Of the Gaussian.
    """

    cells: npt.NDArray[np.int64]
    start: npt.NDArray[np.int64]
    local: npt.NDArray[np.int64]
    weight: Floats
    length_m: Floats
    log_ratio: Floats
    owner: npt.NDArray[np.int64]
    pole: npt.NDArray[np.int64]
    tine: npt.NDArray[np.bool_]
    centre_cell: npt.NDArray[np.int64]
    at_mm: Floats
    width_mm: Floats

    @property
    def size(self) -> int:
        return len(self.length_m)

    def moved(self, to: Callable[[npt.NDArray[np.int64]], npt.NDArray[np.int64]]) -> Wells:
        """Return the wells with the flat indices of other cells."""
        return replace(self, cells=to(self.cells), centre_cell=to(self.centre_cell))


def kernel_width_mm(radius_mm: float, spacing_mm: Floats) -> float:
    """Return the width of the Gaussian for an applicator of one radius."""
    return max(float(spacing_mm.max()), _WIDTH_PER_RADIUS * radius_mm)


def reading_radius_mm(width_mm: float, spacing_mm: Floats) -> float:
    """Return the radius at which a line source's logarithmic profile has the value the kernel reads."""
    h2 = float(np.mean(spacing_mm**2))
    return _READ_RADIUS * width_mm * float(np.exp(-h2 / (32 * width_mm**2)))


def reach_mm(applicator: Applicator, spacing_mm: Floats) -> float:
    """Return how far from its axis, or that of a tine, an applicator touches cells."""
    radius_mm = max(applicator.radius_mm, 0.5 * (applicator.tine_diameter_mm or 0.0))
    return WIDTHS * kernel_width_mm(radius_mm, spacing_mm)


def make_wells(grid: VoxelGrid, applicators: tuple[Applicator, ...], widths: float = WIDTHS) -> Wells:
    """Return the coupling of applicators to a grid (axis-aligned, all of it inside), cut at some widths of the Gaussian."""
    lines = [
        (n, line)
        for n, applicator in enumerate(applicators)
        for line in _lines(applicator, _STEP_SPACINGS * float(grid.spacing_ijk_mm.min()))
    ]
    coupled = [_coupled(grid, line, widths) for _, line in lines]
    points = [len(line.at_mm) for _, line in lines]
    cells, local = np.unique(np.concatenate([c.flat for c in coupled]), return_inverse=True)
    at_mm = np.concatenate([line.at_mm for _, line in lines])
    return Wells(
        cells=cells.astype(np.int64),
        start=np.concatenate([[0], np.cumsum(np.concatenate([c.entries for c in coupled]))]).astype(np.int64),
        local=local.reshape(-1).astype(np.int64),
        weight=np.concatenate([c.weight for c in coupled]),
        length_m=np.repeat([line.step_mm * 1e-3 for _, line in lines], points),
        log_ratio=np.repeat([c.log_ratio for c in coupled], points),
        owner=np.repeat([n for n, _ in lines], points),
        pole=np.repeat([line.pole for _, line in lines], points),
        tine=np.repeat([line.tine for _, line in lines], points),
        centre_cell=_cells_of(grid, at_mm),
        at_mm=at_mm,
        width_mm=np.repeat([c.width_mm for c in coupled], points),
    )


def _segments(applicator: Applicator) -> list[tuple[float, float, int]]:
    """Active intervals along the axis from the tip in mm, with their pole."""
    prescribed = isinstance(applicator.drive, LinePower)
    tip = 0.0 if prescribed else END_EXTENSION * applicator.radius_mm
    hub = SHAFT_EXTENSION * applicator.radius_mm if applicator.is_rf else tip
    length = applicator.active_length_mm
    if applicator.gap_mm is None:
        return [(-tip, length + hub, 1 if applicator.polarity == 1 else 2)]
    pole = (length - applicator.gap_mm) / 2
    return [(-tip, pole, 1), (length - pole, length + hub, 2)]


@dataclass(frozen=True, slots=True, eq=False)
class _Line:
    """Quadrature points along the shaft or a tine, evenly ``step_mm`` apart."""

    at_mm: Floats
    step_mm: float
    radius_mm: float
    pole: int
    tine: bool


def _lines(applicator: Applicator, most_mm: float) -> Iterator[_Line]:
    """The active parts with quadrature points no farther apart than ``most_mm``."""
    for begin, end, pole in _segments(applicator):
        step, along = _evenly(begin, end, most_mm)
        at_mm = applicator.tip_mm + along[:, None] * applicator.direction
        yield _Line(at_mm, step, applicator.radius_mm, pole, tine=False)
    if applicator.tine_diameter_mm is None:
        return
    radius = applicator.tine_diameter_mm / 2
    for tine in applicator.tines:
        last = tine[-1] - tine[-2]
        # only the free end is flat
        points = np.vstack([tine, tine[-1] + END_EXTENSION * radius * last / np.linalg.norm(last)])
        arc = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
        step, along = _evenly(0.0, float(arc[-1]), most_mm)
        at_mm = np.stack([np.interp(along, arc, points[:, axis]) for axis in range(3)], axis=1)
        yield _Line(at_mm, step, radius, 1 if applicator.polarity == 1 else 2, tine=True)


def _evenly(begin_mm: float, end_mm: float, most_mm: float) -> tuple[float, Floats]:
    n = max(int(np.ceil((end_mm - begin_mm) / most_mm)), 2)
    step = (end_mm - begin_mm) / n
    return step, np.asarray(begin_mm + step * (np.arange(n) + 0.5), float)


@dataclass(frozen=True, slots=True, eq=False)
class _Coupled:
    """The cells around the points of one line: point by point, ``entries`` of each, by flat index, with their weights."""

    flat: npt.NDArray[np.int64]
    weight: Floats
    entries: npt.NDArray[np.int64]
    log_ratio: float
    width_mm: float


def _coupled(grid: VoxelGrid, line: _Line, widths: float) -> _Coupled:
    spacing, shape = grid.spacing_ijk_mm, np.array(grid.shape_kji[::-1])
    width = kernel_width_mm(line.radius_mm, spacing)
    ijk = grid.to_ijk(line.at_mm)
    # Distances and indices are sums of those along each axis, over boxes of shape (points, k, j, i).
    r2, flat, inside = np.zeros(1), np.zeros(1, np.int64), np.ones(1, np.bool_)
    for axis, stride in enumerate((1, shape[0], shape[0] * shape[1])):
        reach = math.ceil(widths * width / spacing[axis])
        cells = np.rint(ijk[:, axis]).astype(np.int64)[:, None] + np.arange(-reach, reach + 1)
        along = (slice(None), *([None] * (2 - axis)), slice(None), *([None] * axis))
        r2 = r2 + (((cells - ijk[:, axis, None]) * spacing[axis]) ** 2)[along]
        flat = flat + (cells * stride)[along]
        inside = inside & ((cells >= 0) & (cells < shape[axis]))[along]
    near = inside & (r2 <= (widths * width) ** 2)
    weight = np.where(near, np.exp(-0.5 * r2 / width**2), 0.0)
    weight /= weight.sum(axis=(1, 2, 3), keepdims=True)
    return _Coupled(
        flat=flat[near],
        weight=weight[near],
        entries=near.sum(axis=(1, 2, 3)),
        log_ratio=float(np.log(reading_radius_mm(width, spacing) / line.radius_mm)),
        width_mm=width,
    )


def _cells_of(grid: VoxelGrid, at_mm: Floats) -> npt.NDArray[np.int64]:
    """Flat indices of the cells that hold places, or are nearest to them."""
    ijk = np.clip(np.rint(grid.to_ijk(at_mm)).astype(np.int64), 0, np.array(grid.shape_kji[::-1]) - 1)
    return np.asarray(np.ravel_multi_index(tuple(ijk.T[::-1]), grid.shape_kji), np.int64)
