"""Looking through what nobody has confirmed, by real keys: group by group, the nearest to the lesion first."""

from __future__ import annotations

import dataclasses

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.demo import true_case
from app.reviewing import stops_of
from app.view_state import Step
from imaging.phantom import Phantom
from planning.operations.structures import confirm_structure
from tests.app.conftest import Driver

pytestmark = pytest.mark.window
SHIFT = Qt.KeyboardModifier.ShiftModifier


KEPT = ("lesion", "canal", "root.S1.L", "root.S1.R", "root.S2.L", "root.S2.R", "skin")


@pytest.fixture
def unconfirmed(driver: Driver, small_phantom: Phantom, monkeypatch: pytest.MonkeyPatch) -> Driver:
    """A window on the coarse phantom with some structures that nobody has confirmed, but for the lesion; a look takes no time."""
    monkeypatch.setattr("app.controllers.reviewing._SEEN_MS", 0)
    driver.keep_quiet()
    case = true_case("found", small_phantom)
    case = dataclasses.replace(case, structures=tuple(s for s in case.structures if s.id in KEPT))
    for structure_id in KEPT[1:]:
        case = confirm_structure(case, structure_id, False)
    driver.window.session.show_case(case, small_phantom.volume)
    driver.spin()
    return driver


def confirmed(driver: Driver) -> set[str]:
    return {s.id for s in driver.window.session.case.structures if s.confirmed}


def test_what_lies_nearest_comes_first_and_landmarks_last(unconfirmed: Driver):
    stops = stops_of(unconfirmed.window.session.case)
    assert [s.title for s in stops] == ["S2, right and left", "S1, right and left", "Canal and sac", "Skin and bones"]
    assert stops[-1].title == "Skin and bones" and stops[-1].place_mm is None
    near = [s.near_mm for s in stops if s.near_mm is not None]
    assert near == sorted(near) and len(near) == len(stops) - 1
    every = [structure.id for s in stops for structure in s.structures]
    assert len(every) == len(set(every)) == len(unconfirmed.window.session.case.structures) - 1


def test_one_key_confirms_what_is_shown_and_nothing_else(unconfirmed: Driver):
    window = unconfirmed.window
    unconfirmed.press(Qt.Key.Key_F3)
    assert window.questions.words == "S2, right and left: is it right?" and window.view.step is Step.STRUCTURES
    assert confirmed(unconfirmed) == {"lesion"}, "the first key only shows"
    first = window.reviewing.stop
    assert window.view.crosshair_mm == pytest.approx(first.place_mm)
    unconfirmed.press(Qt.Key.Key_F3)
    assert confirmed(unconfirmed) == {"lesion", "root.S2.L", "root.S2.R"}
    assert window.session.store.undo_names[0] == "Confirm S2, right and left"
    assert window.questions.words.startswith("S1")
    unconfirmed.press(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert confirmed(unconfirmed) == {"lesion"}


def test_a_key_that_bounces_or_is_held_confirms_nothing(unconfirmed: Driver, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("app.controllers.reviewing._SEEN_MS", 60_000)
    unconfirmed.press(Qt.Key.Key_F3)
    QTest.keyClick(unconfirmed.window, Qt.Key.Key_F3)
    QTest.keyClick(unconfirmed.window, Qt.Key.Key_F3)
    assert confirmed(unconfirmed) == {"lesion"}
    assert not unconfirmed.window.commands.actions["review"].autoRepeat()


def test_what_is_left_stays_unconfirmed_and_is_named_at_the_end(unconfirmed: Driver):
    window = unconfirmed.window
    unconfirmed.press(Qt.Key.Key_F3)
    count = len(stops_of(window.session.case))
    unconfirmed.press(Qt.Key.Key_F3, SHIFT)
    for _ in range(count - 1):
        unconfirmed.press(Qt.Key.Key_F3)
    left = {s.id for s in window.session.case.structures if not s.confirmed}
    assert left == {"root.S2.L", "root.S2.R"}
    assert window.messages.words == "Left unconfirmed: S2, right and left." and not window.questions.isVisible()


def test_what_was_edited_while_it_was_shown_is_not_confirmed_unseen(unconfirmed: Driver):
    window = unconfirmed.window
    unconfirmed.press(Qt.Key.Key_F3)
    root = window.session.case.find("root.S2.L")

    def other(case):
        changed = dataclasses.replace(root, origin="edited elsewhere")
        return dataclasses.replace(case, structures=tuple(changed if s.id == root.id else s for s in case.structures))

    window.session.apply("Edit S2 L", other)
    unconfirmed.press(Qt.Key.Key_F3)
    assert confirmed(unconfirmed) == {"lesion", "root.S2.R"}
    assert window.questions.words == "S2, left: is it right?"


def test_the_buttons_do_as_the_keys_and_another_page_ends_it(unconfirmed: Driver):
    window = unconfirmed.window
    unconfirmed.press(Qt.Key.Key_F3)
    QTest.mouseClick(window.questions.buttons["Confirm (F3)"], Qt.MouseButton.LeftButton)
    unconfirmed.spin()
    assert confirmed(unconfirmed) == {"lesion", "root.S2.L", "root.S2.R"}
    QTest.mouseClick(window.questions.buttons["Leave it (Shift+F3)"], Qt.MouseButton.LeftButton)
    unconfirmed.spin()
    assert confirmed(unconfirmed) == {"lesion", "root.S2.L", "root.S2.R"} and window.questions.words.startswith("Canal")
    unconfirmed.press(Qt.Key.Key_5, Qt.KeyboardModifier.AltModifier)
    assert window.view.step is Step.RISK and not window.questions.isVisible()


def test_the_goal_is_said_by_one_key(unconfirmed: Driver):
    window, both = unconfirmed.window, Qt.KeyboardModifier.ControlModifier | SHIFT
    unconfirmed.press(Qt.Key.Key_P, both)
    assert window.session.case.clinical.intent.value == "palliative"
    assert window.commands.actions["goal-palliative"].isChecked()
    unconfirmed.press(Qt.Key.Key_U, both)
    assert window.session.case.clinical.intent.value == "curative"
