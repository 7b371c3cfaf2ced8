"""What can be changed after a lesion was clicked: its size, its kind, and whether it may leave the bone."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QComboBox, QSlider, QVBoxLayout, QWidget

from app.tools.lesion import LesionTool
from app.widgets.basics import row, text

_KINDS = (("Kind found by itself", "auto"), ("Even: lytic or sclerotic", "even"), ("Mixed", "mixed"))


class LesionOptions(QWidget):
    """Shown while the lesion tool is in the hand.

    Parameters
    ----------
    tool : callable
        Returns the tool in the hand.
    """

    def __init__(self, tool: Callable[[], object]) -> None:
        super().__init__()
        self._tool = tool
        self.size = QSlider(Qt.Orientation.Horizontal)
        self.size.setRange(4, 120)
        self.size.setToolTip(
            "Diameter of the lesion. It begins where the CT's own border is; Ctrl+wheel does the same."
        )
        self.size.valueChanged.connect(self._resized)
        self._value = text("–", "secondary", right=True)
        self._value.setMinimumWidth(52)
        self.soft = QCheckBox("Into soft tissue")
        self.soft.setToolTip(
            "Let the lesion leave the bone where its cortex is destroyed. Intact cortex still stops it."
        )
        self.soft.toggled.connect(self._reached)
        self.kind = QComboBox()
        self.kind.setToolTip("A mixed lesion is taken as a whole, with its dense and its lytic parts.")
        for words, texture in _KINDS:
            self.kind.addItem(words, texture)
        self.kind.currentIndexChanged.connect(self._chosen)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addLayout(row(text("Size", "label"), self.size, self._value))
        layout.addLayout(row(self.kind, self.soft))

    def refresh(self) -> None:
        """Show what the tool says; nothing of it is taken for a wish of the user."""
        held = self._tool()
        if not isinstance(held, LesionTool):
            return
        self.size.setEnabled(held.size_mm is not None)
        size = "–" if held.size_mm is None else f"{held.size_mm:.0f} mm"
        self._value.setText("growing" if held.growing else size)
        for widget, show in (
            (self.size, lambda: self.size.setValue(round(held.size_mm or 30))),
            (self.soft, lambda: self.soft.setChecked(held.into_soft_tissue)),
            (self.kind, lambda: self.kind.setCurrentIndex(self.kind.findData(held.texture))),
        ):
            widget.blockSignals(True)
            show()
            widget.blockSignals(False)

    def _resized(self, value: int) -> None:
        held = self._tool()
        if isinstance(held, LesionTool):
            held.resize(float(value))
            self._value.setText(f"{value} mm")

    def _reached(self, into_soft_tissue: bool) -> None:
        held = self._tool()
        if isinstance(held, LesionTool):
            held.reach_out(into_soft_tissue)

    def _chosen(self) -> None:
        held = self._tool()
        if isinstance(held, LesionTool):
            held.take_for(self.kind.currentData())
