"""What the window can do, as a list of commands."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtWidgets import QMenu

from app.commands import Command
from app.controllers import device_files, helping, label_import, opening, other_ct, own_numbers, registry, taking_away
from app.controllers.checking import ask_for_new_ct
from app.controllers.ct_look_commands import ct_look_commands
from app.controllers.findables import SEARCH, STEPS
from app.controllers.history import show_history
from app.controllers.moments import STEP_S
from app.controllers.object_commands import object_commands
from app.controllers.plan_keeping import plan_commands
from app.controllers.sending_log import ask_for_log
from app.controllers.settled import settled_digest
from app.controllers.view3d_commands import menu_of_3d, view3d_commands
from app.mouse_scheme import MouseScheme
from app.representations.windows import WINDOW_PRESETS
from app.theme import set_theme
from app.tools.place import PlaceProbeTool
from app.view_state import Step
from app.views.layouts import CONVENTIONAL, CTS, FOUR, NEEDLE, PLANS
from planning.model.clinical import Intent
from planning.operations.clinical import change_clinical

if TYPE_CHECKING:
    from app.main_window import MainWindow

_NO_CT = "Open a CT first."
_NO_PROBE = "Place a probe first."
_NOT_SETTLED = "It needs a probe and its settled zone: wait for the physics, or solve it (F5)."


def window_commands(window: MainWindow) -> list[Command]:
    """Return the commands of a window, in menu order."""
    return [
        *_files(window), *_edit(window), *object_commands(window), *plan_commands(window), *_views(window), *_tools(window), *_measures(window), *_out(window),
        *_windows(window), *view3d_commands(window), *_steps(window),
    ]  # fmt: skip


def main_menu(window: MainWindow) -> QMenu:
    """Return the menu of a window's commands, part by part."""
    menu = QMenu(window)
    for group in ("file", "edit", "plan", "view", "window", "tools", "measure", "out", "end"):
        menu.addActions(window.commands.of_group(group))
        if group == "window":
            menu.addMenu(menu_of_3d(window, menu))
        menu.addSeparator()
        if group == "out":
            menu.addMenu(_help_menu(window, menu))
    return menu


def _help_menu(window: MainWindow, parent: QMenu) -> QMenu:
    menu = QMenu("Help", parent)
    menu.addActions(window.commands.of_group("help"))
    return menu


def _has_case(window: MainWindow) -> Callable[[], bool]:
    return lambda: window.session.case is not None


def _has_probes(window: MainWindow) -> Callable[[], bool]:
    return lambda: window.session.case is not None and bool(window.session.case.plan.probes)


def _tool(window: MainWindow, name: str, step: Step) -> Callable[[], None]:
    def take() -> None:
        window.view.go_to(step)
        window.view.use_tool(name)

    return take


def _files(window: MainWindow) -> list[Command]:
    """Cases and CTs."""
    has_case = _has_case(window)
    return [
        Command(id="open-ct", words="Open CT folder…", act=lambda: opening.ask_for_ct(window), keys=("Ctrl+O",),
                icon_name="folder-open", group="file"),
        Command(id="open-file", words="Open NIfTI or NRRD…", act=lambda: opening.ask_for_volume(window), group="file"),
        Command(id="open-case", words="Open case…", act=lambda: opening.ask_for_case(window), keys=("Ctrl+Shift+O",),
                group="file"),
        Command(id="demo", words="Demo case", act=lambda: opening.open_demo(window), group="file"),
        Command(id="save", words="Save", act=lambda: opening.save(window), keys=("Ctrl+S",), icon_name="save",
                enabled=has_case, unless=_NO_CT, group="file"),
        Command(id="save-as", words="Save as…", act=lambda: opening.save_as(window), keys=("Ctrl+Shift+S",),
                enabled=has_case, unless=_NO_CT, group="file"),
        Command(id="registry", words="Registry of cases…", act=lambda: registry.ask_for_registry(window), group="file"),
    ]  # fmt: skip


