"""The store: one step a change, one notification a step, and a history limited by what it holds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from imaging.labels import BRICK, Box, Mask
from planning.errors import PlanError
from planning.model.look import OwnColour
from planning.operations.objects import colour_object, lock_object, rename_object
from planning.operations.probes import add_probe, move_probe, remove_probe
from planning.operations.structures import confirm_structure, put_structure, reshape_structure
from planning.store import Change, Store
from tests.builders.cases import CRYO, ball, centred_grid, empty_case, lesion

GRID = centred_grid()


def with_probe(case=None):
    return add_probe(case or empty_case(GRID), CRYO, (0, 30, 0), (0, 0, 0))


def moved(y_mm):
    return lambda case: move_probe(case, "C1", tip_mm=(0, y_mm, 0))


def heard(store):
    changes: list[Change] = []
    store.subscribe(changes.append)
    return changes


def test_undo_and_redo_return_the_very_same_cases():
    first = empty_case(GRID)
    store = Store(first)
    store.apply("Add probe", with_probe)
    second = store.case
    store.apply("Move C1", moved(5.0))
    third = store.case
    assert (store.undo(), store.case) == ("Move C1", second)
    assert (store.undo(), store.case) == ("Add probe", first)
    assert store.undo() is None and store.case is first
    assert (store.redo(), store.case) == ("Add probe", second)
    assert (store.redo(), store.case) == ("Move C1", third)
    assert store.redo() is None and store.case is third


def test_a_jump_goes_several_steps_and_tells_once():
    store = Store(with_probe())
    cases = [store.case]
    for y_mm in (3.0, 4.0, 5.0):
        store.apply(f"To {y_mm:g}", moved(y_mm))
        cases.append(store.case)
    changes = heard(store)
    store.jump(-2)
    assert store.case is cases[1] and (store.undo_names, store.redo_names) == (("To 3",), ("To 4", "To 5"))
    store.jump(9)
    assert store.case is cases[3] and store.redo_names == () and changes == [Change.PROBES] * 2
    store.jump(1)
    assert len(changes) == 2, "there was nothing to do again"


def test_names_are_told_newest_first():
    store = Store(with_probe())
    assert store.undo_names == () and store.redo_name is None
    store.apply("Move C1 tip", moved(4.0))
    store.apply("Remove C1", lambda case: remove_probe(case, "C1"))
    assert store.undo_names == ("Remove C1", "Move C1 tip")
    store.undo()
    assert store.undo_names == ("Move C1 tip",) and store.redo_name == "Remove C1"


@pytest.mark.parametrize(
    ("operation", "flags"),
    [
        (moved(7.0), Change.PROBES),
        (lambda case: rename_object(case, "C1", "Upper"), Change.LOOKS),
        (lambda case: colour_object(case, "C1", OwnColour.RED), Change.LOOKS),
        (lambda case: lock_object(case, "C1"), Change.PROBES),
        (lambda case: put_structure(case, lesion(ball(GRID, 5))), Change.STRUCTURES),
        (lambda case: replace(case, name="Another"), Change.NAME),
        (lambda case: replace(case, image=replace(case.image, location="elsewhere")), Change.IMAGE),
        (lambda case: replace(remove_probe(case, "C1"), name="Two at once"), Change.PROBES | Change.NAME),
    ],
)
def test_a_change_and_its_undo_and_redo_are_told_once_each_with_what_they_touched(operation, flags):
    store = Store(with_probe())
    changes = heard(store)
    store.apply("Edit", operation)
    assert changes == [flags]
    store.undo()
    store.redo()
    assert changes == [flags] * 3


def test_a_change_that_changes_nothing_is_no_step_and_tells_nobody():
    store = Store(with_probe())
    changes = heard(store)
    store.apply("Nothing", lambda case: case)
    store.apply("The same again", moved(0.0))
    assert changes == [] and store.undo_names == ()


def test_an_ended_subscription_hears_nothing_more():
    store = Store(with_probe())
    changes: list[Change] = []
    end = store.subscribe(changes.append)
    store.apply("Move", moved(3.0))
    end()
    store.apply("Move", moved(4.0))
    assert len(changes) == 1


def test_a_drag_is_one_step_and_every_move_of_it_is_told():
    store = Store(with_probe())
    before = store.case
    changes = heard(store)
    for y_mm in (1.0, 2.0, 3.0):
        store.apply("Move C1 tip", moved(y_mm), merge_key="tip C1")
    assert changes == [Change.PROBES] * 3
    assert store.undo_names == ("Move C1 tip",)
    store.undo()
    assert store.case is before
    store.redo()
    assert store.case.probe("C1").tip_mm == (0.0, 3.0, 0.0)


def test_end_merge_begins_a_new_step_for_the_next_drag():
    store = Store(with_probe())
    store.apply("Move C1 tip", moved(1.0), merge_key="tip C1")
    store.end_merge()
    store.apply("Move C1 tip", moved(2.0), merge_key="tip C1")
    assert store.undo_names == ("Move C1 tip", "Move C1 tip")
    store.undo()
    assert store.case.probe("C1").tip_mm == (0.0, 1.0, 0.0)


def test_end_merge_without_any_step_is_harmless():
    store = Store(with_probe())
    store.end_merge()
    assert store.undo() is None


@pytest.mark.parametrize("between", [None, "entry C1"])
def test_drags_with_something_between_them_are_steps_of_their_own(between):
    store = Store(with_probe())
    store.apply("Move C1 tip", moved(1.0), merge_key="tip C1")
    store.apply("Move C1 entry", lambda case: move_probe(case, "C1", entry_mm=(0, 25, 0)), merge_key=between)
    store.apply("Move C1 tip", moved(2.0), merge_key="tip C1")
    assert len(store.undo_names) == 3


def test_a_drag_after_an_undo_does_not_join_the_drag_before_it():
    store = Store(with_probe())
    store.apply("Move C1 tip", moved(1.0), merge_key="tip C1")
    store.apply("Rename", lambda case: replace(case, name="B"))
    store.undo()
    store.apply("Move C1 tip", moved(2.0), merge_key="tip C1")
    assert store.undo_names == ("Move C1 tip", "Move C1 tip")
    store.undo()
    assert store.case.probe("C1").tip_mm == (0.0, 1.0, 0.0)


def test_a_refused_operation_leaves_case_history_and_listeners_alone():
    store = Store(with_probe())
    store.apply("Move", moved(3.0))
    store.apply("Move further", moved(4.0))
    store.undo()
    changes = heard(store)
    before = store.case
    with pytest.raises(PlanError, match="no probe 'C9'") as refused:
        store.apply("Remove C9", lambda case: remove_probe(case, "C9"))
    assert refused.value.code == "probe-unknown"
    assert store.case is before
    assert (store.undo_names, store.redo_name, changes) == (("Move",), "Move further", [])


def test_an_edit_clears_what_could_be_redone():
    store = Store(with_probe())
    store.apply("Move", moved(3.0))
    store.undo()
    store.apply("Move elsewhere", moved(9.0))
    assert store.redo_name is None and store.redo() is None
    assert store.case.probe("C1").tip_mm == (0.0, 9.0, 0.0)


def test_another_case_has_no_history_of_the_first():
    store = Store(with_probe())
    store.apply("Move", moved(3.0))
    store.undo()
    changes = heard(store)
    other = empty_case(centred_grid(10), name="Other")
    store.replace(other)
    assert store.case is other
    assert store.undo() is None and store.redo() is None
    assert changes == [~Change(0)]


BIG = centred_grid(2 * BRICK)
BRICK_BYTES = BRICK**3


def one_brick_filled(n):
    """A mask of one whole brick; another ``n`` gives another brick."""
    k, j, i = (BRICK * (n % 4), BRICK * (n // 4 % 4), BRICK * (n // 16))
    box = Box((k, j, i), (k + BRICK, j + BRICK, i + BRICK))
    return Mask.empty(BIG).with_box(box, np.ones(box.shape_kji, bool))


def store_with_lesion(limit_bricks):
    return Store(put_structure(empty_case(BIG), lesion(one_brick_filled(0))), limit_bytes=limit_bricks * BRICK_BYTES)


def reshaped(n):
    return lambda case: reshape_structure(case, "lesion", one_brick_filled(n))


def test_the_history_forgets_its_oldest_steps_beyond_its_bytes():
    store = store_with_lesion(limit_bricks=3)
    for n in range(1, 8):
        store.apply(f"Paint {n}", reshaped(n))
    assert store.undo_names == ("Paint 7", "Paint 6", "Paint 5")


def test_the_newest_step_can_be_undone_whatever_it_holds():
    store = store_with_lesion(limit_bricks=0)
    store.apply("Paint 1", reshaped(1))
    store.apply("Paint 2", reshaped(2))
    assert store.undo_names == ("Paint 2",)
    store.undo()
    assert store.case.structure("lesion").shape.digest == one_brick_filled(1).digest


def test_steps_that_hold_no_voxels_are_not_counted():
    store = store_with_lesion(limit_bricks=0)
    for n in range(300):
        store.apply("Confirm", lambda case, yes=bool(n % 2): confirm_structure(case, "lesion", yes))
    assert len(store.undo_names) == 300


def test_a_stroke_that_shares_bricks_costs_only_those_it_touched():
    whole = Mask.from_array(BIG, np.ones(BIG.shape_kji, bool))
    store = Store(put_structure(empty_case(BIG), lesion(whole)), limit_bytes=3 * BRICK_BYTES)
    for n in range(5):
        box = Box((n, n, n), (n + 1, n + 1, n + 1))
        erased = lambda case, box=box: reshape_structure(  # noqa: E731
            case, "lesion", case.structure("lesion").shape.with_box(box, np.zeros((1, 1, 1), bool))
        )
        store.apply(f"Erase {n}", erased)
    assert len(store.undo_names) == 3


def test_a_merged_stroke_is_weighed_by_all_it_replaced():
    three = one_brick_filled(0).union(one_brick_filled(1)).union(one_brick_filled(2))
    store = Store(put_structure(empty_case(BIG), lesion(three)), limit_bytes=2 * BRICK_BYTES)
    for n in (0, 1, 2):
        rest = lambda case, n=n: reshape_structure(  # noqa: E731
            case, "lesion", case.structure("lesion").shape.minus(one_brick_filled(n)).union(one_brick_filled(20 + n))
        )
        store.apply("Stroke", rest, merge_key="stroke")
    store.apply("Confirm", lambda case: confirm_structure(case, "lesion", False))
    assert store.undo_names == ("Confirm",)
