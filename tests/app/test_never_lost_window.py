"""Nothing is lost: after a crash, over the version of another window, on a full disk, and by opening another case."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.holding import Hold, lock_of
from app.recovery import RecoveryFolder
from imaging.opening import open_ct
from planning.case_io import SUFFIX, file_digest, read_case, write_case
from planning.case_io.journal import Journal, JournalNote
from planning.model import Case, ImageReference
from tests.app.conftest import Driver
from tests.builders.bad_input import fill_disk
from tests.builders.other_window import other_process

pytestmark = pytest.mark.window

CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture(scope="module")
def bare(phantom_folder: Path) -> Case:
    """A case on the coarse phantom with nothing in it."""
    return Case(name="as saved", image=ImageReference.of(open_ct(phantom_folder), str(phantom_folder)))


@pytest.fixture
def own(bare: Case, tmp_path: Path) -> Path:
    """The user's file of that case."""
    path = tmp_path / f"own{SUFFIX}"
    write_case(path, bare)
    return path


@pytest.fixture
def editing(driver: Driver, own: Path) -> Driver:
    """A window with that file open, which keeps what is changed at once."""
    driver.keep_quiet()
    driver.window.keeping.autosave._due.setInterval(0)
    open_file(driver, own)
    return driver


def open_file(driver: Driver, path: Path) -> None:
    session = driver.window.session
    session.open_case(path)
    driver.wait(lambda: session.path == path and not driver.window.jobs.busy)


def recovery(driver: Driver) -> Path:
    return driver.window.settings.folder / "recovery"


def kept(driver: Driver) -> list[Path]:
    return sorted(recovery(driver).glob(f"*{SUFFIX}"))


def rename(driver: Driver, name: str) -> None:
    """Change the case, and wait until that is kept."""
    driver.window.session.rename(name)
    driver.wait(lambda: any(read_case(path)[0].name == name for path in kept(driver)))


def answer(driver: Driver, words: str) -> None:
    QTest.mouseClick(driver.window.questions.buttons[words], Qt.MouseButton.LeftButton)
    driver.spin()


def asked(driver: Driver, *words: str, hint: str = "") -> None:
    """Wait until a question says all words, readable and over the views."""
    bar = driver.window.questions
    driver.wait(lambda: all(w in bar.words for w in words), 20)
    assert hint in bar.hint
    driver.spin()
    for label in (bar._words, bar._hint):
        assert label.height() >= label.heightForWidth(label.width()), "the question is clipped"
    for shown in (bar._words, *bar.buttons.values()):
        assert driver.window.childAt(shown.mapTo(driver.window, shown.rect().center())) is shown


def leave_behind(driver: Driver, case: Case, name: str, path: Path | None, digest: str, hour: int = 9) -> None:
    """Leave a case as a window that was killed would."""
    folder = recovery(driver)
    folder.mkdir(parents=True, exist_ok=True)
    note = JournalNote(
        case_name=name, path=path, file_digest=digest, changed_at=datetime(2026, 3, 2, hour, 5)
    )  # fmt: skip
    Journal().write(folder / f"{name}{SUFFIX}", case, note)


def test_a_window_killed_while_it_is_edited_is_offered_and_restored(driver: Driver, bare: Case, own: Path):
    before = own.read_bytes()
    driver.keep_quiet()
    with other_process("edit", driver.window.settings.folder, own):
        # Changes come without end, and are kept all the same.
        driver.wait(lambda: bool(kept(driver)))
        driver.window.keeping.look()
        driver.wait(lambda: not driver.window.jobs.busy)
        assert not driver.window.questions.words, "offered what a living window still holds"
    assert own.read_bytes() == before
    name = read_case(kept(driver)[0])[0].name
    assert name.startswith("edit ")
    driver.window.keeping.look()
    asked(driver, name, "was not saved when sacroplan ended", hint=str(own))
    assert "Last changed at" in driver.window.questions.hint
    answer(driver, "Restore")
    session = driver.window.session
    driver.wait(lambda: session.case is not None and session.case.name == name)
    assert session.path == own and session.unsaved and "not saved" in driver.window.status._saved.text()
    driver.wait(lambda: not driver.window.jobs.busy)
    assert kept(driver), "nothing is kept of what was restored and is not saved"
    driver.press(Qt.Key.Key_S, CONTROL)
    driver.wait(lambda: not session.unsaved)
    assert read_case(own)[0].name == name
    driver.wait(lambda: not kept(driver))


