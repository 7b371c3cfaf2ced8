"""A curved plate: two surfaces over a plane, inside an outline. The sacrum and the hip bone are such plates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.interpolate import PchipInterpolator
from skimage.draw import polygon2mask

from imaging.geometry import Floats
from imaging.later import ndimage
from imaging.phantom.lattice import Field
from imaging.phantom.shapes import smooth_max

_OUTLINE_PX_PER_MM = 3
_MARGIN_MM = 30.0


@dataclass(frozen=True, eq=False)
class Slab:
    """A plate between two surfaces ``low(a, b)`` and ``high(a, b)`` and inside a closed outline in (a, b).

    Attributes
    ----------
    a_mm, b_mm : sequence of float
        Rising positions of the control values.
    low_mm, high_mm : sequence of sequence of float
        Control values, one row per ``a``.
    outline_mm : sequence of (a, b)
        Corners of the outline, which is rounded.
    edge_mm : float
        How much the rim is rounded.
    ripple_mm : float
        Deviation of the unevenness of both surfaces, always the same one.
    """

    a_mm: Sequence[float]
    b_mm: Sequence[float]
    low_mm: Sequence[Sequence[float]]
    high_mm: Sequence[Sequence[float]]
    outline_mm: Sequence[tuple[float, float]]
    edge_mm: float = 4.0
    ripple_mm: float = 0.0

    @cached_property
    def origin_mm(self) -> Floats:
        return np.array([min(self.a_mm), min(self.b_mm)]) - _MARGIN_MM

    @cached_property
    def _shape(self) -> tuple[int, int]:
        size = np.array([max(self.a_mm), max(self.b_mm)]) + _MARGIN_MM - self.origin_mm
        return int(size[0]) + 1, int(size[1]) + 1

    def _surface(self, control: Sequence[Sequence[float]], seed: int) -> tuple[Field, Field]:
        """Height on a millimetre grid, and the factor that turns height differences into distances."""
        a = np.clip(np.arange(self._shape[0]) + self.origin_mm[0], min(self.a_mm), max(self.a_mm))
        b = np.clip(np.arange(self._shape[1]) + self.origin_mm[1], min(self.b_mm), max(self.b_mm))
        rows = PchipInterpolator(self.b_mm, np.asarray(control, float), axis=1)(b)
        height = ndimage.gaussian_filter(PchipInterpolator(self.a_mm, rows, axis=0)(a), 1.5, mode="nearest")
        ripple = ndimage.gaussian_filter(np.random.default_rng(seed).standard_normal(height.shape), 6.0, mode="wrap")
        height = height + self.ripple_mm * ripple / ripple.std()
        da, db = np.gradient(height)
        return height.astype(np.float32), (1 / np.sqrt(1 + da**2 + db**2)).astype(np.float32)

    @cached_property
    def low(self) -> tuple[Field, Field]:
        return self._surface(self.low_mm, 1)

    @cached_property
    def high(self) -> tuple[Field, Field]:
        return self._surface(self.high_mm, 2)

    @cached_property
    def outline(self) -> Field:
        """Signed distance to the rounded outline on a millimetre grid."""
        n = _OUTLINE_PX_PER_MM
        size = tuple((m - 1) * n + 1 for m in self._shape)
        inside = polygon2mask(size, (np.asarray(self.outline_mm, float) - self.origin_mm) * n)
        inside = ndimage.gaussian_filter(inside.astype(np.float32), 2.5 * n) > 0.5
        distance = (ndimage.distance_transform_edt(~inside) - ndimage.distance_transform_edt(inside)) / n
        return np.asarray(ndimage.gaussian_filter(distance, n)[::n, ::n], dtype=np.float32)

    def sample(self, table: Field, a: Field, b: Field) -> Field:
        """Interpolate one of the tables at positions of any shape."""
        a, b = np.broadcast_arrays(a, b)
        at = np.stack([a - np.float32(self.origin_mm[0]), b - np.float32(self.origin_mm[1])])
        return np.asarray(ndimage.map_coordinates(table, at, order=1, mode="nearest"), dtype=np.float32)

    def distance(self, a: Field, b: Field, height: Field) -> Field:
        """Signed distance to the plate, negative inside."""
        low = (self.sample(self.low[0], a, b) - height) * self.sample(self.low[1], a, b)
        high = (height - self.sample(self.high[0], a, b)) * self.sample(self.high[1], a, b)
        return smooth_max(np.maximum(low, high), self.sample(self.outline, a, b), self.edge_mm)
