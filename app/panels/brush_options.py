"""How brush and eraser paint: size, shape, densities, and what they keep off."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QComboBox, QSlider, QVBoxLayout, QWidget

from app.view_state import NewStructure, ViewState
from app.widgets.basics import number_box, row, text
from imaging.structures import Side, StructureKind

_LOW_HU, _HIGH_HU = 150.0, 3000.0
_DENSITY_PX = 116
_NEW: dict[str, NewStructure | None] = {
    "what is selected, or the lesion": None,
    "a new bowel": NewStructure(StructureKind.BOWEL),
    "a new bladder": NewStructure(StructureKind.BLADDER),
    "new vessels": NewStructure(StructureKind.VESSEL),
    "a new thecal sac": NewStructure(StructureKind.THECAL_SAC),
    "a new disc": NewStructure(StructureKind.DISC),
    "cartilage of the right SI joint": NewStructure(StructureKind.SI_CARTILAGE, Side.RIGHT),
    "cartilage of the left SI joint": NewStructure(StructureKind.SI_CARTILAGE, Side.LEFT),
    "metal": NewStructure(StructureKind.METAL),
}


class BrushOptions(QWidget):
    """Shown while brush or eraser is in the hand.

    Parameters
    ----------
    view : ViewState
        Keeps what is chosen here.
    """

    def __init__(self, view: ViewState) -> None:
        super().__init__()
        self._view = view
        self.begins = QComboBox()
        for words, new in _NEW.items():
            self.begins.addItem(words, new)
        self.begins.setMinimumContentsLength(18)
        self.begins.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.begins.setToolTip("Go on with what is selected, or begin a structure that is not marked yet")
        self.begins.activated.connect(lambda n: view.begin(self.begins.itemData(n)))
        self.size = QSlider(Qt.Orientation.Horizontal)
        self.size.setRange(1, 40)
        self.size.setToolTip("Ctrl+wheel over a slice does the same")
        self.size.valueChanged.connect(self._resized)
        self._value = text("", "secondary", right=True)
        self._value.setMinimumWidth(44)
        self.shape_of = QComboBox()
        self.shape_of.addItems(("Ball", "Disc"))
        self.shape_of.setToolTip("A ball paints in all directions, a disc only in the slice it is drawn in")
        self.shape_of.currentIndexChanged.connect(self._choose)
        self.keeps_off = QCheckBox("Keep off other structures")
        self.keeps_off.setToolTip(
            "Leave nerves, canal, vessels, organs and a lesion as they are. Bone and skin hold others and are painted over."
        )
        self.keeps_off.toggled.connect(self._choose)
        self.only = QCheckBox("Only")
        self.only.setToolTip("Paint only voxels of these densities")
        self.only.toggled.connect(self._choose)
        self.low, self.high = (
            number_box(minimum=-1024, maximum=4000, singleStep=10, decimals=0, prefix=prefix, suffix=" HU")
            for prefix in ("from ", "to ")
        )
        self.low.setValue(_LOW_HU)
        self.high.setValue(_HIGH_HU)
        for box in (self.low, self.high):
            box.setFixedWidth(_DENSITY_PX)
            box.valueChanged.connect(self._choose)
        self._range = QWidget()
        self._range.setLayout(row(self.low, self.high))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addLayout(row(text("Paint", "label"), self.begins, 1))
        layout.addLayout(row(text("Radius", "label"), self.size, self._value))
        layout.addLayout(row(self.shape_of, self.keeps_off, 1))
        layout.addLayout(row(self.only, self._range, 1))
        self.refresh()

    def refresh(self) -> None:
        """Show what was chosen; the wheel may have changed the size."""
        self.begins.setCurrentIndex(list(_NEW.values()).index(self._view.begins))
        self.size.blockSignals(True)
        self.size.setValue(round(self._view.brush_radius_mm))
        self.size.blockSignals(False)
        radius_mm = self._view.brush_radius_mm
        self._value.setText(f"{radius_mm:.0f} mm" if radius_mm >= 3 else f"{radius_mm:.1f} mm")
        self.keeps_off.setVisible(self._view.tool != "eraser")
        self._range.setEnabled(self.only.isChecked())

    def _resized(self, value: int) -> None:
        self._view.brush_radius_mm = float(value)
        self._view.changed.emit()
        self.refresh()

    def _choose(self) -> None:
        view = self._view
        view.brush_is_disc = self.shape_of.currentIndex() == 1
        view.brush_keeps_off = self.keeps_off.isChecked()
        low_hu, high_hu = sorted((self.low.value(), self.high.value()))
        view.brush_range_hu = (low_hu, high_hu) if self.only.isChecked() else None
        self.refresh()
        view.changed.emit()
