"""Measurements and notes: a part of the page of structures."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from app.controllers.session import Session
from app.panels.object_row import object_buttons
from app.representations.annotations import colour_of, densities_of
from app.theme import swatch_pixmap
from app.tokens import annotation_colour
from app.widgets.basics import Row, clear, row, show_property, swatch_label, text, tool_button
from app.widgets.folding_section import FoldingSection
from app.widgets.words_edit import WordsEdit
from imaging.region import RegionStatistics
from planning.measured import range_text, value_text
from planning.model.annotation import Annotation
from planning.operations.annotations import LONGEST_WORDS, reword_annotation

_TOOLS = (
    (
        ("distance", "Distance", "ruler", "Drag from end to end, or click both (D)"),
        ("angle", "Angle", "measure-angle", "Click the end of an arm, the vertex, and the end of the other arm (U)"),
        ("arrow", "Arrow", "measure-arrow", "Drag from what it points at to where its words stand (J)"),
    ),
    (
        ("ellipse", "Ellipse", "measure-ellipse", "Drag around what is to be measured: HU and area (R)"),
        ("polygon", "Polygon", "measure-polygon", "Click around what is to be measured, then Enter: HU and area (Y)"),
        ("note", "Note", "measure-note", "Click a place and type (Shift+T)"),
    ),
)


class AnnotationSection(FoldingSection):
    """Tools to measure with, and every measurement and note with its value.

    Parameters
    ----------
    session : Session
    """

    def __init__(self, session: Session) -> None:
        super().__init__("Measurements")
        self.session, self._view = session, session.view
        self._buttons: dict[str, QPushButton] = {}
        for line in _TOOLS:
            self.add(row(*(self._tool_button(*tool) for tool in line), 1, spacing=4))
        self._list = QVBoxLayout()
        self._list.setSpacing(0)
        self.add(self._list)
        self._nothing = text("Nothing is measured or noted yet.", "label")
        self.add(self._nothing)
        self._lines: dict[str, _Line] = {}

    def _tool_button(self, name: str, words: str, icon_name: str, tip: str) -> QPushButton:
        act = self._buttons[name] = tool_button(words, icon_name, tip, lambda: self._view.use_tool(name))
        return act

    def refresh(self) -> None:
        """Show what is measured; lines stay, so that words can be typed while something else changes."""
        case = self.session.case
        for name, act in self._buttons.items():
            act.setChecked(name == self._view.tool)
            act.setEnabled(case is not None)
        held = {a.id: a for a in case.annotations} if case else {}
        self.aside.setText(str(len(held)) if held else "")
        self._nothing.setVisible(not held)
        if list(held) != list(self._lines):
            self._rebuild(held)
        shown = self.session.reslicer
        for name, line in self._lines.items():
            region = densities_of(held[name], None if shown is None else shown.volume)
            line.show_annotation(
                held[name], region, selected=name == self._view.selected, hidden=name in self._view.hidden
            )

    def edit(self, annotation_id: str) -> QLineEdit:
        """Have the words of a measurement or note typed; returns where."""
        self.fold.setChecked(True)
        line = self._lines[annotation_id]
        line.begin()
        return line.editor

    def _rebuild(self, held: dict[str, Annotation]) -> None:
        if held and not self._lines:
            self.fold.setChecked(True)
        clear(self._list)
        self._lines = {name: _Line(self, name) for name in held}
        for line in self._lines.values():
            self._list.addWidget(line)

    def act_on(self, annotation_id: str) -> Annotation | None:
        """Return the measurement of a line; None once it is gone."""
        case = self.session.case
        return next((a for a in case.annotations if a.id == annotation_id), None) if case else None

    def select(self, annotation_id: str) -> None:
        """Select a measurement and go to its place."""
        found = self.act_on(annotation_id)
        if found is not None:
            self._view.select(found.id)
            self._view.reveal(found.centre_mm)

    def reword(self, annotation_id: str, words: str) -> None:
        """Give a measurement other words."""
        found = self.act_on(annotation_id)
        if found is not None and words.strip() != found.words:
            self.session.apply(f"Reword {found.name}", lambda case: reword_annotation(case, annotation_id, words))


class _Line(QWidget):
    """One measurement: its name, which a double click edits, its value, and what can be done to it."""

    def __init__(self, section: AnnotationSection, annotation_id: str) -> None:
        super().__init__()
        self._section, self._id = section, annotation_id
        self._editing = False
        self._name = QLabel()
        self._name.setTextFormat(Qt.TextFormat.PlainText)
        self._name.setMinimumWidth(80)
        # A longer name is cut rather than the panel widened.
        self._name.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.editor = WordsEdit()
        self.editor.setMaxLength(LONGEST_WORDS)
        self.editor.left.connect(self._leave)
        self.editor.hide()
        self._value = text("", "secondary", right=True)
        self._swatch = swatch_label(annotation_colour())
        self._buttons = QHBoxLayout()
        self._buttons.setSpacing(4)
        self._shown: object = None
        held = QWidget()
        held.setLayout(self._buttons)
        self._buttons.setContentsMargins(0, 0, 0, 0)
        self._row = _NamedRow(self._name, self.begin, self._swatch, self._name, self.editor, self._value, held)
        self._row.holds(annotation_id)
        self._row.tighten(stretched=1)
        self._row.clicked.connect(lambda: self._editing or section.select(annotation_id))
        self._more = text("", "label")
        self._more.setIndent(26)
        lines = QVBoxLayout(self)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(0)
        lines.addWidget(self._row)
        lines.addWidget(self._more)

    def show_annotation(
        self, annotation: Annotation, region: RegionStatistics | None, *, selected: bool, hidden: bool
    ) -> None:
        """Show it as it is now."""
        self._annotation = annotation
        self._name.setText(annotation.name)
        self._name.setToolTip(f"{annotation.name}\nDouble click to change the words")
        self._value.setText(value_text(annotation, region))
        self._more.setText("" if region is None else range_text(region))
        self._more.setVisible(region is not None)
        if (annotation, hidden) != self._shown:
            self._shown = (annotation, hidden)
            colour = colour_of(annotation)
            self._swatch.show_drawn(lambda: swatch_pixmap(colour))
            clear(self._buttons)
            for made in object_buttons(self._section.session, annotation):
                self._buttons.addWidget(made)
        show_property(self._row, "selected", selected)

    def begin(self) -> None:
        """Have its words typed in its line."""
        self._editing = True
        self.editor.setText(self._annotation.words)
        self.editor.setPlaceholderText(self._annotation.name)
        self._name.hide()
        self.editor.show()
        self._row.tighten(stretched=2)
        self.editor.setFocus(Qt.FocusReason.OtherFocusReason)
        self.editor.selectAll()

    def _leave(self, kept: bool) -> None:
        if not self._editing:
            return
        self._editing = False
        self.editor.hide()
        self._name.show()
        self.window().setFocus()
        if kept:
            self._section.reword(self._id, self.editor.text())


class _NamedRow(Row):
    """A row whose name is changed by a double click."""

    def __init__(self, name: QWidget, rename: Callable[[], None], *items: QWidget | int) -> None:
        super().__init__(*items)
        self._named, self._rename = name, rename

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self._named.isVisible() and self._named.geometry().contains(event.position().toPoint()):
            self._rename()
