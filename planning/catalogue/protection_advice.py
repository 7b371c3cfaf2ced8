"""When protection is called for, and where a thermocouple tells most, each with its source."""

from __future__ import annotations

from functools import cache
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator
from pydantic.dataclasses import dataclass

from imaging.structures import StructureKind
from planning.catalogue.toml_file import STRICT, read_toml
from resources import resource

Text = Annotated[str, Field(min_length=1)]
Kinds = Annotated[tuple[StructureKind, ...], Field(min_length=1)]


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class NeedRule:
    """Structures that are protected where a lesion lies near them, whatever a zone does.

    Attributes
    ----------
    kinds : tuple of StructureKind
    lesion_within_mm : float or None
        Distance of the surfaces; None where none is published: then only what the zone reaches calls for protection.
    ice_within_mm : float or None
        Nearer than this no ice is known to have done no harm.
    source : str
    """

    kinds: Kinds
    lesion_within_mm: Annotated[float, Field(gt=0)] | None = None
    ice_within_mm: Annotated[float, Field(gt=0)] | None = None
    source: Text


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class WatchRule:
    """A place of thermocouples, and the kinds of structure that it stands for."""

    place: Literal["epidural", "foraminal"]
    kinds: Kinds
    source: Text


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class StopSources:
    """Why heating, and freezing, are stopped before a level is reached."""

    heat: Text
    cold: Text


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class ProtectionAdviceRules:
    """All of one file."""

    needs: tuple[NeedRule, ...]
    watching: tuple[WatchRule, ...]
    stopping: StopSources

    def need_of(self, kind: StructureKind) -> NeedRule | None:
        """Return the rule of one kind of structure."""
        return next((rule for rule in self.needs if kind in rule.kinds), None)

    def watch_of(self, kind: StructureKind) -> WatchRule | None:
        """Return where one kind of structure is watched, or None where it is not."""
        return next((rule for rule in self.watching if kind in rule.kinds), None)

    @model_validator(mode="after")
    def _each_kind_once(self) -> ProtectionAdviceRules:
        for name, rules in (("needs", self.needs), ("watching", self.watching)):
            kinds = [kind for rule in rules for kind in rule.kinds]
            if twice := sorted({kind for kind in kinds if kinds.count(kind) > 1}):
                raise ValueError(f"{name}: {', '.join(twice)} is given twice")
        return self


def read_protection_advice(file: Traversable | Path) -> ProtectionAdviceRules:
    """Return the rules of one file; raises DomainError naming file, key and reason."""
    return read_toml(file, ProtectionAdviceRules)


@cache
def load_protection_advice() -> ProtectionAdviceRules:
    """Return the rules that ship with the program."""
    return read_protection_advice(resource("protection", "advice.toml"))
