"""Commands on what is selected, and the menu of anything that is clicked with the right button."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint
from PySide6.QtGui import QCursor, QIcon
from PySide6.QtWidgets import QApplication, QMenu

from app.commands import Command
from app.controllers import objects
from app.controllers.objects import selected_object
from app.controllers.session import Session
from app.representations.slice_overlay import drawn_on_slices
from app.theme import swatch_pixmap
from app.tokens import own_colour
from app.tools.base import SliceEvent
from app.tools.grabs import grab_under
from app.widgets.basics import HELD
from app.widgets.name_field import NameField
from planning.errors import PlanError
from planning.model.annotation import Annotation
from planning.model.look import OwnColour
from planning.operations.objects import CaseObject, objects_of, require_renamable

if TYPE_CHECKING:
    from app.main_window import MainWindow
    from app.views.slice_view import SliceView
    from app.views.view3d import View3D

_NOTHING = "Select something first: click it, or its line in a list."
_ON_OBJECT = ("rename", "hide", "lock", "delete")
_ON_PLACE = ("target", "entry", "reset-view", "straight-planes", "show-all")


def object_commands(window: MainWindow) -> list[Command]:
    """Return what can be done with whatever is selected."""
    session, view = window.session, window.view

    def on_it(act: Callable[[Session, CaseObject], object]) -> Callable[[], None]:
        def run() -> None:
            held = selected_object(session)
            if held is not None:
                act(session, held)

        return run

    def any_selected() -> bool:
        return selected_object(session) is not None

    def colour_command(colour: OwnColour | None) -> Command:
        return Command(
            id=f"colour-{colour.value if colour else 'usual'}",
            words=f"Colour of the selected: {colour.value if colour else 'its usual one'}",
            act=on_it(lambda session, held: objects.recolour(session, held, colour)),
            enabled=any_selected, unless=_NOTHING,
            checked=lambda: (held := selected_object(session)) is not None and held.colour is colour,
        )  # fmt: skip

    return [
        Command(id="rename", words="Rename the selected…", act=on_it(lambda _, held: ask_for_name(window, held)),
                keys=("F2",), icon_name="pencil", enabled=any_selected, unless=_NOTHING, group="edit"),
        Command(id="hide", words="Hide or show the selected", act=on_it(objects.toggle_hidden), keys=("Shift+H",),
                icon_name="eye-off", enabled=any_selected, unless=_NOTHING, group="edit"),
        Command(id="lock", words="Lock or unlock the selected", act=on_it(objects.toggle_lock), keys=("Ctrl+L",),
                icon_name="lock", enabled=any_selected, unless=_NOTHING, group="edit"),
        Command(id="delete", words="Delete the selected", act=on_it(objects.delete), keys=("Delete",),
                icon_name="trash-2", enabled=any_selected, unless=_NOTHING, group="edit"),
        Command(id="show-all", words="Show everything that is hidden", act=lambda: view.set_hidden(hidden_objects(window), False),
                keys=("Ctrl+Shift+H",), icon_name="eye", enabled=lambda: bool(hidden_objects(window)), group="edit",
                unless="Nothing is hidden."),
        *(colour_command(colour) for colour in (*OwnColour, None)),
    ]  # fmt: skip


def hidden_objects(window: MainWindow) -> list[str]:
    """Return the ids of what the case holds and the user hid."""
    case = window.session.case
    return [] if case is None else [o.id for o in objects_of(case) if o.id in window.view.hidden]


def ask_for_name(window: MainWindow, held: CaseObject, at: QPoint | None = None) -> None:
    """Ask for another name of something beside the mouse, or say why it keeps its own."""
    try:
        require_renamable(held)
    except PlanError as error:
        window.session.refused.emit(error)
        return
    name = held.words if isinstance(held, Annotation) else held.name
    NameField(name or held.name, lambda given: objects.rename(window.session, held, given), window).ask(
        at or QCursor.pos()
    )


def held_under(at: QPoint) -> str:
    """Return the id of what the line of a list at a place of the screen is about; empty where there is none."""
    widget = QApplication.widgetAt(at)
    while widget is not None:
        if held := widget.property(HELD):
            return str(held)
        widget = widget.parentWidget()
    return ""


def show_menu(window: MainWindow, object_id: str, at: QPoint) -> None:
    """Show what can be done with something, or where nothing is, with the place that the crosshair is at."""
    case = window.session.case
    if case is None:
        return
    held = next((o for o in objects_of(case) if o.id == object_id), None)
    if held is not None:
        window.view.select(held.id)
    window.commands.refresh()
    menu, actions = QMenu(window), window.commands.actions
    if held is not None:
        menu.addAction(QIcon(swatch_pixmap(objects.shown_colour(window.session, held))), held.name).setEnabled(False)
        menu.addSeparator()
        # The commands by the words of what is clicked.
        words = (
            "Rename…", "Show" if held.id in window.view.hidden else "Hide", "Unlock" if held.locked else "Lock", "Delete",
        )  # fmt: skip
        for name, said in zip(_ON_OBJECT, words, strict=True):
            act = menu.addAction(actions[name].icon(), said, lambda n=name: window.commands.run(n))
            act.setShortcut(actions[name].shortcut())
        menu.addMenu(_colours(window, menu))
    else:
        for name in _ON_PLACE:
            if actions[name].isEnabled():
                menu.addAction(actions[name])
    menu.aboutToHide.connect(menu.deleteLater)
    menu.popup(at)


def _colours(window: MainWindow, parent: QMenu) -> QMenu:
    menu = QMenu("Colour", parent)
    for colour in OwnColour:
        act = window.commands.actions[f"colour-{colour.value}"]
        chosen = menu.addAction(QIcon(swatch_pixmap(own_colour(colour), 12)), colour.value.capitalize(), act.trigger)
        chosen.setCheckable(True)
        chosen.setChecked(act.isChecked())
    menu.addSeparator()
    menu.addAction("Its usual one", window.commands.actions["colour-usual"].trigger)
    return menu


def follow_right_clicks(window: MainWindow, slices: Iterable[SliceView], view3d: View3D) -> None:
    """Have a click of the right button on slices and in 3D show what can be done with what lies there."""

    def on_slice(event: SliceEvent, at: QPoint) -> None:
        object_id = _id_at(window, event)
        if not object_id:
            window.view.set_crosshair(event.lps_mm)
        show_menu(window, object_id, at)

    for view in slices:
        view.menuAsked.connect(on_slice)
    view3d.menuAsked.connect(lambda object_id, at: show_menu(window, object_id, at))


def _id_at(window: MainWindow, event: SliceEvent) -> str:
    """Id of what is placed or measured under the mouse, else of the smallest structure drawn there, else nothing."""
    case, volume, scene = window.session.case, window.session.volume, window.session.scene()
    if case is None or volume is None or scene is None:
        return ""
    grab = grab_under(event, case, window.view.selected, volume, window.view.hidden)
    if grab is not None:
        return grab.id
    within = [s for s in drawn_on_slices(scene) if s.shape.contains(event.lps_mm)[0]]
    return min(within, key=lambda s: s.volume_mm3).id if within else ""
