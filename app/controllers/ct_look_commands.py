"""How slices show the CT, thick or thin, and what is drawn between voxels: commands, and the tools on every slice."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtGui import QAction

from app.commands import Command
from app.representations.ct_look import Interpolation
from app.representations.windows import WINDOW_PRESETS
from app.view_state import ViewState
from app.widgets.view_tools import ViewTools
from imaging.slab import Projection
from planning.quantities import NNBSP

if TYPE_CHECKING:
    from app.main_window import MainWindow
    from app.views.layouts import ViewLayouts
    from app.views.slice_view import SliceView

SLAB, THICKNESS, INTERPOLATION = "slab", "thickness", "interpolation"
_WORDS = {
    Projection.LARGEST: "MIP: the largest density across the slab",
    Projection.SMALLEST: "MinIP: the smallest density across the slab",
    Projection.MEAN: "Mean density across the slab",
}
_THICKNESSES_MM = (5, 10, 20, 40)


def ct_look_commands(view: ViewState, has_case: Callable[[], bool]) -> list[Command]:
    """Return the commands, in the groups of the menu on every slice.

    Parameters
    ----------
    view : ViewState
    has_case : callable
    """

    def thick(projection: Projection) -> bool:
        return view.ct_look.thick and view.ct_look.projection is projection

    plane = Command(
        id="slab-none", words="One plane, no slab", act=lambda: view.show_ct(thick=False), group=SLAB, enabled=has_case,
        checked=lambda: not view.ct_look.thick,
    )  # fmt: skip
    projections = [
        Command(
            id=f"slab-{name.lower()}", words=_WORDS[projection], group=SLAB, enabled=has_case,
            act=lambda p=projection: view.show_ct(thick=True, projection=p), checked=lambda p=projection: thick(p),
        )
        for name, projection in Projection.__members__.items()
    ]  # fmt: skip
    thicknesses = [
        Command(
            id=f"slab-{mm}-mm", words=f"Slab of {mm}{NNBSP}mm", group=THICKNESS, enabled=has_case,
            act=lambda mm=mm: view.show_ct(thick=True, thickness_mm=float(mm)),
            checked=lambda mm=mm: view.ct_look.thick and view.ct_look.thickness_mm == mm,
        )
        for mm in _THICKNESSES_MM
    ]  # fmt: skip
    between = [
        Command(
            id=f"interpolation-{name.lower()}", words=f"Between voxels: {way.value}", group=INTERPOLATION, enabled=has_case,
            act=lambda w=way: view.show_ct(interpolation=w), checked=lambda w=way: view.ct_look.interpolation is w,
        )
        for name, way in Interpolation.__members__.items()
    ]  # fmt: skip
    switch = Command(
        id="thick-slices", words="Thick slices", act=lambda: view.show_ct(thick=not view.ct_look.thick), keys=("Z",), group="view",
        enabled=has_case, checked=lambda: view.ct_look.thick,
    )  # fmt: skip
    return [switch, plane, *projections, *thicknesses, *between]


def put_tools_on_slices(window: MainWindow) -> None:
    """Give every slice of a window its tools."""
    for view in window.all_slices:
        put_tools_on_slice(window, view, window.layouts)


def put_tools_on_slice(window: MainWindow, view: SliceView, layouts: ViewLayouts) -> None:
    """Give a slice its tools: how it shows the CT, the grey window, and one view alone."""
    commands = window.commands
    presets = [commands.actions[f"window-{n}"] for n, _ in enumerate(WINDOW_PRESETS, start=1)]

    def looks() -> list[list[QAction]]:
        commands.refresh()
        return [commands.of_group(group) for group in (SLAB, THICKNESS, INTERPOLATION)]

    ViewTools(view, window.view, looks, lambda: [presets], lambda: layouts.maximise(view.name))
