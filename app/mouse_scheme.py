"""What the mouse buttons do on slices, as people know it from elsewhere."""

from __future__ import annotations

import enum


class Gesture(enum.Enum):
    """What a drag over a slice does."""

    TOOL = "tool"
    WINDOW = "window"
    PAN = "pan"
    ZOOM = "zoom"


class Button(enum.Enum):
    """A mouse button."""

    LEFT = "left"
    MIDDLE = "middle"
    RIGHT = "right"


class MouseScheme(enum.StrEnum):
    """A way to use the mouse. In all of them the wheel goes through slices, and a click of the left button is the tool's."""

    OWN = "sacroplan"
    PACS = "PACS"
    SLICER = "Slicer"

    @property
    def words(self) -> str:
        """What the buttons do, in a line."""
        return _WORDS[self]

    def gesture(self, button: Button, *, in_hand: bool, control: bool = False) -> Gesture:
        """Return what a drag does.

        Parameters
        ----------
        button : Button
        in_hand : bool
            A tool that draws or places is in the hand, or something that can be moved is under the mouse.
        control : bool
            Ctrl is held.
        """
        if button is Button.MIDDLE:
            return Gesture.PAN
        if button is Button.LEFT:
            return Gesture.WINDOW if self is MouseScheme.PACS and not in_hand else Gesture.TOOL
        return Gesture.WINDOW if self is MouseScheme.OWN or control else Gesture.ZOOM

    def rows(self) -> tuple[tuple[str, str], ...]:
        """Return the gestures and what they do, for the sheet of keys."""
        tool = "the tool in the hand; crosshair or probe without one"
        if self is MouseScheme.PACS:
            return (
                ("Left click", tool), ("Left drag", "window and level; a tool or probe where there is one"),
                ("Right drag", "zoom; with Ctrl window and level"), ("Middle drag", "pan"),
            )  # fmt: skip
        if self is MouseScheme.SLICER:
            return (
                ("Left click or drag", tool), ("Right drag", "zoom; with Ctrl window and level"), ("Middle drag", "pan"),
                ("Shift+move", "the crosshair follows"),
            )  # fmt: skip
        return (
            ("Left click or drag", tool), ("Right drag", "window and level; in 3D zoom"), ("Middle drag", "pan"),
        )  # fmt: skip


_WORDS = {
    MouseScheme.OWN: "Mouse: left tool, right window, middle pan",
    MouseScheme.PACS: "Mouse as in PACS: left window, right zoom, middle pan",
    MouseScheme.SLICER: "Mouse as in Slicer: left tool, right zoom, middle pan",
}
