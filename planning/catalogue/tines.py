"""Tines of a multi-tined electrode, as a device file gives them."""

from __future__ import annotations

import enum
from typing import Annotated

from pydantic import Field, model_validator
from pydantic.dataclasses import dataclass

from planning.catalogue.toml_file import STRICT


class TineShape(enum.StrEnum):
    """How tines leave the tip of the shaft."""

    EVERTED = "everted"
    SPREAD = "spread"
    STRAIGHT = "straight"


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class Tines:
    """A deployed array, even around the axis of its shaft.

    Attributes
    ----------
    shape : TineShape
        Curved outwards and back as an umbrella, curved outwards as the branches of a fir, or straight.
    count : int
    deployed_diameter_mm : float
        Across the ends of the tines.
    diameter_mm : float
        Of each tine.
    reach_mm : float or None
        Of straight tines: how far ahead of the tip they end. That of curved ones follows from their shape.
    """

    shape: TineShape
    count: Annotated[int, Field(ge=1, le=24)]
    deployed_diameter_mm: Annotated[float, Field(gt=0, le=80)]
    diameter_mm: Annotated[float, Field(gt=0, le=2)]
    reach_mm: Annotated[float, Field(ge=0, le=60)] | None = None

    @model_validator(mode="after")
    def _only_straight_ones_have_a_reach(self) -> Tines:
        if (self.shape is TineShape.STRAIGHT) != (self.reach_mm is not None):
            raise ValueError("reach_mm belongs to shape = 'straight', and only to it")
        return self

    @property
    def words(self) -> str:
        """The array in words: ``9 tines, deployed to 30 mm``."""
        return f"{self.count} tine{'s' if self.count > 1 else ''}, deployed to {self.deployed_diameter_mm:g} mm"
