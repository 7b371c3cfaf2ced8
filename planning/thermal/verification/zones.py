"""The planner's solver on the device-like cases, for several places and angles of the applicator in the grid."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import numpy as np
from scipy.ndimage import map_coordinates

from imaging.geometry import Floats, VoxelGrid
from imaging.progress import no_progress
from planning.thermal.applicator import Applicator
from planning.thermal.grid import DEFAULT_REACH_MM
from planning.thermal.request import ThermalRequest, ThermalResult
from planning.thermal.solver import solve
from planning.thermal.verification.device_cases import GEL, DeviceCase
from planning.tissue import TissueFields

__all__ = ["GEL", "PLACEMENTS", "Outcome", "Placement", "Size", "lattice_mm", "run_case", "zone_outline", "zone_size"]

_LATTICE_MM, _LATTICE_REACH_MM = 0.25, 24.0
_TURNS = 12
"""Half-planes through the axis in which the zone is measured; an even number, so that each has an opposite."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Placement:
    """How an applicator lies in the grid: the middle of its active part relative to a voxel's centre, and its axis."""

    name: str
    direction: tuple[float, float, float]
    offset_mm: tuple[float, float, float]

    @property
    def frame(self) -> Floats:
        """Rows: two unit vectors across the axis, and the axis."""
        axis = np.array(self.direction) / np.linalg.norm(self.direction)
        across = np.cross(axis, (0.3, 0.5, 0.77))
        across /= np.linalg.norm(across)
        return np.stack([across, np.cross(axis, across), axis])


PLACEMENTS = (
    Placement(name="on a voxel", direction=(0, 0, 1), offset_mm=(0, 0, 0)),
    Placement(name="between voxels", direction=(0, 0, 1), offset_mm=(0.5, 0.5, 0.25)),
    Placement(name="oblique", direction=(1, 2, 0), offset_mm=(0.3, 0.5, 0.2)),
    Placement(name="diagonal", direction=(1, 1, 1), offset_mm=(0.1, 0.4, 0.3)),
)


@dataclass(frozen=True, slots=True)
class Size:
    """Largest extent of a zone across the axis and along it."""

    width_mm: float
    length_mm: float


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Outcome:
    """What the solver makes of a case in one placement.

    Attributes
    ----------
    sizes : dict of float to Size
        By isotherm.
    outlines_mm : dict of float to ndarray, shape (n_z,)
        Mean radius of the zone along the axis, NaN where there is none.
    steepness_k_mm : dict of float to (float, float)
        How fast the temperature changes across the isotherm where it is widest, and at its ends.
    points_c : ndarray, shape (n_phases, n_points, 4)
        At the end of every phase, at four angles around the axis.
    points_k_mm : ndarray, shape (n_points,)
        How fast the temperature changes there at the end.
    impedance_ohm : tuple of float or None
        At the first and the last step of a radiofrequency electrode.
    power_w : float or None
    """

    sizes: dict[float, Size]
    outlines_mm: dict[float, Floats]
    steepness_k_mm: dict[float, tuple[float, float]]
    points_c: Floats
    points_k_mm: Floats
    impedance_ohm: tuple[float, float] | None
    power_w: float | None
    energy_balance_error_pct: float


