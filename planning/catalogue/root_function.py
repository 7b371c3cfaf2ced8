"""What patients kept who lost sacral roots, from published series."""

from __future__ import annotations

from functools import cache
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator
from pydantic.dataclasses import dataclass

from planning.catalogue.toml_file import STRICT, read_toml
from resources import resource

Text = Annotated[str, Field(min_length=1)]
Percent = Annotated[float, Field(ge=0, le=100)]
Pattern = Literal["one_side", "asymmetric", "s4_down", "s3_down", "s2_down"]
_PATTERNS: tuple[Pattern, ...] = ("one_side", "asymmetric", "s4_down", "s3_down", "s2_down")


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class Series:
    """Share of patients with normal bladder and bowel after one pattern of loss."""

    name: Pattern
    words: Text
    bladder_pct: Percent
    bowel_pct: Percent
    source: Text


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class Kept:
    """Share of patients with normal function by the lowest roots they kept: of ``level``, on so many sides."""

    level: Text
    sides: Annotated[int, Field(ge=0, le=2)]
    bladder_pct: Percent
    gait_pct: Percent | None = None
    source: Text


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class Carries:
    """What a root of one side carries, in words."""

    levels: Annotated[tuple[str, ...], Field(min_length=1)]
    words: Text
    source: Text


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class RootFunction:
    """All that is on file about what roots are for."""

    series: tuple[Series, ...]
    kept: tuple[Kept, ...]
    carries: tuple[Carries, ...]

    @model_validator(mode="after")
    def _complete(self) -> RootFunction:
        if sorted(s.name for s in self.series) != sorted(_PATTERNS):
            raise ValueError(f"series needs exactly one entry for each of {', '.join(_PATTERNS)}")
        pairs = [(k.level, k.sides) for k in self.kept]
        if len(set(pairs)) != len(pairs):
            raise ValueError("kept gives the same roots twice")
        return self

    def of_pattern(self, name: Pattern) -> Series:
        """Return the series of one pattern of loss."""
        return next(s for s in self.series if s.name == name)

    def of_kept(self, level: str, sides: int) -> Kept | None:
        """Return the share by the lowest roots kept, or None where none is on file."""
        return next((k for k in self.kept if (k.level, k.sides) == (level, sides)), None)


def read_root_function(file: Traversable | Path) -> RootFunction:
    """Return the content of one file; raises DomainError naming file, key and reason."""
    return read_toml(file, RootFunction)


@cache
def load_root_function() -> RootFunction:
    """Return what ships with the program."""
    return read_root_function(resource("function", "roots.toml"))
