"""Plans of several probes, in the window: asked for, compared, looked at, taken, stopped and forgotten, with real mouse and keys."""

from __future__ import annotations

import time

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCheckBox, QLabel, QPushButton

from app.panels.plans_section import PlansSection
from app.view_state import Step
from app.widgets.basics import Row
from app.widgets.keys_dialog import KeysDialog
from app.widgets.trade_off import TradeOff
from imaging.progress import Cancelled
from planning.catalogue.thresholds import Level
from planning.errors import PlanError
from planning.model.clinical import Intent
from planning.model.room import Posture
from planning.model.zone import Fidelity
from planning.operations.clinical import change_clinical
from planning.operations.objects import lock_object
from planning.operations.probes import add_probe, move_probe
from planning.operations.protection import add_pocket
from planning.operations.room import change_room
from planning.operations.structures import put_structure
from tests.app.conftest import Driver
from tests.builders.paths import BODY_MM, NO_LENGTH, nerve, patient
from tests.builders.plans import plan_of, proposal_of

pytestmark = pytest.mark.window


class Search:
    """Stands in for the search: what it is asked, and what it answers."""

    def __init__(self) -> None:
        self.asked: list = []
        self.answer = proposal_of
        self.lasts = False

    def __call__(self, case, volume, request, progress, rules=None):
        self.asked.append(request)
        kept = tuple(p for p in case.plan.probes if p.id in request.kept)
        if not self.lasts:
            return self.answer(case, kept=kept)
        try:
            while True:
                progress.report(0.4, "Plans of 2 probes")
                time.sleep(0.01)
        except Cancelled:
            return self.answer(case, kept=kept, cancelled=True)


@pytest.fixture
def search(monkeypatch) -> Search:
    made = Search()
    monkeypatch.setattr("app.controllers.plans.propose_plans", made)
    return made


@pytest.fixture
def open_case(driver: Driver, search: Search, tmp_path, monkeypatch) -> Driver:
    """A window with the round patient, a nerve and a probe, at the step of probes."""
    monkeypatch.setenv("SACROPLAN_HOME", str(tmp_path / "own"))
    driver.keep_quiet()
    session = driver.window.session
    case, volume = patient(nerve([(14, 30, -30), (14, 30, 30)]))
    session.show_volume(volume, "round", "Round")
    for structure in case.structures:
        session.apply("Outline", lambda c, s=structure: put_structure(c, s))
    driver.window.view.device_id = NO_LENGTH
    session.apply("Place", lambda c: add_probe(c, NO_LENGTH, (-6, BODY_MM - 1, 0), (-6, -4, 0)))
    driver.window.view.go_to(Step.PROBES)
    driver.spin(0.1)
    return driver


def section(driver: Driver) -> PlansSection:
    return driver.window.findChild(PlansSection)


def said(widget) -> str:
    return " ".join(label.text() for label in widget.findChildren(QLabel) if label.isVisibleTo(widget))


def click(driver: Driver, widget, at: QPoint | None = None) -> None:
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton, pos=at or widget.rect().center())
    driver.spin(0.05)


def rows(driver: Driver) -> list[Row]:
    panel = section(driver)
    return [r for r in panel.findChildren(Row) if r.isVisibleTo(panel)]


def button(widget, words: str) -> QPushButton:
    return next(b for b in widget.findChildren(QPushButton) if b.text() == words)


def tick(driver: Driver, words: str) -> QCheckBox:
    panel = section(driver)

    def shown() -> list[QCheckBox]:
        return [b for b in panel.findChildren(QCheckBox) if b.text() == words and b.isVisibleTo(panel)]

    driver.wait(lambda: bool(shown()))
    return shown()[0]


def proposed(driver: Driver) -> tuple:
    click(driver, section(driver).propose)
    driver.wait(lambda: not driver.window.plans.running)
    driver.spin(0.1)
    return driver.window.plans.proposal.plans


def on_chart(driver: Driver, n: int) -> QPoint:
    x, y = section(driver).chart.places()[n]
    return QPoint(round(x), round(y))


