"""Three whole cases: palliative RFA of S1, curative cryoablation of S2 with three probes, an osteoid osteoma by laser."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Qt

from app.controllers.settled import settled_digest
from app.journeys.scripted_user import ALT, CONTROL, SHIFT, ScriptedUser, buttons, said, with_tooltip
from app.panels.probes_panel import ProbesPanel
from app.representations.slice_plane import Plane
from app.view_state import Step
from imaging.geometry import Floats
from imaging.phantom import Lesion, PhantomParameters, family
from imaging.phantom.parameters import OSTEOID_OSTEOMA
from imaging.structures import Side, StructureKind

_FIND_S, _STOP_S, _PLAN_S, _VERDICT_S = 15.0, 6.0, 15.0, 45.0
"""Assumed: to find the lesion in the slices, to look at one stop of what was found, at plans or ways, and at the verdict."""
_NEAR_MM = 40.0
"""What comes nearer to the lesion than this is looked at and confirmed by the user; what lies farther away stays unconfirmed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeCase:
    """One case: its patient, and what the user does.

    Attributes
    ----------
    name, title : str
    parameters : PhantomParameters
    work : callable
        Does it, up to the zone that is settled and judged.
    """

    name: str
    title: str
    parameters: PhantomParameters
    work: Callable[[ScriptedUser, Floats], None]


def whole_cases() -> tuple[WholeCase, ...]:
    """Return the three cases."""
    return (
        WholeCase(name="rfa-s1", title="Pain from a lytic lesion of S1, by RFA", work=_palliative_rfa,
                  parameters=_patient(Lesion(kind="lytic", site="S1", side=Side.RIGHT, diameters_mm=(18.0, 18.0, 18.0)), 91)),
        WholeCase(name="cryo-s2", title="To cure a lytic lesion of S2, by three cryoprobes", work=_curative_cryo,
                  parameters=_patient(Lesion(kind="lytic", centre_mm=(40.0, 28.0, -36.0), diameters_mm=(22.0, 22.0, 22.0)), 92)),
        WholeCase(name="laser-oo", title="An osteoid osteoma of the sacral ala, by laser", work=_laser,
                  parameters=_patient(Lesion(kind=OSTEOID_OSTEOMA, site="ala", side=Side.LEFT, diameters_mm=(8.0, 8.0, 8.0)), 93)),
    )  # fmt: skip


def _patient(lesion: Lesion, seed: int) -> PhantomParameters:
    return dataclasses.replace(family()["no-lesion"].parameters, lesions=(lesion,), seed=seed)


def _palliative_rfa(user: ScriptedUser, lesion_mm: Floats) -> None:
    grow_lesion(user, lesion_mm)
    user.press(Qt.Key.Key_P, "The goal: to relieve pain", CONTROL | SHIFT)
    confirm_what_is_near(user)
    choose_device(user, "cool-tip 30", "cool-tip-30")
    propose(user)
    use_plan(user)


def _curative_cryo(user: ScriptedUser, lesion_mm: Floats) -> None:
    grow_lesion(user, lesion_mm)
    user.press(Qt.Key.Key_U, "The goal: to cure", CONTROL | SHIFT)
    confirm_what_is_near(user)
    user.press(Qt.Key.Key_3, "To the probes: the device there is the one wanted", ALT)
    ask_for_probes(user, 3)
    propose(user)
    use_plan(user, 3)
    try_what_protects(user)


def _laser(user: ScriptedUser, nidus_mm: Floats) -> None:
    user.look(_FIND_S)
    user.slice_to(nidus_mm, "To the slice of the nidus")
    user.press(Qt.Key.Key_B, "Take the brush")
    user.turn_wheel(Plane.AXIAL, -3, "Size of the brush", CONTROL)
    user.click_at(Plane.AXIAL, nidus_mm, "Paint the nidus")
    user.press(Qt.Key.Key_U, "The goal: to cure", CONTROL | SHIFT)
    confirm_what_is_near(user)
    choose_device(user, "bare laser", "bare-fibre-805")
    jobs = user.window.jobs
    user.wait_beside(lambda: not jobs.busy, "bones by name")
    user.press(Qt.Key.Key_G, "Suggest ways in", CONTROL)
    ways = user.window.ways_in
    user.wait(lambda: bool(ways.suggestions) or ways.refusal is not None, "ways in")
    user.look(_PLAN_S)
    section = probes_panel(user).ways_in_section
    user.wait(lambda: len(buttons(section, "Use")) == len(ways.suggestions), "the list of ways")
    user.click(buttons(section, "Use")[0], "Use the first way")


def grow_lesion(user: ScriptedUser, lesion_mm: Floats) -> None:
    """Mark the lesion by a click."""
    session = user.window.session
    user.look(_FIND_S)
    user.slice_to(lesion_mm, "To the slice of the lesion")
    user.press(Qt.Key.Key_G, "Take the tool that marks a lesion")
    user.click_at(Plane.AXIAL, lesion_mm, "Click the lesion")
    user.wait(lambda: session.case is not None and bool(session.case.of_kind(StructureKind.LESION)), "the lesion")


