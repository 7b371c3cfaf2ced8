"""Step 6: pictures, sheet and report."""

from __future__ import annotations

from PySide6.QtWidgets import QCheckBox, QVBoxLayout

from app.controllers.plan_keeping import PlanKeeping
from app.controllers.session import Session
from app.panels.approval_section import ApprovalSection
from app.panels.base import Panel, RunCommand
from app.settings import Settings
from app.widgets.basics import Section, button, clear, judgement_label, row, text
from planning import services
from planning.evaluation import Judgement
from planning.model.zone import Fidelity


class PresentPanel(Panel):
    """Take the plan away: what is still missing, and the pictures and pages."""

    def __init__(self, session: Session, run: RunCommand, keeping: PlanKeeping, settings: Settings) -> None:
        super().__init__("Present", session, run)
        ready = self.add_section(Section("Before it is shown"))
        self._missing = QVBoxLayout()
        self._missing.setSpacing(4)
        ready.add(self._missing)
        self.approval = ApprovalSection(session, keeping, settings)
        self.add_section(self.approval)
        out = self.add_section(Section("Take away"))
        self._buttons = [
            button("PDF report…", lambda: run("report"), primary=True, icon_name="file-text"),
            button("Conference sheet PNG…", lambda: run("sheet"), icon_name="presentation"),
            button("CT room sheet PDF…", lambda: run("room-sheet"), icon_name="needle-views"),
            button("PNG of each view…", lambda: run("pictures"), icon_name="camera"),
        ]
        for act in self._buttons:
            out.add(row(act, 1))
        self.identity = QCheckBox("Name the case on the pages")
        self.identity.setToolTip("Off: case name and identifiers are left out. The patient's name is never stored.")
        out.add(self.identity)
        words = "Pictures and pages carry model, device, thresholds, sources and digest."
        out.add(text(words, "label", wrap=True))

    def refresh(self) -> None:
        self.approval.refresh()
        clear(self._missing)
        case, zone = self.session.case, self.session.zone
        missing = list(services.blocking_findings(case)) if case else ["No CT is open."]
        if case and case.plan.probes:
            if self.session.stale_because:
                missing.append(f"The zone is out of date: {self.session.stale_because}.")
            elif zone is None or zone.zone.fidelity.value != "physics":
                shown = Fidelity.FAST if zone is None else zone.zone.fidelity
                missing.append(f"The physics has not settled; only the {shown.value} is shown.")
        for words in missing:
            mark = judgement_label(Judgement.UNCONFIRMED)
            self._missing.addLayout(row(mark, text(words, wrap=True)))
        if not missing:
            self._missing.addWidget(text("Lesion, probes and zone are there, and everything is confirmed."))
        settled = zone is not None and zone.zone.fidelity.value == "physics" and not self.session.stale_because
        for act in self._buttons[:2]:
            verdict = self.session.verdict
            act.setEnabled(settled and verdict is not None and verdict.fidelity == "physics")
            act.setToolTip("" if settled else "A report needs a settled zone: wait for the physics, or solve it.")
        placed = case is not None and bool(case.plan.probes)
        self._buttons[2].setEnabled(placed)
        self._buttons[2].setToolTip(
            "Angles, depths and checkpoints of every probe; no prediction is needed"
            if placed
            else "Place a probe first."
        )
        self._buttons[3].setEnabled(case is not None)