# ---------------------------------------------------------------- asking


def test_what_is_set_is_what_is_asked(open_case, search):
    panel = section(open_case)
    for box, value in ((panel.most, 9), (panel.openings, 3), (panel.margin, 7.5), (panel.cover, 92)):
        box.setFocus()
        box.selectAll()
        QTest.keyClicks(box, f"{value}")
        QTest.keyClick(box, Qt.Key.Key_Return)
    panel.limits.setCurrentIndex(Level.CAUTION.rank)
    panel.limits.activated.emit(Level.CAUTION.rank)
    panel._use_device("icerod-1.5", True)
    click(open_case, tick(open_case, "C1"), QPoint(8, 8))
    proposed(open_case)
    (request,) = search.asked
    assert request.device_ids == (NO_LENGTH, "icerod-1.5") and request.kept == ("probe-1",)
    assert (request.most, request.openings, request.margin_mm, request.coverage_frac) == (9, 3, 7.5, 0.92)
    assert request.spared_to is Level.CAUTION
    assert "and 1 more" in panel.devices.text()


def test_only_a_cure_asks_for_a_margin(open_case, search):
    page, apply = section(open_case), open_case.window.session.apply
    assert page.margin.isEnabled() and "lesion with its margin" in page._note.text()
    apply("Tell", lambda c: change_clinical(c, intent=Intent.PALLIATIVE))
    open_case.spin(0.1)
    assert not page.margin.isEnabled() and "relieve pain" in page.margin.toolTip() + page._note.text()
    assert "bone beside the lesion" in page.cover.toolTip() and "bone beside the lesion" in page._note.text()
    apply("Tell", lambda c: change_clinical(c, intent=None))
    open_case.spin(0.1)
    assert page.margin.isEnabled() and "beyond the lesion" in page.margin.toolTip()


def test_devices_of_the_same_kind_are_offered_and_stay_with_it(open_case, search):
    panel, window = section(open_case), open_case.window
    panel.devices.menu().popup(panel.devices.mapToGlobal(QPoint(0, 28)))
    open_case.spin(0.1)
    ticks = {b.text(): b for b in panel.devices.menu().findChildren(QCheckBox)}
    assert "IceROD 1.5" in ticks and not any("Cool-tip" in words for words in ticks)
    assert not ticks["IceSPHERE 1.5"].isEnabled() and ticks["IceSPHERE 1.5"].isChecked()
    click(open_case, ticks["IceROD 1.5"], QPoint(16, 12))
    assert panel.devices.menu().isVisible(), "several can be ticked"
    panel.devices.menu().close()
    assert window.plans.device_ids == (NO_LENGTH, "icerod-1.5")
    window.view.device_id = "cool-tip-20"
    panel.refresh()
    assert window.plans.device_ids == ("cool-tip-20",)
    assert "45" in panel.limits.itemText(Level.ALARM.rank)


def test_a_locked_probe_always_stays(open_case, search):
    open_case.window.session.apply("Lock", lambda c: lock_object(c, "probe-1"))
    open_case.wait(lambda: not tick(open_case, "C1").isEnabled())
    assert tick(open_case, "C1").isChecked()
    plans = proposed(open_case)
    assert search.asked[0].kept == ("probe-1",)
    click(open_case, button(rows(open_case)[1], "Use"))
    probes = open_case.window.session.case.plan.probes
    assert probes == plans[1].probes and probes[0].id == "probe-1" and probes[0].locked


def test_the_command_has_a_key_and_goes_to_the_probes(open_case, search):
    window = open_case.window
    window.view.go_to(Step.RISK)
    open_case.press(Qt.Key.Key_P, Qt.KeyboardModifier.ControlModifier)
    open_case.wait(lambda: window.plans.proposal is not None)
    assert window.view.step is Step.PROBES
    window.commands.run("help")
    dialog = window.findChild(KeysDialog)
    assert "Ctrl+P Propose plans of several probes" in said(dialog)
    dialog.close()


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (PlanError("There is no lesion.", code="no-lesion", hint="Mark it first."), "There is no lesion. Mark it"),
        (PlanError("No path is allowed.", code="no-path", hint="Change the rules."), "No path is allowed. Change"),
    ],
)
def test_a_refusal_is_told_with_its_hint(open_case, search, error, words):
    def refuse(case, **_):
        raise error

    search.answer = refuse
    click(open_case, section(open_case).propose)
    open_case.wait(lambda: words in said(section(open_case)))
    assert said(section(open_case)).count(error.hint) == 1
    assert not section(open_case).chart.isVisibleTo(section(open_case))