def test_discarding_what_was_left_removes_it_and_touches_no_file(editing: Driver, bare: Case, own: Path):
    leave_behind(editing, bare, "left", own, file_digest(own))
    editing.window.keeping.look()
    asked(editing, "left")
    answer(editing, "Discard")
    editing.wait(lambda: not kept(editing))
    assert read_case(own)[0].name == "as saved"
    assert not editing.window.questions.words


def test_what_was_left_says_that_its_file_was_saved_after_it(editing: Driver, bare: Case, own: Path):
    leave_behind(editing, bare, "left", own, "what it held before")
    editing.window.keeping.look()
    asked(editing, "left", hint="saved again after this")
    answer(editing, "Restore")
    editing.wait(lambda: editing.window.session.unsaved and not editing.window.jobs.busy)
    editing.press(Qt.Key.Key_S, CONTROL)
    asked(editing, "changed by somebody else", hint="Save as")
    answer(editing, "Save over it")
    editing.wait(lambda: not editing.window.session.unsaved)


def test_all_that_was_left_is_offered_the_newest_first(editing: Driver, bare: Case):
    for hour, name in ((9, "first"), (11, "last"), (10, "middle")):
        leave_behind(editing, bare, name, None, "", hour)
    editing.window.keeping.look()
    for name in ("last", "middle", "first"):
        asked(editing, name, hint="no file of its own")
        assert "2 March 2026" in editing.window.questions.hint
        answer(editing, "Discard")
    editing.wait(lambda: not kept(editing))


