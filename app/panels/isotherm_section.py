"""A device's own isotherm tables beside the physics."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QVBoxLayout

from app.widgets.basics import Section, clear, judgement_label, row, text
from planning.catalogue.devices import device
from planning.catalogue.isotherm_tables import load_isotherm_tables
from planning.evaluation import Judgement
from planning.quantities import MINUS, level_text, size_text
from planning.thermal.zone_sizes import Comparison, TableComparison, ZoneSize, compare
from planning.thermal.zone_tables import has_table, load_table

_NONE = "No isotherm table of this device was added. Devices… takes one from a file."
_LATER = "The sizes by the physics follow with the first prediction of a plan with this device."


class IsothermSection(Section):
    """Width and length of every isotherm by the table, with its tolerance, and by the physics."""

    def __init__(self) -> None:
        super().__init__("Isotherm table", "W × L, mm")
        self._rows = QVBoxLayout()
        self._rows.setSpacing(6)
        self.add(self._rows)
        self._shown: object = None

    def show_device(self, device_id: str) -> None:
        """Show the tables of a device."""
        tables = load_isotherm_tables(device_id)
        ready = bool(tables) and has_table(device_id)
        shown = (device_id, tables, ready, device(device_id))
        if shown == self._shown:
            return
        self._shown = shown
        clear(self._rows)
        self.aside.setVisible(bool(tables))
        if not tables:
            self._rows.addWidget(text(_NONE, "label", wrap=True))
            return
        for table in tables:
            if ready:
                self._add(compare(table, load_table(device_id)))
            else:
                self._rows.addWidget(text(f"{table.medium}: {table.source}", "secondary", wrap=True))
        if not ready:
            self._rows.addWidget(text(_LATER, "label", wrap=True))

    def _add(self, compared: TableComparison) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(3)
        grid.setColumnStretch(0, 1)
        right = Qt.AlignmentFlag.AlignRight
        for column, head in enumerate(("", "table", "±", "physics")):
            grid.addWidget(text(head, "label"), 0, column, right)
        for line, one in enumerate(compared.rows, start=1):
            given = one.row
            name = text(level_text(given.temperature_c))
            name.setToolTip(_widest(one))
            grid.addWidget(name, line, 0)
            grid.addWidget(text(size_text(given.width_mm, given.length_mm), right=True), line, 1)
            grid.addWidget(
                text(f"{given.tolerance_mm:g}", "label", right=True), line, 2, right | Qt.AlignmentFlag.AlignVCenter
            )
            grid.addWidget(text(_size(one.physics), right=True), line, 3)
        self._rows.addLayout(grid)
        for one in compared.rows:
            mark = judgement_label(Judgement.CAUTION if one.differs else Judgement.WITHIN)
            line = row(mark, text(one.words, "secondary", wrap=True))
            line.setStretch(1, 1)
            self._rows.addLayout(line)
        for note in compared.notes:
            self._rows.addWidget(text(note, "label", wrap=True))
        self._rows.addWidget(text(f"Source of the table: {compared.table.source}", "label", wrap=True))


def _widest(one: Comparison) -> str:
    """Where along the shaft the isotherm is widest, by both."""
    places = (("table", one.row.widest_from_tip_mm), ("physics", one.physics.widest_from_tip_mm))
    return "\n".join(
        f"Widest by the {who}: "
        + ("not given" if mm is None else f"{mm:.1f} mm from the tip towards the hub".replace("-", MINUS))
        for who, mm in places
    )


def _size(size: ZoneSize) -> str:
    if size.widest_from_tip_mm is None:
        return "not reached"
    return f"{'> ' if size.cut else ''}{size_text(size.width_mm, size.length_mm)}"
