"""What every tool has."""

from __future__ import annotations

from dataclasses import dataclass

from app.controllers.session import Session
from app.representations.primitives import Primitive
from app.representations.slice_plane import SliceFrame
from imaging.geometry import Floats


@dataclass(frozen=True, slots=True, eq=False)
class SliceEvent:
    """A mouse event on a slice.

    Attributes
    ----------
    frame : SliceFrame
    px : tuple of float
        Logical pixels in the view.
    lps_mm : ndarray, shape (3,)
        The point of the plane under the mouse.
    shift, control : bool
    """

    frame: SliceFrame
    px: tuple[float, float]
    lps_mm: Floats
    shift: bool = False
    control: bool = False


class Tool:
    """A tool in the hand; subclasses say what its gestures mean.

    Parameters
    ----------
    session : Session
    """

    name = ""
    hint = ""
    cross_cursor = True
    double_click_finishes = False
    on_any_plane = False
    """Whether its gestures mean something on a plane that is none of the three standard ones."""
    in_every_step = False
    """Whether it stays in the hand when another step is shown."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.view = session.view

    def press(self, event: SliceEvent) -> None:
        """The left button went down."""

    def move(self, event: SliceEvent, pressed: bool) -> None:
        """The mouse moved, with the left button down or not."""

    def release(self, event: SliceEvent) -> None:
        """The left button went up."""

    def wheel(self, notches: float) -> bool:
        """The wheel was turned with Ctrl held; return whether the tool made use of it."""
        return False

    def finish(self, shift: bool = False) -> None:
        """Enter was pressed, with Shift or without, or another tool was taken."""

    def take_back(self) -> None:
        """Backspace was pressed: forget the last of what was begun."""

    def cancel(self) -> None:
        """Escape was pressed: forget what was begun."""

    def preview(self, frame: SliceFrame) -> list[Primitive]:
        """Return what the tool shows on a slice before it changes the case."""
        return []
