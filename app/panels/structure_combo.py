"""A choice of one structure."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QComboBox

from planning.model import Structure


class StructureCombo(QComboBox):
    """Names of structures; what was chosen stays chosen while it exists.

    Parameters
    ----------
    none : str
        What stands for no structure.
    """

    def __init__(self, none: str) -> None:
        super().__init__()
        self.addItem(none, "")
        self.setMinimumContentsLength(9)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMaxVisibleItems(16)

    @property
    def chosen(self) -> str:
        """Id of the chosen structure; empty for none."""
        return str(self.currentData())

    def choose(self, structure_id: str) -> None:
        """Choose a structure by its id; none where it is not offered."""
        self.setCurrentIndex(max(self.findData(structure_id), 0))

    def offer(self, structures: Sequence[Structure]) -> None:
        """Offer these structures."""
        wanted = [(s.name, s.id) for s in structures]
        if wanted == [(self.itemText(n), self.itemData(n)) for n in range(1, self.count())]:
            return
        chosen = self.chosen
        self.blockSignals(True)
        while self.count() > 1:
            self.removeItem(1)
        for name, structure_id in wanted:
            self.addItem(name, structure_id)
        self.choose(chosen)
        self.blockSignals(False)
        if self.chosen != chosen:
            self.currentIndexChanged.emit(self.currentIndex())
