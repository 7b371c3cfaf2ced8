"""Bad input in the window with a case open: plain words, nothing lost, nothing left running."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest

from app.widgets.chrome import MessageBar
from imaging.phantom import Phantom
from planning.case_io import SUFFIX, read_case
from planning.catalogue import Phase
from planning.operations.probes import set_schedule
from tests.app.conftest import Driver, place_probe
from tests.builders.bad_input import (
    cut_in_half,
    fill_disk,
    keep_one_slice,
    make_magnetic_resonance,
    make_newer,
    photographs,
    truncate_one_file,
)  # fmt: skip

pytestmark = pytest.mark.window

CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def planned(opened: Driver, small_phantom: Phantom) -> Driver:
    """A window with a probe in the lesion, its zone of the fast model, and something to undo."""
    session, target = opened.window.session, np.array(small_phantom.lesions[0].centre_mm)
    place_probe(opened, target, target + [5, 30, 0])
    opened.wait(lambda: session.zone is not None and session.verdict is not None)
    session.cancel_prediction()
    # Where nothing is compiled yet, that comes first and cannot be stopped.
    opened.wait(lambda: not opened.window.jobs.busy, seconds=240)
    return opened


@pytest.fixture
def ct(phantom_folder: Path, tmp_path: Path) -> Path:
    """A copy of the phantom's series, to be broken."""
    return shutil.copytree(phantom_folder, tmp_path / "ct")


def kept(driver: Driver) -> tuple[object, ...]:
    """What no refusal may change."""
    session = driver.window.session
    assert session.store is not None
    return (
        session.case, session.volume, session.zone, session.verdict, session.store.undo_names, session.store.redo_name,
        session.path, session.unsaved, driver.window.view.step, driver.window.tool.name,
    )  # fmt: skip


@contextmanager
def untouched(driver: Driver) -> Iterator[None]:
    """Case, plan, zone and history must be as they were, and no job may be left."""
    before = kept(driver)
    yield
    driver.wait(lambda: not driver.window.jobs.busy, 10)
    assert all(a is b or a == b for a, b in zip(before, kept(driver), strict=True))
    assert not driver.window.session.dragging


def told(driver: Driver, *words: str, hint: str) -> None:
    """Wait until the message says all words and what to do, readable and over everything else."""
    bar = driver.window.messages
    driver.wait(lambda: all(w in bar.words for w in words), 20)
    assert hint in bar.hint
    driver.spin()
    readable(driver, bar)


def readable(driver: Driver, bar: MessageBar) -> None:
    views = driver.window.slices.values()
    assert bar.width() >= max(v.width() for v in views), "the message is narrower than the views"
    for label in (bar._words, bar._hint):
        assert label.height() >= label.heightForWidth(label.width()), "the message is clipped"
        middle = label.mapTo(driver.window, label.rect().center())
        assert driver.window.childAt(middle) is label, "something hides the message"


