"""Edits of the selected structure that ask for something first, and its mirror image, with real clicks."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton

from app.view_state import Step
from imaging.labels import Mask
from imaging.phantom import Phantom
from imaging.segmentation import paint_stroke
from imaging.structures import Side, StructureKind, Tube
from planning.model.naming import make_structure
from planning.operations.objects import lock_object
from planning.operations.structures import confirm_structure, put_structure, reshape_structure
from tests.app.conftest import Driver

pytestmark = pytest.mark.window


@pytest.fixture
def marked(opened: Driver, small_phantom: Phantom) -> Driver:
    """A window on the phantom with its lesion, one root and the canal marked, the lesion selected."""
    session = opened.window.session
    made = [
        make_structure(StructureKind.LESION, small_phantom.lesions[0].mask),
        make_structure(StructureKind.ROOT, small_phantom.roots["S2.L"], level="S2", side=Side.LEFT),
        make_structure(StructureKind.CANAL, small_phantom.canal),
    ]

    def mark(case):
        for structure in made:
            case = put_structure(case, structure)
        return case

    session.apply("Mark", mark)
    opened.window.view.go_to(Step.STRUCTURES)
    opened.window.view.select("lesion")
    opened.spin(0.2)
    return opened


def edits(driver: Driver):
    return driver.window.panels[Step.STRUCTURES]._edit


def press(driver: Driver, words: str) -> None:
    """Click the button of these words in the section of edits."""
    found = [b for b in edits(driver).findChildren(QAbstractButton) if b.text() == words and b.isVisible()]
    QTest.mouseClick(found[0], Qt.MouseButton.LeftButton)
    driver.spin()


def shape(driver: Driver, structure_id: str = "lesion"):
    return driver.window.session.case.structure(structure_id).shape


def newest(driver: Driver) -> str:
    return driver.window.session.store.undo_names[0]


def test_what_an_edit_asks_for_is_shown_one_at_a_time(marked: Driver):
    for words, options in (("Margin…", edits(marked).margin), ("HU range…", edits(marked).range)):
        press(marked, words)
        assert [o.isVisible() for o in edits(marked).options.values()].count(True) == 1 and options.isVisible()
    press(marked, "Pieces")
    assert not any(o.isVisible() for o in edits(marked).options.values()) and marked.window.view.tool == "piece"
    press(marked, "Combine…")
    assert edits(marked).combine.isVisible() and marked.window.view.tool == "navigate"
    press(marked, "Combine…")
    assert not edits(marked).combine.isVisible()
    marked.window.view.select("root.S2.L")
    marked.spin()
    assert not [b for b in edits(marked).findChildren(QAbstractButton) if b.text() == "Margin…" and b.isVisible()]


def test_a_margin_stays_within_bone_and_clear_of_the_canal_and_tells_what_it_achieved(marked: Driver):
    press(marked, "Margin…")
    options, before = edits(marked).margin, shape(marked)
    options.margin.setValue(9)
    options.within.choose("bone")
    options.clear_of(0, "root.S2.L", 2.0)
    options.clear_of(1, "canal", 4.0)
    press(marked, "Apply")
    marked.wait(lambda: newest(marked) == "Margin of Lesion")
    after = shape(marked)
    bone, canal, root = (shape(marked, name) for name in ("bone", "canal", "root.S2.L"))
    places = after.points_mm()
    assert after.minus(bone).count == 0
    assert isinstance(root, Tube) and root.signed_distance_mm(places).min() > 2.0
    away = canal.signed_distance_mm(places) if isinstance(canal, Tube) else np.array([4.1])
    assert away.min() > 4.0
    marked.wait(lambda: options._told.isVisible() and "Achieved" in options._told.text())
    marked.window.session.undo()
    assert shape(marked).digest == before.digest
    marked.spin(0.1)
    assert not options._told.isVisible()


def test_margins_that_cannot_be_made_are_refused_and_lose_nothing(marked: Driver):
    press(marked, "Margin…")
    options, before = edits(marked).margin, shape(marked).digest
    options.margin.setValue(0)
    press(marked, "Apply")
    marked.wait(lambda: "A margin of 0 mm cannot be made" in marked.window.messages.words)
    options.margin.setValue(-20)
    press(marked, "Apply")
    marked.wait(lambda: "Nothing is left of the structure" in marked.window.messages.words)
    assert shape(marked).digest == before


def test_only_voxels_of_some_densities_stay(marked: Driver):
    press(marked, "HU range…")
    options, before, volume = edits(marked).range, shape(marked), marked.window.session.volume
    median = float(np.median(volume.hu[before.array()]))
    options.low.setValue(median)
    options.high.setValue(3000)
    press(marked, "Keep")
    marked.wait(lambda: shape(marked).count < before.count)
    assert volume.hu[shape(marked).array()].min() >= round(median) - 1
    assert newest(marked).startswith("Keep ") and newest(marked).endswith("HU of Lesion")
    left = shape(marked).count
    options.low.setValue(2900)
    press(marked, "Keep")
    marked.wait(lambda: "Nothing would be left of Lesion" in marked.window.messages.words)
    options.high.setValue(-500)
    press(marked, "Keep")
    marked.wait(lambda: "No HU lie between" in marked.window.messages.words)
    assert shape(marked).count == left


def test_another_structure_is_added_shared_or_taken_away(marked: Driver):
    press(marked, "Combine…")
    options, before, bone = edits(marked).combine, shape(marked), shape(marked, "bone")
    assert not any(act.isEnabled() for act in options.acts.values())
    options.other.choose("bone")
    marked.spin()
    shared = before.minus(before.minus(bone)).count
    press(marked, "Add")
    marked.wait(lambda: newest(marked) == "Add Bone to Lesion")
    assert shape(marked).count == before.count + bone.count - shared
    marked.window.session.undo()
    middle = before.points_mm().mean(axis=0)
    through = Tube(middle + [[0, 0, 30], [0, 0, -30]], np.full(2, 4.0))
    root = make_structure(StructureKind.ROOT, through, level="S3", side=Side.LEFT)
    marked.window.session.apply("Root", lambda case: put_structure(case, root))
    marked.spin(0.1)
    options.other.choose("root.S3.L")
    marked.spin()
    press(marked, "Take away")
    marked.wait(lambda: newest(marked) == "Take S3 L from Lesion")
    assert before.contains(middle)[0] and not through.contains(shape(marked).points_mm()).any()
    marked.window.session.undo()
    corner = np.zeros(before.grid.shape_kji, bool)
    corner[2:4, 2:4, 2:4] = True
    far = make_structure(StructureKind.BLADDER, Mask.from_array(before.grid, corner))
    marked.window.session.apply("Far", lambda case: put_structure(case, far))
    marked.spin(0.1)
    options.other.choose("bladder")
    marked.spin()
    press(marked, "Keep overlap")
    marked.wait(lambda: "Nothing would be left of Lesion" in marked.window.messages.words)
    assert shape(marked).digest == before.digest and shape(marked, "bone").digest == bone.digest


def test_a_locked_structure_offers_no_edit_and_refuses_one_that_was_begun(marked: Driver):
    session, before = marked.window.session, shape(marked).digest
    press(marked, "Combine…")
    edits(marked).combine.other.choose("bone")
    session.apply("Lock", lambda case: lock_object(case, "lesion"))
    marked.spin(0.1)
    for words in ("Smooth", "Fill holes", "Largest piece", "Between slices", "Pieces", "Mirror", "Add", "Take away"):
        found = [b for b in edits(marked).findChildren(QAbstractButton) if b.text() == words]
        assert found and not any(b.isEnabled() for b in found), words
    edits(marked)._edit("Smooth", lambda mask: mask)
    assert "Lesion is locked" in marked.window.messages.words
    assert shape(marked).digest == before


def test_an_edit_that_was_overtaken_by_another_is_refused(marked: Driver):
    session = marked.window.session
    seed = shape(marked)
    half = np.array(seed.array())
    half[:, :, : round(float(seed.grid.to_ijk(seed.points_mm().mean(axis=0))[0]))] = False
    edits(marked)._edit("Smooth", lambda mask: mask)
    smaller = Mask.from_array(seed.grid, half)
    session.apply("Paint", lambda case: reshape_structure(case, "lesion", smaller))
    marked.wait(lambda: "was changed while this was worked out" in marked.window.messages.words)
    assert shape(marked).digest == smaller.digest


def test_an_edit_waits_for_no_other_work(marked: Driver):
    go_on = threading.Event()
    marked.window.jobs.batch("Long work", lambda _: go_on.wait(60), lambda _: None)
    before = shape(marked)
    hollow = before.minus(paint_stroke(Mask.empty(before.grid), before.points_mm().mean(axis=0), 3))
    assert hollow.count < before.count
    marked.window.session.apply("Hollow", lambda case: reshape_structure(case, "lesion", hollow))
    marked.spin(0.1)
    try:
        press(marked, "Fill holes")
        marked.wait(lambda: newest(marked) == "Fill holes of Lesion", 10)
        assert shape(marked).digest == before.digest and not go_on.is_set()
    finally:
        go_on.set()


def test_slices_of_any_plane_are_filled_between(marked: Driver):
    session, before = marked.window.session, shape(marked)
    array, middle = before.array(), before.box
    every_other = np.zeros_like(array)
    every_other[:, middle.start_kji[1] : middle.stop_kji[1] : 2] = True
    session.apply("Thin", lambda c: reshape_structure(c, "lesion", Mask.from_array(before.grid, array & every_other)))
    marked.spin(0.1)
    thin = shape(marked)
    press(marked, "Between slices")
    marked.wait(lambda: newest(marked) == "Fill between slices of Lesion")
    assert shape(marked).count > 1.6 * thin.count and shape(marked).minus(before).count < 0.1 * before.count
    press(marked, "Between slices")
    marked.wait(lambda: "no empty slice between" in marked.window.messages.words)


def test_what_has_no_side_gains_its_mirror_image(marked: Driver):
    before = shape(marked)
    press(marked, "Mirror")
    marked.wait(lambda: newest(marked) == "Mirror Lesion")
    after, middle = shape(marked), before.points_mm().mean(axis=0)
    assert before.minus(after).count == 0 and after.count == pytest.approx(2 * before.count, rel=0.15)
    image = after.minus(before).points_mm().mean(axis=0)
    assert image[0] == pytest.approx(-middle[0], abs=4.0) and image[1:] == pytest.approx(middle[1:], abs=4.0)
    marked.window.session.undo()
    assert shape(marked).digest == before.digest


def test_a_copy_that_replaces_the_other_side_says_so(marked: Driver, small_phantom: Phantom):
    session = marked.window.session
    other = make_structure(StructureKind.ROOT, small_phantom.roots["S2.R"], level="S2", side=Side.RIGHT)
    session.apply("Mark", lambda case: confirm_structure(put_structure(case, other), "root.S2.R"))
    marked.window.view.select("root.S2.L")
    marked.spin(0.1)
    press(marked, "Mirror")
    marked.wait(lambda: newest(marked) == "Mirror S2 L")
    marked.wait(lambda: "S2 R was replaced by the copy" in marked.window.messages.words)
    assert not session.case.structure("root.S2.R").confirmed
    session.undo()
    session.apply("Lock", lambda case: lock_object(case, "root.S2.R"))
    press(marked, "Mirror")
    marked.wait(lambda: "S2 R is locked" in marked.window.messages.words)


def drafted(driver: Driver):
    return driver.window.view.draft


def test_what_a_range_would_leave_is_drawn_before_it_is_applied(marked: Driver):
    before = shape(marked)
    assert drafted(marked) is None
    press(marked, "HU range…")
    options = edits(marked).range
    options.low.setValue(20)
    marked.wait(lambda: drafted(marked) is not None and edits(marked)._drafted.isVisible(), 20)
    first = drafted(marked)
    assert first.structure_id == "lesion" and 0 < first.surface.volume_mm3 < before.volume_mm3
    assert "dashed" in edits(marked)._drafted.text() and shape(marked) is before
    options.low.setValue(60)
    marked.wait(lambda: drafted(marked) is not None and drafted(marked) is not first, 20)
    assert drafted(marked).surface.volume_mm3 < first.surface.volume_mm3
    options.low.setValue(900)
    marked.wait(lambda: drafted(marked) is None and edits(marked)._drafted.text() != "", 20)
    assert "Nothing" not in edits(marked)._drafted.text()
    options.high.setValue(3500)
    options.low.setValue(3400)
    marked.wait(lambda: "Nothing would be left" in edits(marked)._drafted.text(), 20)
    assert drafted(marked) is None
    options.low.setValue(20)
    options.high.setValue(300)
    marked.wait(lambda: drafted(marked) is not None, 20)
    press(marked, "Keep")
    marked.wait(lambda: shape(marked) is not before, 20)


def test_a_draft_goes_with_what_it_is_of(marked: Driver):
    press(marked, "Margin…")
    marked.wait(lambda: drafted(marked) is not None, 20)
    assert drafted(marked).surface.volume_mm3 > shape(marked).volume_mm3
    marked.window.view.select("canal")
    marked.spin(0.3)
    assert drafted(marked) is None
    marked.window.view.select("lesion")
    marked.wait(lambda: drafted(marked) is not None, 20)
    marked.window.view.go_to(Step.PROBES)
    assert drafted(marked) is None
    marked.window.view.go_to(Step.STRUCTURES)
    marked.wait(lambda: drafted(marked) is not None, 20)
    press(marked, "Margin…")
    assert drafted(marked) is None and not edits(marked)._drafted.isVisible()


def test_nothing_is_drafted_of_what_spans_the_body_or_is_locked(marked: Driver):
    session = marked.window.session
    session.apply("Lock", lambda case: lock_object(case, "lesion", True))
    press(marked, "Margin…")
    marked.spin(0.4)
    assert drafted(marked) is None
    session.apply("Unlock", lambda case: lock_object(case, "lesion", False))
    marked.wait(lambda: drafted(marked) is not None, 20)
    bone = make_structure(StructureKind.BONE, shape(marked))
    session.apply("Bone", lambda case: put_structure(case, bone))
    marked.window.view.select(bone.id)
    marked.spin(0.6)
    assert drafted(marked) is None
