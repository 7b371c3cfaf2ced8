"""The log holds versions, commands, jobs and faults, and by the way it is made no identity."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app import log
from app.contained import report_uncaught
from app.log import Log, Plain, code_of, name_of, note, text_to_send
from imaging.dicom.write import write_ct_series
from imaging.errors import DomainError, ImagingError
from imaging.phantom import Phantom
from tests.app.conftest import Driver
from tests.builders.bad_input import fill_disk

ROOT = Path(__file__).parents[2]
NAME, NUMBER = "Mustermann^Erika", "PID4815162342"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def running(home: Path) -> Iterator[Log]:
    made = Log(home)
    yield made
    made.end()


def written(home: Path) -> str:
    return text_to_send(home)


def test_only_what_the_program_says_is_written(running: Log, home: Path):
    note("opened %s with %d slices in %s", NAME, 40, Plain("axial order"))
    assert "opened … with 40 slices in axial order" in written(home)
    logging.getLogger("app.anything").warning("cannot read %s of %s", Path("/home/erika"), {NAME: NUMBER})
    assert "WARNING cannot read … of …" in written(home)
    logging.getLogger("planning.anything").error(ValueError(NAME))
    wrong = logging.makeLogRecord({"msg": "%d slices", "args": (NAME,)})
    assert log._WithoutIdentity().format(wrong) == "%d slices"
    assert "Erika" not in written(home) and NUMBER not in written(home) and "/" not in written(home)


def test_of_a_fault_type_and_place_are_written_and_of_a_refusal_its_code(running: Log, home: Path):
    def refuse() -> None:
        try:
            raise KeyError(NAME)
        except KeyError as error:
            raise ImagingError(f"{NAME} is tilted.", code="series-tilted") from error

    try:
        refuse()
    except ImagingError:
        logging.getLogger("app.tests").exception("fault")
    text = written(home)
    assert "imaging.errors.ImagingError series-tilted" in text and "builtins.KeyError" in text
    assert f"{__name__}:" in text and "refuse" in text
    assert "Erika" not in text and "tilted." not in text


def test_codes_and_names_of_jobs_are_the_programs_own():
    assert code_of(DomainError("", code="case-newer")) == "case-newer"
    assert code_of(DomainError("", code=f"{NAME} is missing")) == "…"
    assert name_of(written) == f"{__name__}.written"
    assert name_of(lambda _: 0).endswith("test_codes_and_names_of_jobs_are_the_programs_own.<lambda>")


def test_the_place_of_a_crash_is_noted_by_the_next_run_without_paths(running: Log, home: Path):
    crash = home / "log" / "20260101-000000-1.crash"
    crash.write_text(
        "Fatal Python error: Segmentation fault\n\nThread 0x01 (most recent call first):\n"
        '  File "/home/erika/sacroplan/app/jobs/runner.py", line 170 in _serve\n\n'
        "Current thread 0x00007f (most recent call first):\n"
        f'  File "{ROOT}/app/views/view3d.py", line 120 in _render\n'
        '  File "/home/erika/app/secret/app/views/view3d.py", line 5 in _render\n'
        '  File "/home/erika/venv/lib/python3.11/site-packages/vtkmodules/util/misc.py", line 7 in render\n'
        '  File "/home/erika/mustermann/erika.py", line 9 in of_mustermann\n\n'
        "Extension modules: numpy, /home/erika/x\n"
    )
    Log(home).end()
    text = written(home)
    for expected in (
        "Fatal Python error: Segmentation fault", "    app/views/view3d.py:120 in _render",
        "    vtkmodules/util/misc.py:7 in render", "    elsewhere\n",
    ):  # fmt: skip
        assert expected in text, expected
    assert (
        "erika" not in text
        and "mustermann" not in text
        and "secret" not in text
        and "runner" not in text
        and not crash.exists()
    )


def test_the_logs_of_few_runs_are_kept_and_none_grows_for_ever(home: Path, monkeypatch):
    folder = home / "log"
    folder.mkdir(parents=True)
    for n in range(14):
        (folder / f"202601{n:02d}-000000-1.log").write_text("old\n")
    monkeypatch.setattr(log, "_LARGEST_BYTES", 2000)
    running = Log(home)
    for n in range(300):
        note("line %d", n)
    running.end()
    runs = {path.name.split(".")[0] for path in folder.iterdir()}
    assert len(runs) == 10 and sum(path.stat().st_size for path in folder.glob("*.log*")) < 8000
    assert "line 299" in written(home) and "line 3\n" not in written(home)


def test_without_a_log_the_program_goes_on(tmp_path: Path):
    (tmp_path / "log").write_text("a file where the folder would be")
    assert log.begin_log(tmp_path) is None


@pytest.mark.window
def test_no_identity_comes_into_the_log(driver: Driver, small_phantom: Phantom, tmp_path: Path, monkeypatch):
    window, session = driver.window, driver.window.session
    driver.keep_quiet()
    monkeypatch.setattr(sys, "excepthook", report_uncaught)
    folder = tmp_path / "Mustermann_Erika_19500423"
    folder.mkdir()
    write_ct_series(small_phantom.volume, folder, patient_name=NAME, patient_id=NUMBER)
    running = Log(window.settings.folder)

    def fail(*_: object) -> None:
        raise ValueError(f"{NAME} {NUMBER} in {folder}")

    def lose(*_: object) -> None:
        raise FileNotFoundError(2, "No such file", str(folder))

    window.open_path(folder)
    driver.wait(lambda: session.case is not None)
    session.rename("Mustermann, Erika")
    session.save(tmp_path / "Mustermann.sacroplan")
    driver.wait(lambda: not session.unsaved)
    window.open_path(tmp_path / "Erika" / "missing.sacroplan")
    driver.wait(lambda: bool(window.messages.words))
    for act in (fail, lose):
        window.jobs.batch("Thresholding Mustermann", act, fail)
        window.jobs.batch("Reading Erika", lambda _: 0, act)
        driver.wait(lambda: not window.jobs.busy)
        with monkeypatch.context() as broken:
            broken.setattr(window.view3d, "_render", act)
            broken.setattr(driver.view("axial"), "_draw_ground", act)
            broken.setattr(window, "show_layout", act)
            window.commands.run("layout-conventional")
            window.view.changed.emit()
            driver.spin()
    target = tmp_path / "log.txt"
    window.choose_target = lambda *_: target
    with monkeypatch.context() as disk:
        fill_disk(disk)
        window.commands.actions["save-log"].trigger()
        driver.wait(lambda: "could not be written" in window.messages.words)
    window.commands.actions["save-log"].trigger()
    driver.wait(lambda: "saved as log.txt" in window.messages.words)
    assert "read it before you send it" in window.messages.hint
    running.end()
    text = target.read_text()
    for expected in (
        "sacroplan 0.1.0", "PySide6", "command layout-conventional", "command save-log", "CaseFile.save.<lambda>",
        "refused: case-missing", "builtins.ValueError", "builtins.FileNotFoundError", "app.jobs.runner:",
    ):  # fmt: skip
        assert expected in text, expected
    for identity in ("mustermann", "erika", NUMBER.lower(), "4815", "1950", "/", "\\"):
        assert identity not in text.lower(), identity
