"""Several plans in the window: copied, named, taken, compared and approved with real mouse and keys."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton, QToolButton

from app.controllers.case_file import read_with_ct
from app.view_state import Step
from app.widgets.comparison_dialog import ComparisonDialog
from app.widgets.words_edit import WordsEdit
from imaging.progress import no_progress
from planning import services
from planning.case_io import read_case, write_case
from planning.catalogue.own_thresholds import reset_thresholds, set_threshold
from planning.errors import PlanError
from planning.operations.plans import copy_plan
from planning.operations.probes import remove_probe
from planning.plans import plan_digests
from tests.app.conftest import Driver
from tests.report_case import small_plan, zone_of


@pytest.fixture
def shown(driver: Driver) -> Driver:
    """The small plan of two probes with its prediction; nothing is solved but by formula."""
    driver.keep_quiet()
    case, volume = small_plan()
    case = replace(case, name="Test")
    zone = zone_of(case)
    driver.window.session.show_case(case, volume, {zone.digest: zone})
    driver.window.view.go_to(Step.PROBES)
    driver.wait(lambda: driver.window.session.verdict_is_current)
    return driver


def titles(driver: Driver) -> list[str]:
    return [p.title for p in driver.window.session.case.all_plans]


def button(widget, words: str) -> QPushButton:
    return next(b for b in widget.findChildren(QPushButton) if b.text() == words and b.isVisible())


def icon_of(widget, tip: str) -> QToolButton:
    return next(b for b in widget.findChildren(QToolButton) if b.toolTip() == tip and b.isVisible())


def press(button) -> None:
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def remove_one(driver: Driver) -> None:
    driver.window.session.apply("Delete", lambda case: remove_probe(case, case.plan.probes[-1].id))


def approve(driver: Driver) -> None:
    keeping = driver.window.plan_keeping

    def known() -> bool:
        keeping.look_against()
        return keeping.against is not None

    driver.wait(known)
    keeping.approve("A. Reader")


def comparison(driver: Driver) -> ComparisonDialog:
    driver.wait(driver.window.commands.actions["compare-plans"].isEnabled)
    driver.press(Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    driver.wait(lambda: driver.window.findChild(ComparisonDialog) is not None)
    dialog = driver.window.findChild(ComparisonDialog)
    driver.wait(lambda: dialog.table.rowCount() > 0)
    return dialog


def test_a_copy_is_changed_renamed_and_left_for_the_first(shown: Driver):
    window, panel = shown.window, shown.window.panels[Step.PROBES]
    press(button(panel, "Copy"))
    shown.wait(lambda: titles(shown) == ["Plan 1", "Plan 2"])
    remove_one(shown)
    shown.wait(lambda: any(b.toolTip() == "Rename Plan 2" and b.isVisible() for b in panel.findChildren(QToolButton)))
    press(icon_of(panel, "Rename Plan 2"))
    shown.wait(lambda: panel.findChild(WordsEdit) is not None and panel.findChild(WordsEdit).hasFocus())
    QTest.keyClicks(panel.findChild(WordsEdit), "One probe")
    QTest.keyClick(panel.findChild(WordsEdit), Qt.Key.Key_Return)
    shown.wait(lambda: titles(shown) == ["Plan 1", "One probe"])
    shown.wait(lambda: window.top_bar._plan.text() == "One probe")
    shown.press(Qt.Key.Key_PageDown, Qt.KeyboardModifier.AltModifier)
    shown.wait(lambda: window.session.case.plan.number == 1)
    assert len(window.session.case.plan.probes) == 2
    # Its own prediction is shown again, without being made anew.
    shown.wait(lambda: window.session.verdict_is_current and window.session.verdict.fidelity == "physics")
    shown.press(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    shown.wait(lambda: window.session.case.plan.title == "One probe")


def test_escape_leaves_a_name_as_it_was(shown: Driver):
    panel = shown.window.panels[Step.PROBES]
    press(icon_of(panel, "Rename Plan 1"))
    shown.wait(lambda: panel.findChild(WordsEdit) is not None and panel.findChild(WordsEdit).hasFocus())
    QTest.keyClicks(panel.findChild(WordsEdit), "Other")
    QTest.keyClick(panel.findChild(WordsEdit), Qt.Key.Key_Escape)
    shown.spin(0.1)
    assert titles(shown) == ["Plan 1"] and not shown.window.session.store.undo_names


def test_plans_are_compared_and_the_missing_prediction_is_made(shown: Driver, monkeypatch):
    window = shown.window
    press(button(window.panels[Step.PROBES], "Copy"))
    remove_one(shown)
    first, second = plan_digests(window.session.case).values()
    dialog = comparison(shown)
    assert dialog.table.horizontalHeaderItem(1).text() == "Plan 1"
    probes = next(n for n in range(1, dialog.table.rowCount()) if dialog.table.item(n, 0).text() == "Probes")
    assert [dialog.table.item(probes, n).text()[:1] for n in (1, 2)] == ["2", "1"]
    covered = next(n for n in range(1, dialog.table.rowCount()) if dialog.table.item(n, 0).text() == "Lesion covered")
    assert dialog.table.item(covered, 2).text() == "not predicted"
    solved = []

    def predict(case, volume, progress=None, *, with_course=False):
        solved.append(services.prediction_digest(case))
        return zone_of(case)

    monkeypatch.setattr(services, "predict", predict)
    press(dialog.predict)
    shown.wait(lambda: dialog.table.item(covered, 2).text() != "not predicted")
    assert solved == [second] and first != second and not dialog.predict.isEnabled()
    press(button(dialog, "Take"))
    shown.wait(lambda: window.session.case.plan.number == 1)
    dialog.close()
    shown.spin(0.1)
    assert window.findChild(ComparisonDialog) is None


def test_approving_needs_a_name_and_falls_by_an_edit_until_it_is_undone(shown: Driver):
    window = shown.window
    window.view.go_to(Step.PRESENT)
    section = window.panels[Step.PRESENT].approval
    assert not section.approve.isEnabled() and "name" in section.approve.toolTip()
    QTest.keyClicks(section.by, "A. Reader")
    shown.wait(section.approve.isEnabled)
    press(section.approve)
    shown.wait(lambda: window.session.case.plan.approval is not None)
    shown.wait(lambda: section.aside.text() == "stands")
    assert window.settings.approver == "A. Reader"
    remove_one(shown)
    shown.wait(lambda: section.aside.text() == "fallen")
    assert any("is gone" in words for words in window.plan_keeping.fallen_because)
    assert not section.approve.isEnabled() and "settled prediction" in section.approve.toolTip()
    window.session.undo()
    shown.wait(lambda: section.aside.text() == "stands")
    press(section.withdraw)
    shown.wait(lambda: window.session.case.plan.approval is None)


def test_commands_on_several_plans_say_why_they_rest(shown: Driver):
    window = shown.window
    acts = window.commands.actions
    for name in ("next-plan", "previous-plan", "compare-plans", "remove-plan"):
        assert not acts[name].isEnabled() and "one plan only" in acts[name].toolTip()
    window.commands.run("new-plan")
    shown.wait(lambda: acts["remove-plan"].isEnabled())
    assert window.session.case.plan.probes == ()
    window.commands.run("remove-plan")
    shown.wait(lambda: titles(shown) == ["Plan 1"])
    assert QKeySequence("Ctrl+Shift+D") in acts["copy-plan"].shortcuts()


def test_the_menu_of_the_top_bar_lists_the_plans_and_takes_one(shown: Driver):
    window = shown.window
    window.commands.run("copy-plan")
    shown.wait(lambda: window.top_bar._plan.text() == "Plan 2")
    menu = window.top_bar._plan.menu()
    menu.aboutToShow.emit()
    listed = [a for a in menu.actions() if a.isCheckable()]
    assert [a.isChecked() for a in listed] == [False, True]
    listed[0].trigger()
    shown.wait(lambda: window.session.case.plan.number == 1)


def test_zones_of_all_plans_are_saved(shown: Driver, tmp_path):
    window = shown.window
    window.commands.run("copy-plan")
    remove_one(shown)
    zone = zone_of(window.session.case)
    window.session.remember(zone)
    window.session.file.save_now(tmp_path / "c.sacroplan")
    case, zones = read_case(tmp_path / "c.sacroplan")
    assert set(zones) == set(plan_digests(case).values()) and len(zones) == 2


def test_an_approval_of_a_plan_that_is_not_in_hand_is_seen_to_fall(shown: Driver):
    window, panel = shown.window, shown.window.panels[Step.PROBES]
    approve(shown)
    window.commands.run("copy-plan")
    shown.wait(
        lambda: any(w.toolTip() == "Approved by A. Reader" and w.isVisible() for w in panel.findChildren(QLabel))
    )
    window.session.apply("Delete a structure", lambda case: replace(case, structures=case.structures[:-1]))
    gone = small_plan()[0].structures[-1].name
    words = f"The approval by A. Reader fell: {gone} is gone"
    shown.wait(lambda: any(w.toolTip() == words and w.isVisible() for w in panel.findChildren(QLabel)))
    assert window.plan_keeping.fallen_because == (), "the plan in hand was never approved"


def test_an_approval_falls_when_a_level_of_harm_is_changed_and_stands_again_with_it(shown: Driver):
    window = shown.window
    approve(shown)
    window.view.go_to(Step.PRESENT)
    section = window.panels[Step.PRESENT].approval
    shown.wait(lambda: section.aside.text() == "stands")
    set_threshold("root.cold", "alarm", 2.0)
    window.session.rules_changed()
    shown.wait(lambda: section.aside.text() == "fallen")
    assert window.plan_keeping.fallen_because == ("a level of harm changed",)
    reset_thresholds()
    window.session.rules_changed()
    shown.wait(lambda: section.aside.text() == "stands")


def test_a_device_that_is_not_at_hand_is_refused_in_a_plan_that_is_not_in_hand_too(tmp_path):
    case, _ = small_plan()
    two = copy_plan(case)
    probes = tuple(replace(probe, device_id="somebodys-own") for probe in case.plan.probes)
    write_case(tmp_path / "c.sacroplan", replace(two, other_plans=(replace(case.plan, probes=probes),)))
    with pytest.raises(PlanError, match="somebodys-own") as refused:
        read_with_ct(tmp_path / "c.sacroplan", no_progress())
    assert refused.value.code == "device-unknown" and "add its file" in refused.value.hint
