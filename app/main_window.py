"""The window: it arranges views and panels; commands act, panels show."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import numpy as np
from PySide6.QtCore import QElapsedTimer, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QContextMenuEvent, QDragEnterEvent, QDropEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QMainWindow,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.commands import Commands
from app.controllers.cement_heat import CementHeat
from app.controllers.checking import Checking
from app.controllers.containing import Containing
from app.controllers.ct_look_commands import put_tools_on_slices
from app.controllers.findables import findables
from app.controllers.how_sure import HowSure
from app.controllers.keeping import Keeping
from app.controllers.moments import Moments
from app.controllers.needle import needle_aim
from app.controllers.object_commands import follow_right_clicks, held_under, hidden_objects, show_menu
from app.controllers.other_ct import OtherCt
from app.controllers.other_plan import OtherPlan
from app.controllers.plan_keeping import PlanKeeping, plans_menu
from app.controllers.plans import Plans
from app.controllers.protecting import Protecting
from app.controllers.reading import Reading
from app.controllers.reviewing import Reviewing
from app.controllers.second_screen import SecondScreen
from app.controllers.session import Session
from app.controllers.step_states import step_states
from app.controllers.view3d_commands import put_tools_on_3d
from app.controllers.ways import Ways
from app.controllers.ways_in import WaysIn
from app.controllers.window_commands import main_menu, window_commands
from app.jobs import JobRunner
from app.panels.pages import make_pages
from app.representations.slice_plane import NeedlePlane, Plane
from app.settings import Settings
from app.theme import set_theme
from app.tokens import current_theme
from app.tools import Tool, make_tool, stays_in_hand
from app.view_state import Step, ViewState
from app.views.depth_strip import DepthStrip
from app.views.layouts import ARRANGEMENTS, CONVENTIONAL, CTS, FOUR, NEEDLE, PLANS, ViewLayouts
from app.views.needle_view import NeedleView
from app.views.other_ct_view import OtherCtView
from app.views.other_plan_view import OtherPlanView
from app.views.painting_order import PaintingOrder
from app.views.reading_cover import ReadingCover
from app.views.slice_view import Lens, SliceView
from app.views.view3d import View3D
from app.widgets.chrome import MessageBar, Rail, StatusLine, TopBar
from app.widgets.command_palette import CommandPalette
from app.widgets.question_bar import QuestionBar
from app.widgets.time_strip import TimeStrip
from imaging.structures import StructureKind
from planning.errors import CaseFileError, PlanError, ZoneTableMissing
from planning.quantities import hu_text, lps_text
from planning.store import Change

_NARROW_BELOW_PX = 1600
# While a probe is dragged its numbers follow at this pace: laying the panels out anew takes as long as painting a slice.
_PANELS_MS = 200


class MainWindow(QMainWindow):
    """Views in the middle, steps on the left, one inspector on the right.

    Parameters
    ----------
    settings : Settings
    """

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.settings = settings
        if settings.theme != current_theme():
            set_theme(settings.theme)
        self.setWindowTitle("sacroplan")
        self.setAcceptDrops(True)
        self.view = ViewState(self)
        self.view.red_green, self.view.mouse, self.view.snaps = settings.red_green, settings.mouse, settings.snaps
        self.jobs = JobRunner(self)
        self.session = Session(self.view, self.jobs, self)
        self.cement_heat = CementHeat(self.session, self)
        self.ways_in = WaysIn(self.session, self)
        self.plans = Plans(self.session, self)
        self.plan_keeping = PlanKeeping(self.session, self)
        self.other_plan, self.other_ct = OtherPlan(self.session, self), OtherCt(self.session, self)
        self.checking = Checking(self.session, self)
        self.how_sure = HowSure(self.session, self.cement_heat, self)
        self.protecting = Protecting(self.session, self)
        self.moments = Moments(self.session, self)
        self._listed: tuple[str, frozenset[str]] = ("", frozenset())
        self._tilted = False
        self.tool: Tool = make_tool("navigate", self.session)
        self.messages, self.questions = MessageBar(), QuestionBar()
        self.keeping, self.containing = Keeping(self), Containing(self)
        self.second, self.reviewing = SecondScreen(self), Reviewing(self)
        self.commands = Commands(self, self.messages.show_error)
        self.commands.add(*window_commands(self))
        self._build()
        self._connect()
        if settings.geometry is not None:
            self.restoreGeometry(settings.geometry)
        self.finder.recent = settings.recent
        if settings.layout == CONVENTIONAL:
            self.layouts.show(CONVENTIONAL)
        self._arrange()
        self._refresh()

    # ---------------------------------------------------------------- building

    def _build(self) -> None:
        self.slices = {plane: SliceView(plane, self.session, self) for plane in Plane}
        along = Lens()
        self.needle_views = {
            plane: NeedleView(plane, self.session, self, Lens() if plane is NeedlePlane.ACROSS else along, self)
            for plane in NeedlePlane
        }
        self.other_views = {
            plane: OtherPlanView(plane, self.session, self, self.slices[plane].lens, self.other_plan, self)
            for plane in (Plane.AXIAL, Plane.CORONAL)
        }
        self.ct_views = {
            plane: OtherCtView(plane, self.session, self, self.slices[plane].lens, self.other_ct, self)
            for plane in (Plane.AXIAL, Plane.CORONAL)
        }
        self._own_slices: tuple[SliceView, ...] = (
            *self.slices.values(), *self.needle_views.values(), *self.other_views.values(), *self.ct_views.values()
        )  # fmt: skip
        self.painting = PaintingOrder(self.session, self._own_slices, self)
        self._hovered: SliceView = self.slices[Plane.AXIAL]
        self.view3d = View3D(self.session, self)
        self.view3d.entryTaken.connect(self.ways_in.take_entry)
        self.ways = Ways(self.session, self)
        strip = DepthStrip(self.session, self.ways, tuple(self.needle_views.values())[:2])
        views = {view.name: view for view in self._own_slices} | {"3d": self.view3d}
        self.layouts = ViewLayouts(views, ARRANGEMENTS, {NEEDLE: strip})
        put_tools_on_slices(self)
        put_tools_on_3d(self, self.view3d, self.layouts)
        follow_right_clicks(self, (*self.slices.values(), *self.needle_views.values()), self.view3d)
        self.time_strip = TimeStrip()
        self.panels = make_pages(self)
        self.inspector = QStackedWidget()
        self.inspector.setObjectName("inspector")
        for panel in self.panels.values():
            self.inspector.addWidget(panel)
        self.rail = Rail()
        self.finder = CommandPalette(lambda: findables(self))
        self.top_bar = TopBar(self.commands.actions, main_menu(self), plans_menu(self), self.finder)
        self.status = StatusLine()
        middle = QVBoxLayout()
        middle.setSpacing(0)
        over = QGridLayout()
        over.addLayout(self.layouts.grid, 0, 0)
        cover = ReadingCover(self.slices[Plane.AXIAL])
        over.addWidget(cover, 0, 0)
        bars = QVBoxLayout()
        bars.setSpacing(0)
        bars.addWidget(self.questions)
        bars.addWidget(self.messages)
        over.addLayout(bars, 0, 0, Qt.AlignmentFlag.AlignTop)
        middle.addLayout(over, 1)
        middle.addWidget(self.time_strip)
        body = QHBoxLayout()
        body.setSpacing(0)
        body.addWidget(self.rail)
        body.addLayout(middle, 1)
        body.addWidget(self.inspector)
        centre = QWidget()
        centre.setObjectName("centre")
        outer = QVBoxLayout(centre)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(self.top_bar)
        outer.addLayout(body, 1)
        outer.addWidget(self.status)
        self.setCentralWidget(centre)
        cover.stackUnder(self.questions)
        self.reading = Reading(self, cover)

    def _connect(self) -> None:
        self.view.stepped.connect(self._show_step)
        self.view.toolChanged.connect(self._take_tool)
        self.view.changed.connect(self._light_refresh)
        self.rail.chosen.connect(self.view.go_to)
        self.rail.jumped.connect(self.session.jump)
        self.session.opened.connect(self._opened)
        # Panels follow once the views are painted: a drag changes case, zone and verdict in turn.
        self._panels_due = QTimer(self, singleShot=True)
        self._since_refresh = QElapsedTimer()
        self._panels_due.timeout.connect(self._refresh)
        self.session.changed.connect(self._changed)
        self.session.zoneChanged.connect(self._refresh_soon)
        for controller in (self.how_sure, self.cement_heat, self.checking, self.protecting, self.other_ct):
            controller.changed.connect(self._refresh_soon)
        self.moments.changed.connect(self._light_refresh)
        self.moments.follow(self.time_strip)
        self.session.estimated.connect(lambda: self.messages.settle(ZoneTableMissing))
        self.session.saved.connect(self._saved)
        self.session.refused.connect(self.messages.show_error)
        self.session.noticed.connect(self.messages.show_notice)
        self.jobs.progressed.connect(self._show_progress)
        self.jobs.idle.connect(lambda: self.status.show_job(None))
        self.status.cancelled.connect(lambda: self.commands.run("cancel"))
        for view in self._own_slices:
            self.follow_cursor(view)
            view.maximise.connect(self.layouts.maximise)
        self.view3d.maximise.connect(self.layouts.maximise)

    def follow_cursor(self, view: SliceView) -> None:
        """Tell in the status line what lies under the mouse on a slice."""
        view.hovered.connect(lambda lps_mm: self._show_cursor(view, lps_mm))

    @property
    def all_slices(self) -> tuple[SliceView, ...]:
        """Those of all layouts, and of the second window."""
        return (*self._own_slices, *self.second.slices)

    # ---------------------------------------------------------------- arranging

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        """Fit the fixed parts to the window's width."""
        narrow = self.width() < _NARROW_BELOW_PX
        if getattr(self, "_narrow", None) == narrow:
            return
        self._narrow = narrow
        self.rail.set_narrow(narrow)
        self.inspector.setFixedWidth(372 if narrow else 440)
        self.finder.set_narrow(narrow)
        self.top_bar.setFixedHeight(40 if narrow else 44)
        self.status.setFixedHeight(26 if narrow else 28)
        self.status.set_narrow(narrow)
        self.time_strip.setFixedHeight(96 if narrow else 124)

    def show_layout(self, name: str) -> None:
        """Show all views of a layout."""
        self.layouts.show(name)
        # Views that were out of the layout come to lie over what stands over the views.
        for bar in (self.messages, self.questions):
            bar.raise_()
        self.view.needle_shown, self.view.beside = name == NEEDLE, name == PLANS
        self.other_plan.show(self.view.beside)
        if self._hovered not in self.layouts.shown:
            self._hovered = next(view for view in self._own_slices if view in self.layouts.shown)
        self._refresh_soon()

    def toggle_needle(self) -> None:
        """Show the views of the needle, or the four of the planes again."""
        self.show_layout(FOUR if self.layouts.current == NEEDLE else NEEDLE)

    def show_beside(self, number: int) -> None:
        """Show another plan beside the one in hand."""
        self.other_plan.choose(number)
        self.show_layout(PLANS)

    # ---------------------------------------------------------------- reacting

    def _opened(self) -> None:
        self.messages.hide()
        # What was begun on the CT before is forgotten.
        self.tool = make_tool(self.tool.name, self.session)
        if self.session.case is not None and self.view.step is Step.CASE and not self.session.case.structures:
            self.view.go_to(Step.STRUCTURES)
        self._refresh()

    def _changed(self, _: Change) -> None:
        self.messages.settle(PlanError)
        self.messages.end_notice()
        self.status.show_written("")
        self._refresh_soon()

    def _refresh_soon(self) -> None:
        """Have the panels follow: at leisure while a probe is dragged, and never between a probe and its zone."""
        if not self.session.dragging:
            self._panels_due.start(0)
        elif not self.session.zone_awaited and self._since_refresh.hasExpired(_PANELS_MS):
            self._refresh()

    def _show_step(self, step: Step) -> None:
        self.inspector.setCurrentWidget(self.panels[step])
        if not stays_in_hand(self.tool, step):
            self.view.use_tool("navigate")
        self._refresh()

    def _take_tool(self, name: str) -> None:
        if name != self.tool.name:
            self.tool.finish()
            self.tool = make_tool(name, self.session)
        shape = Qt.CursorShape.ArrowCursor if name == "navigate" else Qt.CursorShape.CrossCursor
        for view in self.all_slices:
            view.setCursor(shape)
            view.update()
        self._refresh()

    def _light_refresh(self) -> None:
        listed = (self.view.selected, self.view.hidden)
        if listed != self._listed:
            self._listed = listed
            self._refresh_soon()
        if (self.view.planes is not None) != self._tilted:
            self._tilted = not self._tilted
            self.commands.refresh()
        scene = self.session.scene()
        schedule = scene.case.plan.phases if scene is not None and scene.case.plan.probes else ()
        self.time_strip.show_scene(scene, schedule)
        self.time_strip.show_moment(self.moments.shown)

    def _refresh(self) -> None:
        self._since_refresh.start()
        lost = {
            NEEDLE: needle_aim(self.session) is None, PLANS: self.other_plan.plan is None,
            CTS: self.other_ct.reslicer is None,
        }  # fmt: skip
        if lost.get(self.layouts.current, False):
            self.show_layout(FOUR)
        contain, panel = self.containing.run, self.panels[self.view.step]
        contain("The menu", self.commands.refresh)
        panel.show_failed(not contain(f"The page “{self.view.step.value}”", panel.refresh))
        contain("The list of steps", self._refresh_rail)
        contain("The time strip", self._light_refresh)
        case = self.session.case
        self.top_bar.name.setText(case.name if case else "sacroplan")
        about = "" if case is None else case.image.description + (" · synthetic" if case.image.synthetic else "")
        self.top_bar.about.setText(about)
        self.top_bar.show_plan(case.plan.title if case is not None else "")
        self.top_bar.show_hidden(len(hidden_objects(self)))
        unsaved = "not saved" if self.session.unsaved else ""
        if case is not None and (unsaved or self.session.path is None):
            self.status.show_saved(unsaved)

    def _refresh_rail(self) -> None:
        for step, (words, judgement) in step_states(self.session).items():
            self.rail.steps[step].show_state(words, judgement, active=step is self.view.step)
        store = self.session.store
        self.rail.show_history(*((store.undo_names, store.redo_names) if store else ((), ())))

    def _saved(self) -> None:
        self.settings.last_case = self.session.path
        self.messages.settle(CaseFileError)
        self.status.show_saved(f"Saved {datetime.now():%H:%M}")
        self._refresh()

    def _show_progress(self, title: str, fraction: float, words: str) -> None:
        self.status.show_job(f"{title}: {words}" if words else title, fraction)

    def _show_cursor(self, view: SliceView, lps_mm: np.ndarray) -> None:
        self._hovered = view
        shown, case = view.reslicer, self.session.case
        if shown is None or case is None:
            return
        hu = shown.volume.hu_at(lps_mm)
        marked = (s for s in case.structures if s.kind is not StructureKind.SKIN)
        under = next((s.name for s in marked if s.shape.contains(lps_mm)[0]), "")
        value = "outside the CT" if hu is None else hu_text(hu)
        self.status.show_cursor(lps_text(lps_mm), f"{value}   {under}")

    # ---------------------------------------------------------------- keys, drops, closing

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key == Qt.Key.Key_Escape:
            self.tool.cancel()
            self.messages.hide()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.tool.finish(bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
        elif key == Qt.Key.Key_Backspace:
            self.tool.take_back()
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown):
            count = 10 if key in (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown) else 1
            sign = 1 if key in (Qt.Key.Key_Up, Qt.Key.Key_PageUp) else -1
            self._slice_under_mouse().scroll_slices(sign * count)
        else:
            super().keyPressEvent(event)

    def _slice_under_mouse(self) -> SliceView:
        return self._hovered

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if held := held_under(event.globalPos()):
            show_menu(self, held, event.globalPos())

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        path = Path(event.mimeData().urls()[0].toLocalFile())
        self.open_path(path)

    def open_path(self, path: Path) -> None:
        """Open whatever was dropped or chosen: a case file, a folder, a volume."""
        from app.controllers.opening import open_any

        open_any(self, path)

    def choose_folder(self, title: str) -> Path | None:
        """Ask for a folder."""
        chosen = QFileDialog.getExistingDirectory(self, title)
        return Path(chosen) if chosen else None

    def choose_file(self, title: str, pattern: str) -> Path | None:
        """Ask for a file to open."""
        chosen, _ = QFileDialog.getOpenFileName(self, title, "", pattern)
        return Path(chosen) if chosen else None

    def choose_target(self, title: str, name: str, pattern: str) -> Path | None:
        """Ask for a file to write."""
        chosen, _ = QFileDialog.getSaveFileName(self, title, name, pattern)
        return Path(chosen) if chosen else None

    def closeEvent(self, event: QCloseEvent) -> None:
        """Keep the case, stop all work, free the graphics memory, and go; stay where the case cannot be kept."""
        if not self.keeping.may_close():
            event.ignore()
            return
        if self.session.path is not None:
            self.settings.last_case = self.session.path
        self.settings.geometry = self.saveGeometry()
        self.settings.layout, self.settings.recent = self.layouts.current, self.finder.recent
        self.second.close_with_first()
        self.jobs.close()
        self.keeping.finish()
        self.view3d.shut()
        for beside in self.findChildren(QDialog):
            beside.close()
        super().closeEvent(event)
