"""How 3D shows the CT itself: as a volume or not, and what is cut away."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Substance(enum.StrEnum):
    """What the CT is shown as in 3D; the words are those of the title."""

    SURFACES = "surfaces"
    BONE = "bone"
    SOFT_TISSUE = "soft tissue"


class Cut(enum.StrEnum):
    """What is taken away of 3D."""

    NONE = "whole"
    AXIAL = "axial"
    CORONAL = "coronal"
    SAGITTAL = "sagittal"
    NEEDLE = "along the needle"


@dataclass(frozen=True, slots=True, kw_only=True)
class VolumeLook:
    """How 3D shows the CT.

    Attributes
    ----------
    substance : Substance
        Surfaces of structures alone, or the CT as a volume of bone or of soft tissue as well.
    cut : Cut
        A half on one side of the crosshair, or a wedge along the shaft of a needle, open to the viewer.
    other_side : bool
        A cut through the crosshair takes the other half away: caudal, anterior or the patient's right.
    see_through : bool
        The volume is translucent where it lies before the lesion or the zone.
    """

    substance: Substance = Substance.SURFACES
    cut: Cut = Cut.NONE
    other_side: bool = False
    see_through: bool = True

    @property
    def casts(self) -> bool:
        """Whether the CT is shown as a volume."""
        return self.substance is not Substance.SURFACES

    @property
    def at_crosshair(self) -> bool:
        """Whether it is cut by a plane through the crosshair."""
        return self.cut not in (Cut.NONE, Cut.NEEDLE)

    @property
    def words(self) -> str:
        """What differs from whole surfaces: ``bone, axial cut``."""
        said = [self.substance.value] if self.casts else []
        if self.cut is not Cut.NONE:
            said.append("cut along the needle" if self.cut is Cut.NEEDLE else f"{self.cut.value} cut")
        return ", ".join(said)


SURFACES = VolumeLook()