def _edit(window: MainWindow) -> list[Command]:
    """Undo and redo, what is unconfirmed, and the goal."""
    has_case = _has_case(window)
    return [
        Command(id="undo", words="Undo", act=window.session.undo, keys=("Ctrl+Z",), icon_name="undo-2", group="edit",
                unless="Nothing was done yet.",
                enabled=lambda: window.session.store is not None and bool(window.session.store.undo_names)),
        Command(id="redo", words="Redo", act=window.session.redo, keys=("Ctrl+Y", "Ctrl+Shift+Z"), icon_name="redo-2",
                group="edit", unless="Nothing was undone.",
                enabled=lambda: window.session.store is not None and window.session.store.redo_name is not None),
        Command(id="history", words="History of edits…", act=lambda: show_history(window), keys=("Ctrl+H",), icon_name="history",
                group="edit", unless="Nothing was done yet.",
                enabled=lambda: window.session.store is not None and bool(window.session.store.undo_names or window.session.store.redo_names)),
        Command(id="review", words="Confirm what is shown, and look at the next", act=window.reviewing.confirm, keys=("F3",),
                group="edit", enabled=lambda: _unconfirmed(window), unless="Nothing is unconfirmed.", repeats=False),
        Command(id="review-leave", words="Leave it unconfirmed, and look at the next", act=window.reviewing.leave,
                keys=("Shift+F3",), group="edit", enabled=lambda: _unconfirmed(window),
                unless="Nothing is unconfirmed.", repeats=False),
        *(
            Command(id=f"goal-{intent.value}", words=f"Goal: {words}", keys=(keys,), group="edit", enabled=has_case, unless=_NO_CT,
                    act=lambda i=intent: window.session.apply("Change the goal", lambda case: change_clinical(case, intent=i)),
                    checked=lambda i=intent: window.session.case is not None and window.session.case.clinical.intent is i)
            for intent, words, keys in (
                (Intent.CURATIVE, "to cure", "Ctrl+Shift+U"), (Intent.PALLIATIVE, "to relieve pain", "Ctrl+Shift+P")
            )
        ),
    ]  # fmt: skip


def _unconfirmed(window: MainWindow) -> bool:
    case = window.session.case
    return case is not None and any(not s.confirmed for s in case.structures)


def _steps(window: MainWindow) -> list[Command]:
    """The steps of the work."""
    return [
        Command(id=f"step-{step.value.lower()}", words=step.value, act=lambda s=step: window.view.go_to(s), keys=(f"Alt+{n}",),
                icon_name="chevron-right", group=STEPS)
        for n, step in enumerate(Step, start=1)
    ]  # fmt: skip


def _views(window: MainWindow) -> list[Command]:
    """Layout, crosshair, centring."""
    has_case = _has_case(window)
    return [
        Command(id="layout-four", words="Four views", act=lambda: window.show_layout(FOUR), keys=("Ctrl+1",),
                icon_name="layout-grid", group="view", checked=lambda: window.layouts.current == FOUR),
        Command(id="layout-conventional", words="A large view beside three", act=lambda: window.show_layout(CONVENTIONAL),
                keys=("Ctrl+2",), icon_name="layout-panel-left", group="view",
                checked=lambda: window.layouts.current == CONVENTIONAL),
        Command(id="layout-one", words="One view", act=lambda: window.layouts.maximise(window.layouts.first), keys=("Ctrl+3",),
                icon_name="square", group="view"),
        Command(id="layout-needle", words="Views along and across the needle", act=window.toggle_needle, keys=("N",),
                icon_name="needle-views", enabled=_has_probes(window), group="view",
                unless="Place a probe first: there is no needle to look along.",
                checked=lambda: window.layouts.current == NEEDLE),
        Command(id="layout-plans", words="Another plan beside the one in hand", act=lambda: window.show_layout(PLANS),
                keys=("Ctrl+4",), icon_name="columns-2", group="view", enabled=lambda: window.other_plan.plan is not None,
                unless="There is one plan only: copy it, or begin another.", checked=lambda: window.layouts.current == PLANS),
        Command(id="layout-cts", words="Another CT beside the planning CT…", act=lambda: other_ct.show_other_ct(window), keys=("Ctrl+6",),
                group="view", enabled=has_case, unless=_NO_CT, checked=lambda: window.layouts.current == CTS),
        Command(id="other-ct", words="Choose another CT to stand beside…", act=lambda: other_ct.ask_for_other_ct(window),
                group="view", enabled=lambda: has_case() and not window.other_ct.running, unless=_NO_CT),
        Command(id="second-window", words="Second window of views", act=window.second.toggle, keys=("Ctrl+5",), group="view",
                icon_name="monitor", checked=lambda: window.second.shown is not None),
        *ct_look_commands(window.view, has_case),
        Command(id="crosshair", words="Show or hide the crosshair", act=lambda: _toggle_crosshair(window),
                keys=("H",), group="view"),
        Command(id="temperature", words="Temperature over the CT", keys=("F",), group="view", enabled=_has_probes(window),
                act=lambda: window.view.show_temperature(not window.view.temperature_shown), unless=_NO_PROBE,
                checked=lambda: window.view.temperature_shown),
        Command(id="magnifier", words="Magnifier under the mouse", keys=("Q",), group="view", enabled=has_case, icon_name="search",
                act=lambda: window.view.hold_magnifier(not window.view.magnifier), unless=_NO_CT,
                checked=lambda: window.view.magnifier),
        Command(id="straight-planes", words="Straight planes again", act=lambda: window.view.show_planes(None), keys=("Home",),
                group="view", enabled=lambda: window.view.planes is not None,
                unless="The planes are straight: drag the outer part of a crosshair line to tilt the others."),
        Command(id="play", words="Play the treatment, or stop", act=window.moments.play, keys=("Shift+Space",), group="view",
                enabled=lambda: window.moments.zone is not None, unless="Solve the zone first (F5): a zone out of a file knows no moments."),
        Command(id="moment-on", words="Zone half a minute later", act=lambda: window.moments.step(STEP_S), keys=(".",), group="view",
                enabled=lambda: window.moments.zone is not None),
        Command(id="moment-back", words="Zone half a minute earlier", act=lambda: window.moments.step(-STEP_S), keys=(",",),
                group="view", enabled=lambda: window.moments.zone is not None),
        Command(id="moment-whole", words="Zone of the whole schedule", act=lambda: window.moments.look(None), group="view",
                enabled=lambda: window.moments.zone is not None),
        *(
            Command(id=f"mouse-{scheme.value.lower()}", words=scheme.words, act=lambda s=scheme: _use_mouse(window, s), group="view",
                    checked=lambda s=scheme: window.view.mouse is s)
            for scheme in MouseScheme
        ),
        Command(id="light-theme", words="Light theme", act=lambda: _switch_theme(window), group="view",
                checked=lambda: window.settings.theme == "light"),
        Command(id="red-green", words="Red–green palette", act=lambda: _switch_red_green(window), group="view",
                checked=lambda: window.view.red_green),
        Command(id="reset-view", words="Centre the views", act=lambda: _reset_views(window), keys=("Space",),
                enabled=has_case, unless=_NO_CT, group="view"),
    ]  # fmt: skip


