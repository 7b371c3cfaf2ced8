"""Tools of the left mouse button. A tool turns gestures on a slice into operations on the case."""

from app.tools.base import SliceEvent, Tool
from app.tools.registry import TOOLS, make_tool, stays_in_hand

__all__ = ["TOOLS", "SliceEvent", "Tool", "make_tool", "stays_in_hand"]
