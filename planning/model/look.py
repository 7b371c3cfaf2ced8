"""Colours that a user may give to what is marked and placed."""

from __future__ import annotations

import enum


class OwnColour(enum.StrEnum):
    """A colour of the user's choice; which one it is on the screen, the window's tokens say."""

    WHITE = "white"
    YELLOW = "yellow"
    ORANGE = "orange"
    RED = "red"
    PINK = "pink"
    VIOLET = "violet"
    BLUE = "blue"
    GREEN = "green"
