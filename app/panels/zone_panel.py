"""Step 4: schedule, which model the zone comes from, and cement after it."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QVBoxLayout

from app.controllers.cement_heat import CementHeat
from app.controllers.session import Session
from app.panels.base import Panel, RunCommand
from app.panels.cement_section import CementSection
from app.panels.course_section import CourseSection
from app.tokens import isotherm_colour
from app.widgets.basics import Section, button, clear, number_box, row, swatch_label, text
from app.widgets.facts import Facts
from planning import services
from planning.catalogue import Mode, Phase
from planning.model.zone import Fidelity
from planning.operations.probes import set_schedule
from planning.quantities import level_text, time_text, volume_text

_THAW_C, _THAW_SOURCE = 15.0, "288 K, tip of the go-smart simulations"
_THAW_S = 180.0
"""No source gives a time: the user sets it."""


class ZonePanel(Panel):
    """The schedule, the size of every isotherm, and what the model assumed."""

    def __init__(self, session: Session, run: RunCommand, cement_heat: CementHeat) -> None:
        super().__init__("Zone", session, run)
        phases = self.add_section(Section("Schedule", "minutes"))
        self._phases = QVBoxLayout()
        self._phases.setSpacing(4)
        self._shown: tuple[tuple[Phase, ...], bool] = ((), True)
        phases.add(self._phases)
        self._more = button("Add cycle", self._add_cycle)
        self._thaw = button("Add active thaw", self._add_thaw)
        self._thaw.setToolTip(f"The needles warm themselves to {level_text(_THAW_C)} ({_THAW_SOURCE})")
        self._reset = button("Device default", lambda: self._set(None))
        phases.add(row(self._more, self._thaw, self._reset, 1))
        solver = self.add_section(Section("Prediction"))
        self._facts = Facts()
        solver.add(self._facts)
        self._solve = button("Solve now", lambda: run("predict"), primary=True)
        self._cancel = button("Cancel", lambda: run("cancel"))
        solver.add(row(self._solve, self._cancel, 1))
        sizes = self.add_section(Section("Isotherms", "volume"))
        self._sizes = QVBoxLayout()
        self._sizes.setSpacing(2)
        sizes.add(self._sizes)
        self.temperature = QCheckBox("Temperature over the CT, as colours")
        self.temperature.setToolTip(
            "The coldest or hottest that every place gets, or at the moment that is looked at (F)"
        )
        self.temperature.toggled.connect(self.view.show_temperature)
        self.view.changed.connect(lambda: self.temperature.setChecked(self.view.temperature_shown))
        sizes.add(self.temperature)
        self._courses = CourseSection(session)
        self.add_section(self._courses)
        self._cement = CementSection(session, run, cement_heat)
        self.add_section(self._cement)
        assumed = self.add_section(Section("What the model assumes"))
        self._notes = QVBoxLayout()
        self._notes.setSpacing(6)
        assumed.add(self._notes)

    def refresh(self) -> None:
        case, zone = self.session.case, self.session.zone
        self._cement.refresh()
        self._courses.refresh()
        placed = case is not None and bool(case.plan.probes)
        for layout in (self._sizes, self._notes):
            clear(layout)
        self._more.setEnabled(placed)
        self._thaw.setVisible(placed and case is not None and services.mode_of(case) is Mode.COLD)
        self._reset.setEnabled(placed and case is not None and case.plan.schedule is not None)
        stale = bool(self.session.stale_because)
        settled = zone is not None and zone.zone.fidelity.value == "physics" and not stale
        # One out of a file is settled too, but knows no moments.
        known = settled and zone is not None and zone.zone.course is not None
        self._solve.setEnabled(placed and not known and not self.session.predicting)
        self._cancel.setEnabled(self.session.predicting)
        if not placed or case is None:
            self.mark("")
            self._show_phases((), cold=True)
            self._facts.show_rows([("State", "Place a probe first", "")])
            return
        cold = services.mode_of(case).value == "cold"
        schedule = case.plan.phases
        self._show_phases(schedule, cold=cold)
        coarse = zone is not None and zone.zone.fidelity is Fidelity.PREVIEW
        state = "Out of date" if stale else "Physics settled" if settled else "Preview" if coarse else "Fast model"
        if self.session.predicting:
            state = "Solving"
        self.mark(state)
        rows = [("State", state, "")]
        if zone is not None:
            rows.append(("Model", zone.zone.model, ""))
            rows.append(("Whole schedule", time_text(sum(p.duration_s for p in schedule)), "min:s"))
            for temperature_c, mesh in zone.by_temperature_c.items():
                swatch = swatch_label(isotherm_colour(temperature_c, cold=cold))
                counted = "counts for coverage" if temperature_c == zone.counted_c else ""
                value = "not reached" if mesh.empty else volume_text(mesh.volume_mm3)
                name = f"{'≤' if cold else '≥'} {level_text(temperature_c)}"
                self._sizes.addLayout(row(swatch, text(name), text(counted, "label"), 1, text(value, right=True)))
            for note in zone.zone.notes:
                self._notes.addWidget(text(note, "secondary", wrap=True))
        self._facts.show_rows(rows)

    def _show_phases(self, schedule: tuple[Phase, ...], *, cold: bool) -> None:
        """Show the schedule; one that did not change keeps its fields, in which somebody may be typing."""
        if self._shown == (schedule, cold):
            return
        self._shown = (schedule, cold)
        clear(self._phases)
        for n, phase in enumerate(schedule):
            self._phases.addLayout(self._phase_row(n, phase, cold))

    def _phase_row(self, n: int, phase: Phase, cold: bool):  # type: ignore[no-untyped-def]
        name = {"on": "Freeze" if cold else "Heat", "off": "Thaw" if cold else "Pause"}.get(
            phase.kind, f"Active thaw at {level_text(phase.wall_c or 0.0)}"
        )
        minutes = number_box(minimum=0.5, maximum=60, singleStep=0.5, decimals=1, value=phase.duration_s / 60)
        minutes.setFixedWidth(72)
        minutes.setAlignment(Qt.AlignmentFlag.AlignRight)
        minutes.setKeyboardTracking(False)
        minutes.valueChanged.connect(lambda value: self._set_minutes(n, value))
        return row(text(f"{n + 1}  {name}"), 1, minutes)

    def _set_minutes(self, n: int, value: float) -> None:
        case = self.session.case
        if case is None:
            return
        schedule = list(case.plan.phases)
        schedule[n] = replace(schedule[n], duration_s=value * 60)
        self._set(tuple(schedule), merge_key=f"phase {n}")

    def _add_cycle(self) -> None:
        case = self.session.case
        if case is None:
            return
        schedule = case.plan.phases
        pause, work = Phase(kind="off", duration_s=300), schedule[0]
        self._set((*schedule, pause, work))

    def _add_thaw(self) -> None:
        case = self.session.case
        if case is not None:
            thaw = Phase(kind="thaw", duration_s=_THAW_S, wall_c=_THAW_C)
            self._set((*case.plan.phases, thaw))

    def _set(self, schedule: tuple[Phase, ...] | None, merge_key: str | None = None) -> None:
        self.session.apply("Change the schedule", lambda case: set_schedule(case, schedule), merge_key)
