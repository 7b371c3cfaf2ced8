"""How far what a prediction is given may lie from the truth, each with its source."""

from __future__ import annotations

from functools import cache
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated

from pydantic import Field
from pydantic.dataclasses import dataclass

from planning.catalogue.toml_file import STRICT, read_toml
from resources import resource


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class Spread:
    """A spread with its citation; without a value what it is of is not varied."""

    value: Annotated[float, Field(gt=0)] | None = None
    source: Annotated[str, Field(min_length=1)]


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class Spreads:
    """What is varied beside the values of tissues, which carry their own ranges.

    Attributes
    ----------
    tip_mm : Spread
        Mean distance between where a needle's tip was meant to lie and where it lies.
    proposed_mm : Spread
        Mean distance between a structure that the program proposed, and nobody corrected, and the true one.
    power_frac : Spread
        Largest share by which a generator's power is off.
    wall_k : Spread
        Largest difference between a cryoprobe's wall and what its device says.
    """

    tip_mm: Spread
    proposed_mm: Spread
    power_frac: Spread
    wall_k: Spread


def read_spreads(file: Traversable | Path) -> Spreads:
    """Return the spreads of one file; raises DomainError naming file, key and reason."""
    return read_toml(file, Spreads)


@cache
def load_spreads() -> Spreads:
    """Return the spreads that ship with the program."""
    return read_spreads(resource("uncertainty", "spreads.toml"))
