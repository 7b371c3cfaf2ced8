"""Meshes as VTK surfaces ready to be shaded: thinned where they are huge, with normals."""

from __future__ import annotations

from typing import Any

import numpy as np

from app.representations.reslice import polydata
from imaging.kept_for import kept_for
from imaging.later import Later
from imaging.surface import Mesh

filters = Later("vtkmodules.vtkFiltersCore")

_MANY_TRIANGLES = 150_000
# Fine enough for foramina and the edges of vertebrae, and seven times fewer triangles than a CT of 0.8 mm gives.
_THINNED_TO_MM = 2.0
# While something turns, of surfaces larger than that.
_ROUGH_MM, _ROUGH_FROM_TRIANGLES = 4.5, 12_000


@kept_for
def shaded(mesh: Mesh) -> Any:
    """Return a surface with normals; a huge one takes a second, and is made before it is shown.

    Parameters
    ----------
    mesh : Mesh
        Not empty.
    """
    return with_normals(
        _thinned(polydata(mesh), _THINNED_TO_MM) if len(mesh.triangles) > _MANY_TRIANGLES else polydata(mesh)
    )


@kept_for
def rough(mesh: Mesh) -> Any:
    """Return a surface for pictures that are gone in a moment: of a large one a fifth of the triangles.

    Parameters
    ----------
    mesh : Mesh
        Not empty.
    """
    fine = shaded(mesh)
    return with_normals(_thinned(fine, _ROUGH_MM)) if fine.GetNumberOfPolys() > _ROUGH_FROM_TRIANGLES else fine


def with_normals(surface: Any) -> Any:
    """Return a surface with normals at its corners; its edges are not split."""
    normals = filters.vtkPolyDataNormals()
    normals.SetInputData(surface)
    normals.SplittingOff()
    normals.ConsistencyOff()
    normals.AutoOrientNormalsOff()
    normals.Update()
    return normals.GetOutput()


def _thinned(surface: Any, cell_mm: float) -> Any:
    """Join the corners within cells of a fixed size: many times faster than taking edges away one by one."""
    x0, x1, y0, y1, z0, z1 = surface.GetBounds()
    clustering = filters.vtkQuadricClustering()
    clustering.SetInputData(surface)
    clustering.AutoAdjustNumberOfDivisionsOff()
    clustering.SetNumberOfDivisions(*(max(int(np.ceil(n / cell_mm)), 1) for n in (x1 - x0, y1 - y0, z1 - z0)))
    clustering.Update()
    return clustering.GetOutput()
