"""The pages of the inspector, one a step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.panels.base import Panel
from app.panels.case_panel import CasePanel
from app.panels.present_panel import PresentPanel
from app.panels.probes_panel import ProbesPanel
from app.panels.risk_panel import RiskPanel
from app.panels.structures_panel import StructuresPanel
from app.panels.zone_panel import ZonePanel
from app.view_state import Step

if TYPE_CHECKING:
    from app.main_window import MainWindow


def make_pages(window: MainWindow) -> dict[Step, Panel]:
    """Return the page of every step of a window."""
    session, run, keeping = window.session, window.commands.run, window.plan_keeping
    return {
        Step.CASE: CasePanel(session, run),
        Step.STRUCTURES: StructuresPanel(session, run, lambda: window.tool),
        Step.PROBES: ProbesPanel(session, run, keeping, window.ways, window.ways_in, window.plans, window.checking),
        Step.ZONE: ZonePanel(session, run, window.cement_heat),
        Step.RISK: RiskPanel(session, run, window.how_sure, window.protecting),
        Step.PRESENT: PresentPanel(session, run, keeping, window.settings),
    }