def test_more_kept_than_allowed_is_refused_before_the_search(open_case, search):
    window, panel = open_case.window, section(open_case)
    window.session.apply("Place", lambda c: add_probe(c, NO_LENGTH, (6, BODY_MM - 1, 0), (6, -4, 0)))
    open_case.spin(0.1)
    for name in ("C1", "C2"):
        click(open_case, tick(open_case, name), QPoint(8, 8))
    panel.most.setValue(1)
    click(open_case, panel.propose)
    assert not search.asked and "2 probes are kept, but 1 are allowed" in said(panel)


# ---------------------------------------------------------------- what was found


def test_plans_are_listed_with_what_they_break_and_what_is_unlimited(open_case, search):
    search.answer = lambda case, **more: proposal_of(case, reached=False, binds="S1 L stands in the way.", **more)
    plans = proposed(open_case)
    panel = section(open_case)
    assert len(rows(open_case)) == len(plans) == 3
    assert "3 plans" in said(panel) and plans[1].title in said(rows(open_case)[1])
    assert "S1 L stands in the way." in said(panel) and "published for Bowel" in said(panel)
    marks = [any(label.toolTip() == "Breaks a limit" for label in r.findChildren(QLabel)) for r in rows(open_case)]
    assert marks == [False, False, True] and "diamond breaks a limit" in said(panel)


def test_a_plan_is_chosen_on_the_chart_shown_and_put_away(open_case, search):
    plans, window = proposed(open_case), open_case.window
    chart = section(open_case).chart
    click(open_case, chart, on_chart(open_case, 1))
    assert window.plans.looked_at is plans[1]
    scene = window.session.scene()
    assert scene.offered.probes == plans[1].probes and scene.offered.leaving == {"probe-1"}
    assert scene.shown_zone.zone is plans[1].zone and not scene.judgements
    assert [p.name for p in scene.named_probes] == ["C11", "C12"]
    assert [r.property("selected") for r in rows(open_case)] == [False, True, False]
    click(open_case, rows(open_case)[2], QPoint(30, 8))
    assert window.plans.looked_at is plans[2]
    click(open_case, rows(open_case)[2], QPoint(30, 8))
    assert window.plans.looked_at is None and window.view.offered is None
    assert window.session.case.plan.probes[0].id == "probe-1", "looking changes nothing"
    assert window.plans.proposal is not None


def test_the_chart_answers_to_mouse_and_keys(open_case, search):
    plans = proposed(open_case)
    chart: TradeOff = section(open_case).chart
    assert on_chart(open_case, 0).y() < on_chart(open_case, 1).y() < on_chart(open_case, 2).y(), "up is safer"
    assert on_chart(open_case, 0).x() < on_chart(open_case, 1).x() < on_chart(open_case, 2).x(), "right is more"
    QTest.mouseMove(chart, on_chart(open_case, 2))
    open_case.spin(0.05)
    assert chart.cursor().shape() is Qt.CursorShape.PointingHandCursor
    QTest.mouseMove(chart, QPoint(2, 2))
    open_case.spin(0.05)
    assert chart.cursor().shape() is Qt.CursorShape.ArrowCursor
    chart.setFocus()
    for expected in (0, 1, 2, 0):
        QTest.keyClick(chart, Qt.Key.Key_Right)
        assert open_case.window.plans.looked_at is plans[expected]
    QTest.keyClick(chart, Qt.Key.Key_Left)
    assert open_case.window.plans.looked_at is plans[2]
    click(open_case, chart, QPoint(2, 2))
    assert open_case.window.plans.looked_at is None