def run_case(case: DeviceCase, placement: Placement, spacing_mm: float = 1.0) -> Outcome:
    """Solve a case on the grid and measure what is compared."""
    applicator = _applicator(case, placement)
    grid = _grid(case, placement, spacing_mm)
    result = solve(
        ThermalRequest(
            fields=TissueFields(grid=grid, medium=_painted(case, applicator, grid), media=case.media),
            applicators=(applicator,),
            schedule=case.schedule,
            record_points_mm=_around(placement, applicator, np.array(case.points_rz_mm), 4),
            stasis_cem43_min=None,
        ),
        no_progress(),
    )
    r, z = lattice_mm(case)
    t = _on_lattice(result, placement, applicator, r, z)
    ends = np.cumsum([phase.duration_s for phase in case.schedule])
    at = np.searchsorted(result.times_s, ends - 1e-3)
    curves = result.applicators[0]
    ohm = curves.impedance_ohm
    return Outcome(
        sizes={level: zone_size(t, r, z, level, cold=case.is_cold) for level in case.levels_c},
        outlines_mm={level: zone_outline(t, r, level, cold=case.is_cold).mean(axis=0) for level in case.levels_c},
        steepness_k_mm={level: _steepness_k_mm(t, r, z, level, cold=case.is_cold) for level in case.levels_c},
        points_k_mm=_slope_k_mm(t, r, z, np.array(case.points_rz_mm)),
        points_c=result.recorded_c[at].reshape(len(ends), len(case.points_rz_mm), 4),
        impedance_ohm=None if ohm is None else (float(ohm[1]), float(ohm[-1])),
        power_w=float(curves.power_w[-1]) if case.is_rf else None,
        energy_balance_error_pct=result.energy_balance_error_pct,
    )


def lattice_mm(case: DeviceCase) -> tuple[Floats, Floats]:
    """Return the radii and the places along the axis where fields are read for measuring zones."""
    r = np.arange(0.0, _LATTICE_REACH_MM, _LATTICE_MM)
    return r, np.arange(-_LATTICE_REACH_MM, case.active_length_mm + _LATTICE_REACH_MM, _LATTICE_MM)


def zone_outline(t_c: Floats, r_mm: Floats, level_c: float, *, cold: bool) -> Floats:
    """Return the radius up to which a zone goes, by linear interpolation; NaN where there is no zone.

    Parameters
    ----------
    t_c : ndarray, shape (n_turns, n_r, n_z)
    """
    within = t_c <= level_c if cold else t_c >= level_c
    last = within.shape[1] - 1 - np.argmax(within[:, ::-1], axis=1)
    last = np.minimum(last, within.shape[1] - 2)[:, None]
    inner, outer = (np.take_along_axis(t_c, last + n, axis=1)[:, 0] for n in (0, 1))
    ends = within.any(axis=1) & (inner != outer)
    part = np.divide(level_c - inner, outer - inner, out=np.zeros(inner.shape), where=ends)
    return np.where(ends, r_mm[last[:, 0]] + part * (r_mm[1] - r_mm[0]), np.nan)


