"""Triangle meshes from masks, tubes and fields."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from imaging.geometry import Floats, VoxelGrid
from imaging.labels import Mask
from imaging.later import measure, ndimage
from imaging.structures import Tube

# Half a voxel of smoothing turns the staircase into a surface and moves a flat face by nothing.
_SMOOTHING_VOXELS = 0.7
_SMALL_VOXELS = 3_000
_BISECTIONS = 8
_KEPT_WITHIN = 0.02
_HAIR = np.float32(1e-4)
_FACES = ((1, 0, 0), (-1, 0, 0), (0, 1, 0), (0, -1, 0), (0, 0, 1), (0, 0, -1))


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Mesh:
    """A triangle mesh.

    Attributes
    ----------
    points_mm : ndarray, shape (n, 3)
        LPS.
    triangles : ndarray of int64, shape (m, 3)
        Indices of corners, counter-clockwise seen from outside.
    """

    points_mm: Floats
    triangles: npt.NDArray[np.int64]

    @property
    def empty(self) -> bool:
        return len(self.triangles) == 0

    @property
    def volume_mm3(self) -> float:
        """Volume enclosed by a closed mesh."""
        a, b, c = (self.points_mm[self.triangles[:, n]] for n in range(3))
        return float(abs(np.einsum("ij,ij->i", a, np.cross(b, c)).sum()) / 6)

    @classmethod
    def none(cls) -> Mesh:
        return cls(np.zeros((0, 3)), np.zeros((0, 3), np.int64))


def surface_of_field(field: npt.NDArray[np.floating], grid: VoxelGrid, level: float, *, below: bool) -> Mesh:
    """Return the surface where a field passes a level, found below the voxel by interpolation.

    Parameters
    ----------
    field : ndarray, shape ``grid.shape_kji``
    grid : VoxelGrid
    level : float
    below : bool
        True if the inside is where the field is below the level (ice), False if above (heat).

    Returns
    -------
    Mesh
        Empty if the field does not pass the level; closed at the faces of the grid otherwise.
    """
    inside = field <= level if below else field >= level
    if not inside.any() or min(field.shape) < 2:
        return Mesh.none()
    start, box = _around(inside)
    padded = _closed_at_faces(field[box].astype(np.float32), np.float32(level), below=below)
    kji, triangles, _, _ = measure.marching_cubes(padded, level, gradient_direction="ascent" if below else "descent")
    points = grid.to_lps((kji + start - 1.0)[:, ::-1])
    return Mesh(points, np.ascontiguousarray(triangles, np.int64))


def _around(inside: npt.NDArray[np.bool_]) -> tuple[npt.NDArray[np.int64], tuple[slice, ...]]:
    """Return the first index and the slices of the box around what is inside, with a voxel beyond it where there is one."""
    starts, slices = [], []
    for axis, size in enumerate(inside.shape):
        others = tuple(n for n in range(inside.ndim) if n != axis)
        at = np.flatnonzero(inside.any(axis=others))
        start = min(max(int(at[0]) - 1, 0), size - 2)
        starts.append(start)
        slices.append(slice(start, max(int(at[-1]) + 2, start + 2)))
    return np.array(starts), tuple(slices)


def _closed_at_faces(field: npt.NDArray[np.float32], level: np.float32, *, below: bool) -> npt.NDArray[np.float32]:
    """Pad a field so that its surface closes on the outer faces of its voxels, half a voxel beyond their centres."""
    padded = np.pad(field, 1, mode="edge")
    # A value on the level itself is inside.
    padded[padded == level] = level - _HAIR if below else level + _HAIR
    rim = padded <= level if below else padded >= level
    rim[1:-1, 1:-1, 1:-1] = False
    padded[rim] = 2 * level - padded[rim]
    return padded


def surface_of_mask(mask: Mask, smoothing_voxels: float = _SMOOTHING_VOXELS) -> Mesh:
    """Return the smooth surface of a mask.

    Parameters
    ----------
    mask : Mask
    smoothing_voxels : float
        Standard deviation of the smoothing; 0 keeps the staircase.

    Returns
    -------
    Mesh
        Empty for an empty mask.
    """
    if mask.count == 0:
        return Mesh.none()
    box = mask.box.grown(3, mask.grid.shape_kji)
    field = ndimage.gaussian_filter(mask.array(box).astype(np.float32), smoothing_voxels, mode="nearest")
    grid = mask.grid.crop(box.start_kji, box.stop_kji)
    level = 0.5
    mesh = surface_of_field(field, grid, level, below=False)
    if mask.count > _SMALL_VOXELS and abs(mesh.volume_mm3 / mask.volume_mm3 - 1) <= _KEPT_WITHIN:
        return _with_thin_parts(mesh, mask.array(box), field, grid, level)
    # Smoothing shrinks what is small or thin: the level is moved until the surface encloses the volume of the voxels.
    low, high = 0.0, float(field.max())
    for _ in range(_BISECTIONS):
        level = (low + high) / 2
        mesh = surface_of_field(field, grid, level, below=False)
        low, high = (level, high) if mesh.volume_mm3 > mask.volume_mm3 else (low, level)
    return _with_thin_parts(mesh, mask.array(box), field, grid, level)


def _with_thin_parts(
    mesh: Mesh, inside: npt.NDArray[np.bool_], field: npt.NDArray[np.float32], grid: VoxelGrid, level: float
) -> Mesh:
    """The mesh with what smoothing took away whole: a vessel one voxel wide must not vanish.

    Voxels with a face on others that are still enclosed are the smoothed edge of those, and are left out.
    """
    kept = np.pad(inside & (field >= level), 1)
    k, j, i = (axis + 1 for axis in np.nonzero(inside & (field < level)))
    lost = np.ones(len(k), np.bool_)
    for dk, dj, di in _FACES:
        lost &= ~kept[k + dk, j + dj, i + di]
    if not lost.any():
        return mesh
    grown = np.zeros_like(kept)
    for dk, dj, di in np.ndindex(3, 3, 3):
        grown[k[lost] + dk - 1, j[lost] + dj - 1, i[lost] + di - 1] = True
    # So far above the level as voxels outside lie below it: its wall is half a voxel away.
    raised = np.where(grown[1:-1, 1:-1, 1:-1] & inside, np.maximum(field, 2 * level), field).astype(np.float32)
    return surface_of_field(raised, grid, level, below=False)


def surface_of_rounded_tube(tube: Tube, corners_across: int = 14) -> Mesh:
    """Return the wall of a tube with round ends: a ball where it has no length.

    Parameters
    ----------
    tube : Tube
    corners_across : int
        About so many across its largest diameter.
    """
    reach_mm = float(tube.radii_mm.max())
    spacing_mm = 2 * reach_mm / corners_across
    low, high = tube.points_mm.min(axis=0) - reach_mm, tube.points_mm.max(axis=0) + reach_mm
    size = np.ceil((high - low) / spacing_mm).astype(int) + 5
    grid = VoxelGrid.axis_aligned(tuple(size[::-1].tolist()), spacing_mm, low - 2 * spacing_mm, "")
    centres = grid.to_lps(np.indices(grid.shape_kji).reshape(3, -1).T[:, ::-1])
    return surface_of_field(tube.signed_distance_mm(centres).reshape(grid.shape_kji), grid, 0.0, below=True)


def surface_of_tube(tube: Tube, sides: int = 16, step_mm: float = 1.5) -> Mesh:
    """Return the wall of a tube with closed ends.

    Parameters
    ----------
    tube : Tube
    sides : int
        Corners around the tube.
    step_mm : float
        Rings are at most this far apart.
    """
    fine = tube.resampled(step_mm)
    points, radii = fine.points_mm, fine.radii_mm
    tangents = np.gradient(points, axis=0)
    tangents /= np.maximum(np.linalg.norm(tangents, axis=1, keepdims=True), 1e-12)
    # A direction carried along the curve, so that the rings do not twist.
    normal = np.cross(tangents[0], np.eye(3)[np.abs(tangents[0]).argmin()])
    rings = []
    angles = np.linspace(0, 2 * np.pi, sides, endpoint=False)
    for point, radius, tangent in zip(points, radii, tangents, strict=True):
        normal = normal - (normal @ tangent) * tangent
        normal = normal / np.linalg.norm(normal)
        binormal = np.cross(tangent, normal)
        rings.append(point + radius * (np.cos(angles)[:, None] * normal + np.sin(angles)[:, None] * binormal))
    n = len(points)
    ring, corner = np.meshgrid(np.arange(n - 1), np.arange(sides), indexing="ij")
    here, beside = ring * sides + corner, ring * sides + (corner + 1) % sides
    walls = np.concatenate(
        [np.stack([here, beside, beside + sides], -1), np.stack([here, beside + sides, here + sides], -1)]
    ).reshape(-1, 3)
    around = np.arange(sides)
    first, last = np.full(sides, n * sides), np.full(sides, n * sides + 1)
    caps = [
        np.stack([first, (around + 1) % sides, around], 1),
        np.stack([last, around + (n - 1) * sides, (around + 1) % sides + (n - 1) * sides], 1),
    ]
    vertices = np.concatenate([*rings, points[:1], points[-1:]])
    return Mesh(vertices, np.concatenate([walls, *caps]).astype(np.int64))
