"""Cement in the property fields: it takes the place of whatever lies where it is injected."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from planning.catalogue import TissueTable
from planning.catalogue.cements import cement_kind
from planning.errors import PlanError
from planning.model.cement import Cement
from planning.tissue.fields import TissueFields
from planning.tissue.medium import medium_of

_ROOM_MM = 10.0
"""So far the simulated box must go on around cement: its faces are held at body temperature."""


def with_cement(
    fields: TissueFields, cements: Sequence[Cement], table: TissueTable
) -> tuple[TissueFields, tuple[npt.NDArray[np.int64], ...]]:
    """Return property fields with cement in them, and the cells of each cement.

    A cement is as many voxels as its volume takes, those deepest in its shape first, so that its heat is that of its volume
    on every grid.

    Parameters
    ----------
    fields : TissueFields
    cements : sequence of Cement
        In order; the next one gives way to what is there.
    table : TissueTable

    Returns
    -------
    fields : TissueFields
    cells : tuple of ndarray of int64
        Flat indices into the grid, the deepest first.

    Raises
    ------
    PlanError
        ``cement-outside-box`` if it does not lie well inside the simulated box.
    """
    grid = fields.grid
    medium, media = fields.medium.copy(), list(fields.media)
    sigma = None if fields.sigma_s_m is None else fields.sigma_s_m.copy()
    taken = np.zeros(medium.size, np.bool_)
    found: list[npt.NDArray[np.int64]] = []
    for cement in cements:
        shape = cement.as_tube()
        reach_mm = cement.radius_mm + _ROOM_MM
        low, high = shape.points_mm.min(axis=0) - reach_mm, shape.points_mm.max(axis=0) + reach_mm
        lowest, highest = grid.bounds_mm
        if (low < lowest).any() or (high > highest).any():
            raise PlanError(
                f"{cement.name} reaches too near to the edge of the simulated box around the probes.",
                code="cement-outside-box",
                hint=f"Keep it {_ROOM_MM:g} mm inside: nearer to the probes, or smaller.",
            )
        near = _voxels_between(grid.to_ijk(low), grid.to_ijk(high), grid.shape_kji)
        near = near[~taken[near]]
        k, j, i = np.unravel_index(near, grid.shape_kji)
        depth_mm = shape.signed_distance_mm(grid.to_lps(np.stack([i, j, k], axis=1)))
        count = max(round(cement.volume_mm3 / grid.voxel_volume_mm3), 1)
        cells = near[np.argsort(depth_mm, kind="stable")[:count]]
        filling = medium_of(table, cement_kind(cement.kind_id).tissue)
        if filling not in media:
            media.append(filling)
        medium.reshape(-1)[cells] = media.index(filling)
        if sigma is not None:
            sigma.reshape(-1)[cells] = filling.electrical_conductivity_s_m
        taken[cells] = True
        found.append(cells)
    changed = TissueFields(
        grid=grid, medium=medium, media=tuple(media), sigma_s_m=sigma, findings=fields.findings
    )  # fmt: skip
    return changed, tuple(found)


def _voxels_between(
    low_ijk: npt.NDArray[np.float64], high_ijk: npt.NDArray[np.float64], shape_kji: tuple[int, int, int]
) -> npt.NDArray[np.int64]:
    """Flat indices of a box of voxels."""
    begin = np.maximum(np.floor(low_ijk).astype(int), 0)[::-1]
    end = np.minimum(np.ceil(high_ijk).astype(int)[::-1] + 1, shape_kji)
    axes = np.meshgrid(*(np.arange(a, b) for a, b in zip(begin, end, strict=True)), indexing="ij")
    return np.ravel_multi_index([a.reshape(-1) for a in axes], shape_kji).astype(np.int64)