def _tools(window: MainWindow) -> list[Command]:
    """Tools for the hand, and what is computed."""
    has_case = _has_case(window)
    probes = _has_probes(window)
    return [
        Command(id="propose", words="Find structures", act=window.session.propose, enabled=has_case, unless=_NO_CT, group="tools"),
        Command(id="import-labels", words="Import label map…", act=lambda: label_import.ask_for_map(window),
                enabled=has_case, unless=_NO_CT, group="tools"),
        Command(id="import-label-folder", words="Import folder of masks…", act=lambda: label_import.ask_for_folder(window),
                enabled=has_case, unless=_NO_CT, group="tools"),
        Command(id="run-totalsegmentator", words="Run TotalSegmentator…", act=lambda: label_import.ask_to_run(window),
                enabled=lambda: has_case() and label_import.can_run(), group="tools",
                unless="It takes a CT, and TotalSegmentator installed."),
        Command(id="tool-navigate", words="Crosshair", act=lambda: window.view.use_tool("navigate"), keys=("V",), group="tools"),
        Command(id="tool-lesion", words="Lesion by a click", act=_tool(window, "lesion", Step.STRUCTURES), keys=("G",),
                enabled=has_case, unless=_NO_CT, group="tools"),
        Command(id="tool-organ", words="Bladder, bowel or vessels by clicks", act=_tool(window, "organ", Step.STRUCTURES),
                enabled=has_case, unless=_NO_CT, group="tools"),
        Command(id="tool-brush", words="Brush", act=_tool(window, "brush", Step.STRUCTURES), keys=("B",), enabled=has_case, unless=_NO_CT,
                group="tools"),
        Command(id="tool-eraser", words="Eraser", act=_tool(window, "eraser", Step.STRUCTURES), keys=("X",), enabled=has_case, unless=_NO_CT,
                group="tools"),
        Command(id="tool-outline", words="Outline along an edge", act=_tool(window, "outline", Step.STRUCTURES), keys=("W",),
                enabled=has_case, unless=_NO_CT, group="tools"),
        Command(id="tool-lasso", words="Cut with a lasso", act=_tool(window, "lasso", Step.STRUCTURES), keys=("L",), enabled=has_case, unless=_NO_CT,
                group="tools"),
        Command(id="tool-scribble", words="Scribble inside and outside", act=_tool(window, "scribble", Step.STRUCTURES), keys=("S",),
                enabled=has_case, unless=_NO_CT, group="tools"),
        Command(id="tool-piece", words="Keep or remove a piece", act=_tool(window, "piece", Step.STRUCTURES), keys=("K",),
                enabled=has_case, unless=_NO_CT, group="tools"),
        Command(id="tool-centreline", words="Centreline", act=_tool(window, "centreline", Step.STRUCTURES), keys=("C",),
                enabled=has_case, unless=_NO_CT, group="tools"),
        Command(id="tool-probe", words="Place probe", act=_tool(window, "probe", Step.PROBES), keys=("P",), enabled=has_case, unless=_NO_CT,
                group="tools"),
        Command(id="suggest-paths", words="Suggest paths", act=lambda: _suggest(window), keys=("Ctrl+G",), enabled=has_case, unless=_NO_CT,
                group="tools"),
        Command(id="propose-plans", words="Propose plans of several probes", act=lambda: _propose_plans(window),
                keys=("Ctrl+P",), enabled=has_case, unless=_NO_CT, group="tools"),
        Command(id="skin-map", words="Show or hide the skin map", act=window.ways_in.toggle_map, keys=("Ctrl+M",),
                enabled=has_case, unless=_NO_CT, group="tools"),
        Command(id="path-rules", words="Rules of paths…", act=lambda: own_numbers.show_rules(window), group="tools"),
        Command(id="thresholds", words="Levels of harm, and goals…", act=lambda: own_numbers.show_thresholds(window),
                group="tools"),
        Command(id="snap", words="Snap needles to slice, axes and suggested ways", act=lambda: _toggle_snap(window), keys=("Shift+A",),
                group="tools", icon_name="magnet", checked=lambda: window.view.snaps),
        Command(id="place-by-angles", words="Place probe at the angles set", act=lambda: _place_by_angles(window), keys=("A",),
                enabled=lambda: has_case() and window.view.tool == "probe", group="tools",
                unless="Take the tool that places probes first."),
        Command(id="devices", words="Devices…", act=lambda: device_files.show_devices(window), keys=("Ctrl+D",),
                group="tools"),
        Command(id="tool-pocket", words="Place gas or fluid", act=_tool(window, "pocket", Step.PROBES), keys=("O",),
                enabled=has_case, unless=_NO_CT, group="tools"),
        Command(id="tool-thermocouple", words="Place thermocouple", act=_tool(window, "thermocouple", Step.PROBES), keys=("M",),
                enabled=has_case, unless=_NO_CT, group="tools"),
        Command(id="tool-cement", words="Place cement", act=_tool(window, "cement", Step.ZONE), keys=("I",), enabled=has_case, unless=_NO_CT,
                group="tools"),
        Command(id="target", words="Target at the crosshair", act=lambda: _end_at_crosshair(window, "target"),
                keys=("T",), enabled=has_case, unless=_NO_CT, group="tools"),
        Command(id="entry", words="Entry at the crosshair", act=lambda: _end_at_crosshair(window, "entry"),
                keys=("E",), enabled=has_case, unless=_NO_CT, group="tools"),
        Command(id="check-new-ct", words="Check with a new CT…", act=lambda: ask_for_new_ct(window), keys=("F7",), enabled=probes, unless=_NO_PROBE,
                group="tools"),
        Command(id="predict", words="Solve the zone now", act=window.session.predict, keys=("F5",), enabled=probes, unless=_NO_PROBE,
                group="tools"),
        Command(id="try-protection", words="Try what protects, and when to stop", act=window.protecting.try_all, keys=("F8",),
                enabled=lambda: window.protecting.can_try, group="tools",
                unless="The zone is not settled yet, or nothing is left to try."),
        Command(id="predict-cement", words="Predict the heat of the cement", act=window.cement_heat.predict, keys=("F6",),
                enabled=lambda: window.cement_heat.can_predict, group="tools",
                unless="It takes cement and a probe, and is done once for each plan."),
        Command(id="cancel", words="Cancel running work", act=lambda: _cancel(window)),
    ]  # fmt: skip


