"""Options of treatment, what speaks for and against them, and what to expect afterwards: rules with sources."""

from __future__ import annotations

import string
from collections import Counter
from collections.abc import Iterable
from functools import cache
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator
from pydantic.dataclasses import dataclass

from planning.catalogue.decision_facts import FACTS
from planning.catalogue.toml_file import STRICT, read_toml
from resources import resource

Text = Annotated[str, Field(min_length=1)]
Id = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
OptionKind = Literal["goal", "treatment", "beside"]


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class Option:
    """Something that can be done.

    Attributes
    ----------
    kind : {"goal", "treatment", "beside"}
        What the treatment is to reach, a treatment, or what to ask for beside it.
    parts : tuple of str
        Options that it combines: what speaks for and against them does so for it.
    """

    id: Id
    name: Text
    kind: OptionKind
    parts: tuple[Id, ...] = ()
    about: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class Condition:
    """What a rule asks of one fact: to be one of some values, to lie within limits, or only to be known."""

    fact: Text
    one_of: tuple[Text, ...] = ()
    at_least: float | None = None
    above: float | None = None
    at_most: float | None = None
    known: Literal[True] | None = None

    @model_validator(mode="after")
    def _fits_its_fact(self) -> Condition:
        kind = FACTS.get(self.fact)
        if kind is None:
            raise ValueError(f"there is no fact '{self.fact}'; there are {', '.join(FACTS)}")
        numbers = [n for n in (self.at_least, self.above, self.at_most) if n is not None]
        if not (self.one_of or numbers or self.known):
            raise ValueError(f"nothing is asked of the fact '{self.fact}'")
        if self.known and (self.one_of or numbers):
            raise ValueError(f"a limit or value of '{self.fact}' already asks that it is known")
        if kind.is_number and self.one_of:
            raise ValueError(f"the fact '{self.fact}' is a number: give at_least, above or at_most")
        if numbers and not kind.is_number:
            raise ValueError(f"the fact '{self.fact}' is no number: give one_of")
        unknown = [value for value in self.one_of if value not in kind.values]
        if unknown:
            raise ValueError(f"'{unknown[0]}' is no value of '{self.fact}'; there are {', '.join(kind.values)}")
        if twice := _twice(self.one_of):
            raise ValueError(f"'{twice}' is given twice")
        self._refuse_crossed()
        return self

    def _refuse_crossed(self) -> None:
        if self.at_least is not None and self.above is not None:
            raise ValueError("give at_least or above, not both")
        low = self.at_least if self.above is None else self.above
        if low is None or self.at_most is None:
            return
        if low > self.at_most or (self.above is not None and low == self.at_most):
            raise ValueError(f"its limits are crossed: nothing lies from {low:g} to {self.at_most:g}")


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class Rule:
    """What follows where all conditions hold.

    Attributes
    ----------
    speaks_for, speaks_against, concerns : tuple of str
        Options; those it concerns it neither supports nor opposes, but has something to say of.
    sentence : str
        Facts in braces are replaced by their values.
    confidence : {"high", "medium", "low"}
        How sure the source makes it.
    """

    id: Id
    when: Annotated[tuple[Condition, ...], Field(min_length=1)]
    speaks_for: tuple[Id, ...] = ()
    speaks_against: tuple[Id, ...] = ()
    concerns: tuple[Id, ...] = ()
    sentence: Text
    source: Text
    confidence: Literal["high", "medium", "low"]

    @property
    def options(self) -> tuple[str, ...]:
        """All options it says something of."""
        return (*self.speaks_for, *self.speaks_against, *self.concerns)

    @model_validator(mode="after")
    def _says_one_thing(self) -> Rule:
        if not self.options:
            raise ValueError(f"the rule '{self.id}' speaks neither for nor against anything")
        if twice := _twice(self.options):
            raise ValueError(f"the rule '{self.id}' speaks of '{twice}' twice")
        if twice := _twice(c.fact for c in self.when):
            raise ValueError(f"the rule '{self.id}' asks for '{twice}' twice")
        named = {name for _, name, _, _ in string.Formatter().parse(self.sentence) if name is not None}
        if unasked := named - {c.fact for c in self.when}:
            raise ValueError(f"its sentence names '{min(unasked)}', which it does not ask for")
        return self


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class Afterwards:
    """What to expect after some options."""

    id: Id
    options: Annotated[tuple[Id, ...], Field(min_length=1)]
    sentence: Text
    source: Text
    confidence: Literal["high", "medium", "low"]


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class DecisionRules:
    """All that is on file for the decision support."""

    options: Annotated[tuple[Option, ...], Field(min_length=1)]
    rules: tuple[Rule, ...]
    afterwards: tuple[Afterwards, ...] = ()

    @model_validator(mode="after")
    def _holds_together(self) -> DecisionRules:
        for what, ids in (
            ("option", [o.id for o in self.options]),
            ("rule", [r.id for r in self.rules]),
            ("expectation", [a.id for a in self.afterwards]),
        ):
            if twice := _twice(ids):
                raise ValueError(f"the {what} '{twice}' is given twice")
        known = {o.id for o in self.options}
        single = {o.id for o in self.options if not o.parts}
        for option in self.options:
            if option.parts and (len(set(option.parts)) < 2 or not set(option.parts) <= single):
                raise ValueError(f"the option '{option.id}' must combine different options that are no combinations")
        spoken_of = [(r.id, r.options) for r in self.rules] + [(a.id, a.options) for a in self.afterwards]
        for entry_id, options in spoken_of:
            if strange := [option for option in options if option not in known]:
                raise ValueError(f"'{entry_id}' speaks of '{strange[0]}', which is no option")
        return self

    def option(self, option_id: str) -> Option:
        """Return one option by its id."""
        return next(o for o in self.options if o.id == option_id)


def read_decision_rules(file: Traversable | Path) -> DecisionRules:
    """Return the content of one file; raises DomainError naming file, key and reason."""
    return read_toml(file, DecisionRules)


@cache
def load_decision_rules() -> DecisionRules:
    """Return what ships with the program."""
    return read_decision_rules(resource("decision", "rules.toml"))


def _twice(names: Iterable[str]) -> str:
    """The first name that is given more than once; empty if there is none."""
    return next((name for name, count in Counter(names).items() if count > 1), "")
