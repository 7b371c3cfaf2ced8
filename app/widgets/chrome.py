"""Rail, top bar, status line and message bar: what stands around the views."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QProgressBar, QToolButton, QVBoxLayout, QWidget

from app.log import code_of, note
from app.theme import icon, judgement_pixmap
from app.view_state import Step
from app.widgets.basics import Mark, breakable, button, icon_button, judgement_label, row, show_property, text
from app.widgets.history_list import HistoryList
from imaging.errors import DomainError
from planning.evaluation import Judgement

_STEP_ICONS = {
    Step.CASE: "folder",
    Step.STRUCTURES: "layers",
    Step.PROBES: "corridor",
    Step.ZONE: "ice-ball",
    Step.RISK: "root-at-risk",
    Step.PRESENT: "presentation",
}
_HISTORY_PX = 150
_MARK_PX, _MARK_BOX_PX = 12, 16
STANDING_SENTENCE = "Planning and teaching support, not a medical device. The physician decides."


class StepButton(QWidget):
    """One step of the rail with its state in words."""

    clicked = Signal()

    def __init__(self, step: Step) -> None:
        super().__init__()
        self._step = step
        self._shown: tuple[str, Judgement | None, bool] | None = None
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setObjectName("stepButton")
        self.setToolTip(step.value)
        self.setAccessibleName(step.value)
        self._icon = Mark()
        self._name = text(step.value, "section")
        self._mark = Mark()
        self._mark.setFixedWidth(_MARK_BOX_PX)
        self._narrow = False
        self._state = text("", "secondary")
        self._small = text(step.value, "micro")
        self._outer = QVBoxLayout(self)
        self._outer.setSpacing(2)
        self.show_state("", None)
        self.set_narrow(False)

    def set_narrow(self, narrow: bool) -> None:
        """Show only the icon and one small word, or words and state."""
        self._narrow = narrow
        labels = (self._icon, self._name, self._mark, self._state, self._small)
        while (item := self._outer.takeAt(0)) is not None:
            if (line := item.layout()) is not None:
                while line.takeAt(0) is not None:
                    pass
        for label in labels:
            label.setParent(self)
            label.hide()
        if narrow:
            self._outer.setContentsMargins(2, 6, 2, 6)
            line = row(1, self._icon, self._mark, 1, spacing=0)
            # A gap as wide as the mark keeps the icon in the middle.
            line.insertSpacing(0, _MARK_BOX_PX)
            self._outer.addLayout(line)
            self._outer.addLayout(row(1, self._small, 1))
            shown = [self._icon, self._mark, self._small]
        else:
            self._outer.setContentsMargins(12, 6, 8, 6)
            self._outer.addLayout(row(self._icon, self._name, 1, spacing=12))
            line = row(self._mark, self._state, 1, spacing=4)
            line.setContentsMargins(30, 0, 0, 0)
            self._outer.addLayout(line)
            shown = [self._icon, self._name, self._mark, self._state]
        for label in shown:
            label.show()
        self._mark.setVisible(narrow or not self._mark.pixmap().isNull())

    def show_state(self, words: str, judgement: Judgement | None, *, active: bool = False) -> None:
        """Show the state of the step, and whether it is the one being worked on."""
        if (words, judgement, active) == self._shown:
            return
        self._shown = (words, judgement, active)
        self._state.setText(words)
        role = "text-1" if active else "text-2"
        self._icon.show_drawn(lambda: icon(_STEP_ICONS[self._step], role).pixmap(QSize(20, 20)))
        self._mark.show_drawn(None if judgement is None else lambda: judgement_pixmap(judgement, _MARK_PX))
        self._mark.setVisible(self._narrow or judgement is not None)
        self.setToolTip(f"{self._step.value}: {words}" if words else self._step.value)
        show_property(self, "active", active)

    def mouseReleaseEvent(self, event) -> None:  # type: ignore[no-untyped-def]
        self.clicked.emit()


class Rail(QWidget):
    """The steps of the work, and the history of edits below them.

    Signals
    -------
    chosen(Step)
    jumped(int)
        The case is to be as it was so many steps back (below 0) or on (above 0).
    """

    chosen = Signal(object)
    jumped = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("rail")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 6, 0, 8)
        layout.setSpacing(2)
        self.steps: dict[Step, StepButton] = {}
        for step in Step:
            made = StepButton(step)
            made.clicked.connect(lambda s=step: self.chosen.emit(s))
            self.steps[step] = made
            layout.addWidget(made)
        layout.addStretch(1)
        self._history = QWidget()
        inner = QVBoxLayout(self._history)
        inner.setContentsMargins(6, 8, 4, 4)
        inner.setSpacing(3)
        head = row(text("History", "micro"), 1, text("Ctrl Z", "micro"))
        head.setContentsMargins(8, 0, 4, 0)
        inner.addLayout(head)
        self.history = HistoryList(self.jumped.emit)
        self.history.setFixedHeight(_HISTORY_PX)
        inner.addWidget(self.history)
        layout.addWidget(self._history)

    def set_narrow(self, narrow: bool) -> None:
        """Be 60 px wide instead of 192."""
        self.setFixedWidth(60 if narrow else 192)
        self._history.setVisible(not narrow)
        for made in self.steps.values():
            made.set_narrow(narrow)

    def show_history(self, undo_names: Sequence[str], redo_names: Sequence[str]) -> None:
        """Show what was done and undone."""
        self.history.show_steps(undo_names, redo_names)


class TopBar(QWidget):
    """Menu, case name, plan, search, undo and redo, layout, pictures."""

    def __init__(self, actions: Mapping[str, QAction], menu: QMenu, plans: QMenu, search: QWidget) -> None:
        super().__init__()
        self.setObjectName("topBar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        opener = QToolButton()
        opener.setIcon(icon("menu"))
        opener.setIconSize(QSize(20, 20))
        opener.setMenu(menu)
        opener.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        opener.setToolTip("Menu")
        opener.setAccessibleName("Menu")
        self.name = text("sacroplan", "section")
        self.name.setStyleSheet("font-size: 14px;")
        self.about = text("", "secondary")
        self._plan = QToolButton()
        self._plan.setMenu(plans)
        self._plan.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        # What it opens is drawn behind its words.
        self._plan.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._plan.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
        self._plan.setIcon(icon("chevron-down"))
        self._plan.setIconSize(QSize(14, 14))
        self._plan.setObjectName("planChooser")
        self._plan.setToolTip("The plan in hand; click for the others")
        self._plan.setAccessibleName("Plans of the case")
        self._plan.hide()
        self._hidden = button("", actions["show-all"].trigger)
        self._hidden.setProperty("small", True)
        self._hidden.setToolTip(actions["show-all"].toolTip())
        self._hidden.hide()
        layout = row(opener, self.name, self._plan, self.about, 1, self._hidden, search, spacing=10)
        layout.setContentsMargins(8, 0, 12, 0)
        for name in (
            "undo",
            "redo",
            "layout-four",
            "layout-conventional",
            "layout-one",
            "layout-needle",
            "pictures",
            "help",
        ):
            made = QToolButton()
            made.setDefaultAction(actions[name])
            made.setIconSize(QSize(18, 18))
            layout.addWidget(made)
        self.setLayout(layout)

    def show_plan(self, title: str) -> None:
        """Show which plan is in hand, or none."""
        self._plan.setText(title)
        self._plan.setVisible(bool(title))

    def show_hidden(self, count: int) -> None:
        """Say how much of the case is out of sight."""
        self._hidden.setText(f"{count} hidden")
        self._hidden.setVisible(count > 0)


class StatusLine(QWidget):
    """Position, HU and structure under the cursor; running work; the standing sentence."""

    cancelled = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("statusLine")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._position = text("", "secondary")
        self._position.setMinimumWidth(190)
        self._value = text("", "secondary")
        self._value.setMinimumWidth(150)
        self._job = text("", "secondary")
        self._job.setMinimumWidth(230)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setFixedWidth(90)
        self._bar.setRange(0, 1000)
        self._cancel = button("Cancel", self.cancelled.emit)
        self._cancel.setProperty("small", True)
        self._cancel.setFixedHeight(20)
        self._saved = text("", "label")
        self._state = self._written = ""
        self._standing = text(
            "Planning and teaching support, not a medical device. The physician decides.", "secondary"
        )
        layout = row(self._position, self._value, self._job, self._bar, self._cancel, 1, self._standing, self._saved)
        layout.setContentsMargins(12, 0, 12, 0)
        layout.setSpacing(12)
        self.setLayout(layout)
        self.show_job(None)

    def show_cursor(self, position: str, value: str) -> None:
        """Show what is under the cursor."""
        self._position.setText(position)
        self._value.setText(value)

    def show_job(self, words: str | None, fraction: float = 0.0) -> None:
        """Show running work, or none."""
        for widget in (self._job, self._bar, self._cancel):
            widget.setVisible(words is not None)
        if words is not None:
            self._job.setText(words)
            self._bar.setValue(round(fraction * 1000))

    def show_saved(self, words: str) -> None:
        """Show whether and when the case was saved."""
        self._state = words
        self._show_kept()

    def show_written(self, words: str) -> None:
        """Show what was written beside the case, or nothing."""
        self._written = words
        self._show_kept()

    def _show_kept(self) -> None:
        self._saved.setText(" · ".join(filter(None, (self._written, self._state))))

    def set_narrow(self, narrow: bool) -> None:
        """Shorten the standing sentence where there is less room."""
        self._value.setMinimumWidth(110 if narrow else 150)


class MessageBar(QWidget):
    """A refusal, or a notice, over the top of the views: what is wrong and what to do.

    Never modal; a refusal stays until it is closed, or until what was refused is done, a notice until the next change. It lies over the views, because views that make
    room for it would change their scale under the mouse.
    """

    def __init__(self) -> None:
        super().__init__()
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setObjectName("messageBar")
        self._error: DomainError | None = None
        self._said = "", ""
        self._mark = judgement_label(Judgement.CAUTION, 16)
        self._words: QLabel = text("", wrap=True)
        self._hint = text("", "secondary", wrap=True)
        column = QVBoxLayout()
        column.setSpacing(1)
        column.addWidget(self._words)
        column.addWidget(self._hint)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 6, 8, 6)
        layout.addWidget(self._mark)
        layout.addLayout(column, 1)
        layout.addWidget(icon_button("x", "Close this message", self.hide, size=16))
        self.hide()

    @property
    def words(self) -> str:
        """The message shown, empty if none is."""
        return "" if self.isHidden() else self._said[0]

    @property
    def hint(self) -> str:
        """What the message advises to do."""
        return "" if self.isHidden() else self._said[1]

    def show_error(self, error: DomainError) -> None:
        """Show a refusal."""
        note("refused: %s", code_of(error))
        self._error = error
        self._show(error.message, error.hint)

    def show_notice(self, words: str, hint: str) -> None:
        """Say what a change did beside what it was asked for, or what was found, and what to do about it."""
        self._error = None
        self._show(words, hint)

    def _show(self, message: str, hint: str) -> None:
        self._said = message, hint
        self._words.setText(breakable(message))
        self._hint.setText(breakable(hint))
        self._hint.setVisible(bool(hint))
        self.show()
        self.raise_()

    def settle(self, kind: type[DomainError]) -> None:
        """Close the message if it is a refusal of this kind, for what was refused is done by now."""
        if isinstance(self._error, kind):
            self.hide()

    def end_notice(self) -> None:
        """Close the message if it is a notice."""
        if self._error is None:
            self.hide()
