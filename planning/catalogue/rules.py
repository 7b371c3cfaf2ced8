"""How a needle's path is judged: limits and preferences with their sources, and what the user made of them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

import numpy as np
import numpy.typing as npt
from pydantic import Field, model_validator
from pydantic.dataclasses import dataclass

from imaging.errors import DomainError, Finding
from imaging.geometry import Floats
from imaging.structures import StructureKind
from planning.catalogue.tissues import SourcedValue
from planning.catalogue.toml_file import STRICT, read_toml, read_values, refusal, refuse_booleans, validated
from planning.catalogue.user_folder import left_out, user_folder
from resources import resource

Text = Annotated[str, Field(min_length=1)]
Weight = Annotated[float, Field(ge=0, le=100)]
LimitId = Literal[
    "nerves", "canal", "vessels", "bowel", "bladder", "metal", "probes", "gas", "vertical", "hub", "bore"
]  # fmt: skip
PreferenceId = Literal["length", "slice", "vertical", "normal", "cortex", "joint", "foramen", "shared_skin", "aim"]

SET_BY_USER = "Set by the user."
_GROUPS = ("limits", "preferences")
_LEVELS = {"value", "caution", "alarm", "good", "poor"}


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class PathLimit:
    """What a path must keep to.

    Attributes
    ----------
    name : str
        What is measured.
    sense : {"at least", "at most"}
        On which side of its levels a path is well.
    unit : str
    kinds : tuple of StructureKind
        What a distance is measured to, from surface to surface; empty for what is no distance to a structure.
    caution, alarm : float or None
        Beyond the first a path is marked, beyond the second it is refused. None where no source gives one: of a distance
        then only contact is refused.
    weight : float
        What it costs to lie between the two levels.
    source : str
    """

    name: Text
    sense: Literal["at least", "at most"]
    unit: Text
    kinds: tuple[StructureKind, ...] = ()
    caution: Annotated[float, Field(ge=0)] | None = None
    alarm: Annotated[float, Field(ge=0)] | None = None
    weight: Weight = 0.0
    source: Text

    @property
    def at_least(self) -> bool:
        return self.sense == "at least"

    @property
    def refused_below(self) -> float:
        """Of what is to be at least so much: what is refused in any case, touching or not reaching with nothing to spare."""
        return self.alarm or 0.0

    def beyond(self, value: float, level: float | None) -> bool:
        """Whether a value lies beyond one of the levels."""
        return level is not None and (value < level if self.at_least else value > level)

    @model_validator(mode="after")
    def _ordered(self) -> PathLimit:
        if self.caution is None or self.alarm is None:
            return self
        if self.beyond(self.caution, self.alarm) or self.caution == self.alarm:
            raise ValueError(
                f"the limits contradict each other: {self.name} is refused {_side(self)} {self.alarm:g} "
                f"and marked only {_side(self)} {self.caution:g} {self.unit}"
            )
        return self


def _side(limit: PathLimit) -> str:
    return "below" if limit.at_least else "above"


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class PathPreference:
    """What makes one path better than another.

    Attributes
    ----------
    name, unit : str
    good, poor : float
        It costs nothing up to the first, its weight at the second, and more beyond.
    weight : float
        0 leaves it out.
    source : str
    """

    name: Text
    unit: Text
    good: Annotated[float, Field(ge=0)]
    poor: Annotated[float, Field(gt=0)]
    weight: Weight
    source: Text

    def cost(self, values: npt.ArrayLike) -> Floats:
        """Return what values of any shape cost."""
        return np.asarray(self.weight * np.maximum(np.subtract(values, self.good), 0.0) / (self.poor - self.good))

    @model_validator(mode="after")
    def _ordered(self) -> PathPreference:
        if self.poor <= self.good:
            raise ValueError(f"the levels of {self.name} are crossed: poor ({self.poor:g}) must be above good")
        return self


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class PathRules:
    """What a path is judged by.

    Attributes
    ----------
    cortex_above_hu : SourcedValue
        Bone of at least this density counts as cortex, which is drilled; other bone as cancellous.
    tolerance_mm : SourcedValue
        How far the tip may come to lie beside the path; less so nearer to the skin, where the needle is held.
    hand_mm : SourcedValue
        Room a hand needs beyond the hub.
    limits, preferences : mapping
        By what they are about; all of them are given.
    """

    cortex_above_hu: SourcedValue
    tolerance_mm: SourcedValue
    hand_mm: SourcedValue
    limits: Mapping[LimitId, PathLimit]
    preferences: Mapping[PreferenceId, PathPreference]

    def limit_of(self, kind: StructureKind) -> tuple[LimitId, PathLimit] | None:
        """Return the limit of the distance to a kind of structure, or None where a needle may pass through it."""
        return next(((key, limit) for key, limit in self.limits.items() if kind in limit.kinds), None)

    @property
    def distances(self) -> dict[LimitId, PathLimit]:
        """Limits of distances to structures."""
        return {key: limit for key, limit in self.limits.items() if limit.kinds}

    @model_validator(mode="after")
    def _complete(self) -> PathRules:
        for given, wanted in ((self.limits, LimitId), (self.preferences, PreferenceId)):
            if missing := [key for key in get_args(wanted) if key not in given]:
                raise ValueError(f"{', '.join(missing)} is missing")
        return self


def read_path_rules(file: Traversable | Path) -> PathRules:
    """Return the rules of one file; raises DomainError naming file, key and reason."""
    return read_toml(file, PathRules)


@cache
def builtin_path_rules() -> PathRules:
    """Return the rules that ship with the program."""
    return read_path_rules(resource("rules", "paths.toml"))


def user_rules_file() -> Path:
    """Return where the user's own values of rules are kept; it need not exist."""
    return user_folder() / "rules" / "paths.toml"


