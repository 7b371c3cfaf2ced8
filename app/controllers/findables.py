"""What the search field of the window finds: commands, what is marked and placed, steps."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from app.controllers.colours import colour_of
from app.controllers.places import show_structure
from app.controllers.session import Session
from app.panels.probes_panel import ProbesPanel
from app.searching import Findable
from app.tokens import cement_colour, needle_colour, pocket_colour, thermocouple_colour
from app.view_state import Step, ViewState
from app.widgets.new_device_dialog import FAMILY_NAMES
from planning.catalogue import load_devices
from planning.catalogue.agents import agent
from planning.catalogue.devices import device
from planning.model import Structure
from planning.model.point import Point

if TYPE_CHECKING:
    from app.main_window import MainWindow

SEARCH, STEPS = "search", "step"


def findables(window: MainWindow) -> list[Findable]:
    """Return all that can be found and chosen now, in the order of the menu."""
    return [
        *_commands(window),
        *_plans(window),
        *_devices(window),
        *_structures(window.session),
        *_placed(window.session),
    ]


def _commands(window: MainWindow) -> list[Findable]:
    return [
        Findable(
            id=command.id, words=command.words, kind="Step" if command.group == STEPS else "", act=lambda c=command.id: window.commands.run(c),
            keys=command.keys[0] if command.keys else "", enabled=command.enabled(), reason=command.unless,
            icon_name="check" if command.checked is not None and command.checked() else command.icon_name,
        )
        for command in window.commands.listed if command.id != SEARCH
    ]  # fmt: skip


def _devices(window: MainWindow) -> list[Findable]:
    """Devices, to be the one that is placed or proposed next."""
    return [
        Findable(
            id=f"device {key}", words=applicator.name, kind=f"Device, {FAMILY_NAMES[applicator.family]}",
            act=lambda d=key: _choose_device(window, d), icon_name="check" if key == window.view.device_id else "",
        )
        for key, applicator in load_devices().items()
    ]  # fmt: skip


def _plans(window: MainWindow) -> list[Findable]:
    case = window.session.case
    return [
        Findable(
            id=f"plan {plan.number}", words=plan.title, kind="Plan",
            act=lambda n=plan.number: window.plan_keeping.take(n),
            icon_name="check" if plan.number == case.plan.number else "",
        )
        for plan in (case.all_plans if case is not None else ())
    ]  # fmt: skip


def _choose_device(window: MainWindow, device_id: str) -> None:
    window.view.go_to(Step.PROBES)
    panel = window.panels[Step.PROBES]
    assert isinstance(panel, ProbesPanel)
    panel.choose_device(device_id)


def _structures(session: Session) -> list[Findable]:
    case = session.case
    return [
        Findable(
            id=s.id, words=s.name, kind=_kind_words(s), colour=colour_of(session, s),
            act=lambda found=s: show_structure(session, found),
        )
        for s in (case.structures if case is not None else ())
    ]  # fmt: skip


def _kind_words(structure: Structure) -> str:
    kind = structure.kind.value.replace("_", " ")
    return "Structure" if kind in structure.name.casefold() else f"Structure, {kind}"


def _placed(session: Session) -> list[Findable]:
    """Return probes, pockets, thermocouples and cement."""
    if session.case is None:
        return []
    plan = session.case.plan

    def one(object_id: str, name: str, kind: str, colour: str, at_mm: Point) -> Findable:
        return Findable(
            id=object_id, words=name, kind=kind, colour=colour, act=_going_to(session.view, object_id, at_mm)
        )

    return [
        *(one(p.id, p.name, f"Probe, {device(p.device_id).name}", needle_colour(), p.tip_mm) for p in plan.probes),
        *(one(p.id, p.name, "Pocket", pocket_colour(agent(p.agent_id).state), p.start_mm) for p in plan.pockets),
        *(one(t.id, t.name, "Thermocouple", thermocouple_colour(), t.position_mm) for t in plan.thermocouples),
        *(one(c.id, c.name, "Cement", cement_colour(), c.centre_mm) for c in plan.cements),
    ]


def _going_to(view: ViewState, object_id: str, at_mm: Point) -> Callable[[], None]:
    def act() -> None:
        view.select(object_id)
        view.reveal(at_mm)

    return act
