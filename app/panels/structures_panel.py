"""Step 2: mark lesion and structures."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QPushButton, QSlider, QWidget

from app.controllers.session import Session
from app.label_import import LICENCE
from app.panels.base import Panel, RunCommand
from app.panels.edit_section import EditSection
from app.panels.lesion_options import LesionOptions
from app.panels.structure_list import StructureList
from app.tools.mark import CentrelineTool
from app.tools.organ import OrganTool
from app.total_segmentator import installed
from app.widgets.basics import Section, button, number_box, row, text
from imaging.structures import SACRAL_ROOT_LEVELS, SPINE_LEVELS, Side, StructureKind

_TOOLS = (
    (
        "lesion",
        "Lesion",
        "mouse-pointer-click",
        "One click inside a lytic, sclerotic or mixed lesion; then its size by slider or Ctrl+wheel (G)",
    ),
    ("organ", "Organ", "circle-dot", "One click inside bladder, bowel or a vessel each"),
    ("brush", "Brush", "brush", "Paint with a ball (B); Shift erases"),
    ("eraser", "Eraser", "eraser", "Erase with a ball (X)"),
    ("lasso", "Lasso", "lasso", "Cut the selected structure by drawing around a part of it, in any view (L)"),
    (
        "scribble",
        "Scribble",
        "pencil",
        "Scribble inside a structure, with Shift outside of it; the border finds itself (S)",
    ),
    ("centreline", "Centreline", "spline", "Place points along the canal or a root (C)"),
)
_TUBE_RADII_MM = {"canal": 8.0, "sac": 6.0, "L5": 2.6, "S1": 2.7, "S2": 2.3, "S3": 1.6, "S4": 1.1, "S5": 0.8}
_ABOVE_L5_MM = 2.6


class StructuresPanel(Panel):
    """Tools to mark with, and the list of what is marked."""

    def __init__(self, session: Session, run: RunCommand, tool: Callable[[], object]) -> None:
        super().__init__("Structures", session, run)
        self._tool = tool
        tools = self.add_section(Section("Mark"))
        self._buttons: dict[str, QPushButton] = {}
        made = []
        for name, words, icon_name, tip in _TOOLS:
            act = button(words, lambda n=name: self.view.use_tool(n), icon_name=icon_name)
            act.setCheckable(True)
            act.setProperty("dense", True)
            act.setToolTip(tip)
            self._buttons[name] = act
            made.append(act)
        tools.add(row(*made[:4], 1, spacing=4))
        tools.add(row(*made[4:], 1, spacing=4))
        self._lesion = LesionOptions(tool)
        self._brush = self._slider(1, 30, self.view.brush_radius_mm, self._set_brush)
        self._brush_row = self._labelled("Brush radius", self._brush)
        self._which = QComboBox()
        for level in (*SACRAL_ROOT_LEVELS, *SPINE_LEVELS[-2::-1]):
            for side in (Side.RIGHT, Side.LEFT):
                self._which.addItem(f"Root {level} {side.value}", (StructureKind.ROOT, level, side))
        self._which.insertItem(0, "Canal", (StructureKind.CANAL, "canal", None))
        self._which.insertItem(1, "Thecal sac", (StructureKind.THECAL_SAC, "sac", None))
        self._which.currentIndexChanged.connect(self._choose)
        self._radius = number_box(minimum=0.5, maximum=20, singleStep=0.1, decimals=1, suffix=" mm radius")
        self._radius.valueChanged.connect(self._set_radius)
        self._tube_row = QWidget()
        self._tube_row.setLayout(row(self._which, self._radius))
        self._organ = QComboBox()
        for words, kind in (
            ("Bladder", StructureKind.BLADDER),
            ("Bowel", StructureKind.BOWEL),
            ("Vessels", StructureKind.VESSEL),
        ):
            self._organ.addItem(words, kind)
        self._organ.currentIndexChanged.connect(self._choose_organ)
        for widget in (self._lesion, self._brush_row, self._tube_row, self._organ):
            tools.add(widget)
        self._hint = text("", "label", wrap=True)
        tools.add(self._hint)
        self._edit = EditSection(session)
        self.add_section(self._edit)
        listed = self.add_section(Section("Marked"))
        self._aside = listed.aside
        self._list = StructureList(session)
        listed.add(self._list)
        self._from_ct = button("Find structures", lambda: run("propose"))
        self._from_map = button("Import label map…", lambda: run("import-labels"))
        self._from_map.setToolTip("Structures of another program, from a NIfTI, NRRD or MHA file, as proposals")
        self._total_segmentator = button("TotalSegmentator…", lambda: run("run-totalsegmentator"))
        listed.add(row(self._from_ct, self._from_map, 1))
        listed.add(row(self._total_segmentator, 1))
        session.view.toolChanged.connect(lambda _: self.refresh())
        session.view.toolAdjusted.connect(self._adjusted)
        self._which.setCurrentIndex(7)

    def refresh(self) -> None:
        tool = self.view.tool
        for name, act in self._buttons.items():
            act.setChecked(name == tool)
            act.setEnabled(self.session.case is not None)
        self._lesion.setVisible(tool == "lesion")
        self._brush_row.setVisible(tool in ("brush", "eraser"))
        self._tube_row.setVisible(tool == "centreline")
        self._organ.setVisible(tool == "organ")
        self._lesion.refresh()
        held = self._tool()
        self._hint.setText(getattr(held, "hint", ""))
        if isinstance(held, CentrelineTool):
            self._choose()
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

    def _choose(self) -> None:
        kind, key, side = self._which.currentData()
        held = self._tool()
        if isinstance(held, CentrelineTool):
            held.kind = kind
            if side is not None:
                held.level, held.side = key, side
        self._radius.setValue(_TUBE_RADII_MM.get(key, _ABOVE_L5_MM))

    def _choose_organ(self) -> None:
        held = self._tool()
        if isinstance(held, OrganTool):
            # Qt keeps a word of an enumeration as a plain one.
            held.kind = StructureKind(self._organ.currentData())

    def _set_radius(self, value: float) -> None:
        self.view.tube_radius_mm = value

    def _adjusted(self) -> None:
        """The wheel changed a size, or a lesion grew."""
        self._lesion.refresh()
        self._brush.blockSignals(True)
        self._brush.setValue(round(self.view.brush_radius_mm))
        self._brush.blockSignals(False)

    def _set_brush(self, value: int) -> None:
        self.view.brush_radius_mm = float(value)
        self.view.changed.emit()

    @staticmethod
    def _slider(low: int, high: int, value: float, act: Callable[[int], None]) -> QSlider:
        slider = QSlider(Qt.Orientation.Horizontal)
        slider.setRange(low, high)
        slider.setValue(round(value))
        slider.valueChanged.connect(act)
        return slider

    @staticmethod
    def _labelled(words: str, slider: QSlider) -> QWidget:
        value = text(f"{slider.value()} mm", "secondary", right=True)
        slider.valueChanged.connect(lambda n: value.setText(f"{n} mm"))
        holder = QWidget()
        holder.setLayout(row(text(words, "label"), slider, value))
        return holder