def load_path_rules() -> PathRules:
    """Return the rules with the user's own values in place of those that ship; a file that cannot be used changes nothing."""
    return _loaded(_stamp())[0]


def path_rule_findings() -> tuple[Finding, ...]:
    """Return what is wrong with the user's file of rules."""
    return _loaded(_stamp())[1]


def changed_rules() -> dict[str, Any]:
    """Return the user's own values, as their file gives them; empty where there is none that can be used."""
    rules, findings = _loaded(_stamp())
    file = user_rules_file()
    return {} if findings or rules is builtin_path_rules() else read_values(file)


def with_changes(changes: Mapping[str, Any], name: str = "paths.toml") -> PathRules:
    """Return the rules that ship with some values of them replaced.

    Parameters
    ----------
    changes : mapping
        As a file would hold them: ``{"limits": {"nerves": {"alarm": 3.0}}}``. A value of "blank" takes a level away. What is
        given a level without a source of its own is said to be set by the user.
    name : str
        Of the file, for refusals.

    Raises
    ------
    DomainError
        ``catalogue-file-invalid``, naming key and reason: an unknown rule, limits that contradict each other.
    """
    values = read_values(resource("rules", "paths.toml"))
    refuse_booleans(name, dict(changes))
    for key, given in changes.items():
        if key not in values or not isinstance(given, Mapping):
            raise refusal(name, key, "there is no such rule")
        for rule, own in given.items() if key in _GROUPS else ((key, given),):
            target = values[key] if key in _GROUPS else values
            if rule not in target or not isinstance(own, Mapping):
                raise refusal(name, f"{key}.{rule}", "there is no such rule")
            origin = {"source": SET_BY_USER} if own.keys() & _LEVELS else {}
            target[rule] = {**target[rule], **origin, **own}
            for field in [f for f, value in own.items() if value == "blank"]:
                del target[rule][field]
    return validated(name, values, PathRules)


def _stamp() -> tuple[Path, int]:
    """What tells one state of the user's file from another."""
    file = user_rules_file()
    try:
        return file, file.stat().st_mtime_ns
    except OSError:
        return file, 0


@cache
def _loaded(stamp: tuple[Path, int]) -> tuple[PathRules, tuple[Finding, ...]]:
    file, changed_ns = stamp
    if not changed_ns:
        return builtin_path_rules(), ()
    try:
        return with_changes(read_values(file), file.name), ()
    except DomainError as error:
        return builtin_path_rules(), (left_out(file, error),)
