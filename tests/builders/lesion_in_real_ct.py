"""A synthetic lytic lesion at S2 left in the real CT, with structures placed by hand on its slices."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pydicom

from imaging.dicom import scan_folder
from imaging.geometry import Floats, VoxelGrid

LESION_HU, LESION_NOISE_HU = 45.0, 8.0
LESION_CENTRE_IJK = (273.0, 365.0, 21.5)
LESION_RADII_MM = (9.0, 8.5, 11.0)

# Voxel indices of points from the canal outwards on the left; the right is their mirror about column 237.
ROOTS_LEFT_IJK = {
    "S1": ((243, 368, 27), (258, 348, 24), (262, 335, 22), (268, 325, 18)),
    "S2": ((243, 374, 23), (258, 369, 20), (262, 358, 18), (268, 350, 15)),
    "S3": ((242, 377, 20), (251, 381, 17.5), (258, 378, 16), (262, 368, 13)),
}
CANAL_IJK = ((237, 372, 32), (237, 372, 26), (237, 376, 20), (237, 384, 15))
_MIRROR_COLUMN = 237.0


@dataclass(frozen=True, slots=True, eq=False)
class LesionCase:
    """Where the altered series lies, and what is truly in it, in LPS millimetres."""

    folder: Path
    grid: VoxelGrid
    centre_mm: Floats
    volume_mm3: float

    def root_mm(self, level: str, side: str) -> Floats:
        """Points of a root, shape (n, 3)."""
        points = np.array(ROOTS_LEFT_IJK[level], float)
        if side == "R":
            points[:, 0] = 2 * _MIRROR_COLUMN - points[:, 0]
        return self.grid.to_lps(points)

    @property
    def canal_mm(self) -> Floats:
        """Points of the canal, shape (n, 3)."""
        return self.grid.to_lps(np.array(CANAL_IJK, float))


def lesion_in_real_ct(source: Path, folder: Path) -> LesionCase:
    """Copy a series and put the lesion into the copy; the source is left as it is."""
    folder.mkdir()
    for file in source.iterdir():
        shutil.copyfile(file, folder / file.name)  # without its mode: the source may be read-only
    (series,) = scan_folder(folder)
    assert series.spacing_mm is not None
    first = series.slices[0]
    assert first.placement is not None
    grid = VoxelGrid.axis_aligned(
        (len(series.slices), first.rows, first.columns), series.spacing_mm, first.placement.position_mm, "unused"
    )
    centre = grid.to_lps(LESION_CENTRE_IJK)
    rng = np.random.default_rng(7)
    count = 0
    for k, item in enumerate(series.slices):
        inside = _inside(grid, k, centre)
        if not inside.any():
            continue
        dataset = pydicom.dcmread(item.path)
        stored = dataset.pixel_array.copy()
        hu = rng.normal(LESION_HU, LESION_NOISE_HU, int(inside.sum()))
        stored[inside] = np.rint((hu - float(dataset.RescaleIntercept)) / float(dataset.RescaleSlope))
        dataset.PixelData = stored.tobytes()
        dataset.save_as(item.path)
        count += int(inside.sum())
    return LesionCase(folder, grid, centre, count * grid.voxel_volume_mm3)


def _inside(grid: VoxelGrid, k: int, centre_mm: Floats) -> npt.NDArray[np.bool_]:
    """Pixels of slice ``k`` inside the lesion's ellipsoid."""
    _, rows, columns = grid.shape_kji
    j, i = np.mgrid[0:rows, 0:columns]
    lps = grid.to_lps(np.stack([i, j, np.full_like(i, k)], axis=-1))
    return np.asarray((((lps - centre_mm) / LESION_RADII_MM) ** 2).sum(axis=-1) <= 1)
