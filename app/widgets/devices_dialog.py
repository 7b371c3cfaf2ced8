"""The window that lists devices and takes in those of the user's own. Not modal."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QHeaderView, QTableWidget, QTableWidgetItem, QVBoxLayout, QWidget

from app.widgets.basics import button, clear, judgement_label, row, text
from app.widgets.new_device_dialog import FAMILY_NAMES, NewDeviceDialog
from imaging.errors import DomainError
from planning.catalogue import Device, load_devices
from planning.catalogue.devices import user_device_files
from planning.catalogue.isotherm_tables import load_isotherm_tables
from planning.catalogue.number_words import number_words
from planning.catalogue.user_files import add_file, check_file, reload_user_files, user_file_findings
from planning.catalogue.user_folder import user_folder
from planning.evaluation import Judgement
from planning.thermal.zone_tables import has_table

_HEADS = ("Device", "Maker", "Family", "Ø, mm", "Active, mm", "Zone", "From")
_NUMBERS = (3, 4)


class DevicesDialog(QDialog):
    """All devices with family, size and where the zone comes from; files and entries of the user's own.

    Parameters
    ----------
    choose_file : callable
        Asks for a file to add; returns None if the user chose none.
    parent : QWidget

    Signals
    -------
    changed()
        Devices or isotherm tables were added.
    """

    changed = Signal()

    def __init__(self, choose_file: Callable[[], Path | None], parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Devices")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(1000, 620)
        self._choose_file = choose_file
        self.table = _table()
        self.table.itemSelectionChanged.connect(self._describe)
        self.about = text("", "secondary", wrap=True)
        self.about.setMinimumHeight(54)
        self.about.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self._mark = judgement_label(Judgement.CAUTION)
        self.said = text("", wrap=True)
        self._found = QVBoxLayout()
        self._found.setSpacing(4)
        self.add_button = button("Add from file…", self._add, icon_name="folder-open")
        self.add_button.setToolTip("A device, or an isotherm table of one, as a TOML file")
        self.new_button = button("New device…", self._new, icon_name="plus")
        self.close_button = button("Close", self.close)
        for each in (self.add_button, self.new_button, self.close_button):
            each.setAutoDefault(False)
        answer = row(self._mark, self.said)
        answer.setStretch(1, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 12, 16, 12)
        layout.setSpacing(8)
        layout.addWidget(self.table, 1)
        layout.addWidget(self.about)
        layout.addLayout(self._found)
        layout.addLayout(answer)
        layout.addLayout(row(self.add_button, self.new_button, 1, self.close_button))
        reload_user_files()
        self._fill()
        self.say("")

    def say(self, words: str, *, refused: bool = False) -> None:
        """Show one sentence above the buttons, or none."""
        self.said.setText(words)
        self.said.setVisible(bool(words))
        self._mark.setVisible(refused)

    def show_device(self, device_id: str) -> None:
        """Select a device of the list."""
        for line in range(self.table.rowCount()):
            if self.table.item(line, 0).data(Qt.ItemDataRole.UserRole) == device_id:
                self.table.selectRow(line)
                self.table.scrollToItem(self.table.item(line, 0))

    def _fill(self) -> None:
        own = user_device_files()
        devices = load_devices()
        self.table.setRowCount(len(devices))
        for line, source in enumerate(devices.values()):
            for column, words in enumerate(_cells(source, own=source.id in own)):
                item = QTableWidgetItem(words)
                item.setData(Qt.ItemDataRole.UserRole, source.id)
                if column in _NUMBERS:
                    item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                self.table.setItem(line, column, item)
        clear(self._found)
        for finding in user_file_findings():
            line = row(judgement_label(Judgement.CAUTION), words := text(finding.message, wrap=True))
            line.setStretch(1, 1)
            words.setToolTip(finding.where)
            self._found.addLayout(line)
        if self.table.rowCount() and not self.table.selectedItems():
            self.table.selectRow(0)

    def _describe(self) -> None:
        chosen = self.table.selectedItems()
        source = load_devices().get(chosen[0].data(Qt.ItemDataRole.UserRole)) if chosen else None
        if source is None:
            self.about.setText("")
            return
        assumed = [
            f"{number_words(key).capitalize()} is assumed: {reason}." for key, reason in source.assumptions.items()
        ]
        words = " ".join(assumed) or "Every number has a source."
        self.about.setText(f"{words} {source.notes}".strip())
        self.about.setToolTip("\n".join(f"{number_words(k).capitalize()}: {v}" for k, v in source.sources.items()))

    def _add(self) -> None:
        file = self._choose_file()
        if file is None:
            return
        try:
            read = check_file(file)
            kept = add_file(file)
        except DomainError as error:
            self.say(str(error), refused=True)
            return
        except OSError as error:
            self.say(f"{file.name} could not be added: {error.strerror or error}.", refused=True)
            return
        if isinstance(read, Device):
            self._added(read.id, f"{read.name} was added, as {kept}.")
        else:
            self._added(read.device, f"The isotherm table of {read.device} was added, as {kept}.")

    def _new(self) -> None:
        form = NewDeviceDialog(self)
        form.saved.connect(lambda device_id: self._added(device_id, f"Saved in {user_folder() / 'devices'}."))
        form.show()

    def _added(self, device_id: str, words: str) -> None:
        self.table.clearSelection()
        self._fill()
        self.show_device(device_id)
        self.say(words)
        self.changed.emit()


def _table() -> QTableWidget:
    table = QTableWidget(0, len(_HEADS))
    table.setHorizontalHeaderLabels(_HEADS)
    table.verticalHeader().hide()
    table.verticalHeader().setDefaultSectionSize(26)
    head = table.horizontalHeader()
    head.setHighlightSections(False)
    for column in range(len(_HEADS)):
        side = Qt.AlignmentFlag.AlignRight if column in _NUMBERS else Qt.AlignmentFlag.AlignLeft
        table.horizontalHeaderItem(column).setTextAlignment(side | Qt.AlignmentFlag.AlignVCenter)
        head.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
    head.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
    table.setShowGrid(False)
    table.setTabKeyNavigation(False)
    table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
    table.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
    table.setSelectionMode(QTableWidget.SelectionMode.SingleSelection)
    table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    return table


def _cells(source: Device, *, own: bool) -> tuple[str, ...]:
    zone = "Physics" if has_table(source.id) else "Physics, no estimate yet"
    if load_isotherm_tables(source.id):
        zone += ", isotherm table"
    return (
        source.name,
        source.maker,
        FAMILY_NAMES[source.family],
        f"{source.diameter_mm:g}",
        f"{source.active_length_mm:g}",
        zone,
        "Your folder" if own else "Built in",
    )
