"""How 3D shows the CT, what is cut away, and from where it is seen: commands, and the tools on the 3D view."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from app.commands import Command
from app.representations.camera3d import STANDARD_VIEWS, StandardView
from app.representations.volume_look import Cut, Substance, VolumeLook
from app.widgets.view3d_tools import Direction, View3DTools

if TYPE_CHECKING:
    from app.main_window import MainWindow
    from app.views.layouts import ViewLayouts
    from app.views.view3d import View3D

VOLUME, SEE_THROUGH, CUT, SIDE, FROM = "volume-3d", "see-through", "cut-3d", "side-3d", "from-3d"
IN_3D = (VOLUME, SEE_THROUGH, CUT, SIDE, FROM)
ALONG = "from-needle"
_NO_CT = "Open a CT first."
_NO_NEEDLE = "Place a probe first: there is no needle to {} along."
_SHORT = {
    "posterior": "Behind", "anterior": "Front", "left": "Left", "right": "Right", "cranial": "Above", "caudal": "Below",
}  # fmt: skip


def view3d_commands(window: MainWindow) -> list[Command]:
    """Return the commands, in the groups of the menus on the 3D view."""
    return [*_volume(window), *_cuts(window), *_directions(window)]


def _shown(window: MainWindow, **changes: object) -> None:
    """Change how 3D shows the CT, and what can be done next."""
    window.view.show_volume(**changes)
    window.commands.refresh()


def _has_case(window: MainWindow) -> bool:
    return window.session.case is not None


def _has_needle(window: MainWindow) -> bool:
    return window.session.case is not None and bool(window.session.case.plan.probes)


def _volume(window: MainWindow) -> list[Command]:
    def look() -> VolumeLook:
        return window.view.volume_look

    def take(substance: Substance) -> Callable[[], None]:
        def act() -> None:
            again = look().substance is substance
            _shown(window, substance=Substance.SURFACES if again else substance)

        return act

    words = {
        Substance.SURFACES: ("3D: surfaces alone", ()),
        Substance.BONE: ("3D: bone of the CT", ("Shift+B",)),
        Substance.SOFT_TISSUE: ("3D: soft tissue of the CT", ("Shift+S",)),
    }
    return [
        *(
            Command(
                id=f"volume-{substance.name.lower().replace('_', '-')}", words=said, keys=keys, act=take(substance), group=VOLUME,
                enabled=lambda: _has_case(window), unless=_NO_CT, checked=lambda s=substance: look().substance is s,
            )
            for substance, (said, keys) in words.items()
        ),
        Command(
            id="see-through", words="3D: see lesion and zone through the volume", keys=("Shift+L",), group=SEE_THROUGH,
            act=lambda: _shown(window, see_through=not look().see_through), checked=lambda: look().see_through,
            enabled=lambda: _has_case(window) and look().casts,
            unless="Show bone or soft tissue of the CT first: surfaces are translucent already.",
        ),
    ]  # fmt: skip


def _cuts(window: MainWindow) -> list[Command]:
    def look() -> VolumeLook:
        return window.view.volume_look

    def take(cut: Cut) -> Callable[[], None]:
        return lambda: _shown(window, cut=cut if look().cut is not cut else Cut.NONE)

    words = {
        Cut.NONE: "3D: whole", Cut.AXIAL: "3D: cut axially at the crosshair", Cut.CORONAL: "3D: cut coronally at the crosshair",
        Cut.SAGITTAL: "3D: cut sagittally at the crosshair",
    }  # fmt: skip
    return [
        *(
            Command(
                id=f"cut-{cut.name.lower()}", words=said, act=take(cut), group=CUT, enabled=lambda: _has_case(window),
                unless=_NO_CT, checked=lambda c=cut: look().cut is c,
            )
            for cut, said in words.items()
        ),
        Command(
            id="cut-needle", words="3D: wedge open along the needle", keys=("Shift+N",), act=take(Cut.NEEDLE), group=CUT,
            enabled=lambda: _has_needle(window), unless=_NO_NEEDLE.format("cut"), checked=lambda: look().cut is Cut.NEEDLE,
        ),
        Command(
            id="cut-other-side", words="3D: take the other side away", keys=("Shift+F",), group=SIDE,
            act=lambda: _shown(window, other_side=not look().other_side), checked=lambda: look().other_side,
            enabled=lambda: _has_case(window) and look().at_crosshair,
            unless="Cut at the crosshair first; a wedge along the needle is always open to you.",
        ),
    ]  # fmt: skip


def _directions(window: MainWindow) -> list[Command]:
    def turn(view: StandardView) -> Callable[[], None]:
        return lambda: window.view3d.look_from(view.azimuth_deg, view.elevation_deg)

    return [
        *(
            Command(
                id=f"from-{view.name}", words=f"3D {view.words}", keys=(f"Ctrl+Alt+{n}",), act=turn(view), group=FROM,
                enabled=lambda: _has_case(window), unless=_NO_CT,
            )
            for n, view in enumerate(STANDARD_VIEWS, start=1)
        ),
        Command(
            id=ALONG, words="3D along the needle", keys=(f"Ctrl+Alt+{len(STANDARD_VIEWS) + 1}",), group=FROM,
            act=lambda: window.view3d.look_along_needle(), enabled=lambda: _has_needle(window),
            unless=_NO_NEEDLE.format("look"),
        ),
    ]  # fmt: skip


def menu_of_3d(window: MainWindow, parent: QMenu) -> QMenu:
    """Return the part of the window's menu that is about 3D."""
    menu = QMenu("3D view", parent)
    for group in IN_3D:
        menu.addActions(window.commands.of_group(group))
        menu.addSeparator()
    return menu


def put_tools_on_3d(window: MainWindow, view: View3D, layouts: ViewLayouts) -> None:
    """Give a 3D view its tools."""
    commands = window.commands

    def groups(*names: str) -> Callable[[], list[list[QAction]]]:
        def now() -> list[list[QAction]]:
            commands.refresh()
            return [commands.of_group(name) for name in names]

        return now

    def looking(command_id: str, look: Callable[[], object]) -> QAction:
        """The command for the first window's view; for another view one that looks the same and turns that."""
        first = commands.actions[command_id]
        if view is window.view3d:
            return first
        own = QAction(first.text(), view)
        own.setEnabled(first.isEnabled())
        own.triggered.connect(look)
        return own

    def directions() -> list[Direction]:
        commands.refresh()
        standard = [
            Direction(
                _SHORT[each.name], looking(f"from-{each.name}", lambda e=each: view.look_from(e.azimuth_deg, e.elevation_deg)), each.teaches,
                lambda w, h, e=each: view.thumbnail(e.azimuth_deg, e.elevation_deg, w, h),
            )
            for each in STANDARD_VIEWS
        ]  # fmt: skip

        def along(width: int, height: int) -> object:
            angles = view.needle_from_deg
            return None if angles is None else view.thumbnail(*angles, width, height)

        teaches = "The needle points away from you, its tip in the middle."
        return [*standard, Direction("Along the needle", looking(ALONG, view.look_along_needle), teaches, along)]

    View3DTools(
        view, groups(VOLUME, SEE_THROUGH), groups(CUT, SIDE), commands.actions["see-through"], directions,
        lambda: layouts.maximise("3d"),
    )  # fmt: skip
