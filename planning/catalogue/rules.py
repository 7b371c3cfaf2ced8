"""How a needle's path is judged: limits with their sources."""

from __future__ import annotations

from functools import cache
from importlib.resources.abc import Traversable
from pathlib import Path

from pydantic.dataclasses import dataclass

from planning.catalogue.tissues import SourcedValue
from planning.catalogue.toml_file import STRICT, read_toml
from resources import resource


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class PathRules:
    """What a path is judged by.

    Attributes
    ----------
    cortex_above_hu : SourcedValue
        Bone of at least this density counts as cortex, which is drilled; other bone as cancellous.
    """

    cortex_above_hu: SourcedValue


def read_path_rules(file: Traversable | Path) -> PathRules:
    """Return the rules of one file; raises DomainError naming file, key and reason."""
    return read_toml(file, PathRules)


@cache
def load_path_rules() -> PathRules:
    """Return the rules that ship with the program."""
    return read_path_rules(resource("rules", "paths.toml"))