def _measures(window: MainWindow) -> list[Command]:
    """What is measured and noted on the images, at any step."""
    tools = (
        ("distance", "Measure distance", "D"), ("angle", "Measure angle", "U"),
        ("ellipse", "Densities in an ellipse", "R"), ("polygon", "Densities in a polygon", "Y"),
        ("arrow", "Arrow with words", "J"), ("note", "Note at a place", "Shift+T"),
    )  # fmt: skip
    return [
        Command(id=f"tool-{name}", words=words, act=lambda n=name: window.view.use_tool(n), keys=(key,),
                enabled=_has_case(window), group="measure")
        for name, words, key in tools
    ]  # fmt: skip


def _out(window: MainWindow) -> list[Command]:
    """What leaves the program, help, the end."""
    has_case = _has_case(window)
    probes = _has_probes(window)
    return [
        Command(id="pictures", words="PNG of each view…", act=lambda: taking_away.ask_for_pictures(window),
                icon_name="camera", enabled=has_case, unless=_NO_CT, group="out"),
        Command(id="sheet", words="Conference sheet PNG…", act=lambda: taking_away.ask_for_sheet(window),
                enabled=lambda: bool(settled_digest(window.session)), unless=_NOT_SETTLED, group="out"),
        Command(id="room-sheet", words="CT room sheet PDF…", act=lambda: taking_away.ask_for_room_sheet(window),
                enabled=probes, unless=_NO_PROBE, group="out"),
        Command(id="report", words="PDF report…", act=lambda: taking_away.ask_for_report(window), keys=("Ctrl+R",),
                enabled=lambda: bool(settled_digest(window.session)), unless=_NOT_SETTLED, group="out"),
        Command(id=SEARCH, words="Search commands and structures", act=lambda: window.finder.begin(), keys=("Ctrl+K",),
                icon_name="search", group="end"),
        Command(id="manual", words="Manual", act=lambda: helping.show_manual(window), keys=("F1",), icon_name="book-open", group="help"),
        Command(id="help", words="Keys and gestures", act=lambda: helping.show_keys(window), keys=("?",),
                icon_name="circle-help", group="help"),
        Command(id="save-log", words="Save the log to send…", act=lambda: ask_for_log(window), group="help"),
        Command(id="about", words="About sacroplan", act=lambda: helping.show_about(window), group="help"),
        Command(id="quit", words="Quit", act=window.close, keys=("Ctrl+Q",), group="end"),
    ]  # fmt: skip


