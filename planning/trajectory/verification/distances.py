"""Do the distances that paths are judged by agree with exact ones?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.spatial import cKDTree

from imaging.geometry import Floats, VoxelGrid
from imaging.labels import Mask
from imaging.structures import Side, StructureKind, Tube
from planning.catalogue.devices import device
from planning.model.case import Probe, Structure
from planning.model.naming import make_structure
from planning.thermal.verification.rows import VerificationRow
from planning.trajectory.clearance import between_probes, clearance, whole_surface
from planning.trajectory.verification.built_cases import Voxels, needle, places
from planning.trajectory.verification.exact import ExactSurface, to_tube_mm
from planning.trajectory.verification.groups import RowGroup, at_most

AGREES_WITHIN_MM = 0.1
ABOUT = (
    "Shafts in random directions, a third of them through the structure, a third along its surface: `clearance` against the "
    "smallest distance over every triangle of the same surface, or over balls 0.02 mm apart along a nerve. The value is the "
    "worst disagreement."
)
_LONG_MM = 90.0


def distance_group(shafts: int = 40) -> RowGroup:
    """Return the rows of built shapes.

    Parameters
    ----------
    shafts : int
        To each shape.
    """
    rng = np.random.default_rng(7)
    rows = [distance_row(name, shape, random_shafts(shape, shafts, rng)) for name, shape in _shapes()]
    rows += [_two_shafts(shafts, rng), lost_row("a vessel with a branch one voxel wide", _branched())]
    return RowGroup(title="Distances of a shaft, built shapes", about=ABOUT, rows=tuple(rows))


def distance_row(name: str, structure: Structure, probes: Sequence[Probe]) -> VerificationRow:
    """Return by how much distances of some probes to a structure differ from exact ones at most."""
    shape = structure.shape
    exact = ExactSurface(whole_surface(shape)) if isinstance(shape, Mask) else None
    worst_mm, through = 0.0, 0
    for probe in probes:
        axis_mm = to_tube_mm(shape, probe.entry_mm, probe.tip_mm) if isinstance(shape, Tube) else None
        if exact is not None:
            axis_mm = exact.distance_mm(probe.entry_mm, probe.tip_mm)
        assert axis_mm is not None
        through += axis_mm < 0
        wanted_mm = axis_mm - device(probe.device_id).diameter_mm / 2
        worst_mm = max(worst_mm, abs(clearance(structure, probe).distance_mm - wanted_mm))
    why = f"{len(probes)} shafts, {through} of them through it; "
    why += "balls along the nerve" if exact is None else f"{exact.count} triangles"
    return at_most(name, worst_mm, "mm", AGREES_WITHIN_MM, why)


def lost_row(name: str, structure: Structure) -> VerificationRow:
    """Return how far the farthest voxel lies outside the surface that distances are measured to: nothing thin may vanish."""
    shape = structure.shape
    assert isinstance(shape, Mask)
    exact = ExactSurface(whole_surface(shape))
    # Voxels far from every corner of the surface are deep inside, or outside of it.
    away_mm, _ = cKDTree(whole_surface(shape).points_mm).query(shape.points_mm())
    suspects = shape.points_mm()[away_mm > shape.grid.spacing_ijk_mm.min() / 2]
    depth_mm = exact.outside_mm(suspects)
    worst_mm = float(depth_mm.max(initial=0.0))
    return at_most(
        f"{name}: voxels outside its surface", worst_mm, "mm", float(shape.grid.spacing_ijk_mm.max()),
        f"the farthest of {shape.count}; the target is a voxel",
    )  # fmt: skip


def random_shafts(structure: Structure, count: int, rng: np.random.Generator, radius_mm: float = 0.75) -> list[Probe]:
    """Return shafts through a structure, along its surface, and past it."""
    shape = structure.shape
    wall = whole_surface(shape).points_mm if isinstance(shape, Mask) else _wall_of(shape, rng)
    middle = wall.mean(axis=0)
    found = []
    for n in range(count):
        at = wall[rng.integers(len(wall))]
        direction = rng.normal(size=3)
        if n % 3 == 1:
            # Along the surface: across the way out of the middle.
            out = (at - middle) / max(float(np.linalg.norm(at - middle)), 1e-9)
            direction -= (direction @ out) * out
            at = at + rng.uniform(-1.0, 2.0) * radius_mm * out
        elif n % 3 == 2:
            at = at + rng.normal(0.0, 12.0, 3)
        direction /= np.linalg.norm(direction)
        found.append(needle(at + rng.uniform(0.3, 0.8) * _LONG_MM * direction, at - rng.uniform(0, 20) * direction))
    return found


def _wall_of(tube: Tube, rng: np.random.Generator) -> Floats:
    fine = tube.resampled(1.0)
    out = rng.normal(size=fine.points_mm.shape)
    out /= np.linalg.norm(out, axis=1, keepdims=True)
    return np.asarray(fine.points_mm + fine.radii_mm[:, None] * out)


def _shapes() -> list[tuple[str, Structure]]:
    fine = _grid(0.8, 0.8)
    thick = _grid(0.9, 3.0)
    at, coarse = places(fine), places(thick)
    two = (np.linalg.norm(at - (9, 12, 0), axis=-1) < 8) | (np.linalg.norm(at + (9, 12, 0), axis=-1) < 6)
    ring = np.abs(np.hypot(np.hypot(coarse[..., 0], coarse[..., 1]) - 18, coarse[..., 2])) < 7
    wall = (np.abs(coarse[..., 1]) < 12) & (np.abs(coarse[..., 0]) < 20) & (np.abs(coarse[..., 2]) < 14)
    axis = np.cumsum(np.random.default_rng(3).normal(0, 5, (12, 3)), axis=0)
    trunk = Tube(axis - axis.mean(axis=0), 1.0 + 0.25 * np.abs(np.arange(12) - 6))
    return [
        ("ball on voxels of 0.8 mm", _made(StructureKind.BLADDER, np.linalg.norm(at, axis=-1) < 11, fine)),
        ("two bodies that lie apart", _made(StructureKind.VESSEL, two, fine)),
        ("ring in slices of 3 mm", _made(StructureKind.BOWEL, ring, thick)),
        ("block with edges in slices of 3 mm", _made(StructureKind.METAL, wall, thick)),
        ("bent nerve that grows thinner and thicker", make_structure(StructureKind.NERVE, trunk, side=Side.LEFT)),
    ]


def _grid(pixel_mm: float, slice_mm: float) -> VoxelGrid:
    reach_mm = 32.0
    low, high = np.full(3, -reach_mm), np.full(3, reach_mm)
    cells = np.array([pixel_mm, pixel_mm, slice_mm])
    i, j, k = (int(n) for n in np.ceil((high - low) / cells))
    return VoxelGrid.axis_aligned((k, j, i), cells, low, "1.2.826.0.1")


def _made(kind: StructureKind, voxels: Voxels, grid: VoxelGrid) -> Structure:
    return make_structure(kind, Mask.from_array(grid, voxels))


def _branched() -> Structure:
    grid = _grid(1.2, 1.5)
    voxels = np.linalg.norm(places(grid), axis=-1) < 11
    k, j, i = (n // 2 for n in grid.shape_kji)
    voxels[k, j, i:-3] = True
    voxels[k : k + 12, j, -4] = True
    return _made(StructureKind.VESSEL, voxels, grid)


def _two_shafts(count: int, rng: np.random.Generator) -> VerificationRow:
    """Two probes: places of one against places of the other, 0.25 mm apart."""
    worst_mm = 0.0
    at = np.linspace(0.0, 1.0, 401)[:, None]
    for _ in range(count):
        one, other = (needle(rng.normal(0, 25, 3) + (0, 50, 0), rng.normal(0, 10, 3), name=n) for n in ("C1", "C2"))
        mine, theirs = (np.asarray(p.entry_mm) + at * np.subtract(p.tip_mm, p.entry_mm) for p in (one, other))
        brute_mm = float(np.sqrt(((mine[:, None] - theirs) ** 2).sum(axis=2)).min())
        wanted_mm = brute_mm - device(one.device_id).diameter_mm
        worst_mm = max(worst_mm, abs(between_probes(other, one).distance_mm - wanted_mm))
    return at_most("two shafts", worst_mm, "mm", AGREES_WITHIN_MM, f"{count} pairs; places on both, 0.25 mm apart")
