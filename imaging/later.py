"""Libraries that take long to load, loaded when they are first used: the window and short commands are there sooner.

Each name stands for the module of that library. Nothing is loaded twice, and threads that need one at the same time wait for it.
"""

from __future__ import annotations

from importlib import import_module
from threading import RLock
from typing import TYPE_CHECKING, Any

_LOADING = RLock()


class Later:
    """Stands for a module until something of it is asked for."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._module: Any = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loaded(), name)

    def __dir__(self) -> list[str]:
        return dir(self._loaded())

    def _loaded(self) -> Any:
        if self._module is None:
            # One at a time: of libraries that need each other, two threads could each get the other's half done.
            with _LOADING:
                self._module = import_module(self._name)
        return self._module


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
