"""Label maps and TotalSegmentator from the window: one step of undo, notes as a notice, refusals told."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog, QPushButton

from app.total_segmentator import HOW_TO_GET_IT
from app.view_state import Step
from tests.builders.label_maps import bony_ct, stand_in, write_map


def show(driver, monkeypatch):
    """The small CT, without what the program finds by itself."""
    monkeypatch.setattr("app.controllers.session.find_structures", lambda session: None)
    driver.window.session.show_volume(bony_ct(), "bony.nrrd", "Bony")
    driver.window.view.go_to(Step.STRUCTURES)
    driver.spin(0.1)


def test_a_label_map_is_imported_as_one_step_of_undo(driver, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    window, session = driver.window, driver.window.session
    assert not window.commands.actions["import-labels"].isEnabled()
    show(driver, monkeypatch)
    monkeypatch.setattr(window, "choose_file", lambda *_: write_map(tmp_path / "labels.nii.gz"))
    window.panels[Step.STRUCTURES]._from_map.click()
    driver.wait(lambda: session.case.find("ilium.L") is not None)
    driver.spin(0.3)
    assert len(session.case.structures) == 7 and not any(s.confirmed for s in session.case.structures)
    assert "liver" in window.messages.words and "confirm" in window.messages.hint
    session.undo()
    assert session.case.structures == ()
    monkeypatch.setattr(window, "choose_folder", lambda *_: tmp_path)
    window.commands.run("import-label-folder")
    driver.wait(lambda: "holds nothing" in window.messages.words)
    assert session.case.structures == ()
    by_total = window.panels[Step.STRUCTURES]._total_segmentator
    assert not by_total.isEnabled() and by_total.toolTip() == HOW_TO_GET_IT


def test_totalsegmentator_asks_first_runs_beside_other_work_and_can_be_cancelled(driver, monkeypatch, tmp_path):
    program = stand_in(tmp_path, monkeypatch)
    program.answer("time.sleep(60)")
    show(driver, monkeypatch)
    window, session = driver.window, driver.window.session

    def start():
        window.panels[Step.STRUCTURES]._total_segmentator.click()
        (asked,) = [w for w in driver.application.topLevelWidgets() if isinstance(w, QDialog) and w.isVisible()]
        assert "Apache-2.0" in asked.layout().itemAt(0).widget().text()
        next(b for b in asked.findChildren(QPushButton) if b.text() == "Run TotalSegmentator").click()
        driver.spin(0.1)

    start()
    driver.wait(lambda: window.jobs.busy)
    session.save(tmp_path / "case.sacroplan")
    driver.wait(lambda: session.path is not None, 5)
    window.commands.run("cancel")
    driver.wait(lambda: not window.jobs.busy, 5)
    assert session.case.structures == ()
    program.gives(write_map(tmp_path / "made.nii.gz"))
    start()
    driver.wait(lambda: session.case.find("sacrum") is not None)
    assert session.case.structure("sacrum").origin.startswith("found by TotalSegmentator")
