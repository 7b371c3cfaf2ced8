"""Ways in, in the window: map, suggestions, distances, posture and rules, with real mouse and keys."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton

from app.panels.clearance_section import ClearanceSection
from app.panels.room_section import RoomSection
from app.panels.ways_in_section import WaysInSection
from app.representations.near_lines import nearest_of
from app.view_state import Step
from app.widgets.basics import Row
from app.widgets.rules_dialog import RulesDialog
from planning.catalogue.rules import builtin_path_rules, load_path_rules
from planning.model.room import Posture
from planning.operations.probes import add_probe, move_probe
from planning.operations.structures import put_structure, remove_structure
from tests.app.conftest import Driver
from tests.builders.paths import BODY_MM, NO_LENGTH, nerve, patient

pytestmark = pytest.mark.window


@pytest.fixture
def open_case(driver: Driver, tmp_path, monkeypatch) -> Driver:
    """A window with the round patient and a nerve beside the straight way, at the step of probes."""
    monkeypatch.setenv("SACROPLAN_HOME", str(tmp_path / "own"))
    session = driver.window.session
    driver.keep_quiet()
    case, volume = patient(nerve([(14, 30, -30), (14, 30, 30)]))
    session.show_volume(volume, "round", "Round")
    for structure in case.structures:
        session.apply("Outline", lambda c, s=structure: put_structure(c, s))
    driver.window.view.device_id = NO_LENGTH
    driver.window.view.go_to(Step.PROBES)
    driver.spin(0.1)
    return driver


def place(driver: Driver, entry=(0, BODY_MM, 0), tip=(0, -4, 0)) -> None:
    session = driver.window.session
    session.apply("Place", lambda case: add_probe(case, NO_LENGTH, entry, tip))
    driver.window.view.select(session.case.plan.probes[-1].id)
    driver.wait(lambda: bool(driver.window.view.near))


def said(widget) -> str:
    return " ".join(label.text() for label in widget.findChildren(QLabel) if label.isVisibleTo(widget))


def section(driver: Driver, kind):
    return driver.window.findChild(kind)


def click(driver: Driver, widget, at: QPoint | None = None) -> None:
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton, pos=at or widget.rect().center())
    driver.spin(0.05)


def rows(widget) -> list[Row]:
    return [r for r in widget.findChildren(Row) if r.isVisibleTo(widget)]


def button(widget, words: str) -> QPushButton:
    return next(b for b in widget.findChildren(QPushButton) if b.text() == words)


# ---------------------------------------------------------------- distances


def test_distances_are_listed_follow_the_needle_and_lines_are_drawn(open_case):
    place(open_case)
    panel = section(open_case, ClearanceSection)
    open_case.wait(lambda: "S1 L" in said(panel) and "vessels, bowel and bladder" in said(panel))
    assert "11.2" in said(panel) and "≥\u202f10\u202fmm" in said(panel)
    session = open_case.window.session
    scene = session.scene()
    (found, _), *_ = nearest_of(scene)
    assert found.name == "S1 L" and found.distance_mm == pytest.approx(14 - 2 - 0.75)
    probe = session.case.plan.probes[0]
    session.apply("Move", lambda c: move_probe(c, probe.id, entry_mm=(8, BODY_MM - 2, 0), tip_mm=(8, -4, 0)))
    open_case.wait(lambda: "passes S1 L at 3.2" in said(panel))
    assert "may touch it" not in said(panel)
    click(open_case, next(r for r in panel.findChildren(Row) if "S1 L" in said(r)))
    assert open_case.window.view.crosshair_mm == pytest.approx((12, 30, 0), abs=1.0)


# ---------------------------------------------------------------- the map


def test_the_map_is_shown_told_clicked_and_put_away(open_case):
    window = open_case.window
    QTest.keyClick(window, Qt.Key.Key_M, Qt.KeyboardModifier.ControlModifier)
    open_case.wait(lambda: window.view.skin_map is not None)
    shown = window.view.skin_map
    assert button(section(open_case, WaysInSection), "Skin map").isChecked()
    assert shown.target_mm == pytest.approx((0, 0, 0), abs=1.0)
    best = shown.mesh.points_mm[np.nanargmin(shown.cost)]
    window.view3d.entryTaken.emit(best)
    (probe,) = window.session.case.plan.probes
    assert probe.entry_mm == pytest.approx(best) and window.view.selected == probe.id
    window.commands.run("skin-map")
    assert window.view.skin_map is None and not button(section(open_case, WaysInSection), "Skin map").isChecked()


def test_a_click_on_the_picture_meets_the_map_and_a_refused_place_says_why(open_case):
    window = open_case.window
    window.commands.run("skin-map")
    open_case.wait(lambda: window.view.skin_map is not None)
    open_case.spin(0.5)
    view = window.view3d
    at = view._skin_under(view.rect().center().toPointF())
    assert at is not None and np.linalg.norm(at) == pytest.approx(BODY_MM, abs=3.0)
    refused = []
    window.session.refused.connect(refused.append)
    shown = window.view.skin_map
    bad = shown.mesh.points_mm[np.flatnonzero(shown.screened.refused_by >= 0)[0]]
    window.view3d.entryTaken.emit(bad)
    assert refused and "No entry here" in str(refused[0]) and not window.session.case.plan.probes


def test_the_map_follows_target_and_structures(open_case):
    window, session = open_case.window, open_case.window.session
    place(open_case)
    window.commands.run("skin-map")
    open_case.wait(lambda: window.view.skin_map is not None)
    first = window.view.skin_map
    probe = session.case.plan.probes[0]
    assert first.target_mm == pytest.approx(probe.tip_mm)
    session.apply("Move", lambda c: move_probe(c, probe.id, tip_mm=(3, -2, 6)))
    open_case.wait(lambda: window.view.skin_map is not first)
    assert window.view.skin_map.target_mm == pytest.approx((3, -2, 6))


def test_without_skin_the_map_says_what_to_do(open_case):
    open_case.window.session.apply("Remove", lambda c: remove_structure(c, "skin"))
    open_case.window.commands.run("skin-map")
    panel = section(open_case, WaysInSection)
    open_case.wait(lambda: "skin is not outlined" in said(panel))
    assert "Find the structures first" in said(panel)


# ---------------------------------------------------------------- suggestions


def test_suggestions_are_listed_looked_at_compared_and_taken(open_case):
    window = open_case.window
    panel = section(open_case, WaysInSection)
    click(open_case, button(panel, "Suggest paths"))
    open_case.wait(lambda: bool(window.ways_in.suggestions))
    open_case.spin(0.1)
    assert len(rows(panel)) == len(window.ways_in.suggestions) >= 2 and "deep" in said(rows(panel)[0])
    for n in (0, 1):
        click(open_case, rows(panel)[n], QPoint(20, 8))
    first, second = window.ways_in.suggestions[:2]
    assert window.view.offered.probes == (second.probe,) and window.session.scene().offered is window.view.offered
    assert "Bone drilled" in said(panel) and f"1. {first.corridor.kind_words}" in said(panel)
    click(open_case, button(rows(panel)[1], "Use"))
    (probe,) = window.session.case.plan.probes
    assert probe.tip_mm == second.probe.tip_mm and window.view.offered is None
    assert window.session.store.undo_names[0] == "Add probe"
    open_case.wait(lambda: len(rows(panel)) >= 2)
    click(open_case, button(rows(panel)[0], "Use"))
    (probe,) = window.session.case.plan.probes
    assert probe.tip_mm == first.probe.tip_mm, "the selected probe is placed anew"


def test_suggestions_go_when_a_structure_changes(open_case):
    window = open_case.window
    window.commands.run("suggest-paths")
    open_case.wait(lambda: bool(window.ways_in.suggestions))
    other = nerve([(-14, 30, -30), (-14, 30, 30)], "S2")
    window.session.apply("Outline", lambda c: put_structure(c, other))
    assert not window.ways_in.suggestions


# ---------------------------------------------------------------- patient, scanner, rules


def test_posture_and_bore_are_set_told_and_undone(open_case):
    window, panel = open_case.window, section(open_case, RoomSection)
    assert "CT was taken" not in said(panel)
    panel.posture.setCurrentIndex(list(Posture).index(Posture.SUPINE))
    panel.posture.activated.emit(panel.posture.currentIndex())
    assert window.session.case.plan.room.posture is Posture.SUPINE
    open_case.wait(lambda: "does not say" in said(panel) or "CT was taken prone" in said(panel))
    panel.bore.setValue(700)
    assert window.session.case.plan.room.bore_mm == 700
    window.session.undo()
    window.session.undo()
    assert window.session.case.plan.room.posture is Posture.PRONE
    open_case.wait(lambda: panel.bore.text() == "not given")


def test_rules_are_changed_refused_and_reset_in_their_window(open_case):
    place(open_case)
    panel = section(open_case, ClearanceSection)
    open_case.window.commands.run("path-rules")
    dialog = open_case.window.findChild(RulesDialog)
    line = next(n for n in range(dialog.table.rowCount()) if dialog.table.item(n, 0).text() == "Roots and nerves")
    dialog.table.item(line, 2).setText("12")
    assert load_path_rules().limits["nerves"].caution == 12 and "Changed" in dialog.said.text()
    open_case.wait(lambda: "≥\u202f12\u202fmm" in said(panel))
    dialog.table.item(line, 3).setText("40")
    assert "contradict" in dialog.said.text() and load_path_rules().limits["nerves"].alarm is None
    dialog.table.item(line, 3).setText("near")
    assert "not a number" in dialog.said.text()
    dialog.table.item(line, 2).setText("")
    assert load_path_rules().limits["nerves"].caution is None
    click(open_case, dialog.reset_button)
    assert load_path_rules() is builtin_path_rules()
    dialog.close()


def test_map_and_suggestions_are_looked_for_beside_each_other(open_case):
    window = open_case.window
    window.commands.run("skin-map")
    window.commands.run("suggest-paths")
    assert window.ways_in.at_work
    open_case.wait(lambda: window.view.skin_map is not None and bool(window.ways_in.suggestions))
    assert not window.ways_in.at_work
