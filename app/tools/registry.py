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
from app.view_state import Step

TOOLS: tuple[type[Tool], ...] = (
    NavigateTool, LesionTool, OrganTool, BrushTool, EraserTool, OutlineTool, LassoTool, ScribbleTool, PieceTool, CentrelineTool,
    PlaceProbeTool, PocketTool, ThermocoupleTool, CementTool, *MEASURE_TOOLS,
)  # fmt: skip

_OF_STEP = {
    Step.STRUCTURES: (
        "navigate", "lesion", "organ", "brush", "eraser", "outline", "lasso", "scribble", "piece", "centreline",
    ),
    Step.PROBES: ("navigate", "probe", "pocket", "thermocouple"),
    Step.ZONE: ("navigate", "probe", "cement"),
}  # fmt: skip


def stays_in_hand(tool: Tool, step: Step) -> bool:
    """Whether a tool stays in the hand when a step is shown."""
    return tool.in_every_step or tool.name in _OF_STEP.get(step, ("navigate", "probe"))


def make_tool(name: str, session: Session) -> Tool:
    """Return a tool by name."""
    return next(tool for tool in TOOLS if tool.name == name)(session)