def _windows(window: MainWindow) -> list[Command]:
    """Presets of the grey-scale window, on the number keys."""
    return [
        Command(
            id=f"window-{n}", words=f"Window: {name.lower()}", keys=(str(n),), group="window",
            act=lambda w=width_hu, c=level_hu: window.view.set_window(w, c),
        )
        for n, (name, width_hu, level_hu) in enumerate(WINDOW_PRESETS, start=1)
    ]  # fmt: skip


def _end_at_crosshair(window: MainWindow, end: str) -> None:
    """Set target or entry of a new probe at the crosshair."""
    if window.tool.name != "probe":
        window.view.go_to(Step.PROBES)
        window.view.use_tool("probe")
    tool = window.tool
    if isinstance(tool, PlaceProbeTool):
        point = np.array(window.view.crosshair_mm)
        if end == "target":
            tool.set_target(point)
        else:
            tool.set_entry(point)


def _place_by_angles(window: MainWindow) -> None:
    """Place the probe that was begun by its target and the angles of the panel."""
    if isinstance(window.tool, PlaceProbeTool):
        window.tool.set_angles()


def _toggle_snap(window: MainWindow) -> None:
    window.view.snaps = window.settings.snaps = not window.view.snaps
    window.panels[window.view.step].refresh()
    window.commands.refresh()


def _suggest(window: MainWindow) -> None:
    window.view.go_to(Step.PROBES)
    window.ways_in.suggest()


def _propose_plans(window: MainWindow) -> None:
    window.view.go_to(Step.PROBES)
    window.plans.propose()


def _toggle_crosshair(window: MainWindow) -> None:
    window.view.show_crosshair = not window.view.show_crosshair
    window.view.changed.emit()


def _switch_theme(window: MainWindow) -> None:
    window.settings.theme = "dark" if window.settings.theme == "light" else "light"
    set_theme(window.settings.theme)
    window.commands.refresh()


def _use_mouse(window: MainWindow, scheme: MouseScheme) -> None:
    window.view.mouse = window.settings.mouse = scheme
    window.commands.refresh()


def _switch_red_green(window: MainWindow) -> None:
    window.settings.red_green = not window.view.red_green
    window.view.use_red_green(window.settings.red_green)
    window.panels[window.view.step].refresh()
    window.commands.refresh()


def _reset_views(window: MainWindow) -> None:
    for view in window.all_slices:
        view.reset()
    if window.second.shown is not None:
        window.second.shown.view3d.reset()
    window.view3d.reset()


def _cancel(window: MainWindow) -> None:
    window.session.cancel_prediction()
    window.cement_heat.cancel()
    window.checking.cancel()
    window.other_ct.cancel()
    window.plans.cancel()
    window.jobs.cancel_batch()
    window.status.show_job(None)