def zone_size(t_c: Floats, r_mm: Floats, z_mm: Floats, level_c: float, *, cold: bool) -> Size:
    """Return the largest extent of a zone across the axis and along it.

    Parameters
    ----------
    t_c : ndarray, shape (n_turns, n_r, n_z)
        Temperature in half-planes around the axis; with one turn the field is taken as the same all around.
    """
    radius = np.nanmax(np.nan_to_num(zone_outline(t_c, r_mm, level_c, cold=cold)), axis=1)
    width = float((radius + np.roll(radius, len(radius) // 2)).max())
    if width == 0:
        return Size(0.0, 0.0)
    along = np.swapaxes(t_c, 1, 2)
    up = zone_outline(along, z_mm, level_c, cold=cold)
    down = zone_outline(along[:, ::-1], z_mm[::-1], level_c, cold=cold)
    return Size(width, float(np.nanmax(up) - np.nanmin(down)))


def _slope_k_mm(t_c: Floats, r_mm: Floats, z_mm: Floats, places_rz_mm: Floats) -> Floats:
    """How fast the temperature, averaged around the axis, changes at places of the half-plane, shape (n,)."""
    slope = np.hypot(*np.gradient(t_c.mean(axis=0), r_mm, z_mm))
    at = (
        np.interp(places_rz_mm[:, 0], r_mm, np.arange(len(r_mm))),
        np.interp(places_rz_mm[:, 1], z_mm, np.arange(len(z_mm))),
    )
    return np.asarray(map_coordinates(slope, at, order=1), float)


def _steepness_k_mm(t_c: Floats, r_mm: Floats, z_mm: Floats, level_c: float, *, cold: bool) -> tuple[float, float]:
    """How fast the temperature changes where a zone is widest, and at its two ends; nothing without a zone."""
    mean_c = t_c.mean(axis=0)[None]
    radius = zone_outline(mean_c, r_mm, level_c, cold=cold)[0]
    if np.isnan(radius).all():
        return 0.0, 0.0
    along = np.swapaxes(mean_c, 1, 2)
    up = zone_outline(along, z_mm, level_c, cold=cold)[0]
    down = zone_outline(along[:, ::-1], z_mm[::-1], level_c, cold=cold)[0]
    widest, top, bottom = int(np.nanargmax(radius)), int(np.nanargmax(up)), int(np.nanargmin(down))
    places = np.array([[radius[widest], z_mm[widest]], [r_mm[top], up[top]], [r_mm[bottom], down[bottom]]])
    across, *ends = _slope_k_mm(t_c, r_mm, z_mm, places)
    return float(across), float(np.mean(ends))


def _applicator(case: DeviceCase, placement: Placement) -> Applicator:
    axis = placement.frame[2]
    return Applicator(
        id="applicator",
        tip_mm=np.array(placement.offset_mm, float) - 0.5 * case.active_length_mm * axis,
        direction=axis,
        diameter_mm=case.diameter_mm,
        active_length_mm=case.active_length_mm,
        gap_mm=case.gap_mm,
        drive=case.drive,
    )


def _grid(case: DeviceCase, placement: Placement, spacing_mm: float) -> VoxelGrid:
    """A box around the active part with a voxel's centre in the origin."""
    half = 0.5 * case.active_length_mm * np.abs(placement.frame[2]) + DEFAULT_REACH_MM
    n = [ceil(float(h) / spacing_mm) for h in half]
    shape = (2 * n[2] + 1, 2 * n[1] + 1, 2 * n[0] + 1)
    return VoxelGrid.axis_aligned(shape, spacing_mm, -spacing_mm * np.array(n), "verification")


def _painted(case: DeviceCase, applicator: Applicator, grid: VoxelGrid) -> np.typing.NDArray[np.uint8]:
    """The medium in the centre of every voxel, the whole arrangement turned with the applicator."""
    nk, nj, ni = grid.shape_kji
    if not case.regions:
        return np.zeros(grid.shape_kji, np.uint8)
    k, j, i = np.mgrid[:nk, :nj, :ni]
    from_tip = grid.to_lps(np.stack([i, j, k], axis=-1)) - applicator.tip_mm
    z = from_tip @ applicator.direction
    return case.medium_at(np.sqrt(np.maximum((from_tip**2).sum(axis=-1) - z**2, 0)), z)


def _around(placement: Placement, applicator: Applicator, rz_mm: Floats, turns: int) -> Floats:
    """Places at some radii and heights, each at angles around the axis, shape (n * turns, 3)."""
    u, v, axis = placement.frame
    angle = 2 * np.pi * np.arange(turns) / turns
    across = np.cos(angle)[:, None] * u + np.sin(angle)[:, None] * v
    places = applicator.tip_mm + rz_mm[:, None, 0, None] * across + rz_mm[:, None, 1, None] * axis
    return np.asarray(places.reshape(-1, 3))


def _on_lattice(
    result: ThermalResult, placement: Placement, applicator: Applicator, r_mm: Floats, z_mm: Floats
) -> Floats:
    """Temperature at the end in half-planes through the axis, shape (turns, n_r, n_z)."""
    rz = np.stack(np.meshgrid(r_mm, z_mm, indexing="ij"), axis=-1).reshape(-1, 2)
    kji = result.grid.to_ijk(_around(placement, applicator, rz, _TURNS))[:, ::-1]
    t = map_coordinates(result.final_c, kji.T, order=1, mode="nearest")
    return np.asarray(np.moveaxis(t.reshape(len(r_mm), len(z_mm), _TURNS), -1, 0), float)
