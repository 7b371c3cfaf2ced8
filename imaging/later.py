"""Libraries that take long to load, loaded when they are first used: the window and short commands are there sooner.

Each name stands for the module of that library. Nothing is loaded twice, and threads that need one at the same time wait for it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any


class Later:
    """Stands for a module until something of it is asked for."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Any:
        return getattr(import_module(self._name), name)

    def __dir__(self) -> list[str]:
        return dir(import_module(self._name))


if TYPE_CHECKING:
    import cc3d
    import edt
    import SimpleITK
    from scipy import fft, ndimage, optimize, sparse, spatial, special, stats
    from scipy.sparse import csgraph
    from scipy.spatial import distance as distances
    from scipy.spatial import transform
    from skimage import draw, graph, measure
else:
    cc3d, edt, SimpleITK = Later("cc3d"), Later("edt"), Later("SimpleITK")
    fft, ndimage, optimize = Later("scipy.fft"), Later("scipy.ndimage"), Later("scipy.optimize")
    sparse, spatial, special = Later("scipy.sparse"), Later("scipy.spatial"), Later("scipy.special")
    stats, csgraph, transform = Later("scipy.stats"), Later("scipy.sparse.csgraph"), Later("scipy.spatial.transform")
    distances = Later("scipy.spatial.distance")
    draw, graph, measure = Later("skimage.draw"), Later("skimage.graph"), Later("skimage.measure")

__all__ = [
    "Later",
    "SimpleITK",
    "cc3d",
    "csgraph",
    "distances",
    "draw",
    "edt",
    "fft",
    "graph",
    "measure",
    "ndimage",
    "optimize",
    "sparse",
    "spatial",
    "special",
    "stats",
    "transform",
]
