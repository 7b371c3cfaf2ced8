"""Painting solids into Hounsfield units and labels, later ones over earlier ones."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from imaging.geometry import Floats
from imaging.phantom.lattice import Field, Lattice, Slices
from imaging.phantom.shapes import Shape
from imaging.phantom.texture import noise_at
from imaging.phantom.tissues import HU, PhantomLabel

Hounsfield = Callable[[Field, Field, Field], Field]
"""Positions x, y, z of some voxels (1-D) to their Hounsfield units."""


@dataclass(frozen=True, eq=False)
class Canvas:
    """A block of the image while it is painted.

    Attributes
    ----------
    lattice : Lattice
    hu : ndarray of float32
    labels : ndarray of uint8
    soft_mm : float
        Width over which an edge fades, about a voxel.
    seed : int
    enhancement_hu : mapping of PhantomLabel to float
        What contrast adds to a tissue.
    """

    lattice: Lattice
    hu: Field
    labels: npt.NDArray[np.uint8]
    soft_mm: float
    seed: int
    enhancement_hu: Mapping[PhantomLabel, float] = field(default_factory=dict)

    @classmethod
    def empty(
        cls,
        lattice: Lattice,
        soft_mm: float,
        seed: int,
        enhancement_hu: Mapping[PhantomLabel, float] | None = None,
    ) -> Canvas:
        """Return a canvas of air."""
        hu = np.full(lattice.shape_kji, HU[PhantomLabel.AIR], np.float32)
        return cls(lattice, hu, np.zeros(lattice.shape_kji, np.uint8), soft_mm, seed, enhancement_hu or {})

    def crop(self, slices: Slices) -> Canvas:
        """Return the part of the canvas in ``slices``; painting it paints this canvas."""
        lattice, hu, labels = self.lattice.crop(slices), self.hu[slices], self.labels[slices]
        return Canvas(lattice, hu, labels, self.soft_mm, self.seed, self.enhancement_hu)

    def window(self, box_mm: tuple[Floats, Floats], margin_mm: float = 2.0) -> Canvas | None:
        """Return the part of the canvas around a box, or None."""
        where = self.lattice.window(box_mm[0] - margin_mm, box_mm[1] + margin_mm)
        return None if where is None else self.crop(where)

    def points(self, where: npt.NDArray[np.bool_]) -> tuple[Field, Field, Field]:
        """Return x, y, z of the chosen voxels, each 1-D."""
        x, y, z = (np.broadcast_to(c, where.shape)[where] for c in self.lattice.xyz)
        return x, y, z

    def cover(self, distance: Field) -> Field:
        """Return how much of a voxel lies inside a surface, 0 to 1."""
        return np.asarray(np.clip(np.float32(0.5) - distance / np.float32(self.soft_mm), 0, 1))

    def fill(
        self,
        distance: Field,
        label: PhantomLabel,
        hu: float | Hounsfield | None = None,
        over: Collection[PhantomLabel] | None = None,
    ) -> None:
        """Paint the inside of a distance field.

        Parameters
        ----------
        distance : ndarray
            Signed distance at every voxel of this canvas.
        label : PhantomLabel
        hu : float or callable, optional
            The tissue's usual value if not given.
        over : collection of PhantomLabel, optional
            Paint only where one of these lies already.
        """
        touched = distance < np.float32(self.soft_mm / 2)
        if over is not None:
            touched &= np.isin(self.labels, list(over))
        if not touched.any():
            return
        d = distance[touched]
        value = HU[label] if hu is None else hu
        target = value(*self.points(touched)) if callable(value) else np.float32(value)
        if label in self.enhancement_hu:
            target = target + np.float32(self.enhancement_hu[label])
        old = self.hu[touched]
        self.hu[touched] = old + self.cover(d) * (target - old)
        self.labels[touched] = np.where(d < 0, np.uint8(label), self.labels[touched])

    def paint(
        self,
        shape: Shape,
        label: PhantomLabel,
        hu: float | Hounsfield | None = None,
        over: Collection[PhantomLabel] | None = None,
    ) -> None:
        """Paint a shape, evaluating it only around its box."""
        part = self.window(shape.box_mm)
        if part is not None:
            part.fill(shape.distance(part.lattice), label, hu, over)

    def paint_bone(
        self, distance: Field, cortex_mm: float, cortex_hu: float, marrow_hu: float, extra: Field | None = None
    ) -> None:
        """Paint bone of this canvas: a shell of cortex around textured fatty marrow.

        Parameters
        ----------
        distance : ndarray
        cortex_mm, cortex_hu, marrow_hu : float
        extra : ndarray, optional
            Hounsfield units added to the marrow.
        """
        touched = distance < np.float32(self.soft_mm / 2)
        if not touched.any():
            return
        d = distance[touched]
        x, y, z = self.points(touched)
        marrow = np.float32(marrow_hu) + np.float32(30) * noise_at(self.seed, x, y, z, (2.4, 2.4, 3.0))
        marrow += np.float32(16) * noise_at(self.seed + 1, x, y, z, (13.0, 13.0, 16.0))
        marrow += np.float32(110) * np.exp(d / np.float32(3.0))
        if extra is not None:
            marrow += extra[touched]
        edge = max(self.soft_mm, 0.5)
        shell = np.clip(np.float32(0.5) + (d + np.float32(cortex_mm)) / np.float32(edge), 0, 1)
        target = marrow + shell * (np.float32(cortex_hu) - marrow)
        old = self.hu[touched]
        self.hu[touched] = old + self.cover(d) * (target - old)
        inner = np.where(d < -cortex_mm, np.uint8(PhantomLabel.TRABECULAR), np.uint8(PhantomLabel.CORTEX))
        self.labels[touched] = np.where(d < 0, inner, self.labels[touched])
