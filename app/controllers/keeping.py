"""Asks what to do wherever work would be lost: after a crash, over another's version, and on closing."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.controllers import opening
from app.controllers.autosave import Autosave
from app.controllers.case_file import IN_USE, OVERTAKEN
from app.holding import when
from app.recovery import LeftBehind, RecoveryFolder, damaged
from app.widgets.question_bar import Question
from imaging.errors import DomainError
from planning.errors import CaseFileError

if TYPE_CHECKING:
    from app.main_window import MainWindow

_log = logging.getLogger(__name__)

LOOKING = "Looking for cases that were not saved"
_SAVING, _CLOSING = "saving", "closing"


class Keeping(QObject):
    """Sees to it that no case is lost in silence.

    Parameters
    ----------
    window : MainWindow
    """

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window, self._session = window, window.session
        self._folder = RecoveryFolder(window.settings.folder / "recovery")
        self.autosave = Autosave(window.session, self._folder, window.settings.autosave_path, self)
        self._let_go = self._finished = False
        self.autosave.left.connect(lambda left: self._offer(left, "before another case was opened"))
        self._session.file.overtaken.connect(self._ask_before_saving)
        self._session.saved.connect(self._settled)
        self._session.opened.connect(self._settled)

    # ---------------------------------------------------------------- after a crash

    def look(self) -> None:
        """Offer what windows that ended without closing have left."""
        self._window.jobs.batch(LOOKING, lambda _: self._folder.left_behind(), self._found)

    def _found(self, found: tuple[list[LeftBehind], list[CaseFileError]]) -> None:
        left, errors = found
        for one in left:
            self._offer(one, "when sacroplan ended")
        for error in errors:
            self._tell(error)

    def _offer(self, left: LeftBehind, ended: str) -> None:
        note = left.note
        where = "It has no file of its own yet."
        if note.path is not None and note.path != self._window.settings.autosave_path:
            where = f"Its file: {note.path}."
        later = " That file was saved again after this: restoring leaves it as it is." if left.overtaken else ""
        self._window.questions.ask(
            Question(
                f"“{note.case_name}” was not saved {ended}.",
                f"Last changed at {when(note.changed_at)}. {where}{later}",
                (
                    ("Restore", lambda: self._restore(left, ended)),
                    ("Discard", lambda: self.autosave.discard(left.kept)),
                ),
            )
        )

    def _restore(self, left: LeftBehind, ended: str) -> None:
        def failed(error: DomainError) -> None:
            if error.code == "case-damaged":
                self._tell(damaged(left.kept))
                return
            self._window.messages.show_error(error)
            self._offer(left, ended)

        self._session.file.restore(
            left.kept.path, left.note.path, left.note.file_digest, lambda: self.autosave.adopt(left.kept), failed
        )

    def _tell(self, error: CaseFileError) -> None:
        """Say what is wrong until it is closed: a message would go as soon as a case is opened."""
        self._window.questions.ask(Question(error.message, error.hint, ()))

    # ---------------------------------------------------------------- before saving over another's version

    def _ask_before_saving(self, error: CaseFileError, path: Path) -> None:
        self._window.questions.ask(
            Question(
                error.message,
                error.hint,
                (
                    ("Save as…", lambda: opening.save_as(self._window)),
                    ("Save over it", lambda: self._session.file.save(path, over=True)),
                ),
                topic=_SAVING,
            ),
            first=True,
        )

    def _settled(self) -> None:
        """What was asked about the case is answered: it is saved, or another is open."""
        for topic in (_SAVING, _CLOSING):
            self._window.questions.withdraw(topic)

    # ---------------------------------------------------------------- closing

    def may_close(self) -> bool:
        """Keep the case and return whether the window may close; where that cannot be done, ask."""
        session = self._session
        if self._finished or self._let_go or session.case is None or not session.unsaved:
            return True
        unnamed = self._window.settings.autosave_path
        path = session.path or unnamed
        try:
            if session.path is None and unnamed.exists():
                # Another case lies there, and is not given up for this one.
                self.autosave.keep_now()
            else:
                session.file.save_now(path)
        except DomainError as error:
            self._ask_before_closing(error, path)
            return False
        except Exception as error:  # noqa: BLE001  a window that went on closing would take the case with it
            _log.exception("the case could not be kept")
            failed = f"The case could not be saved ({type(error).__name__})."
            self._ask_before_closing(CaseFileError(failed, code="closing-failed"), path)
            return False
        return True

    def finish(self) -> None:
        """End with the window, once no job runs any more."""
        if not self._finished:
            self._finished = True
            self.autosave.finish()
            self._session.file.release()

    def _ask_before_closing(self, error: DomainError, path: Path) -> None:
        over = error.code in (OVERTAKEN, IN_USE)
        answers = [("Save elsewhere…", self._save_elsewhere)]
        if over:
            answers.append(("Save over it", lambda: self._save_and_close(path, over=True)))
        answers.append(("Close without saving", self._close_without_saving))
        self._window.questions.ask(
            Question(
                error.message,
                f"The window stays open, and nothing is lost yet. {'' if over else error.hint}".strip(),
                tuple(answers),
                topic=_CLOSING,
            ),
            first=True,
        )

    def _save_elsewhere(self) -> None:
        path = opening.ask_where_to_save(self._window)
        if path is not None:
            self._save_and_close(path)

    def _save_and_close(self, path: Path, *, over: bool = False) -> None:
        try:
            self._session.file.save_now(path, over=over)
        except DomainError as error:
            self._ask_before_closing(error, path)
            return
        self._window.close()

    def _close_without_saving(self) -> None:
        self._let_go = True
        self._window.close()
