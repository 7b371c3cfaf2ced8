"""Plans of several probes: what is asked, the trade-offs that were found, and taking one of them."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QGridLayout,
    QMenu,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
    QWidgetAction,
)

from app.controllers.plans import Plans
from app.controllers.session import Session
from app.panels.base import RunCommand
from app.widgets.basics import Row, Section, button, clear, icon_button, judgement_label, number_box, row, text
from app.widgets.trade_off import TradeOff
from imaging.structures import StructureKind
from planning.catalogue import Mode, load_devices
from planning.catalogue.devices import device
from planning.catalogue.own_thresholds import load_thresholds
from planning.catalogue.thresholds import Level
from planning.evaluation import Judgement
from planning.model import Probe
from planning.model.case import Case
from planning.model.clinical import Intent
from planning.optimise import MOST_PROBES, Proposal, ProposedPlan
from planning.quantities import level_text

_ABOUT = (
    "Looks for the places of several probes at once that freeze or heat {} and spare the "
    "roots. Takes up to a minute; nothing changes until you use a plan."
)
_LESION, _BONE = "the lesion with its margin", "the bone beside the lesion, to relieve pain,"
_MARGIN = "What is covered beyond the lesion; not where it lies in a root or outside the body"
_NO_MARGIN = "No margin: the goal of the case is to relieve pain, by the bone beside the lesion"
_STAY_COLUMNS = 4
_NARROWEST_PX = 76


class PlansSection(Section):
    """What is asked of a search for plans, and what it found.

    Parameters
    ----------
    session : Session
    plans : Plans
    run : callable
        Runs a command by its id.
    """

    def __init__(self, session: Session, plans: Plans, run: RunCommand) -> None:
        super().__init__("Plans of several probes")
        self._session, self._plans = session, plans
        self._offered: object = None
        self._stayed: object = None
        self._listed: object = None
        self._form()
        self.propose = button("Propose plans", lambda: run("propose-plans"), icon_name="target")
        self.propose.setToolTip("Look for plans of several probes that reach what is asked above (Ctrl+P)")
        self.stop = button("Stop", plans.cancel)
        self.stop.setToolTip("Stop the search, and see the best plans so far")
        self.add(row(self.propose, self.stop, 1))
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setRange(0, 1000)
        self.add(self._bar)
        self._note = text("", "label", wrap=True)
        self.add(self._note)
        self.chart = TradeOff()
        self.chart.chosen.connect(self._choose)
        self.add(self.chart)
        self._legend = text("", "micro", wrap=True)
        self.add(self._legend)
        self._list = QVBoxLayout()
        self._list.setSpacing(4)
        self.add(self._list)
        plans.changed.connect(self.refresh)

    def _form(self) -> None:
        """The fields of what is asked."""
        self.devices = QPushButton()
        self.devices.setFixedHeight(28)
        self.devices.setStyleSheet("text-align: left;")
        # A long name is cut in the button, not at the edge of the window.
        self.devices.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.devices.setMenu(QMenu(self.devices))
        self.devices.setToolTip(
            "A plan takes of these devices what it needs: the one chosen above, and others that work as it does"
        )
        wish = self._plans.wish
        self.most = self._number("most", 1, MOST_PROBES, wish.most, step=1)
        self.most.setToolTip("Probes in all, those that stay included")
        self.openings = self._number("openings", 0, MOST_PROBES, 0, step=1)
        self.openings.setSpecialValueText("one each")
        self.openings.setToolTip("Openings in the skin at most: several probes may go in through one")
        self.margin = self._number("margin_mm", 0, 20, wish.margin_mm, step=1, suffix=" mm", decimals=1)
        self.cover = self._number("coverage_frac", 1, 100, wish.coverage_frac * 100, step=1, suffix=" %")
        self.limits = QComboBox()
        self.limits.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        for level in Level:
            self.limits.addItem("", level)
        self.limits.setToolTip("No structure that has a published limit may reach this level of it")
        self.limits.activated.connect(lambda: self._plans.ask_for(spared_to=Level(self.limits.currentData())))
        grid = QGridLayout()
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(4)
        for line, cells in enumerate(
            (
                (("Devices", self.devices),),
                (("Most probes", self.most), ("Openings", self.openings)),
                (("Margin", self.margin), ("Cover", self.cover)),
                (("Stay below", self.limits),),
            )
        ):
            for n, (words, field) in enumerate(cells):
                label = text(words, "secondary")
                label.setBuddy(field)
                field.setAccessibleName(words)
                grid.addWidget(label, line, 2 * n)
                grid.addWidget(field, line, 2 * n + 1, 1, 1 if len(cells) > 1 else 3)
        grid.setColumnStretch(1, 1)
        grid.setColumnStretch(3, 1)
        self._stay_label = text("Keep", "secondary")
        grid.addWidget(self._stay_label, 4, 0, Qt.AlignmentFlag.AlignTop)
        self._stay = QGridLayout()
        self._stay.setHorizontalSpacing(8)
        self._stay.setVerticalSpacing(4)
        grid.addLayout(self._stay, 4, 1, 1, 3)
        self.add(grid)

    def _number(
        self, name: str, low: float, high: float, value: float, *, step: float, suffix: str = "", decimals: int = 0
    ) -> QDoubleSpinBox:
        """A box for one of the wishes."""
        box = number_box(low, high, singleStep=step, decimals=decimals, suffix=suffix, value=value)
        box.setKeyboardTracking(False)
        # Four of them and their names fit a narrow inspector.
        box.setMinimumWidth(_NARROWEST_PX)

        def ask(shown: float) -> None:
            wishes = {
                "most": lambda: int(shown),
                "openings": lambda: int(shown) or None,
                "margin_mm": lambda: shown,
                "coverage_frac": lambda: shown / 100,
            }
            self._plans.ask_for(**{name: wishes[name]()})

        box.valueChanged.connect(ask)
        return box

    # ---------------------------------------------------------------- keeping up to date

    def refresh(self) -> None:
        """Bring form, progress, chart and list up to date."""
        plans, case = self._plans, self._session.case
        self._show_devices()
        self._show_limits()
        self._show_goal(case)
        self._show_stay(case.plan.probes if case is not None else ())
        self.propose.setEnabled(case is not None and not plans.running)
        self.propose.setVisible(not plans.running)
        self.stop.setVisible(plans.running)
        self.stop.setEnabled(not plans.stopping)
        self._bar.setVisible(plans.running)
        self._bar.setValue(round(plans.fraction * 1000))
        words = self._words()
        self._note.setText(words)
        self._note.setVisible(bool(words))
        self._show_found(plans.proposal)

    def _words(self) -> str:
        """What is going on, or why there is nothing."""
        plans = self._plans
        if plans.running:
            return "Stopping …" if plans.stopping else f"{plans.doing or 'Looking for plans'} …".replace("… …", "…")
        if plans.refusal is not None:
            return str(plans.refusal)
        return "" if plans.proposal is not None else _ABOUT.format(_BONE if _relieves(self._session.case) else _LESION)

    def _show_devices(self) -> None:
        chosen = self._session.view.device_id
        used = self._plans.device_ids
        offered = (tuple(load_devices()), chosen, used)
        if offered == self._offered:
            return
        menu_is_same = self._offered is not None and self._offered[:2] == offered[:2]  # type: ignore[index]
        self._offered = offered
        others = len(used) - 1
        self.devices.setText(device(chosen).name + (f" and {others} more" if others else ""))
        if menu_is_same:
            return
        menu = self.devices.menu()
        menu.clear()
        for key, applicator in load_devices().items():
            if applicator.is_cold != device(chosen).is_cold:
                continue
            tick = QCheckBox(applicator.name)
            tick.setChecked(key in used)
            tick.setEnabled(key != chosen)
            tick.setStyleSheet("padding: 5px 12px;")
            tick.toggled.connect(lambda on, d=key: self._use_device(d, on))
            # A tick keeps the menu open, so that several can be set.
            action = QWidgetAction(menu)
            action.setDefaultWidget(tick)
            menu.addAction(action)

    def _use_device(self, device_id: str, on: bool) -> None:
        others = [d for d in self._plans.wish.also if d != device_id]
        self._plans.ask_for(also=(*others, device_id) if on else tuple(others))

    def _show_limits(self) -> None:
        """The levels, with the temperature that each means at a root."""
        mode = Mode.COLD if device(self._session.view.device_id).is_cold else Mode.HEAT
        roots = load_thresholds().of(StructureKind.ROOT, mode)
        for n, level in enumerate(Level):
            limit = next((x for x in (roots.limits if roots else ()) if x.level is level), None)
            if limit is None:
                meant = "no level for roots"
            elif limit.temperature_c is None:
                meant = f"roots {limit.cem43_min:g}\u202fmin CEM43"
            else:
                meant = f"roots {level_text(limit.temperature_c)}"
            self.limits.setItemText(n, f"{Judgement[level.name].word}: {meant}")
        with QSignalBlocker(self.limits):
            self.limits.setCurrentIndex(self._plans.wish.spared_to.rank)

    def _show_goal(self, case: Case | None) -> None:
        """What is covered: that of the case's goal, for which only a cure asks for a margin."""
        relieves = _relieves(case)
        self.margin.setEnabled(not relieves)
        self.margin.setToolTip(_NO_MARGIN if relieves else _MARGIN)
        self.cover.setToolTip(
            f"The share of {'the bone beside the lesion' if relieves else 'lesion and margin'} that is enough"
        )

    def _show_stay(self, probes: tuple[Probe, ...]) -> None:
        kept = self._plans.wish.kept
        stayed = [(p.id, p.name, p.locked, p.id in kept) for p in probes]
        if stayed == self._stayed:
            return
        self._stayed = stayed
        clear(self._stay)
        self._stay_label.setVisible(bool(probes))
        for n, probe in enumerate(probes):
            tick = QCheckBox(probe.name)
            tick.setChecked(probe.locked or probe.id in kept)
            tick.setEnabled(not probe.locked)
            tick.setToolTip(
                f"{probe.name} is locked: it stays where it is" if probe.locked
                else f"Keep {probe.name} where it is; without a tick a plan does without it"
            )  # fmt: skip
            tick.toggled.connect(lambda on, p=probe.id: self._keep(p, on))
            self._stay.addWidget(tick, n // _STAY_COLUMNS, n % _STAY_COLUMNS)
        self._stay.setColumnStretch(_STAY_COLUMNS, 1)

    def _keep(self, probe_id: str, on: bool) -> None:
        others = [p for p in self._plans.wish.kept if p != probe_id]
        self._plans.ask_for(kept=(*others, probe_id) if on else tuple(others))

    # ---------------------------------------------------------------- what was found

    def _show_found(self, proposal: Proposal | None) -> None:
        plans, found = self._plans, () if proposal is None else proposal.plans
        self.aside.setText(f"{len(found)} plan{'s' if len(found) != 1 else ''}" if found else "")
        self.chart.setVisible(bool(found))
        self._legend.setVisible(bool(found))
        selected = next((n for n, plan in enumerate(found) if plan is plans.looked_at), -1)
        if plans.request is not None:
            self.chart.show_plans(found, plans.request.coverage_frac, plans.request.spared_to, selected)
        listed = (proposal, selected, [plans.in_use(plan) for plan in found])
        if listed == self._listed:
            return
        self._listed = listed
        broken = "; a diamond breaks a limit" if any(plan.broken for plan in found) else ""
        self._legend.setText(
            f"Each mark is a plan, with its number of probes{broken}. Click one to see it in the views."
        )
        clear(self._list)
        if proposal is None:
            return
        if proposal.cancelled:
            self._say(Judgement.CAUTION, "Stopped: these are the best so far. More may be found with more time.")
        if proposal.binds:
            self._say(Judgement.CAUTION, proposal.binds)
        for n, plan in enumerate(found):
            self._list.addWidget(self._row(plan, selected=n == selected))
        if proposal.unlimited:
            names = ", ".join(proposal.unlimited)
            self._say(
                Judgement.NOT_ASSESSED,
                f"No temperature limit is published for {names}: only the rules of paths keep a plan off.",
            )

    def _say(self, judgement: Judgement, words: str) -> None:
        line = row(judgement_label(judgement), text(words, "secondary", wrap=True))
        line.setStretch(1, 1)
        line.setAlignment(line.itemAt(0).widget(), Qt.AlignmentFlag.AlignTop)
        self._list.addLayout(line)

    def _row(self, plan: ProposedPlan, *, selected: bool) -> Row:
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(text(plan.title, "section", wrap=True))
        words.addWidget(text(plan.words, "secondary", wrap=True))
        line = Row(selected=selected)
        inner = line.layout()
        if plan.broken:
            level = self._plans.request.spared_to if self._plans.request is not None else Level.ALARM
            mark = judgement_label(Judgement[level.name])
            mark.setToolTip("Breaks a limit")
            inner.addWidget(mark, 0, Qt.AlignmentFlag.AlignTop)
        inner.addLayout(words, 1)
        inner.addWidget(self._use(plan), 0, Qt.AlignmentFlag.AlignTop)
        line.setToolTip("Click to see it in the views; click again to see the plan as it is")
        line.clicked.connect(lambda: self._look_at(plan))
        return line

    def _use(self, plan: ProposedPlan) -> QWidget:
        if self._plans.in_use(plan):
            return text("in use", "label")
        use = button("Use", lambda: self._plans.take(plan))
        use.setToolTip("Put this plan in place of the probes that are not kept; undo brings them back")
        beside = icon_button(
            "copy", "Use it as a new plan of the case: the plan in hand stays as it is",
            lambda: self._plans.take(plan, as_new=True), size=16,
        )  # fmt: skip
        both = QWidget()
        both.setLayout(row(use, beside, spacing=4))
        return both

    def _choose(self, place: int) -> None:
        proposal = self._plans.proposal
        if proposal is not None:
            self._look_at(proposal.plans[place] if place >= 0 else None)

    def _look_at(self, plan: ProposedPlan | None) -> None:
        self._plans.look(None if plan is self._plans.looked_at else plan)


def _relieves(case: Case | None) -> bool:
    """Whether the goal of a case is to relieve pain."""
    return case is not None and case.clinical.intent is Intent.PALLIATIVE
