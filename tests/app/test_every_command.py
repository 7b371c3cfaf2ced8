"""Every command by its key, or by its words in the search field: something observable happens. Every tool and page has its test."""

from __future__ import annotations

import ast
import dataclasses
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog

from app.controllers.findables import SEARCH
from app.demo import true_case
from app.mouse_scheme import MouseScheme
from app.representations.ct_look import Interpolation
from app.representations.volume_look import Cut, Substance
from app.theme import set_theme
from app.tools.registry import TOOLS
from app.view_state import Step
from app.views.layouts import CONVENTIONAL, FOUR
from imaging.phantom import Phantom
from planning.operations.plans import copy_plan
from planning.operations.probes import add_probe
from planning.operations.structures import confirm_structure
from tests.app.conftest import Driver

pytestmark = pytest.mark.window
HERE = Path(__file__).parent
CONTROL = Qt.KeyboardModifier.ControlModifier

# What needs a settled zone, another CT or another program has a test of its own, with real events.
ELSEWHERE = {
    "report": "test_window.py::test_the_journey_to_settled_physics_risk_and_a_report",
    "sheet": "test_bad_input_window.py::test_full_disk_while_taking_pictures_and_report",
    "play": "test_moments_window.py::test_it_plays_from_the_triangle_and_stops_there",
    "moment-on": "test_moments_window.py::test_keys_step_through_it",
    "moment-back": "test_moments_window.py::test_keys_step_through_it",
    "moment-whole": "test_moments_window.py::test_a_double_click_or_one_on_the_time_shows_the_whole_again",
    "try-protection": "test_risk_window.py::test_what_would_protect_is_tried_on_request_and_placed_with_one_click",
    "predict-cement": "test_cement_window.py::test_its_heat_is_predicted_on_request_and_stands_in_the_panel",
    "run-totalsegmentator": "test_label_import_window.py::test_totalsegmentator_asks_first_runs_beside_other_work_and_can_be_cancelled",
    "propose": "test_proposals_window.py::test_opening_a_ct_proposes_canal_and_roots_and_undo_takes_them_back",
    "place-by-angles": "test_needle_window.py::test_a_second_probe_is_placed_by_target_and_angles_and_the_wheel_changes_no_number_in_passing",
    "cancel": "test_plans_window.py::test_the_status_line_stops_it_too_and_nothing_so_far_is_said",
    "straight-planes": "test_slices_window.py::test_a_line_that_is_dragged_tilts_the_other_planes_and_home_straightens_them",
    "quit": "test_never_lost_window.py::test_a_case_without_a_file_survives_closing_and_another_case",
}
TOOL_TESTS = {
    "navigate": "test_needle_window.py::test_keys_held_move_it_along_its_axis_and_turn_it_about_its_tip",
    "lesion": "../e2e/test_journeys.py::test_whole_cases_take_no_more_than_is_published",
    "organ": "test_structure_tools.py::test_the_bladder_by_a_click_and_a_refusal_are_told",
    "brush": "test_painting_tools.py::test_a_disc_paints_only_in_the_slice",
    "eraser": "test_painting_tools.py::test_the_brush_keeps_off_nerves_where_it_is_told_and_the_eraser_does_not",
    "outline": "test_outline_tool.py::test_a_live_wire_follows_the_border_and_fills_it_as_one_step",
    "lasso": "test_structure_tools.py::test_a_lasso_cuts_the_selected_structure_through_all_slices",
    "scribble": "test_structure_tools.py::test_scribbles_find_the_lesion_as_one_step_of_undo",
    "piece": "test_outline_tool.py::test_the_clicked_piece_stays_and_with_shift_goes",
    "centreline": "test_painting_tools.py::test_a_point_is_dragged_as_one_step_and_escape_undoes_it",
    "probe": "test_needle_window.py::test_a_second_probe_is_placed_by_target_and_angles_and_the_wheel_changes_no_number_in_passing",
    "pocket": "test_protection_window.py::test_a_click_places_a_ball_and_a_drag_a_long_pocket",
    "thermocouple": "test_protection_window.py::test_a_place_outside_the_ct_is_refused_and_escape_places_nothing",
    "cement": "test_cement_window.py::test_a_click_places_a_ball_and_a_drag_a_long_volume",
    "distance": "test_measure_window.py::test_a_distance_is_dragged_or_clicked_told_while_drawn_and_undone",
    "angle": "test_measure_window.py::test_an_angle_is_three_clicks_and_backspace_takes_the_last_back",
    "ellipse": "test_measure_window.py::test_an_ellipse_tells_the_densities_inside_it_in_view_and_list",
    "polygon": "test_measure_window.py::test_a_polygon_is_ended_by_enter_a_double_click_or_its_first_point",
    "arrow": "test_measure_window.py::test_an_arrow_points_from_its_words_to_the_place",
    "note": "test_measure_window.py::test_a_note_is_typed_where_it_is_placed_and_its_letters_are_no_keys",
}
PAGE_TESTS = {
    Step.CASE: "test_decision_window.py::test_a_case_is_described_decided_on_recorded_and_listed",
    Step.STRUCTURES: "test_structure_list.py::test_confirming_one_is_a_step_of_undo_and_the_button_says_how_sure_the_program_was",
    Step.PROBES: "test_ways_in_window.py::test_suggestions_are_listed_looked_at_compared_and_taken",
    Step.ZONE: "test_generator_window.py::test_power_and_impedance_stand_on_the_page_of_the_zone_while_they_belong_to_the_plan",
    Step.RISK: "test_risk_window.py::test_a_click_on_the_map_goes_to_the_place_on_the_lesion",
    Step.PRESENT: "test_plan_keeping_window.py::test_approving_needs_a_name_and_falls_by_an_edit_until_it_is_undone",
}
_EVENTS = (
    "press",
    "click",
    "drag",
    "wheel",
    "keyClick",
    "keyClicks",
    "mouseClick",
    "mousePress",
    "mouseDClick",
    "sendEvent",
)


