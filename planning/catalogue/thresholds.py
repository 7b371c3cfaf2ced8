"""Temperature and dose limits of structures, and goals for lesions, each with its source."""

from __future__ import annotations

import enum
from functools import cache
from importlib.resources.abc import Traversable
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator
from pydantic.dataclasses import dataclass

from imaging.structures import StructureKind
from planning.catalogue.toml_file import STRICT, read_toml
from resources import resource

Text = Annotated[str, Field(min_length=1)]
Positive = Annotated[float, Field(gt=0)]
Celsius = Annotated[float, Field(ge=-196, le=150)]


class Mode(enum.StrEnum):
    """Whether tissue is heated or cooled."""

    HEAT = "heat"
    COLD = "cold"


class Level(enum.StrEnum):
    """How serious it is that a limit was crossed, in rising order."""

    CAUTION = "caution"
    ALARM = "alarm"
    INJURY = "injury"

    @property
    def rank(self) -> int:
        return list(Level).index(self)


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class Limit:
    """One level: crossed at ``temperature_c`` (or beyond, in the mode's direction) or above ``cem43_min``."""

    level: Level
    temperature_c: Celsius | None = None
    cem43_min: Positive | None = None
    source: Text
    species: Text
    confidence: Literal["high", "medium", "low"]

    @model_validator(mode="after")
    def _limits_something(self) -> Limit:
        if self.temperature_c is None and self.cem43_min is None:
            raise ValueError("a level needs temperature_c or cem43_min")
        return self


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class StructureThresholds:
    """What some kinds of structure bear in one mode.

    Without ``limits`` the structure's temperature is not assessed. What distance a needle keeps is a rule of paths.
    """

    kinds: Annotated[tuple[StructureKind, ...], Field(min_length=1)]
    mode: Mode
    limits: tuple[Limit, ...] = ()
    note: str = ""

    @property
    def assessed(self) -> bool:
        return bool(self.limits)

    def at(self, level: Level) -> Limit | None:
        """Return the limit of one level, or None where there is none."""
        return next((limit for limit in self.limits if limit.level is level), None)

    def crossed(self, extreme_c: float, cem43_min: float = 0.0) -> Limit | None:
        """Return the most serious limit that a temperature or a dose crosses, or None."""
        sign = 1.0 if self.mode is Mode.HEAT else -1.0
        hit = None
        for limit in self.limits:
            too_far = limit.temperature_c is not None and sign * extreme_c >= sign * limit.temperature_c
            too_long = limit.cem43_min is not None and cem43_min > limit.cem43_min
            if too_far or too_long:
                hit = limit
        return hit

    @model_validator(mode="after")
    def _ordered(self) -> StructureThresholds:
        sign = 1.0 if self.mode is Mode.HEAT else -1.0
        for mild, grave in pairwise(self.limits):
            names = f"{grave.level} and {mild.level}"
            if grave.level.rank <= mild.level.rank:
                raise ValueError(f"{names} are out of order")
            if None not in (mild.temperature_c, grave.temperature_c) and sign * (grave.temperature_c or 0) <= sign * (
                mild.temperature_c or 0
            ):
                raise ValueError(f"the temperatures of {names} are crossed")
            if None not in (mild.cem43_min, grave.cem43_min) and (grave.cem43_min or 0) <= (mild.cem43_min or 0):
                raise ValueError(f"the doses of {names} are crossed")
        if self.mode is Mode.COLD and any(limit.cem43_min is not None for limit in self.limits):
            raise ValueError("cem43_min means nothing for cold")
        return self


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class LesionGoal:
    """What covers a lesion in one mode: inside the isotherm, or above the dose where one is given.

    To cure, the whole lesion and a margin are covered; to relieve pain, bone's surface within ``interface_within_mm`` of it.
    """

    mode: Mode
    isotherm_c: Celsius
    cem43_min: Positive | None = None
    stricter_isotherm_c: Celsius | None = None
    margin_mm: Positive
    margin_high_mm: Positive | None = None
    coverage_source: Text
    margin_source: Text
    interface_within_mm: Positive
    interface_source: Text


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class IsothermSet:
    """Isotherms and doses to draw in one mode."""

    mode: Mode
    isotherms_c: Annotated[tuple[Celsius, ...], Field(min_length=1)]
    cem43_min: tuple[Positive, ...] = ()
    source: Text


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class Thresholds:
    """All limits and goals. Literature values, meant to be edited."""

    structures: tuple[StructureThresholds, ...]
    goals: tuple[LesionGoal, ...]
    shown: tuple[IsothermSet, ...]

    def of(self, kind: StructureKind, mode: Mode) -> StructureThresholds | None:
        """Return the limits of one kind of structure, or None if the file does not mention it."""
        return next((s for s in self.structures if kind in s.kinds and s.mode is mode), None)

    def goal(self, mode: Mode) -> LesionGoal:
        """Return the lesion's goal in one mode."""
        return next(g for g in self.goals if g.mode is mode)

    def isotherms(self, mode: Mode) -> IsothermSet:
        """Return what to draw in one mode."""
        return next(s for s in self.shown if s.mode is mode)

    @model_validator(mode="after")
    def _complete(self) -> Thresholds:
        pairs = [(kind, s.mode) for s in self.structures for kind in s.kinds]
        if twice := sorted({f"{kind} {mode}" for kind, mode in pairs if pairs.count((kind, mode)) > 1}):
            raise ValueError(f"{', '.join(twice)} is given twice")
        for name, modes in (("goals", [g.mode for g in self.goals]), ("shown", [s.mode for s in self.shown])):
            if sorted(modes) != sorted(Mode):
                raise ValueError(f"{name} needs exactly one entry for heat and one for cold")
        return self


def read_thresholds(file: Traversable | Path) -> Thresholds:
    """Return the thresholds of one file; raises DomainError naming file, key and reason."""
    return read_toml(file, Thresholds)


@cache
def builtin_thresholds() -> Thresholds:
    """Return the thresholds that ship with the program."""
    return read_thresholds(resource("thresholds", "thresholds.toml"))