def test_the_chart_takes_plans_near_to_nothing_and_different_limits(open_case, search):
    def plans_of(case, kept=(), **_):
        plans = (
            plan_of(case, 1, 0.4, None),
            plan_of(case, 2, 0.9, 3.0),
            plan_of(case, 3, 0.99, -4.0, limit_c=-8.0),
        )
        return proposal_of(case, plans=plans)

    search.answer = plans_of
    proposed(open_case)
    chart = section(open_case).chart
    assert chart.isVisible() and on_chart(open_case, 0).y() < on_chart(open_case, 2).y() < on_chart(open_case, 1).y()
    click(open_case, chart, on_chart(open_case, 0))
    assert open_case.window.plans.looked_at is not None


def test_marks_at_one_place_are_drawn_beside_each_other_in_the_chart(open_case, search):
    search.answer = lambda case, **_: proposal_of(
        case, plans=tuple(plan_of(case, n, 0.98, 4.0 + n / 100) for n in range(1, 6))
    )
    plans = proposed(open_case)
    chart = section(open_case).chart
    at, field = chart.places(), chart._area()
    away = np.linalg.norm(at[:, None] - at, axis=-1)[np.triu_indices(5, 1)]
    assert away.min() > 20 and all(field.contains(*p) for p in at.tolist())
    for n in range(5):
        click(open_case, chart, on_chart(open_case, n))
        assert open_case.window.plans.looked_at is plans[n]


def test_a_plan_is_taken_as_one_step_with_its_zone_and_another_one_after_it(open_case, search):
    plans, session = proposed(open_case), open_case.window.session
    click(open_case, button(rows(open_case)[2], "Use"))
    assert session.case.plan.probes == plans[2].probes and session.case.plan.schedule == plans[2].schedule
    assert session.store.undo_names[0] == "Take plan of 4 probes"
    open_case.wait(lambda: session.zone is not None and session.zone.zone is plans[2].zone)
    open_case.wait(lambda: "in use" in said(rows(open_case)[2]))
    click(open_case, button(rows(open_case)[0], "Use"))
    assert session.case.plan.probes == plans[0].probes and session.store.undo_names[0] == "Take plan of 1 probe"
    session.undo()
    session.undo()
    assert [p.id for p in session.case.plan.probes] == ["probe-1"] and session.case.plan.schedule is None
    assert open_case.window.plans.proposal is not None, "an undone plan can be taken again"


def test_a_coarse_zone_is_not_kept_for_the_physics(open_case, search):
    search.answer = lambda case, **_: proposal_of(case, plans=(plan_of(case, 2, 0.9, 5.0, fidelity=Fidelity.PREVIEW),))
    (plan,) = proposed(open_case)
    open_case.window.plans.take(plan)
    open_case.spin(0.2)
    assert open_case.window.session.plan_zones() == {}


def test_a_look_ends_with_the_step_with_an_edit_and_with_another_offer(open_case, search):
    plans, window = proposed(open_case), open_case.window
    window.plans.look(plans[0])
    window.view.go_to(Step.ZONE)
    assert window.plans.looked_at is None and window.view.offered is None
    window.view.go_to(Step.PROBES)
    window.plans.look(plans[0])
    window.session.apply("Move", lambda c: move_probe(c, "probe-1", tip_mm=(-5, -4, 0)))
    assert window.plans.looked_at is None and window.plans.proposal is not None
    window.plans.look(plans[0])
    window.commands.run("suggest-paths")
    assert window.view.offered is not None, "what others look for does not end it"
    open_case.wait(lambda: bool(window.ways_in.suggestions))
    window.ways_in.offer(window.ways_in.suggestions[0])
    assert window.plans.looked_at is None
    assert window.view.offered.probes == (window.ways_in.suggestions[0].probe,)


# ---------------------------------------------------------------- stopped and forgotten


