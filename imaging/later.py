"""Libraries that take long to load, loaded when they are first used: the window and short commands are there sooner.

Each name stands for the module of that library. Nothing is loaded twice, and threads that need one at the same time wait for it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any


class _Later:
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
    from skimage import graph, measure
else:
    cc3d, edt, SimpleITK = _Later("cc3d"), _Later("edt"), _Later("SimpleITK")
    fft, ndimage, optimize = _Later("scipy.fft"), _Later("scipy.ndimage"), _Later("scipy.optimize")
    sparse, spatial, special = _Later("scipy.sparse"), _Later("scipy.spatial"), _Later("scipy.special")
    stats = _Later("scipy.stats")
    graph, measure = _Later("skimage.graph"), _Later("skimage.measure")

__all__ = [
    "SimpleITK",
    "cc3d",
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
]
