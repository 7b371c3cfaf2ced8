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

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from imaging.geometry import Floats, VoxelGrid
from planning.thermal.applicator import Applicator, LinePower

_READ_RADIUS = 1.4987  # sqrt(2) exp((ln 2 - gamma) / 2)
_WIDTHS = 3.2  # the Gaussian is cut here
_WIDTH_PER_RADIUS = 1.15
_STEP = 0.5  # quadrature points per spacing
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
    return _WIDTHS * kernel_width_mm(radius_mm, spacing_mm)


def make_wells(grid: VoxelGrid, applicators: tuple[Applicator, ...]) -> Wells:
    """Return the coupling of applicators to a grid (axis-aligned, all of it inside)."""
    points: list[_Point] = []
    for n, applicator in enumerate(applicators):
        points += _points(grid, n, applicator)
    flat = np.concatenate([p.flat for p in points])
    cells, local = np.unique(flat, return_inverse=True)
    return Wells(
        cells=cells.astype(np.int64),
        start=np.concatenate([[0], np.cumsum([len(p.flat) for p in points])]).astype(np.int64),
        local=local.reshape(-1).astype(np.int64),
        weight=np.concatenate([p.weight for p in points]),
        length_m=np.array([p.length_m for p in points]),
        log_ratio=np.array([p.log_ratio for p in points]),
        owner=np.array([p.owner for p in points], np.int64),
        pole=np.array([p.pole for p in points], np.int64),
        tine=np.array([p.tine for p in points], np.bool_),
        centre_cell=np.array([p.centre for p in points], np.int64),
        at_mm=np.array([p.at_mm for p in points]),
        width_mm=np.array([p.width_mm for p in points]),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Point:
    flat: npt.NDArray[np.int64]
    weight: Floats
    length_m: float
    log_ratio: float
    owner: int
    pole: int
    tine: bool
    centre: int
    at_mm: Floats
    width_mm: float


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


def _points(grid: VoxelGrid, owner: int, applicator: Applicator) -> list[_Point]:
    spacing = grid.spacing_ijk_mm
    shape = np.array(grid.shape_kji)
    found = []
    for line in _lines(applicator, _STEP * float(spacing.min())):
        width = kernel_width_mm(line.radius_mm, spacing)
        log_ratio = float(np.log(reading_radius_mm(width, spacing) / line.radius_mm))
        for at_mm in line.at_mm:
            ijk = grid.to_ijk(at_mm)
            low = np.maximum(np.ceil(ijk - _WIDTHS * width / spacing), 0).astype(int)
            high = np.minimum(np.floor(ijk + _WIDTHS * width / spacing), shape[::-1] - 1).astype(int)
            i, j, k = (np.arange(a, b + 1) for a, b in zip(low, high, strict=True))
            r2 = (
                ((k - ijk[2])[:, None, None] * spacing[2]) ** 2
                + ((j - ijk[1])[None, :, None] * spacing[1]) ** 2
                + ((i - ijk[0])[None, None, :] * spacing[0]) ** 2
            )
            weight = np.exp(-0.5 * r2 / width**2)
            flat = (k[:, None, None] * shape[1] + j[None, :, None]) * shape[2] + i[None, None, :]
            near = r2 <= (_WIDTHS * width) ** 2
            ci, cj, ck = np.clip(np.rint(ijk).astype(int), 0, shape[::-1] - 1)
            found.append(
                _Point(
                    flat=flat[near],
                    weight=weight[near] / weight[near].sum(),
                    length_m=line.step_mm * 1e-3,
                    log_ratio=log_ratio,
                    owner=owner,
                    pole=line.pole,
                    tine=line.tine,
                    centre=int((ck * shape[1] + cj) * shape[2] + ci),
                    at_mm=at_mm,
                    width_mm=width,
                )
            )
    return found