@pytest.mark.parametrize("node", sorted({*ELSEWHERE.values(), *TOOL_TESTS.values(), *PAGE_TESTS.values()}))
def test_a_test_that_is_named_is_there_and_its_file_uses_real_events(node: str):
    file, name = node.split("::")
    tree = ast.parse((HERE / file).read_text(encoding="utf-8"))
    assert name in {f.name for f in ast.walk(tree) if isinstance(f, ast.FunctionDef)}, f"{node} is gone"
    if file.startswith("../e2e"):
        # The scripted user's own file sends them.
        tree = ast.parse((HERE.parents[1] / "app" / "journeys" / "scripted_user.py").read_text(encoding="utf-8"))
    called = {c.func.attr for c in ast.walk(tree) if isinstance(c, ast.Call) and isinstance(c.func, ast.Attribute)}
    called |= {c.func.id for c in ast.walk(tree) if isinstance(c, ast.Call) and isinstance(c.func, ast.Name)}
    assert called & set(_EVENTS), f"{file} sends no events"


def test_every_tool_and_every_page_has_a_test():
    assert set(TOOL_TESTS) == {tool.name for tool in TOOLS}
    assert set(PAGE_TESTS) == set(Step)


@pytest.fixture
def busy(driver: Driver, small_phantom: Phantom, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Driver:
    """A case with two plans, a selected probe, and something to undo; nothing is computed, and files are only asked for."""
    driver.keep_quiet()
    window = driver.window
    target = np.array(small_phantom.lesions[0].centre_mm)
    case = true_case("busy", small_phantom)
    case = dataclasses.replace(
        case, structures=tuple(s for s in case.structures if s.id in ("lesion", "root.S1.L", "root.S2.L", "root.S2.R"))
    )
    case = copy_plan(add_probe(case, "icesphere-1.5", target + [0, 40, 0], target))
    window.session.show_case(case, small_phantom.volume)
    window.session.apply("Confirm", lambda c: confirm_structure(c, "root.S1.L", False))
    window.session.apply("Confirm", lambda c: confirm_structure(c, "root.S2.L", False))
    window.session.undo()
    window.view.select(window.session.case.plan.probes[0].id)
    monkeypatch.setattr("app.demo.demo_case", lambda progress: (window.session.case, window.session.volume))
    return driver


class _Seen:
    """What a user could see change, and what the window asks for."""

    def __init__(self, driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
        self.window, self.asked, self.jobs = driver.window, 0, 0
        for name in ("choose_folder", "choose_file", "choose_target"):
            monkeypatch.setattr(self.window, name, self._ask)
        for lane in ("batch", "interactive"):
            self._count(lane, monkeypatch)
        monkeypatch.setattr(self.window.session, "predict", self._work)

    def _ask(self, *_: object) -> None:
        self.asked += 1

    def _work(self, *_: object, **__: object) -> None:
        self.jobs += 1

    def _count(self, lane: str, monkeypatch: pytest.MonkeyPatch) -> None:
        """Count what is begun, and begin nothing."""
        monkeypatch.setattr(self.window.jobs, lane, self._work)

    def now(self) -> tuple[object, ...]:
        window, view = self.window, self.window.view
        store = window.session.store
        state = {k: v for k, v in vars(view).items() if not callable(v)}
        dialogs = tuple(type(d).__name__ for d in window.findChildren(QDialog) if d.isVisible())
        lenses = [(v.lens.mm_per_px, *v.lens.pan_mm) for v in window.all_slices]
        return (
            id(window.session.case), store.undo_names, store.redo_name, repr(state), dialogs, repr(lenses), window.layouts.current,
            tuple(window.layouts.shown), window.messages.words, window.questions.words, window.settings.theme, self.asked,
            self.jobs, type(QApplication.activePopupWidget()), window.view3d.seen_from_deg, window.ways_in.shows_map, window.finder.list.isVisible(),
        )  # fmt: skip


def prepared(window) -> dict[str, Callable[[], object]]:
    """What makes a command do something that can be seen, where things are already as it would make them."""
    view = window.view
    return {
        "layout-four": lambda: window.show_layout(CONVENTIONAL),
        "layout-conventional": lambda: window.show_layout(FOUR),
        "layout-one": lambda: window.show_layout(FOUR),
        "tool-navigate": lambda: view.use_tool("brush"),
        "volume-surfaces": lambda: view.show_volume(substance=Substance.BONE),
        "see-through": lambda: view.show_volume(substance=Substance.BONE),
        "interpolation-linear": lambda: view.show_ct(
            interpolation=next(i for i in Interpolation if i is not Interpolation.LINEAR)
        ),
        "cut-none": lambda: view.show_volume(cut=Cut.AXIAL),
        "cut-other-side": lambda: view.show_volume(cut=Cut.AXIAL),
        "mouse-sacroplan": lambda: setattr(view, "mouse", MouseScheme.PACS),
        "reset-view": lambda: setattr(window.slices[next(iter(window.slices))].lens, "mm_per_px", 0.123),
        "step-case": lambda: view.go_to(Step.RISK),
        "approve-plan": lambda: view.go_to(Step.RISK),
        "entry": lambda: window.tool.set_target(np.array(view.crosshair_mm)) if window.tool.name == "probe" else None,
        "redo": lambda: window.session.undo(),
        "show-all": lambda: view.set_hidden(["lesion"], True),
        "colour-usual": lambda: window.commands.run("colour-red"),
    }


def test_every_command_does_something_by_its_key_or_by_its_words(busy: Driver, monkeypatch: pytest.MonkeyPatch):
    window = busy.window
    seen = _Seen(busy, monkeypatch)
    before_it = prepared(window)
    whole, idle, done = window.session.case, [], set()
    try:
        for command in window.commands.listed:
            if command.id in ELSEWHERE:
                continue
            _clear(busy)
            if not window.session.case.plan.probes or len(window.session.case.all_plans) < 2:
                window.session.apply("Begin again", lambda _: whole)
            window.view.select(window.session.case.plan.probes[0].id)
            before_it.get(command.id, lambda: None)()
            if command.id.startswith("window-"):
                window.view.set_window(999.0, 1.0)
            window.commands.refresh()
            busy.spin(0.01)
            assert command.enabled(), f"{command.id} cannot be done here; name its test in ELSEWHERE"
            before = seen.now()
            if command.keys:
                _press(busy, command.keys[0])
            else:
                _find(busy, command.words)
            if seen.now() == before:
                idle.append(command.id)
            done.add(command.id)
    finally:
        set_theme("dark")
    assert not idle, f"nothing could be seen of {idle}"
    assert done | set(ELSEWHERE) == {c.id for c in window.commands.listed}
    assert SEARCH in done and len(done) > 80


def test_what_cannot_be_done_says_why(driver: Driver):
    """Without a CT nearly nothing can: each such command tells the reason, or is no more than a key."""
    silent = {"delete", "moment-on", "moment-back", "moment-whole", "thick-slices"}
    for command in driver.window.commands.listed:
        if not command.enabled() and command.group and not command.group.startswith(("slab", "thickness", "between")):
            told = (
                command.unless
                or command.id in silent
                or command.id.startswith(("tool-", "slab", "interpolation", "crosshair"))
            )
            assert told, f"{command.id} says no reason"


def _clear(driver: Driver) -> None:
    """Close what the command before has opened."""
    window = driver.window
    for opened in (*window.findChildren(QDialog), QApplication.activePopupWidget(), window.second.shown):
        if opened is not None:
            opened.close()
    window.finder.clearFocus()
    window.questions._waiting.clear()
    window.questions._show()
    window.messages.hide()
    driver.spin(0.0)
    if not window.isActiveWindow():
        window.windowHandle().requestActivate()
        driver.wait(window.isActiveWindow, 5)


def _press(driver: Driver, keys: str) -> None:
    chord = QKeySequence(keys)[0]
    QTest.keyClick(QApplication.focusWidget() or driver.window, chord.key(), chord.keyboardModifiers())
    driver.spin(0.02)


def _find(driver: Driver, words: str) -> None:
    """Press Ctrl+K, type the words, go down to them, and press Enter."""
    finder = driver.window.finder
    QTest.keyClick(QApplication.focusWidget() or driver.window, Qt.Key.Key_K, CONTROL)
    # A keyboard has no ellipsis and no dash: parts of words do.
    QTest.keyClicks(finder, "".join(c if c.isascii() else " " for c in words))
    listed = [finder.list.item(n).text() for n in range(finder.list.count())]
    assert words in listed, f"{words!r} is not found: {listed}"
    for _ in listed:
        if finder.list.item(finder.list.currentRow()) is not None and finder.list.currentItem().text() == words:
            break
        QTest.keyClick(finder, Qt.Key.Key_Down)
    assert finder.list.currentItem().text() == words
    QTest.keyClick(finder, Qt.Key.Key_Return)
    driver.spin(0.02)
