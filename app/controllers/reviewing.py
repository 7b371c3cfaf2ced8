"""Looking through what nobody has confirmed, one group after the other, by one key each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QElapsedTimer, QObject

from app.reviewing import Stop, stops_of
from app.view_state import Step
from app.widgets.question_bar import Question
from planning.model import Case
from planning.operations.structures import confirm_structure

if TYPE_CHECKING:
    from app.main_window import MainWindow

TOPIC = "review"
# Nobody has looked at what was shown for less than this: a key that bounces confirms nothing.
_SEEN_MS = 300


class Reviewing(QObject):
    """Goes from one unconfirmed group of structures to the next; nothing is confirmed but what is shown.

    Parameters
    ----------
    window : MainWindow
    """

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window, self._session = window, window.session
        self._stop: Stop | None = None
        self._question: Question | None = None
        self._left: set[str] = set()
        self._since_shown = QElapsedTimer()
        self._session.opened.connect(self._end)
        # Another page is about something else: nothing is confirmed from there.
        window.view.stepped.connect(lambda step: step is Step.STRUCTURES or self._end())

    @property
    def stop(self) -> Stop | None:
        """What is being looked at."""
        return self._stop if self._question is not None and self._window.questions.asked is self._question else None

    def confirm(self) -> None:
        """Confirm what is shown and look at the next; if nothing is shown, begin."""
        stop = self.stop
        if stop is None:
            self._left.clear()
            self._next()
        elif self._since_shown.hasExpired(_SEEN_MS):
            self._confirm(stop)

    def leave(self) -> None:
        """Leave what is shown unconfirmed, and look at the next; if nothing is shown, begin."""
        if (stop := self.stop) is not None:
            self._leave(stop)
        else:
            self._left.clear()
            self._next()

    def _confirm(self, stop: Stop) -> None:
        def confirmed(case: Case) -> Case:
            for shown in stop.structures:
                # What was changed since it was shown is looked at again.
                if case.find(shown.id) is shown:
                    case = confirm_structure(case, shown.id)
            return case

        self._session.apply(f"Confirm {stop.title}", confirmed)
        self._next()

    def _leave(self, stop: Stop) -> None:
        self._left.update(s.id for s in stop.structures)
        self._next()

    def _next(self) -> None:
        case = self._session.case
        if case is None:
            return
        stops = stops_of(case)
        waiting = [s for s in stops if not self._left.issuperset(x.id for x in s.structures)]
        if not waiting:
            self._end()
            left = ", ".join(s.title for s in stops)
            words = f"Left unconfirmed: {left}." if left else "All that is marked is confirmed."
            self._session.noticed.emit(words, "What is unconfirmed never counts as safe." if left else "")
            return
        self._stop, view = (stop := waiting[0]), self._window.view
        view.go_to(Step.STRUCTURES)
        view.select(stop.structures[0].id)
        if stop.place_mm is not None:
            view.reveal(stop.place_mm)
        more = f" {len(waiting) - 1} more." if len(waiting) > 1 else ""
        answers = (("Confirm (F3)", lambda: self._confirm(stop)), ("Leave it (Shift+F3)", lambda: self._leave(stop)))
        self._question = Question(f"{stop.title}: is it right?", stop.words + more, answers, topic=TOPIC)
        self._window.questions.ask(self._question, first=True)
        self._since_shown.start()

    def _end(self) -> None:
        self._stop = self._question = None
        self._left.clear()
        self._window.questions.withdraw(TOPIC)