def test_what_cannot_be_read_is_told_and_put_aside(editing: Driver, bare: Case):
    leave_behind(editing, bare, "torn", None, "")
    torn = recovery(editing) / f"torn{SUFFIX}"
    whole = torn.read_bytes()
    torn.write_bytes(whole[: len(whole) // 2])
    leave_behind(editing, bare, "whole", None, "")
    (recovery(editing) / f".half{SUFFIX}.99.part").write_bytes(whole[:9])
    lock_of(recovery(editing) / f"half{SUFFIX}").write_text("99999999\nsacroplan\n")
    editing.window.keeping.look()
    asked(editing, "whole")
    answer(editing, "Discard")
    asked(editing, "cannot be read", hint="open it as usual")
    assert torn.with_name(torn.name + ".damaged").read_bytes() == whole[: len(whole) // 2]
    editing.wait(lambda: [p.suffix for p in recovery(editing).iterdir()] == [".damaged"])


def test_a_case_is_kept_while_it_is_unsaved_and_no_longer(editing: Driver, own: Path):
    rename(editing, "changed")
    assert read_case(own)[0].name == "as saved"
    editing.press(Qt.Key.Key_S, CONTROL)
    editing.wait(lambda: not kept(editing))
    rename(editing, "changed again")
    editing.window.close()
    assert not list(recovery(editing).iterdir())
    assert read_case(own)[0].name == "changed again"
    assert not lock_of(own).exists()


def test_a_stream_of_changes_does_not_put_keeping_off(editing: Driver):
    due, begun = editing.window.keeping.autosave._due, []
    due.setInterval(3_600_000)
    editing.window.session.rename("first")
    assert due.isActive()
    due.start = lambda: begun.append("again")
    editing.window.session.rename("second")
    assert due.isActive() and not begun


def test_a_disk_that_takes_nothing_is_told_once_and_tried_again(editing: Driver, monkeypatch):
    with monkeypatch.context() as disk:
        fill_disk(disk)
        editing.window.session.rename("on a full disk")
        editing.wait(lambda: "not kept against a crash" in editing.window.messages.words)
        editing.window.messages.hide()
        editing.spin(0.2)
        assert not editing.window.messages.words, "said again and again"
    editing.wait(lambda: bool(kept(editing)))
    assert read_case(kept(editing)[0])[0].name == "on a full disk"


def test_a_folder_that_cannot_be_made_is_told(editing: Driver):
    assert not recovery(editing).exists(), "a folder is made although nothing is kept"
    recovery(editing).write_text("a file where the folder would be")
    editing.window.session.rename("kept nowhere")
    editing.wait(lambda: "not kept against a crash" in editing.window.messages.words)
    assert "cannot be made" in editing.window.messages.words and "Ctrl+S" in editing.window.messages.hint
    recovery(editing).unlink()


def test_opening_another_case_leaves_the_one_that_is_not_saved_to_come_back_to(editing: Driver, bare: Case, own: Path):
    rename(editing, "not saved yet")
    other = own.with_name(f"other{SUFFIX}")
    write_case(other, bare)
    open_file(editing, other)
    asked(editing, "not saved yet", "before another case was opened", hint=str(own))
    answer(editing, "Restore")
    session = editing.window.session
    editing.wait(lambda: session.case.name == "not saved yet")
    assert session.path == own and session.unsaved and not editing.window.questions.words


def test_a_case_without_a_file_survives_closing_and_another_case(editing: Driver, bare: Case):
    session, unnamed = editing.window.session, editing.window.settings.autosave_path
    unnamed.write_bytes(b"the case of another window")
    session.show_case(bare, session.volume)
    rename(editing, "never named")
    editing.window.close()
    assert unnamed.read_bytes() == b"the case of another window"
    assert [read_case(path)[0].name for path in kept(editing)] == ["never named"]
    left, errors = RecoveryFolder(recovery(editing)).left_behind()
    assert [found.note.case_name for found in left] == ["never named"] and not errors


def test_a_file_that_another_window_has_open_is_told_by_machine_and_time(editing: Driver, own: Path, bare: Case):
    shared = own.with_name(f"shared{SUFFIX}")
    write_case(shared, bare)
    with other_process("hold", shared) as other:
        open_file(editing, shared)
        editing.wait(lambda: f"process {other.pid}" in editing.window.messages.words)
        assert "on this computer" in editing.window.messages.words and "today" in editing.window.messages.words
        assert "Save as…" in editing.window.messages.hint
        open_file(editing, own)
        editing.window.choose_target = lambda *_: shared
        editing.press(Qt.Key.Key_S, CONTROL | SHIFT)
        asked(editing, "shared", "is another case", f"process {other.pid}")
        assert editing.window.session.path == own
    # Killed, it has the file no longer.
    hold = Hold(shared)
    assert hold.held and hold.other is None
    hold.release()


def test_what_another_machine_wrote_is_not_saved_over_unasked(editing: Driver, own: Path, bare: Case):
    session = editing.window.session
    session.file.release()
    lock_of(own).write_text(f"{os.getpid()}\nsacroplan\nreading-room-2\n\n\n")
    rename(editing, "mine")
    write_case(own, replace(bare, name="theirs"))
    theirs = own.read_bytes()
    editing.press(Qt.Key.Key_S, CONTROL)
    asked(editing, "changed by somebody else", "on the computer reading-room-2", hint="keeps both")
    assert own.read_bytes() == theirs and session.unsaved
    mine = own.with_name(f"mine{SUFFIX}")
    editing.window.choose_target = lambda *_: mine
    answer(editing, "Save as…")
    editing.wait(lambda: session.path == mine and not session.unsaved)
    assert own.read_bytes() == theirs and read_case(mine)[0].name == "mine"
    lock_of(own).unlink()


def test_closing_over_what_another_wrote_asks_and_can_be_forced(editing: Driver, own: Path, bare: Case):
    rename(editing, "mine")
    write_case(own, replace(bare, name="theirs"))
    editing.window.close()
    assert editing.window.isVisible()
    asked(editing, "changed by somebody else", hint="stays open")
    answer(editing, "Save over it")
    assert not editing.window.isVisible() and read_case(own)[0].name == "mine"


@pytest.mark.parametrize("way", ["Save elsewhere…", "Close without saving", "stay"])
def test_a_full_disk_does_not_keep_the_window_from_closing(editing: Driver, own: Path, monkeypatch, way):
    rename(editing, "changed")
    spare = own.with_name(f"spare{SUFFIX}")
    editing.window.choose_target = lambda *_: spare
    with monkeypatch.context() as disk:
        fill_disk(disk)
        editing.window.close()
        assert editing.window.isVisible()
        asked(editing, "could not be saved", "No space left", hint="nothing is lost yet")
        if way == "Save elsewhere…":
            answer(editing, way)
            asked(editing, f"spare{SUFFIX}", "No space left")
        if way == "Close without saving":
            answer(editing, way)
    if way == "Save elsewhere…":
        answer(editing, way)
        assert read_case(spare)[0].name == "changed"
    if way == "stay":
        editing.press(Qt.Key.Key_S, CONTROL)
        editing.wait(lambda: not editing.window.session.unsaved)
        assert not editing.window.questions.words, "asked about what is done by now"
    else:
        assert not editing.window.isVisible() and not kept(editing)
        assert read_case(own)[0].name == "as saved"


def test_a_fault_while_closing_keeps_the_window_and_the_case(editing: Driver, monkeypatch):
    rename(editing, "changed")
    with monkeypatch.context() as broken:
        broken.setattr("app.controllers.case_file.write_case", lambda *_: 1 / 0)
        editing.window.close()
        asked(editing, "could not be saved (ZeroDivisionError)")
        assert editing.window.isVisible() and kept(editing)