def test_a_search_is_followed_and_stopped_with_its_best_so_far(open_case, search):
    window, panel = open_case.window, section(open_case)
    search.lasts = True
    click(open_case, panel.propose)
    open_case.wait(lambda: "Plans of 2 probes" in said(panel))
    assert panel._bar.value() == 400 and not panel.propose.isVisible()
    assert "Proposing plans: Plans of 2 probes" in said(window.status)
    click(open_case, panel.stop)
    open_case.wait(lambda: window.plans.proposal is not None)
    open_case.spin(0.1)
    assert window.plans.proposal.cancelled and "best so far" in said(panel) and len(rows(open_case)) == 3
    open_case.wait(lambda: panel.propose.isVisible() and "Proposing" not in said(window.status))


def test_the_status_line_stops_it_too_and_nothing_so_far_is_said(open_case, search):
    window, panel = open_case.window, section(open_case)

    def nothing(case, **_):
        raise Cancelled

    search.lasts, search.answer = True, nothing
    click(open_case, panel.propose)
    open_case.wait(lambda: "Proposing plans" in said(window.status))
    click(open_case, button(window.status, "Cancel"))
    open_case.wait(lambda: "stopped before it found a plan" in said(panel))
    assert not window.plans.running


def test_a_search_that_waits_behind_another_can_be_stopped(open_case, search):
    window = open_case.window
    search.lasts = True
    window.commands.run("propose-plans")
    open_case.wait(lambda: len(search.asked) == 1)
    window.session.apply("Outline", lambda c: put_structure(c, nerve([(-14, 30, -30), (-14, 30, 30)], "S2")))
    assert window.plans.running, "what was asked for is still wanted, of the case as it is"
    open_case.wait(lambda: "began anew" in window.messages.words)
    window.plans.cancel()
    open_case.wait(lambda: not window.plans.running)


@pytest.mark.parametrize(
    "change",
    [
        lambda c: put_structure(c, nerve([(-14, 30, -30), (-14, 30, 30)], "S2")),
        lambda c: change_room(c, posture=Posture.SUPINE),
        lambda c: move_probe(c, "probe-1", tip_mm=(-5, -4, 0)),
        lambda c: lock_object(c, "probe-2"),
        lambda c: add_pocket(c, "co2", (0, -20, 0), radius_mm=6.0),
        lambda c: change_clinical(c, intent=Intent.PALLIATIVE),
    ],
    ids=["structure", "room", "kept probe", "another lock", "pocket", "goal"],
)
def test_what_was_found_goes_when_what_it_depends_on_changes(open_case, search, change):
    window = open_case.window
    window.session.apply("Place", lambda c: add_probe(c, NO_LENGTH, (6, BODY_MM - 1, 0), (6, -4, 0)))
    window.plans.ask_for(kept=("probe-1",))
    proposed(open_case)
    window.session.apply("Move", lambda c: move_probe(c, "probe-2", tip_mm=(5, -4, 0)))
    assert window.session.apply("Tell", lambda c: change_clinical(c, fracture=True))
    assert window.plans.proposal is not None, (
        "a probe that does not stay is none of it, nor is what is told of the bone"
    )
    assert window.session.apply("Change", change)
    assert window.plans.proposal is None and window.plans.request is None
    open_case.spin(0.1)
    assert not rows(open_case)


def test_it_goes_with_other_rules_and_another_ct(open_case, search):
    from planning.catalogue.user_rules import set_rule

    window = open_case.window
    proposed(open_case)
    set_rule("limits", "nerves", {"caution": 12.0})
    window.session.rules_changed()
    assert window.plans.proposal is None
    proposed(open_case)
    window.plans.ask_for(kept=("probe-1",))
    _, volume = patient()
    window.session.show_volume(volume, "other", "Other")
    assert window.plans.proposal is None and window.plans.wish.kept == ()


def test_saving_does_not_wait_for_a_search(open_case, search, tmp_path):
    search.lasts = True
    open_case.window.commands.run("propose-plans")
    open_case.wait(lambda: bool(search.asked))
    kept = []
    open_case.window.session.saved.connect(lambda: kept.append(True))
    open_case.window.session.save(tmp_path / "round.sacroplan")
    open_case.wait(lambda: bool(kept))
    assert open_case.window.plans.running
