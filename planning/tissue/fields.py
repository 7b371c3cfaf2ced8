"""Property fields: which medium every voxel of a simulation grid is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from imaging.errors import Finding
from imaging.geometry import VoxelGrid
from planning.errors import PlanError
from planning.tissue.medium import Medium

MOST_MEDIA = 128
"""The solver keeps a twin of each medium without perfusion in the same byte."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class TissueFields:
    """The media of a grid.

    Attributes
    ----------
    grid : VoxelGrid
    medium : ndarray of uint8, shape ``grid.shape_kji``
        Index into ``media``.
    media : tuple of Medium
    sigma_s_m : ndarray of float32, shape ``grid.shape_kji``, or None
        Electrical conductivity at 37 °C where it is known voxel by voxel; replaces that of the media.
    findings : tuple of Finding
        What is uncertain about the assignment.

    Raises
    ------
    PlanError
        ``tissue-fields-invalid`` if an array does not fit the grid or the list of media.
    """

    grid: VoxelGrid
    medium: npt.NDArray[np.uint8]
    media: tuple[Medium, ...]
    sigma_s_m: npt.NDArray[np.float32] | None = None
    findings: tuple[Finding, ...] = ()

    def __post_init__(self) -> None:
        if self.medium.shape != self.grid.shape_kji or self.medium.dtype != np.uint8:
            raise _refusal(f"an array of shape {self.medium.shape} and type {self.medium.dtype} is not on the grid")
        if not self.media or int(self.medium.max()) >= len(self.media):
            raise _refusal(f"a voxel names medium {int(self.medium.max())} of {len(self.media)}")
        if len(self.media) > MOST_MEDIA:
            raise _refusal(f"{len(self.media)} media are more than {MOST_MEDIA}")
        sigma = self.sigma_s_m
        if sigma is not None and (
            sigma.shape != self.grid.shape_kji or not np.isfinite(sigma).all() or sigma.min() < 0
        ):
            raise _refusal("the electrical conductivities are not finite values of the grid")

    def medium_at(self, lps_mm: npt.ArrayLike) -> Medium | None:
        """Return the medium at a point of shape (3,), or None outside the grid."""
        if not bool(self.grid.contains(lps_mm)):
            return None
        i, j, k = np.rint(self.grid.to_ijk(lps_mm)).astype(int)
        nk, nj, ni = self.grid.shape_kji
        return self.media[int(self.medium[min(max(k, 0), nk - 1), min(max(j, 0), nj - 1), min(max(i, 0), ni - 1)])]


def uniform_fields(grid: VoxelGrid, medium: Medium) -> TissueFields:
    """Return a grid of one medium, for verification and bench-top experiments."""
    return TissueFields(grid=grid, medium=np.zeros(grid.shape_kji, np.uint8), media=(medium,))


def _refusal(reason: str) -> PlanError:
    return PlanError(f"The tissue fields cannot be used: {reason}.", code="tissue-fields-invalid")
