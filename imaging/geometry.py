"""Voxel grids in patient space.

World coordinates are DICOM LPS millimetres (x to the patient's left, y to posterior, z to superior),
float64, points of shape ``(n, 3)``. Arrays are C-ordered ``[k, j, i]``; indices are written ``ijk``, and index
(0, 0, 0) is the centre of the first voxel.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from imaging.errors import GeometryError

Floats = npt.NDArray[np.float64]

_SAME_POSITION_MM = 1e-3


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class VoxelGrid:
    """Where the voxels of an array lie in patient space.

    Parameters
    ----------
    shape_kji : tuple of int
        Number of slices, rows and columns.
    lps_from_ijk : ndarray, shape (4, 4)
        Affine matrix from voxel indices (i, j, k) to LPS millimetres.
    frame_uid : str
        DICOM frame of reference. Grids of different frames cannot be combined.

    Raises
    ------
    GeometryError
        If the shape is empty or the matrix is not an invertible affine.
    """

    shape_kji: tuple[int, int, int]
    lps_from_ijk: Floats
    frame_uid: str

    def __post_init__(self) -> None:
        matrix = np.array(self.lps_from_ijk, dtype=np.float64)
        if matrix.shape != (4, 4) or not np.isfinite(matrix).all():
            raise GeometryError("The image geometry is not a finite 4 by 4 matrix.", code="grid-matrix-invalid")
        if abs(np.linalg.det(matrix[:3, :3])) < 1e-12:
            raise GeometryError("The image geometry is singular: two of its axes coincide.", code="grid-singular")
        if len(self.shape_kji) != 3 or min(self.shape_kji) < 1:
            raise GeometryError(f"An image of {self.shape_kji} voxels is empty.", code="grid-empty")
        matrix.setflags(write=False)
        object.__setattr__(self, "lps_from_ijk", matrix)
        object.__setattr__(self, "shape_kji", tuple(int(n) for n in self.shape_kji))

    @classmethod
    def axis_aligned(
        cls,
        shape_kji: tuple[int, int, int],
        spacing_ijk_mm: npt.ArrayLike,
        origin_mm: npt.ArrayLike,
        frame_uid: str,
    ) -> VoxelGrid:
        """Return a grid whose i, j, k axes run along L, P, S.

        Parameters
        ----------
        shape_kji : tuple of int
        spacing_ijk_mm : array_like, shape (3,) or scalar
        origin_mm : array_like, shape (3,)
            LPS position of the centre of voxel (0, 0, 0).
        frame_uid : str
        """
        matrix = np.eye(4)
        matrix[:3, :3] = np.diag(np.broadcast_to(np.asarray(spacing_ijk_mm, float), 3))
        matrix[:3, 3] = np.asarray(origin_mm, float)
        return cls(shape_kji=shape_kji, lps_from_ijk=matrix, frame_uid=frame_uid)

    @classmethod
    def along_axes(cls, axes: Floats, low_mm: Floats, high_mm: Floats, spacing_mm: float, frame_uid: str) -> VoxelGrid:
        """Return equal voxels that fill a box along any perpendicular axes.

        Parameters
        ----------
        axes : ndarray, shape (3, 3)
            Columns: unit vectors of i, j and k in LPS.
        low_mm, high_mm : ndarray, shape (3,)
            Faces of the box along them; the last voxels reach over the high ones by less than a voxel.
        spacing_mm : float
        frame_uid : str
        """
        n = np.maximum(np.ceil((high_mm - low_mm) / spacing_mm - 1e-9), 1).astype(int)
        matrix = np.eye(4)
        matrix[:3, :3], matrix[:3, 3] = axes * spacing_mm, axes @ (low_mm + 0.5 * spacing_mm)
        return cls(shape_kji=(int(n[2]), int(n[1]), int(n[0])), lps_from_ijk=matrix, frame_uid=frame_uid)

    @property
    def spacing_ijk_mm(self) -> Floats:
        """Distance between neighbouring voxel centres along i, j, k, shape (3,)."""
        return np.asarray(np.linalg.norm(self.lps_from_ijk[:3, :3], axis=0))

    @property
    def directions(self) -> Floats:
        """Unit vectors of i, j, k as columns, shape (3, 3)."""
        return self.lps_from_ijk[:3, :3] / self.spacing_ijk_mm

    @property
    def origin_mm(self) -> Floats:
        """LPS position of the centre of voxel (0, 0, 0), shape (3,)."""
        return np.asarray(self.lps_from_ijk[:3, 3])

    @property
    def ijk_from_lps(self) -> Floats:
        """Affine matrix from LPS millimetres to voxel indices, shape (4, 4)."""
        return np.asarray(np.linalg.inv(self.lps_from_ijk))

    @property
    def voxel_volume_mm3(self) -> float:
        return float(abs(np.linalg.det(self.lps_from_ijk[:3, :3])))

    @property
    def centre_mm(self) -> Floats:
        """LPS position of the middle of the grid, shape (3,)."""
        return self.to_lps((np.array(self.shape_kji[::-1]) - 1) / 2)

    @property
    def bounds_mm(self) -> tuple[Floats, Floats]:
        """Lowest and highest LPS coordinates of the voxel centres, each of shape (3,)."""
        n_ijk = np.array(self.shape_kji[::-1]) - 1
        corners = np.array(np.meshgrid(*[(0, n) for n in n_ijk], indexing="ij")).reshape(3, -1).T
        lps = self.to_lps(corners)
        return lps.min(axis=0), lps.max(axis=0)

    def to_lps(self, ijk: npt.ArrayLike) -> Floats:
        """Map indices, shape (..., 3), to LPS millimetres, shape (..., 3)."""
        return _mapped(self.lps_from_ijk, ijk)

    def to_ijk(self, lps_mm: npt.ArrayLike) -> Floats:
        """Map LPS millimetres, shape (..., 3), to fractional indices, shape (..., 3)."""
        return _mapped(self.ijk_from_lps, lps_mm)

    def contains(self, lps_mm: npt.ArrayLike) -> npt.NDArray[np.bool_]:
        """Whether points of shape (..., 3) lie inside the voxels (half a voxel beyond their centres)."""
        ijk = self.to_ijk(lps_mm)
        n_ijk = np.array(self.shape_kji[::-1])
        within = (ijk >= -0.5) & (ijk <= n_ijk - 0.5)
        return np.asarray(within[..., 0] & within[..., 1] & within[..., 2])

    def crop(self, start_kji: tuple[int, int, int], stop_kji: tuple[int, int, int]) -> VoxelGrid:
        """Return the grid of ``array[start:stop]`` in the same space."""
        matrix = self.lps_from_ijk.copy()
        matrix[:3, 3] = self.to_lps(np.array(start_kji[::-1]))
        shape = tuple(b - a for a, b in zip(start_kji, stop_kji, strict=True))
        return VoxelGrid(shape_kji=(shape[0], shape[1], shape[2]), lps_from_ijk=matrix, frame_uid=self.frame_uid)

    def same_as(self, other: VoxelGrid) -> bool:
        """Whether both grids have the same voxels in the same place and frame."""
        return (
            self.shape_kji == other.shape_kji
            and self.frame_uid == other.frame_uid
            and bool(np.allclose(self.lps_from_ijk, other.lps_from_ijk, atol=_SAME_POSITION_MM, rtol=0))
        )

    def require_same_frame(self, other: VoxelGrid, what: str) -> None:
        """Refuse to combine two grids of different frames of reference.

        Raises
        ------
        GeometryError
            Naming ``what`` was to be combined.
        """
        if self.frame_uid != other.frame_uid:
            raise GeometryError(
                f"{what} lies in another frame of reference than the CT.",
                code="frame-mismatch",
                hint="Register it to this CT first, or choose one made from this CT.",
            )

    def require_same(self, other: VoxelGrid, what: str) -> None:
        """Refuse to combine two arrays that are not voxel by voxel the same.

        Raises
        ------
        GeometryError
            Naming ``what`` was to be combined.
        """
        self.require_same_frame(other, what)
        if not self.same_as(other):
            raise GeometryError(
                f"{what} lies on other voxels than the CT.",
                code="grid-mismatch",
                hint="Resample it to the CT first.",
            )

    def to_dict(self) -> dict[str, Any]:
        """Return the grid as plain values for a file."""
        return {
            "shape_kji": list(self.shape_kji),
            "lps_from_ijk": self.lps_from_ijk.tolist(),
            "frame_uid": self.frame_uid,
        }

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> VoxelGrid:
        """Return the grid that `to_dict` wrote."""
        k, j, i = values["shape_kji"]
        return cls(
            shape_kji=(k, j, i),
            lps_from_ijk=np.array(values["lps_from_ijk"], float),
            frame_uid=values["frame_uid"],
        )


def _mapped(matrix: Floats, points: npt.ArrayLike) -> Floats:
    """Points of shape (..., 3) through an affine matrix, shape (4, 4).

    Written out: a matrix product is handed to threads, which wait for one another where another computation goes on.
    """
    given = np.asarray(points, float)
    x, y, z = given[..., 0], given[..., 1], given[..., 2]
    found = np.empty(given.shape)
    for n in range(3):
        found[..., n] = matrix[n, 0] * x + matrix[n, 1] * y + matrix[n, 2] * z + matrix[n, 3]
    return found
