"""A question over the top of the views, with a button an answer; never modal, and none is lost behind another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.widgets.basics import breakable, button, clear, icon_button, icon_label, row, text


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """What is asked, and what every answer does.

    Attributes
    ----------
    words : str
    hint : str
        What the answers would mean.
    answers : tuple of (str, callable)
        The words of a button and what it does; the first is the one that loses nothing.
    topic : str
        A question of the same topic takes its place; empty stands for itself.
    """

    words: str
    hint: str
    answers: tuple[tuple[str, Callable[[], object]], ...]
    topic: str = ""


class QuestionBar(QWidget):
    """Asks one question at a time; closing it answers nothing, and nothing is done."""

    def __init__(self) -> None:
        super().__init__()
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setObjectName("questionBar")
        self._waiting: list[Question] = []
        self._words: QLabel = text("", wrap=True)
        self._hint = text("", "secondary", wrap=True)
        self._more = text("", "secondary")
        self._answers = QHBoxLayout()
        self._answers.setSpacing(8)
        column = QVBoxLayout()
        column.setSpacing(1)
        column.addWidget(self._words)
        column.addWidget(self._hint)
        layout = row(icon_label("circle-help", 16))
        layout.setContentsMargins(12, 8, 8, 8)
        layout.addLayout(column, 1)
        layout.addWidget(self._more)
        layout.addLayout(self._answers)
        layout.addWidget(icon_button("x", "Not now: nothing is done", self._later, size=16))
        self.setLayout(layout)
        self.hide()

    @property
    def asked(self) -> Question | None:
        """The question that is shown."""
        return self._waiting[0] if self._waiting else None

    @property
    def words(self) -> str:
        """What is asked, empty if nothing is."""
        return self._waiting[0].words if self._waiting else ""

    @property
    def hint(self) -> str:
        """What the answers would mean."""
        return self._waiting[0].hint if self._waiting else ""

    @property
    def buttons(self) -> dict[str, QPushButton]:
        """The buttons of the question that is shown, by their words."""
        shown = (self._answers.itemAt(n).widget() for n in range(self._answers.count()))
        return {made.text(): made for made in shown if isinstance(made, QPushButton)}

    def ask(self, question: Question, *, first: bool = False) -> None:
        """Ask a question: after those that wait, or before them because the user is about to do something."""
        self._waiting = [q for q in self._waiting if not question.topic or q.topic != question.topic]
        self._waiting.insert(0 if first else len(self._waiting), question)
        self._show()

    def withdraw(self, topic: str) -> None:
        """Ask no more questions of a topic: they have no meaning any longer."""
        self._waiting = [q for q in self._waiting if q.topic != topic]
        self._show()

    def _later(self) -> None:
        del self._waiting[:1]
        self._show()

    def _answer(self, act: Callable[[], object]) -> None:
        self._later()
        act()

    def _show(self) -> None:
        asked = self.asked
        clear(self._answers)
        self.setVisible(asked is not None)
        if asked is None:
            return
        self._words.setText(breakable(asked.words))
        self._hint.setText(breakable(asked.hint))
        self._hint.setVisible(bool(asked.hint))
        more = len(self._waiting) - 1
        self._more.setText(f"{more} more" if more else "")
        for n, (words, act) in enumerate(asked.answers):
            self._answers.addWidget(button(words, lambda a=act: self._answer(a), primary=n == 0))
        self.raise_()
