"""How slices show the CT, but for the window: thick or thin, and how it is drawn between voxels."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from imaging.slab import Projection, Slab
from planning.quantities import NNBSP


class Interpolation(enum.StrEnum):
    """What is drawn between the middles of voxels."""

    LINEAR = "linear"
    CUBIC = "cubic"
    NEAREST = "voxels as they are"


THINNEST_MM, THICKEST_MM = 1.0, 100.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CtLook:
    """How slices show the CT.

    Attributes
    ----------
    thick : bool
        Whether a slab is shown, not the plane itself.
    projection : Projection
        What of a slab is shown.
    thickness_mm : float
        Of a slab.
    interpolation : Interpolation
    """

    thick: bool = False
    projection: Projection = Projection.LARGEST
    thickness_mm: float = 10.0
    interpolation: Interpolation = Interpolation.LINEAR

    @property
    def slab(self) -> Slab | None:
        """The slab; None shows the plane itself."""
        return Slab(projection=self.projection, thickness_mm=self.thickness_mm) if self.thick else None

    @property
    def words(self) -> str:
        """What differs from a plain slice: ``MIP 10 mm``."""
        said = [f"{self.projection.value} {self.thickness_mm:g}{NNBSP}mm"] if self.thick else []
        if self.interpolation is Interpolation.NEAREST:
            said.append("voxels")
        return ", ".join(said)


PLAIN = CtLook()
