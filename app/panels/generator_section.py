"""Generators that radiofrequency probes share: a part of the page of probes, where there are two or more of them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QComboBox, QGridLayout, QLabel, QVBoxLayout, QWidget

from app.controllers.session import Session
from app.widgets.basics import Row, Section, button, clear, icon_button, number_box, row, text
from planning.catalogue.devices import device
from planning.errors import PlanError
from planning.model import Case, Probe
from planning.model.generator import SharedGenerator, Sharing
from planning.operations.generators import LONGEST_DWELL_S, change_sharing, share_generator, unshare_generator
from planning.quantities import length_text, seconds_text
from planning.trajectory.console import tip_distances_mm, tips_apart_text

_WAYS = {
    Sharing.TOGETHER: "Together, one potential",
    Sharing.IN_TURN: "In turn",
    Sharing.BETWEEN: "Current between shafts",
}
_TIPS = {
    Sharing.TOGETHER: "As a cluster: power and a held temperature are those of all of them",
    Sharing.IN_TURN: "Each works for the time given, then the next; every phase begins with the first",
    Sharing.BETWEEN: "From one side to the other, without a return electrode on the skin",
}
_NOT_GIVEN_S = 0.0
_COLUMNS = 6


class GeneratorSection(Section):
    """List the shared generators, and choose which probes share one and how."""

    def __init__(self, session: Session) -> None:
        super().__init__("Generator", "one for several electrodes")
        self._session = session
        self._editing = ""
        self._rf: tuple[Probe, ...] = ()
        self._list = QVBoxLayout()
        self._list.setSpacing(0)
        self.add(self._list)
        self._form = QWidget()
        form = QVBoxLayout(self._form)
        form.setContentsMargins(0, 0, 0, 0)
        form.setSpacing(6)
        self._members = _Ticks()
        self._others = _Ticks()
        self._how = QComboBox()
        for how, words in _WAYS.items():
            self._how.addItem(words, how)
            self._how.setItemData(self._how.count() - 1, _TIPS[how], Qt.ItemDataRole.ToolTipRole)
        self._dwell = number_box(
            minimum=_NOT_GIVEN_S, maximum=LONGEST_DWELL_S, singleStep=5, decimals=0, suffix=" s each"
        )
        self._dwell.setSpecialValueText("seconds each?")
        self._dwell.setToolTip("How long each electrode works. No source names a usual time: enter your generator's.")
        self._dwell.setMinimumWidth(120)
        form.addWidget(self._members)
        line = row(self._how, self._dwell)
        line.setStretch(0, 1)
        form.addLayout(line)
        self._sides = QWidget()
        sides = row(text("Other side", "label"), self._others)
        sides.setStretch(1, 1)
        self._sides.setLayout(sides)
        form.addWidget(self._sides)
        self._share = button("Share generator", self._apply)
        self._cancel = button("Cancel", lambda: self._edit(""))
        form.addLayout(row(self._share, self._cancel, 1))
        self._hint = text("", "label", wrap=True)
        form.addWidget(self._hint)
        self.add(self._form)
        self._how.currentIndexChanged.connect(self._judge)
        self._dwell.valueChanged.connect(self._judge)
        for ticks in (self._members, self._others):
            ticks.on_change = self._judge
        self._listed: object = None
        self._distances: list[tuple[str, QLabel]] = []
        session.opened.connect(self._begin_anew)

    def _begin_anew(self) -> None:
        """Forget what was entered: another case has other probes of the same ids."""
        self._editing, self._listed = "", None
        self._members.forget()
        self._others.forget()
        self._dwell.setValue(_NOT_GIVEN_S)

    def refresh(self) -> None:
        """Bring the section up to date."""
        case = self._session.case
        self._rf = tuple(p for p in case.plan.probes if device(p.device_id).is_rf) if case else ()
        self.setVisible(len(self._rf) > 1)
        if case is None or len(self._rf) < 2:
            self._editing, self._listed, self._distances = "", None, []
            return
        listed = (case.plan.generators, [(p.id, p.name, p.device_id) for p in self._rf], self._editing)
        if listed != self._listed:
            self._listed = listed
            self._list_anew(case)
        # The list is not made anew for every move of a drag, but the distances in it follow.
        for (words, label), shared in zip(self._distances, case.plan.generators, strict=True):
            members = [p for p in case.plan.probes if p.id in shared.probe_ids]
            apart = [length_text(mm, unit=False) for mm in sorted(tip_distances_mm(members))]
            label.setText(f"{words}; tips {'–'.join(dict.fromkeys((apart[0], apart[-1])))} mm apart")
            label.setToolTip(tips_apart_text(members))

    def _list_anew(self, case: Case) -> None:
        if all(g.id != self._editing for g in case.plan.generators):
            self._editing = ""
        clear(self._list)
        self._distances = []
        for shared in case.plan.generators:
            self._list.addWidget(self._row(case, shared))
        free = [p for p in self._rf if (g := case.generator_of(p.id)) is None or g.id == self._editing]
        self._members.offer([(p.id, p.name) for p in free], self._alike(free))
        self._others.offer([(p.id, p.name) for p in free], free[-1:] and {free[-1].id})
        self._form.setVisible(len(free) > 1 or bool(self._editing))
        self._share.setText("Change" if self._editing else "Share generator")
        self._cancel.setVisible(bool(self._editing))
        self._judge()

    def _alike(self, probes: Sequence[Probe]) -> set[str]:
        """Those that can share with the first: they are ticked until the user says otherwise."""
        drives = {p.id: (device(p.device_id).family, device(p.device_id).drive) for p in probes}
        return {p.id for p in probes if drives[p.id] == drives[probes[0].id]}

    def _row(self, case: Case, shared: SharedGenerator) -> Row:
        names, words = case.probe_names(shared.probe_ids), _WAYS[shared.how].partition(",")[0].lower()
        if shared.dwell_s is not None:
            words = f"in turn, {seconds_text(shared.dwell_s)} each"
        if shared.how is Sharing.BETWEEN:
            names = f"{case.probe_names(shared.one_side_ids)} against {case.probe_names(shared.against_ids)}"
        delete = icon_button("trash-2", f"End the sharing of {names}", lambda: self._end(shared.probe_ids[0]), size=16)
        below = text("", "secondary", wrap=True)
        self._distances.append((words, below))
        holder = QWidget()
        lines = QVBoxLayout(holder)
        lines.setContentsMargins(0, 2, 0, 2)
        lines.setSpacing(1)
        lines.addWidget(text(names, "section", wrap=True))
        lines.addWidget(below)
        line = Row(holder, delete, selected=shared.id == self._editing)
        line.layout().setStretch(0, 1)
        line.setToolTip(f"{_TIPS[shared.how]}. Click to change it.")
        line.clicked.connect(lambda: self._edit(shared.id))
        return line

    def _edit(self, generator_id: str) -> None:
        """Show a generator in the form, to be changed; with nothing, have the form make a new one."""
        self._editing = "" if generator_id == self._editing else generator_id
        self._members.forget()
        self._others.forget()
        self.refresh()
        case = self._session.case
        shared = next((g for g in case.plan.generators if g.id == self._editing), None) if case else None
        if shared is not None:
            self._members.tick(shared.probe_ids)
            if shared.against_ids:
                self._others.tick(shared.against_ids)
            self._how.setCurrentIndex(self._how.findData(shared.how))
            self._dwell.setValue(_NOT_GIVEN_S if shared.dwell_s is None else shared.dwell_s)
        self._judge()

    def _wanted(self, case: Case) -> Case:
        """The case with what the form says; refuses it as the operation does."""
        how = Sharing(self._how.currentData())
        members = self._members.ticked
        dwell_s = self._dwell.value() if how is Sharing.IN_TURN and self._dwell.value() > _NOT_GIVEN_S else None
        against: tuple[str, ...] = ()
        if how is Sharing.BETWEEN:
            # Of two it does not matter which is which.
            against = members[-1:] if len(members) == 2 else tuple(p for p in self._others.ticked if p in members)
        if self._editing:
            return change_sharing(case, self._editing, members, how, against=against, dwell_s=dwell_s)
        return share_generator(case, members, how, against=against, dwell_s=dwell_s)

    def _judge(self) -> None:
        """Say what the operation would say of the form as it stands."""
        case, how = self._session.case, Sharing(self._how.currentData())
        if case is None or not self._rf:
            return
        members = self._members.ticked
        self._dwell.setVisible(how is Sharing.IN_TURN)
        self._sides.setVisible(how is Sharing.BETWEEN and len(members) > 2)
        self._others.show_only(members)
        self._how.setToolTip(_TIPS[how])
        words = _TIPS[how] + "."
        try:
            self._wanted(case)
        except PlanError as error:
            words = f"{error.message} {error.hint}".strip()
            self._share.setEnabled(False)
        else:
            self._share.setEnabled(True)
        self._hint.setText(words)

    def _apply(self) -> None:
        name = "Change the shared generator" if self._editing else "Share a generator"
        if self._session.apply(name, self._wanted):
            self._edit("")

    def _end(self, probe_id: str) -> None:
        self._session.apply("End the sharing of a generator", lambda case: unshare_generator(case, probe_id))


class _Ticks(QWidget):
    """Boxes with the names of probes; a box keeps what the user did to it while others come and go."""

    def __init__(self) -> None:
        super().__init__()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(14)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnStretch(_COLUMNS, 1)
        self._boxes: dict[str, QCheckBox] = {}
        self._chosen: dict[str, bool] = {}
        self.on_change = lambda: None

    @property
    def ticked(self) -> tuple[str, ...]:
        """Ids of the probes that are ticked."""
        return tuple(key for key, box in self._boxes.items() if box.isChecked())

    def offer(self, probes: Sequence[tuple[str, str]], at_first: Sequence[str] | set[str]) -> None:
        """Show a box for every id and name."""
        clear(self._grid)
        self._boxes = {}
        for n, (key, name) in enumerate(probes):
            box = QCheckBox(name)
            box.setChecked(self._chosen.get(key, key in at_first))
            box.clicked.connect(lambda on, k=key: self._choose(k, on))
            self._boxes[key] = box
            self._grid.addWidget(box, n // _COLUMNS, n % _COLUMNS)

    def tick(self, keys: Sequence[str]) -> None:
        """Tick some boxes and no other."""
        for key, box in self._boxes.items():
            box.setChecked(key in keys)
            self._chosen[key] = key in keys

    def show_only(self, keys: Sequence[str]) -> None:
        """Show the boxes of some ids."""
        for key, box in self._boxes.items():
            box.setVisible(key in keys)

    def forget(self) -> None:
        """Forget what the user ticked."""
        self._chosen = {}

    def _choose(self, key: str, on: bool) -> None:
        self._chosen[key] = on
        self.on_change()
