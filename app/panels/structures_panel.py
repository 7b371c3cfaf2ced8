"""Step 2: mark lesion and structures."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QComboBox, QPushButton

from app.controllers.session import Session
from app.label_import import LICENCE
from app.panels.annotation_section import AnnotationSection
from app.panels.base import Panel, RunCommand
from app.panels.brush_options import BrushOptions
from app.panels.centreline_options import CentrelineOptions
from app.panels.edit_section import EditSection
from app.panels.lesion_options import LesionOptions
from app.panels.level_section import LevelSection
from app.panels.structure_list import StructureList
from app.tools.organ import OrganTool
from app.total_segmentator import installed
from app.widgets.basics import Section, button, row, text, tool_button
from imaging.structures import StructureKind

_TOOLS = (
    (
        (
            "lesion",
            "Lesion",
            "mouse-pointer-click",
            "One click inside a lytic, sclerotic or mixed lesion; then its size by slider or Ctrl+wheel (G)",
        ),
        ("organ", "Organ", "circle-dot", "One click inside bladder, bowel or a vessel each"),
        ("lasso", "Lasso", "lasso", "Cut the selected structure by drawing around a part of it, in any view (L)"),
        (
            "centreline",
            "Centreline",
            "spline",
            "Place points along the canal or a root; move those of the selected one, and set its radius at them (C)",
        ),
    ),
    (
        ("brush", "Brush", "brush", "Paint with a ball or a disc (B); Shift erases"),
        ("eraser", "Eraser", "eraser", "Erase with a ball or a disc (X)"),
        ("outline", "Outline", "pen-tool", "Click along an edge in a slice: the line snaps to it, and is filled (W)"),
        (
            "scribble",
            "Scribble",
            "pencil",
            "Scribble inside a structure, with Shift outside of it; the border finds itself (S)",
        ),
    ),
)


class StructuresPanel(Panel):
    """Tools to mark with, and the list of what is marked."""

    def __init__(self, session: Session, run: RunCommand, tool: Callable[[], object]) -> None:
        super().__init__("Structures", session, run)
        self._tool = tool
        tools = self.add_section(Section("Mark"))
        self._buttons: dict[str, QPushButton] = {}
        for line in _TOOLS:
            made = [self._tool_button(*tool) for tool in line]
            tools.add(row(*made, 1, spacing=4))
        self._lesion = LesionOptions(tool)
        self._brush = BrushOptions(self.view)
        self._centreline = CentrelineOptions(session, tool)
        self._organ = QComboBox()
        for words, kind in (
            ("Bladder", StructureKind.BLADDER),
            ("Bowel", StructureKind.BOWEL),
            ("Vessels", StructureKind.VESSEL),
        ):
            self._organ.addItem(words, kind)
        self._organ.currentIndexChanged.connect(self._choose_organ)
        for widget in (self._lesion, self._brush, self._centreline, self._organ):
            tools.add(widget)
        self._hint = text("", "label", wrap=True)
        tools.add(self._hint)
        self._edit = EditSection(session)
        self.add_section(self._edit)
        listed = self.add_section(Section("Marked"))
        self._aside = listed.aside
        self._list = StructureList(session)
        listed.add(self._list)
        self._level = LevelSection(session)
        listed.add(self._level)
        self._from_ct = button("Find structures", lambda: run("propose"))
        self._from_map = button("Import label map…", lambda: run("import-labels"))
        self._from_map.setToolTip("Structures of another program, from a NIfTI, NRRD or MHA file, as proposals")
        self._total_segmentator = button("TotalSegmentator…", lambda: run("run-totalsegmentator"))
        listed.add(row(self._from_ct, self._from_map, 1))
        listed.add(row(self._total_segmentator, 1))
        self._annotations = AnnotationSection(session)
        self.add_section(self._annotations)
        session.view.wordsAsked.connect(self._ask_for_words)
        session.view.toolChanged.connect(lambda _: self.refresh())
        session.view.toolAdjusted.connect(self._adjusted)
        session.view.changed.connect(self._follow_selection)
        self._selected = ""

    def _tool_button(self, name: str, words: str, icon_name: str, tip: str) -> QPushButton:
        act = self._buttons[name] = tool_button(words, icon_name, tip, lambda: self.view.use_tool(name))
        return act

    def refresh(self) -> None:
        tool, self._selected = self.view.tool, self.view.selected
        for name, act in self._buttons.items():
            act.setChecked(name == tool)
            act.setEnabled(self.session.case is not None)
        self._lesion.setVisible(tool == "lesion")
        self._brush.setVisible(tool in ("brush", "eraser"))
        self._centreline.setVisible(tool == "centreline")
        self._organ.setVisible(tool == "organ")
        for options in (self._lesion, self._brush, self._centreline):
            options.refresh()
        self._hint.setText(getattr(self._tool(), "hint", ""))
        self._choose_organ()
        self._edit.refresh()
        case = self.session.case
        why_not = installed().why_not
        self._total_segmentator.setToolTip(why_not or f"Have more structures found. {LICENCE}")
        for act in (self._from_ct, self._from_map, self._total_segmentator):
            act.setEnabled(case is not None and not (act is self._total_segmentator and why_not))
        unconfirmed = sum(not s.confirmed for s in case.structures) if case else 0
        self._aside.setText(f"{unconfirmed} unconfirmed" if unconfirmed else "")
        self._list.refresh()
        self._level.refresh()
        self._annotations.refresh()

    def _follow_selection(self) -> None:
        """Show what can be done to a structure that was selected elsewhere."""
        if self.view.selected != self._selected and self.isVisible():
            self.refresh()

    def _ask_for_words(self, annotation_id: str) -> None:
        """Have a note typed as soon as it is placed."""
        self._annotations.refresh()
        editor = self._annotations.edit(annotation_id)
        # What was just unfolded has its place only after the page is laid out.
        QTimer.singleShot(0, lambda: self.ensureWidgetVisible(editor))

    def _choose_organ(self) -> None:
        held = self._tool()
        if isinstance(held, OrganTool):
            # Qt keeps a word of an enumeration as a plain one.
            held.kind = StructureKind(self._organ.currentData())

    def _adjusted(self) -> None:
        """The wheel changed a size, a lesion grew, or a point was taken."""
        for options in (self._lesion, self._brush, self._centreline):
            options.refresh()