def begin_review(user: ScriptedUser) -> None:
    """Look at the first that nobody confirmed, once roots are found."""
    session = user.window.session
    user.wait_beside(lambda: session.case is not None and session.case.find("root.S2.L") is not None, "canal and roots")
    action = user.window.commands.actions["review"]
    # No hand is faster than the window brings its commands up to date.
    user.wait(action.isEnabled, "the commands")
    user.press(Qt.Key.Key_F3, "Look at what was found, the nearest first")
    user.wait(lambda: user.window.reviewing.stop is not None, "the first to be looked at")


def confirm_what_is_near(user: ScriptedUser) -> None:
    """Look at what lies near the lesion, and confirm it group by group."""
    begin_review(user)
    reviewing = user.window.reviewing
    while (stop := reviewing.stop) is not None and stop.near_mm is not None and stop.near_mm <= _NEAR_MM:
        # What was just shown is not confirmed by a key that bounces.
        user.spin(0.35)
        user.look(_STOP_S)
        user.press(Qt.Key.Key_F3, f"Confirm {stop.title}")


def choose_device(user: ScriptedUser, typed: str, device_id: str) -> None:
    """Find a device by its name and take it."""
    user.press(Qt.Key.Key_K, "Search", CONTROL)
    user.type(typed, "Name of the device")
    user.press(Qt.Key.Key_Return, "Take it")
    assert user.window.view.device_id == device_id, user.window.view.device_id


def ask_for_probes(user: ScriptedUser, most: int) -> None:
    """Say how many probes a plan may have."""
    user.double_click(probes_panel(user).plans_section.most.lineEdit(), "Most probes")
    user.type(f"{most}\t", "How many")


def propose(user: ScriptedUser) -> None:
    """Have plans proposed."""
    plans, jobs = user.window.plans, user.window.jobs
    user.wait_beside(lambda: not jobs.busy, "bones by name")
    user.press(Qt.Key.Key_P, "Propose plans", CONTROL)
    user.wait(lambda: not plans.running, "plans")
    assert plans.proposal is not None, plans.refusal


def use_plan(user: ScriptedUser, count: int | None = None) -> None:
    """Use the plan of so many probes, or that which covers most."""
    proposal = user.window.plans.proposal
    assert proposal is not None
    wanted = [n for n, plan in enumerate(proposal.plans) if count in (None, len(plan.probes))]
    number = max(wanted or range(len(proposal.plans)), key=lambda n: proposal.plans[n].covered_frac)
    user.look(_PLAN_S)
    section = probes_panel(user).plans_section
    user.wait(lambda: len(buttons(section, "Use")) == len(proposal.plans), "the list of plans")
    user.click(buttons(section, "Use")[number], "Use a plan")


def wait_settled(user: ScriptedUser) -> None:
    """Wait until the physics of the plan, and the verdict on it, are there."""
    user.wait(lambda: bool(settled_digest(user.window.session)), "the settled zone and its verdict")


def try_what_protects(user: ScriptedUser) -> None:
    """Have protection tried in the engine, and place the first pocket that helps, if there is one."""
    wait_settled(user)
    window = user.window
    user.press(Qt.Key.Key_5, "To the risk", ALT)
    user.wait(lambda: window.protecting.can_try, "what calls for protection")
    user.press(Qt.Key.Key_F8, "Try what protects")
    user.wait(lambda: not window.protecting.running, "what protects")
    found = window.protecting.current
    assert found is not None
    if found.pockets:
        page = window.panels[Step.RISK]
        user.wait(lambda: bool(with_tooltip(page, "Place this ")), "the page of risk")
        user.look(_PLAN_S)
        user.click(with_tooltip(page, "Place this ")[0], "Place the pocket that helps")


def judge_and_report(user: ScriptedUser, out: Path) -> None:
    """Wait until the zone is settled and judged, read the verdict, and write the report."""
    window = user.window
    wait_settled(user)
    if window.view.step is not Step.RISK:
        user.press(Qt.Key.Key_5, "To the risk", ALT)
    user.look(_VERDICT_S)
    verdict = window.session.verdict
    assert verdict is not None
    if verdict.findings:
        page, words = window.panels[Step.RISK], verdict.findings[0].sentence
        user.wait(lambda: bool(said(page, words)), "the page of risk")
        user.click(said(page, words)[0], "Go to the gravest finding")
    user.answer_file(
        out, lambda: user.press(Qt.Key.Key_R, "Ask for the report", CONTROL), "Where the report is written"
    )
    user.wait(out.exists, "the report")
    user.wait(lambda: not window.jobs.busy, "the report")


def probes_panel(user: ScriptedUser) -> ProbesPanel:
    """Return the page of probes."""
    panel = user.window.panels[Step.PROBES]
    assert isinstance(panel, ProbesPanel)
    return panel
