"""All tools, by name: an explicit list."""

from __future__ import annotations

from app.controllers.session import Session
from app.tools.base import Tool
from app.tools.brush import BrushTool, EraserTool
from app.tools.cement import CementTool
from app.tools.centreline import CentrelineTool
from app.tools.lesion import LesionTool
from app.tools.measure import MEASURE_TOOLS
from app.tools.navigate import NavigateTool
from app.tools.organ import OrganTool
from app.tools.outline import OutlineTool
from app.tools.piece import PieceTool
from app.tools.place import PlaceProbeTool
from app.tools.protect import PocketTool, ThermocoupleTool
from app.tools.sketch import LassoTool, ScribbleTool

TOOLS: tuple[type[Tool], ...] = (
    NavigateTool, LesionTool, OrganTool, BrushTool, EraserTool, OutlineTool, LassoTool, ScribbleTool, PieceTool, CentrelineTool,
    PlaceProbeTool, PocketTool, ThermocoupleTool, CementTool, *MEASURE_TOOLS,
)  # fmt: skip


def make_tool(name: str, session: Session) -> Tool:
    """Return a tool by name."""
    return next(tool for tool in TOOLS if tool.name == name)(session)
