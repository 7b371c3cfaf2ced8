"""Clinical facts, score, options and registry in the window, with real mouse and keys."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from app.controllers import registry
from app.view_state import Step
from app.widgets.registry_dialog import RegistryDialog
from planning.case_io import write_case
from planning.decision.decide import Standing
from planning.model.clinical import Appearance, CanalExtension
from planning.model.course import PainScale
from planning.operations.clinical import change_course, change_sins
from tests import report_case
from tests.app.conftest import Driver

pytestmark = pytest.mark.window


def words_of(widget) -> str:
    return " ".join(label.text() for label in widget.findChildren(QLabel) if label.isVisibleTo(widget))


def pick(box, value) -> None:
    """Choose a value with the keyboard, as a user would from the list."""
    box.setFocus()
    while box.currentData() != value:
        before = box.currentIndex()
        QTest.keyClick(box, Qt.Key.Key_Down)
        assert box.currentIndex() != before


def _facts_are_said_decided_on_and_undone(driver: Driver, page) -> None:
    session = driver.window.session
    clinical = lambda: session.case.clinical  # noqa: E731
    assert page._deciding.decision().advice("cement").standing is Standing.NOT_ASSESSED
    # What the CT proposes counts only once it is taken.
    driver.wait(page.clinical.take.isVisible)
    assert "Looks lytic" in page.clinical.looks.text() and clinical().appearance is None
    QTest.mouseClick(page.clinical.take, Qt.MouseButton.LeftButton)
    assert clinical().appearance is Appearance.LYTIC
    driver.wait(lambda: not page.clinical.take.isVisible())
    pick(page.clinical.boxes["appearance"], "sclerotic")
    assert clinical().appearance is Appearance.SCLEROTIC
    driver.wait(lambda: "A sclerotic lesion is frozen" in words_of(page.decision))
    said = next(x for x in page.decision.findChildren(QLabel) if x.text().startswith("A sclerotic lesion is frozen"))
    assert "Tomasian" in said.toolTip() and "sclerotic-cryo" in said.toolTip()
    QTest.mouseClick(page.clinical.answers["fracture"].buttons[True], Qt.MouseButton.LeftButton)
    assert clinical().fracture is True
    driver.wait(lambda: "There is a fracture" in words_of(page.decision))
    QTest.mouseClick(page.clinical.answers["fracture"].buttons[True], Qt.MouseButton.LeftButton)
    assert clinical().fracture is None
    pick(page.clinical.boxes["canal"], "1b")
    assert clinical().canal is CanalExtension.SAC
    driver.wait(lambda: "by analogy" in words_of(page.decision))
    # The score lives: five items and the appearance, then a sum.
    page.sins.fold.click()
    form = {"location": "junctional", "pain": "mechanical", "alignment": "normal"}
    session.apply("Fill in the form", lambda case: change_sins(case, **form))
    pick(page.sins.boxes["collapse"], "over-half")
    driver.wait(lambda: "posterolateral missing; at least 9 of 18" in words_of(page.sins))
    pick(page.sins.boxes["posterolateral"], "bilateral")
    driver.wait(lambda: "12\u202fof\u202f18, potentially unstable" in page.sins.aside.text())
    driver.wait(lambda: "SINS is 7 or more" in words_of(page.decision))
    # A click on an option shows and hides what is said of it.
    laser = page.decision._head(page._deciding.decision().advice("laser"))
    assert "One bare fibre" not in words_of(page.decision)
    laser.clicked.emit()
    driver.wait(lambda: "One bare fibre" in words_of(page.decision))
    assert session.store.undo_names[0] == "Set SINS posterolateral"
    driver.press(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert clinical().sins.posterolateral is None
    driver.wait(lambda: page.sins.boxes["posterolateral"].currentData() is None)
    # Everything open at once still fits the narrow inspector.
    for section in (page.sins, page.afterwards, page.outcome):
        section.fold.setChecked(True)
    driver.window.resize(1366, 768)
    driver.spin(0.1)
    assert page.widget().minimumSizeHint().width() <= page.viewport().width()


def _the_course_is_recorded(driver: Driver, page) -> None:
    session, outcome = driver.window.session, page.outcome
    course = lambda: session.case.clinical.course  # noqa: E731
    outcome.fold.setChecked(True)
    assert not outcome.numbers["pain_before"].isEnabled()
    pick(outcome.scale, "NPRS")
    driver.wait(outcome.numbers["pain_before"].isEnabled)
    for key, typed in (("pain_before", "7"), ("pain_after", "3")):
        box = outcome.numbers[key]
        box.setFocus()
        box.selectAll()
        QTest.keyClicks(box, typed)
        QTest.keyClick(box, Qt.Key.Key_Return)
    assert (course().pain_scale, course().pain_before, course().pain_after) == (PainScale.NPRS, 7, 3)
    pick(outcome.cirse, "2")
    pick(outcome.scale, "VAS")
    assert (course().pain_before, course().complication.value) == (None, "2")


def _the_registry_lists_and_exports(driver: Driver, tmp_path, monkeypatch) -> None:
    session = driver.window.session
    folder = tmp_path / "cases"
    folder.mkdir()
    write_case(folder / "one.sacroplan", change_course(session.case, pain_before=6.5, pain_after=2))
    (folder / "cut.sacroplan").write_bytes(b"PK")
    monkeypatch.setattr(driver.window, "choose_folder", lambda title: folder)
    driver.window.commands.run("registry")
    (dialog,) = driver.window.findChildren(RegistryDialog)
    driver.wait(lambda: dialog.registry is not None)
    assert dialog.table.rowCount() == 1 and dialog.table.item(0, 8).text() == "6.5"
    driver.wait(lambda: "cut.sacroplan: The case file" in words_of(dialog))
    assert any(dialog.cohort.item(n, 0).text() == "VAS change" for n in range(dialog.cohort.rowCount()))
    monkeypatch.setattr(driver.window, "choose_target", lambda *_: tmp_path / "out.csv")
    dialog.export_button.click()
    driver.wait((tmp_path / "out.csv").exists)
    assert session.case.name not in (tmp_path / "out.csv").read_text(encoding="utf-8-sig")
    registry.show_registry(driver.window, tmp_path)
    driver.wait(lambda: "There is no case file there" in dialog.head.text())
    dialog.close()
    driver.spin(0.05)


def test_a_case_is_described_decided_on_recorded_and_listed(driver: Driver, tmp_path, monkeypatch):
    # One window for all of it: opening one takes longer than the rest.
    driver.keep_quiet()
    case, volume = report_case.small_plan()
    # Without probes nothing is judged anew after every fact.
    driver.window.session.show_case(case.with_plan(probes=()), volume, {})
    driver.window.view.go_to(Step.CASE)
    page = driver.window.panels[Step.CASE]
    driver.wait(lambda: "mm to" in page.clinical.measured["nerve_gap_mm"].text())
    _facts_are_said_decided_on_and_undone(driver, page)
    _the_course_is_recorded(driver, page)
    _the_registry_lists_and_exports(driver, tmp_path, monkeypatch)
