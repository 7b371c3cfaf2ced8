"""The window with real mouse and keys on the coarse phantom: every tool, every step, every refusal."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pydicom
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDoubleSpinBox, QLabel, QPushButton

from app.controllers import opening, taking_away
from app.representations.slice_plane import Plane
from app.view_state import Step
from app.widgets.dialogs import SeriesDialog
from imaging.phantom import Phantom
from imaging.structures import Side, Tube
from planning.case_io import SUFFIX, read_case
from planning.catalogue import Phase
from planning.ensemble.inputs import InputKind
from planning.model.zone import Fidelity
from planning.operations.objects import lock_object
from planning.operations.probes import set_schedule
from tests.app.conftest import Driver, place_probe
from tests.builders.lesion_in_real_ct import lesion_in_real_ct

pytestmark = pytest.mark.window


def structure(driver: Driver, name: str):
    found = driver.window.session.case.find(name)
    assert found is not None, f"{name} is not marked"
    return found


def test_opening_shows_the_series_and_finds_skin_and_bone(opened: Driver, small_phantom: Phantom):
    window = opened.window
    case = window.session.case
    assert case.image.grid.shape_kji == small_phantom.volume.grid.shape_kji
    assert case.image.synthetic and "synthetic" in window.top_bar.about.text()
    assert not structure(opened, "skin").confirmed
    assert window.view.step is Step.STRUCTURES
    frame = opened.view("axial").frame
    assert frame.edge_letters == ("R", "L", "A", "P")
    assert opened.view("sagittal").frame.edge_letters == ("A", "P", "S", "I")
    assert opened.view("coronal").frame.edge_letters == ("R", "L", "S", "I")


def test_click_moves_the_crosshair_of_all_views(opened: Driver, small_phantom: Phantom):
    opened.press(Qt.Key.Key_V)
    target = np.array(small_phantom.lesions[0].centre_mm) + [20, -15, 0]
    opened.click("axial", target)
    assert opened.window.view.crosshair_mm == pytest.approx(target, abs=opened.view("axial").frame.mm_per_px)
    for plane in Plane:
        frame = opened.view(plane.value).frame
        assert frame.position_mm == pytest.approx(opened.window.view.crosshair_mm[plane.normal_axis])


def test_wheel_and_keys_scroll_by_slices_and_presets_set_the_window(opened: Driver):
    view = opened.window.view
    z = view.crosshair_mm[2]
    opened.wheel("axial", 2)
    assert view.crosshair_mm[2] == pytest.approx(z + 6.0)
    opened.press(Qt.Key.Key_Down)
    assert view.crosshair_mm[2] == pytest.approx(z + 3.0)
    opened.press(Qt.Key.Key_1)
    assert view.window_hu == (2000, 400)
    opened.press(Qt.Key.Key_2)
    assert view.window_hu == (400, 40)
    before = opened.view("axial").frame.mm_per_px
    opened.wheel("axial", 3, control=True)
    assert opened.view("axial").frame.mm_per_px < before


def test_pixels_are_square_in_millimetres(opened: Driver):
    frame = opened.view("coronal").frame
    a, b, c = frame.to_lps([[100, 100], [200, 100], [100, 200]])
    assert np.linalg.norm(b - a) == pytest.approx(np.linalg.norm(c - a))


def test_right_drag_changes_the_window_and_double_click_maximises(opened: Driver):
    axial = opened.view("axial")
    width = opened.window.view.window_hu[0]
    start = QPoint(axial.width() // 2, axial.height() // 2)
    QTest.mousePress(axial, Qt.MouseButton.RightButton, Qt.KeyboardModifier.NoModifier, start)
    QTest.mouseMove(axial, start + QPoint(30, 0))
    QTest.mouseRelease(axial, Qt.MouseButton.RightButton, Qt.KeyboardModifier.NoModifier, start + QPoint(30, 0))
    assert opened.window.view.window_hu[0] == pytest.approx(width + 120, abs=8)
    opened.press(Qt.Key.Key_V)
    for shown in (False, True):
        QTest.mouseDClick(axial, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, start)
        opened.spin()
        assert opened.window.view3d.isVisible() is shown


def test_lesion_by_a_click_brush_and_eraser_undo_one_stroke_at_a_time(opened: Driver, small_phantom: Phantom):
    truth = small_phantom.lesions[0]
    opened.press(Qt.Key.Key_G)
    opened.click("axial", truth.centre_mm)
    opened.wait(lambda: opened.window.session.case.find("lesion") is not None)
    grown = structure(opened, "lesion")
    assert grown.shape.contains([truth.centre_mm])[0]
    overlap = (grown.shape.array() & truth.mask.array()).sum()
    assert 2 * overlap / (grown.shape.count + truth.mask.count) > 0.6
    opened.press(Qt.Key.Key_B)
    outside = np.array(truth.centre_mm) + [0, 22, 0]
    opened.drag("axial", outside, outside + [8, 0, 0])
    painted = structure(opened, "lesion")
    assert painted.volume_mm3 > grown.volume_mm3 and painted.shape.contains([outside])[0]
    opened.press(Qt.Key.Key_X)
    opened.drag("axial", outside, outside + [8, 0, 0])
    assert not structure(opened, "lesion").shape.contains([outside])[0]
    assert opened.window.session.store.undo_names[:3] == ("Erase Lesion", "Paint Lesion", "Grow lesion")
    opened.press(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert structure(opened, "lesion").shape.digest == painted.shape.digest
    opened.press(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert structure(opened, "lesion").shape.digest == grown.shape.digest
    opened.press(Qt.Key.Key_Y, Qt.KeyboardModifier.ControlModifier)
    assert structure(opened, "lesion").shape.digest == painted.shape.digest


def test_a_root_by_points_over_several_slices(opened: Driver, small_phantom: Phantom):
    truth = small_phantom.roots["S2.L"]
    opened.press(Qt.Key.Key_C)
    panel = opened.window.panels[Step.STRUCTURES]
    panel._centreline.which.setCurrentIndex(panel._centreline.which.findText("Root S2 L"))
    points = truth.points_mm[:: max(len(truth.points_mm) // 5, 1)]
    for point in points:
        opened.look_at(point)
        opened.click("axial", point)
    assert opened.window.session.case.find("root.S2.L") is None
    opened.press(Qt.Key.Key_Return)
    root = structure(opened, "root.S2.L")
    assert root.side is Side.LEFT and isinstance(root.shape, Tube)
    tolerance_mm = opened.view("axial").frame.mm_per_px
    assert root.shape.points_mm == pytest.approx(points, abs=tolerance_mm)


def test_escape_forgets_points_and_backspace_takes_one_back(opened: Driver, small_phantom: Phantom):
    opened.press(Qt.Key.Key_C)
    for point in small_phantom.roots["S1.R"].points_mm[:3]:
        opened.look_at(point)
        opened.click("axial", point)
    opened.press(Qt.Key.Key_Backspace)
    assert len(opened.window.tool.points_mm) == 2
    opened.press(Qt.Key.Key_Escape)
    opened.press(Qt.Key.Key_Return)
    assert not [s for s in opened.window.session.case.structures if s.kind.value == "root"]


def test_probe_by_two_clicks_is_dragged_live_as_one_undo_step(opened: Driver, small_phantom: Phantom):
    session = opened.window.session
    target = np.array(small_phantom.lesions[0].centre_mm)
    place_probe(opened, target, target + [5, 30, 0])
    (probe,) = session.case.plan.probes
    px_mm = opened.view("axial").frame.mm_per_px
    assert probe.tip_mm == pytest.approx(target, abs=px_mm)
    skin = structure(opened, "skin").shape
    assert skin.contains([probe.entry_mm])[0] or skin.contains([np.array(probe.entry_mm) - 3 * probe.direction])[0]
    assert not skin.contains([np.array(probe.entry_mm) + 5 * probe.direction])[0]
    opened.wait(lambda: session.zone is not None and session.verdict is not None)
    # on a busy machine the preview of the physics may have followed the fast model already
    assert session.zone.zone.fidelity in (Fidelity.FAST, Fidelity.PREVIEW)
    opened.look_at(probe.tip_mm)
    shown = []
    session.zoneChanged.connect(lambda: shown.append(session.zone.zone.digest if session.zone else ""))
    opened.drag("axial", probe.tip_mm, np.array(probe.tip_mm) + [-12, -4, 0], steps=8)
    opened.wait(lambda: session.zone.zone.digest != "" and not session.stale_because)
    moved = session.case.plan.probes[0]
    assert moved.tip_mm == pytest.approx(np.array(probe.tip_mm) + [-12, -4, 0], abs=2 * px_mm)
    assert len(set(shown)) >= 2, "the zone did not follow the drag"
    assert session.verdict_is_current or session.scene().verdict is None, "labels show what was judged of another zone"
    assert session.store.undo_names[:2] == ("Move C1 tip", "Add probe")
    opened.press(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert session.case.plan.probes[0] == probe


def test_target_and_entry_by_keys_at_the_crosshair(opened: Driver, small_phantom: Phantom):
    target = np.array(small_phantom.lesions[0].centre_mm)
    opened.look_at(target)
    opened.press(Qt.Key.Key_T)
    opened.look_at(target + [0, 25, 0])
    opened.press(Qt.Key.Key_E)
    (probe,) = opened.window.session.case.plan.probes
    assert probe.tip_mm == pytest.approx(target)
    assert probe.direction == pytest.approx([0, 1, 0], abs=1e-6)
    opened.window.view.select(probe.id)
    opened.press(Qt.Key.Key_Delete)
    assert not opened.window.session.case.plan.probes


def test_a_probe_end_is_dragged_in_3d(opened: Driver, small_phantom: Phantom):
    session, view = opened.window.session, opened.window.view3d
    target = np.array(small_phantom.lesions[0].centre_mm)
    place_probe(opened, target, target + [0, 30, 0])
    before = session.case.plan.probes[0]
    opened.spin(0.5)
    view.repaint()
    x, y = view._scene3d.to_px(before.entry_mm, view.width(), view.height())[0]
    start = QPoint(round(x), round(y))
    QTest.mousePress(view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, start)
    for n in range(1, 5):
        QTest.mouseMove(view, start + QPoint(0, -6 * n))
        opened.spin(0.05)
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, start + QPoint(0, -24))
    opened.spin()
    after = session.case.plan.probes[0]
    assert after.tip_mm == before.tip_mm
    assert after.entry_mm[2] > before.entry_mm[2] + 3
    assert session.store.undo_names[0] == "Move C1 entry"
    session.apply("Lock C1", lambda case: lock_object(case, after.id))
    opened.spin(0.5)
    refused = []
    session.refused.connect(refused.append)
    x, y = view._scene3d.to_px(after.entry_mm, view.width(), view.height())[0]
    start = QPoint(round(x), round(y))
    QTest.mousePress(view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, start)
    for n in range(1, 5):
        QTest.mouseMove(view, start + QPoint(0, -6 * n))
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, start)
    assert [error.code for error in refused] == ["probe-locked"], "told once, not at every move"
    assert session.case.plan.probes[0].entry_mm == after.entry_mm


def test_target_in_air_is_refused_and_changes_nothing(opened: Driver, small_phantom: Phantom):
    session = opened.window.session
    low, _ = session.volume.grid.bounds_mm
    air = np.array([small_phantom.lesions[0].centre_mm[0], low[1] + 9, small_phantom.lesions[0].centre_mm[2]])
    opened.look_at(air)
    opened.press(Qt.Key.Key_T)
    opened.look_at(air + [0, 30, 0])
    opened.press(Qt.Key.Key_E)
    assert not session.case.plan.probes
    assert "lies in air" in opened.window.messages.words


def test_broken_series_is_refused_and_the_open_case_stays(opened: Driver, phantom_folder: Path, tmp_path: Path):
    broken = tmp_path / "broken"
    shutil.copytree(phantom_folder, broken)
    sorted(broken.iterdir())[30].unlink()
    before = opened.window.session.case
    opened.window.open_path(broken)
    opened.wait(lambda: "slice is missing" in opened.window.messages.words)
    assert opened.window.session.case is before


def test_several_series_are_listed_to_choose_from(driver: Driver, phantom_folder: Path, tmp_path: Path):
    folder = tmp_path / "two"
    shutil.copytree(phantom_folder, folder)
    for path in sorted(folder.iterdir())[:12]:
        dataset = pydicom.dcmread(path)
        dataset.SeriesInstanceUID, dataset.SeriesDescription = "1.2.826.7", "Thin slab"
        dataset.SOPInstanceUID = f"1.2.826.7.{dataset.InstanceNumber}"
        dataset.save_as(folder / f"slab-{path.name}")
    driver.window.open_path(folder)
    driver.wait(lambda: bool(driver.window.findChildren(SeriesDialog)))
    dialog = driver.window.findChildren(SeriesDialog)[0]
    rows = [[dialog.table.item(r, c).text() for c in range(5)] for r in range(dialog.table.rowCount())]
    assert dialog.table.currentRow() == 0
    assert rows[1] == ["Thin slab", "CT", "12", "3.00 × 3.00 × 3.00", "axial"]
    dialog.table.selectRow(1)
    QTest.mouseClick(dialog.findChildren(QPushButton)[-1], Qt.MouseButton.LeftButton)
    driver.wait(lambda: driver.window.session.case is not None)
    assert driver.window.session.case.image.series_uid == "1.2.826.7"


def test_saving_reopening_and_the_last_case(opened: Driver, tmp_path: Path, small_phantom: Phantom):
    window = opened.window
    target = np.array(small_phantom.lesions[0].centre_mm)
    place_probe(opened, target, target + [0, 30, 0])
    window.session.cancel_prediction()
    path = tmp_path / f"case{SUFFIX}"
    window.session.save(path)
    opened.wait(lambda: path.exists() and window.settings.last_case == path)
    saved, _ = read_case(path)
    assert saved.plan == window.session.case.plan
    window.session.store.apply("Forget the probes", lambda case: case.with_plan(probes=()))
    assert window.session.unsaved
    assert opening.open_last(window)
    opened.wait(lambda: bool(window.session.case.plan.probes))
    assert not window.session.unsaved
    window.session.cancel_prediction()


def test_closing_keeps_an_unsaved_case(opened: Driver, small_phantom: Phantom):
    window = opened.window
    window.session.rename("kept")
    window.close()
    kept, _ = read_case(window.settings.last_case)
    assert kept.name == "kept"
    assert window.settings.last_case == window.settings.autosave_path


def test_the_journey_to_settled_physics_risk_and_a_report(opened: Driver, small_phantom: Phantom, tmp_path: Path):
    window, session = opened.window, opened.window.session
    truth = small_phantom.lesions[0]
    opened.press(Qt.Key.Key_G)
    opened.click("axial", truth.centre_mm)
    opened.wait(lambda: session.case.find("lesion") is not None)
    opened.press(Qt.Key.Key_C)
    panel = window.panels[Step.STRUCTURES]
    panel._centreline.which.setCurrentIndex(panel._centreline.which.findText("Root S2 L"))
    for point in small_phantom.roots["S2.L"].points_mm[::8]:
        opened.look_at(point)
        opened.click("axial", point)
    opened.press(Qt.Key.Key_Return)
    target = np.array(truth.centre_mm) + [0, -8, 0]
    place_probe(opened, target, target + [0, 40, 0])
    session.apply("Shorten", lambda case: set_schedule(case, (Phase(kind="on", duration_s=120),)))
    opened.wait_settled()
    assert len(session.zone.zone.times_s) > 3 and "root.S2.L" in session.zone.zone.curves_c
    window.view.go_to(Step.RISK)
    opened.spin(0.2)
    risks = {r.name: r for r in session.verdict.structures}
    assert risks["S2 R"].judgement.word == "not assessed"
    assert risks["S2 L"].needle_mm == pytest.approx(
        _distance(session.case.probe("C1"), session.case.structure("root.S2.L").shape) - 0.75, abs=0.3
    )
    taking_away.take_pictures(window, tmp_path)
    taking_away.take_report(window, tmp_path / "report.pdf")
    taking_away.take_sheet(window, tmp_path / "sheet.png")
    wanted = [tmp_path / n for n in ("axial.png", "3d.png", "report.pdf", "sheet.png")]
    opened.wait(lambda: all(p.exists() for p in wanted), 120)
    assert window.messages.words == ""


@pytest.mark.real_ct
@pytest.mark.slow
def test_the_journey_on_the_real_ct(driver: Driver, real_ct_folder: Path, tmp_path: Path):
    window, session = driver.window, driver.window.session
    case = lesion_in_real_ct(real_ct_folder, tmp_path / "ct")
    window.open_path(case.folder)
    driver.wait_open()
    driver.look_at(case.centre_mm)
    window.commands.run("reset-view")
    driver.press(Qt.Key.Key_G)
    driver.click("axial", case.centre_mm)
    driver.wait(lambda: session.case.find("lesion") is not None)
    assert structure(driver, "lesion").shape.contains([case.centre_mm])[0]
    driver.press(Qt.Key.Key_C)
    panel = window.panels[Step.STRUCTURES]
    for level, side in (("S2", "L"), ("S2", "R"), ("S3", "R")):
        panel._centreline.which.setCurrentIndex(panel._centreline.which.findText(f"Root {level} {side}"))
        for point in case.root_mm(level, side):
            driver.look_at(point)
            driver.click("axial", point)
        driver.press(Qt.Key.Key_Return)
    target = case.centre_mm + [0, -6, 0]
    place_probe(driver, target, target + [0, 30, 0])
    taking_away.take_room_sheet(window, tmp_path / "room.pdf")
    driver.wait(lambda: (tmp_path / "room.pdf").exists(), 60)
    session.apply("Shorten", lambda c: set_schedule(c, (Phase(kind="on", duration_s=180),)))
    driver.wait_settled()
    verdict = session.verdict
    assert verdict.pelvic.rule.value == "met" and "right" in verdict.pelvic.sentence
    assert 0 < verdict.lesion.covered_frac < 1
    risks = {r.name: r for r in verdict.structures}
    assert risks["S2 L"].extreme_c < risks["S2 R"].extreme_c - 3
    assert risks["S1 L"].judgement.word == "not assessed"
    taking_away.take_report(window, tmp_path / "report.pdf")
    driver.wait(lambda: (tmp_path / "report.pdf").exists(), 120)


def _distance(probe, tube: Tube) -> float:
    """Brute force: the smallest distance between the shaft's axis and the tube's wall."""
    axis = np.linspace(probe.tip_mm, probe.entry_mm, 400)
    fine = tube.resampled(0.2)
    gaps = np.linalg.norm(axis[:, None] - fine.points_mm[None], axis=2) - fine.radii_mm[None]
    return float(gaps.min())


@pytest.mark.parametrize("size", [(1920, 1080), (1366, 768)])
def test_every_step_fits_the_window(opened: Driver, small_phantom: Phantom, size):
    window = opened.window
    window.resize(*size)
    target = np.array(small_phantom.lesions[0].centre_mm)
    # Turned in both planes, so that every number of the CT room has its longest words.
    place_probe(opened, target, target + [-6, 30, 12])
    opened.wait_settled()
    for step in Step:
        window.view.go_to(step)
        opened.spin(0.1)
        panel = window.panels[step]
        assert panel.isVisible()
        assert panel.widget().minimumSizeHint().width() <= panel.viewport().width(), f"{step.value} is cut off"
    assert window.rail.width() == (192 if size[0] == 1920 else 60)
    assert window.inspector.width() == (440 if size[0] == 1920 else 372)


def test_minutes_of_the_schedule_can_be_read_and_changed(opened: Driver, small_phantom: Phantom):
    session = opened.window.session
    target = np.array(small_phantom.lesions[0].centre_mm)
    place_probe(opened, target, target + [0, 30, 0])
    opened.window.view.go_to(Step.ZONE)
    panel = opened.window.panels[Step.ZONE]
    opened.wait(lambda: any(box.isVisible() for box in panel.findChildren(QDoubleSpinBox)))
    opened.spin(0.3)
    first = next(box for box in panel.findChildren(QDoubleSpinBox) if box.isVisible())
    assert first.lineEdit().width() >= first.fontMetrics().horizontalAdvance(first.text())
    first.setFocus()
    first.selectAll()
    QTest.keyClicks(first, "4.5")
    QTest.keyClick(first, Qt.Key.Key_Return)
    opened.spin()
    assert session.case.plan.schedule[0].duration_s == pytest.approx(270)
    session.cancel_prediction()


def test_an_active_thaw_is_added_shown_and_taken_back(opened: Driver, small_phantom: Phantom):
    target = np.array(small_phantom.lesions[0].centre_mm)
    place_probe(opened, target, target + [5, 30, 0])
    session, panel = opened.window.session, opened.window.panels[Step.ZONE]
    opened.window.view.go_to(Step.ZONE)
    opened.spin(0.1)
    before = session.case.plan.phases
    panel._add_thaw()
    opened.spin(0.2)
    thaw = session.case.plan.phases[-1]
    assert (thaw.kind, thaw.wall_c) == ("thaw", 15.0)
    panel._set_minutes(len(before), 4.0)
    opened.spin(0.2)
    assert session.case.plan.phases[-1].duration_s == 240 and session.case.plan.phases[-1].wall_c == 15
    opened.window.time_strip.repaint()
    for _ in range(2):
        opened.press(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert session.case.plan.phases == before


def test_how_sure_the_verdict_is_comes_after_the_physics_and_gives_way_to_saving(
    opened: Driver, small_phantom: Phantom, tmp_path: Path
):
    window, target = opened.window, np.array(small_phantom.lesions[0].centre_mm)
    place_probe(opened, target, target + [5, 30, 0])
    window.session.apply("Set", lambda c: set_schedule(c, [Phase(kind="on", duration_s=60.0)]))
    window.view.go_to(Step.RISK)
    opened.wait_settled()
    opened.wait(lambda: window.how_sure.running)
    window.session.save(tmp_path / f"kept{SUFFIX}")
    opened.wait(lambda: (tmp_path / f"kept{SUFFIX}").exists(), 20)
    assert window.how_sure.current is None, "saving waited for the runs"
    opened.wait(lambda: window.how_sure.current is not None, 240)
    opened.spin(0.3)
    panel = window.panels[Step.RISK]
    words = " ".join(label.text() for label in panel.findChildren(QLabel) if label.isVisibleTo(panel))
    assert "runs of the engine" in words
    window.session.apply("Set", lambda c: set_schedule(c, [Phase(kind="on", duration_s=90.0)]))
    opened.spin(0.1)
    assert window.how_sure.current is None, "an answer of another plan is shown"
    opened.press(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    opened.wait(lambda: window.how_sure.complete is not None, 60)
    assert any(i.kind is InputKind.TIP for i in window.how_sure.complete.ensemble.inputs)
    panel._sure.placed.click()
    assert window.how_sure.current is None, "runs with needles that stray are shown for needles in place"
    opened.wait(lambda: window.how_sure.complete is not None, 60)
    assert not any(i.kind is InputKind.TIP for i in window.how_sure.complete.ensemble.inputs)


def test_a_preview_of_the_physics_is_shown_while_the_prediction_runs_and_is_never_reported(
    opened: Driver, small_phantom: Phantom
):
    window, target = opened.window, np.array(small_phantom.lesions[0].centre_mm)
    place_probe(opened, target, target + [5, 30, 0])
    window.session.apply("Set", lambda c: set_schedule(c, [Phase(kind="on", duration_s=60.0)]))
    window.view.go_to(Step.PRESENT)
    seen = []
    window.session.zoneChanged.connect(lambda: seen.append(window.session.zone and window.session.zone.zone.fidelity))
    opened.wait(lambda: Fidelity.PREVIEW in seen, 120)
    if window.session.zone.zone.fidelity is Fidelity.PREVIEW:
        window._refresh()
        assert not window.panels[Step.PRESENT]._buttons[1].isEnabled(), "a preview could be reported"
    opened.wait_settled()
    assert seen.index(Fidelity.PREVIEW) < seen.index(Fidelity.PHYSICS)
    assert "2 mm" not in window.session.zone.zone.model


def test_a_clicked_lesion_changes_its_size_by_wheel_and_slider_as_one_step_of_undo(
    opened: Driver, small_phantom: Phantom
):
    session = opened.window.session
    opened.press(Qt.Key.Key_G)
    opened.click("axial", small_phantom.lesions[0].centre_mm)
    opened.wait(lambda: session.case.find("lesion") is not None)
    own_mm3 = structure(opened, "lesion").volume_mm3
    options = opened.window.panels[Step.STRUCTURES]._lesion
    own = options.size.value()
    assert own == pytest.approx(25, abs=4)
    opened.wheel("axial", -5, control=True)
    opened.wait(lambda: structure(opened, "lesion").volume_mm3 < 0.9 * own_mm3)
    assert options.size.value() < own
    options.size.setValue(own + 12)
    opened.wait(lambda: structure(opened, "lesion").volume_mm3 > 1.1 * own_mm3)
    assert session.store.undo_names.count("Grow lesion") == 1
    opened.press(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert session.case.find("lesion") is None