def choose(driver: Driver, monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    """Let the next dialog of the system answer with a path."""
    for dialog in ("choose_folder", "choose_file", "choose_target"):
        monkeypatch.setattr(driver.window, dialog, lambda *_: path)


def open_folder(driver: Driver, monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    choose(driver, monkeypatch, path)
    driver.press(Qt.Key.Key_O, CONTROL)


def open_case(driver: Driver, monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    choose(driver, monkeypatch, path)
    driver.press(Qt.Key.Key_O, CONTROL | SHIFT)


def save_as(driver: Driver, monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    choose(driver, monkeypatch, path)
    driver.press(Qt.Key.Key_S, CONTROL | SHIFT)


def drop(driver: Driver, path: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    with_nothing = (Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    entering = QDragEnterEvent(QPoint(400, 300), Qt.DropAction.CopyAction, data, *with_nothing)
    driver.application.sendEvent(driver.window, entering)
    assert entering.isAccepted()
    dropping = QDropEvent(QPointF(400, 300), Qt.DropAction.CopyAction, data, *with_nothing)
    driver.application.sendEvent(driver.window, dropping)
    driver.spin()


def saved(driver: Driver, monkeypatch: pytest.MonkeyPatch, path: Path) -> Path:
    """Save the open case as a user does."""
    save_as(driver, monkeypatch, path)
    driver.wait(lambda: not driver.window.session.unsaved)
    return path


def test_empty_folder(planned: Driver, monkeypatch, tmp_path):
    (tmp_path / "nothing").mkdir()
    with untouched(planned):
        open_folder(planned, monkeypatch, tmp_path / "nothing")
        told(planned, "nothing is empty", hint="Choose the folder that holds the CT")


def test_folder_of_photographs(planned: Driver, tmp_path):
    with untouched(planned):
        drop(planned, photographs(tmp_path / "holiday"))
        told(planned, "No DICOM image", "3 .jpg", hint="Choose a folder of DICOM files")


def test_one_photograph_does_not_have_its_folder_searched(planned: Driver, ct, tmp_path):
    photograph = sorted(photographs(tmp_path / "holiday").iterdir())[0].rename(ct / "me.jpg")
    with untouched(planned):
        drop(planned, photograph)
        told(planned, "me.jpg is neither DICOM nor a volume", hint="Choose a folder of DICOM files")


def test_folder_that_went_away_while_choosing(planned: Driver, monkeypatch, tmp_path):
    with untouched(planned):
        open_folder(planned, monkeypatch, tmp_path / "missing")
        told(planned, "There is no file or folder", hint="Check the path")


BROKEN: dict[str, tuple[Callable[[Path], object], str, str]] = {
    "one slice": (keep_one_slice, "one slice", "the folder that holds the whole series"),
    "truncated": (truncate_one_file, "ends before its pixels do", "Copy the series again"),
    "mr": (make_magnetic_resonance, "The series is MR, not CT", "choose a CT series"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_series(planned: Driver, monkeypatch, ct, name):
    spoil, words, hint = BROKEN[name]
    spoil(ct)
    with untouched(planned):
        open_folder(planned, monkeypatch, ct)
        told(planned, words, hint=hint)


@pytest.mark.parametrize(
    ("spoil", "words", "hint"),
    [
        (cut_in_half, "damaged or was cut off", "Open an earlier copy"),
        (make_newer, "newer version of sacroplan", "Update sacroplan"),
    ],
    ids=["cut in half", "newer version"],
)
def test_case_file_that_cannot_be_read(planned: Driver, monkeypatch, tmp_path, spoil, words, hint):
    good = saved(planned, monkeypatch, tmp_path / f"good{SUFFIX}")
    bad = Path(shutil.copy(good, tmp_path / f"bad{SUFFIX}"))
    spoil(bad)
    before = bad.read_bytes()
    with untouched(planned):
        open_case(planned, monkeypatch, bad)
        told(planned, f"bad{SUFFIX}", words, hint=hint)
    assert bad.read_bytes() == before


def test_ct_that_went_away(planned: Driver, monkeypatch, ct, tmp_path):
    session = planned.window.session
    planned.window.open_path(ct)
    planned.wait(lambda: session.case.image.location == str(ct))
    planned.wait_open()
    path = saved(planned, monkeypatch, tmp_path / f"case{SUFFIX}")
    shutil.rmtree(ct)
    with untouched(planned):
        open_case(planned, monkeypatch, path)
        told(planned, "The CT of this case", str(ct), "no longer there", hint="Put the CT back")


def test_target_outside_the_volume(planned: Driver, small_phantom: Phantom):
    window, target = planned.window, np.array(small_phantom.lesions[0].centre_mm)
    low, _ = small_phantom.volume.grid.bounds_mm
    planned.press(Qt.Key.Key_P)
    planned.wheel("axial", -8, control=True)
    frame = planned.view("axial").frame
    with untouched(planned):
        planned.click("axial", [target[0], low[1] - 12, target[2]])
        told(planned, "The target lies outside the CT", hint="Choose a target on the slices")
    shown = planned.view("axial").frame
    assert (shown.mm_per_px, shown.height_px) == (frame.mm_per_px, frame.height_px), (
        "the picture jumped under the mouse"
    )
    planned.click("axial", target + [8, 0, 0])
    planned.click("axial", target + [12, 40, 0])
    assert len(window.session.case.plan.probes) == 2
    assert window.messages.words == "", "the refusal outlived what was refused"
    window.session.cancel_prediction()


def test_probe_dragged_out_of_the_volume_stops_at_its_edge(planned: Driver, small_phantom: Phantom):
    session, grid = planned.window.session, small_phantom.volume.grid
    probe, names = session.case.plan.probes[0], session.store.undo_names
    planned.look_at(probe.tip_mm)
    planned.wheel("axial", -8, control=True)
    tip = np.array(probe.tip_mm)
    planned.drag("axial", tip, [tip[0], grid.bounds_mm[0][1] - 12, tip[2]], steps=12)
    told(planned, "The target of C1", "outside the CT", hint="Choose a point on the slices")
    assert grid.contains(session.case.plan.probes[0].tip_mm)
    assert session.store.undo_names == ("Move C1 tip", *names)
    planned.press(Qt.Key.Key_Z, CONTROL)
    assert session.case.plan.probes[0] == probe
    assert session.store.undo_names == names
    assert planned.window.messages.words == ""
    session.cancel_prediction()
    planned.wait(lambda: not planned.window.jobs.busy, 10)


def test_full_disk_while_saving(planned: Driver, monkeypatch, tmp_path):
    window, full, spare = planned.window, tmp_path / f"full{SUFFIX}", tmp_path / f"spare{SUFFIX}"
    full.write_bytes(b"the case of yesterday")
    with untouched(planned), monkeypatch.context() as disk:
        fill_disk(disk)
        save_as(planned, monkeypatch, full)
        told(planned, f"full{SUFFIX}", "No space left on device", hint="Save it somewhere else")
        assert window.session.unsaved and "not saved" in window.status._saved.text()
    assert full.read_bytes() == b"the case of yesterday"
    assert not list(tmp_path.glob(".*.part"))
    saved(planned, monkeypatch, spare)
    planned.spin()
    assert read_case(spare)[0].plan == window.session.case.plan
    assert window.messages.words == "", "the refusal outlived what was refused"
    assert "not saved" not in window.status._saved.text()


@pytest.mark.slow
def test_full_disk_while_taking_pictures_and_report(planned: Driver, monkeypatch, tmp_path):
    window, session = planned.window, planned.window.session
    session.apply("Shorten", lambda case: set_schedule(case, (Phase(kind="on", duration_s=60),)))
    planned.wait_settled()
    out, report = tmp_path / "out", tmp_path / "out" / "report.pdf"
    out.mkdir()
    report.write_bytes(b"the report of yesterday")
    for command, path in (("pictures", out), ("report", report), ("sheet", out / "sheet.png")):
        with untouched(planned), monkeypatch.context() as disk:
            fill_disk(disk)
            choose(planned, monkeypatch, path)
            window.commands.actions[command].trigger()
            name = "axial.png" if command == "pictures" else path.name
            told(planned, name, "No space left on device", hint="Choose another folder")
            assert session.unsaved and "not saved" in window.status._saved.text()
    assert [p.name for p in out.iterdir()] == ["report.pdf"]
    assert report.read_bytes() == b"the report of yesterday"
    choose(planned, monkeypatch, report)
    window.commands.actions["report"].trigger()
    planned.wait(lambda: report.read_bytes().startswith(b"%PDF"), 120)
    planned.wait(lambda: window.messages.words == "")
    assert window.status._saved.text() == "Report written: report.pdf · not saved"


def test_a_long_path_is_broken_and_not_clipped_in_a_narrow_window(planned: Driver, tmp_path):
    planned.window.resize(1366, 768)
    planned.spin()
    width = planned.window.width()
    with untouched(planned):
        drop(planned, tmp_path.joinpath(*["radiology-archive-of-the-department"] * 9))
        told(planned, "There is no file or folder", hint="Check the path")
    assert planned.window.width() == width


def test_escape_and_the_cross_close_a_message(planned: Driver, tmp_path):
    (tmp_path / "nothing").mkdir()
    for close in (lambda: planned.press(Qt.Key.Key_Escape), lambda: click_cross(planned)):
        drop(planned, tmp_path / "nothing")
        told(planned, "is empty", hint="Choose")
        close()
        assert planned.window.messages.words == ""


def click_cross(driver: Driver) -> None:
    bar = driver.window.messages
    cross = bar.layout().itemAt(bar.layout().count() - 1).widget()
    QTest.mouseClick(cross, Qt.MouseButton.LeftButton, pos=QPoint(5, 5))
    driver.spin()
