"""Data that ships with the program: devices, tissues, thresholds, rules, icons, fonts, themes, texts."""

from importlib.resources import files
from importlib.resources.abc import Traversable


def resource(*parts: str) -> Traversable:
    """Return the resource at ``parts`` below this package, for example ``resource("devices")``."""
    return files(__package__).joinpath(*parts)
