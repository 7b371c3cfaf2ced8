"""The window that lists cases with size, treatment and outcome, and sums up the cohort. Not modal."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QCheckBox, QDialog, QHeaderView, QTableWidget, QTableWidgetItem, QVBoxLayout, QWidget

from app.widgets.basics import button, clear, judgement_label, row, text
from planning.evaluation import Judgement
from planning.quantities import deviation_text
from planning.registry.cohort import cohort_of
from planning.registry.rows import Registry, RegistryRow

_HEADS = (
    "Case", "Place", "Size, mm", "Intent", "Modality", "Protection", "Consolidation", "Pain", "before", "after",
    "weeks", "CIRSE", "Local control",
)  # fmt: skip
_NUMBERS = (2, 8, 9, 10)
_UNREADABLE_SHOWN = 4
_UNKNOWN = "not known"


class RegistryDialog(QDialog):
    """One line a case, the cohort below, and the files that could not be read.

    Parameters
    ----------
    choose : callable
        Asks for another folder of cases.
    export : callable
        Called with the registry and whether names are wanted.
    parent : QWidget
    """

    def __init__(
        self, choose: Callable[[], object], export: Callable[[Registry, bool], object], parent: QWidget
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Registry of cases")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(1180, 720)
        self.registry: Registry | None = None
        self.head = text("", "secondary")
        self.table = _table(_HEADS)
        self.cohort = _table(("Cohort", "mean ± SD (median, range), or number (share)"))
        self.cohort.horizontalHeader().setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        self._failed = QVBoxLayout()
        self._failed.setSpacing(4)
        self.names = QCheckBox("with the names of the cases")
        self.names.setToolTip("Without it cases are numbered")
        self.export_button = button(
            "Export CSV…", lambda: self.registry and export(self.registry, self.names.isChecked())
        )
        self.folder_button = button("Choose a folder…", choose, icon_name="folder-open")
        self.close_button = button("Close", self.close)
        for each in (self.export_button, self.folder_button, self.close_button):
            each.setAutoDefault(False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 12, 16, 12)
        layout.setSpacing(8)
        layout.addWidget(self.head)
        layout.addWidget(self.table, 3)
        layout.addLayout(self._failed)
        layout.addWidget(self.cohort, 4)
        layout.addLayout(row(self.folder_button, 1, self.names, self.export_button, self.close_button))
        self.export_button.setEnabled(False)

    def say(self, words: str) -> None:
        """Show a line above the table."""
        self.head.setText(words)

    def show_registry(self, registry: Registry, folder: str) -> None:
        """Show rows and cohort."""
        self.registry = registry
        count = len(registry.rows)
        self.say(f"{count} case{'' if count == 1 else 's'} in {folder}. What is not known is counted as missing.")
        _fill(self.table, [_cells(r) for r in registry.rows], _NUMBERS)
        _fill(self.cohort, [(e.name, e.words) for e in cohort_of(registry.rows).entries] if count else [], ())
        self.export_button.setEnabled(bool(count))
        clear(self._failed)
        for failed in registry.unreadable[:_UNREADABLE_SHOWN]:
            line = row(
                judgement_label(Judgement.CAUTION),
                text(f"{failed.file.name}: {failed.reason}", wrap=True),
            )
            line.setStretch(1, 1)
            self._failed.addLayout(line)
        if more := registry.unreadable[_UNREADABLE_SHOWN:]:
            names = ", ".join(f.file.name for f in more)
            self._failed.addWidget(text(f"And {len(more)} more: {names}", "label", wrap=True))


def _table(heads: tuple[str, ...]) -> QTableWidget:
    table = QTableWidget(0, len(heads))
    table.setHorizontalHeaderLabels(heads)
    table.verticalHeader().hide()
    table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    table.horizontalHeader().setHighlightSections(False)
    table.horizontalHeader().setStretchLastSection(True)
    table.setShowGrid(False)
    table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
    table.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
    return table


def _fill(table: QTableWidget, lines: Sequence[tuple[str, ...]], numbers: Sequence[int]) -> None:
    table.setRowCount(len(lines))
    for n, cells in enumerate(lines):
        for column, words in enumerate(cells):
            item = QTableWidgetItem(words)
            if column in numbers:
                item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            if words == _UNKNOWN:
                item.setForeground(table.palette().color(QPalette.ColorRole.PlaceholderText))
            table.setItem(n, column, item)
    for column in numbers:
        table.horizontalHeaderItem(column).setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    table.resizeColumnsToContents()


def _cells(row_: RegistryRow) -> tuple[str, ...]:
    course = row_.course
    return (
        row_.name,
        row_.place or _UNKNOWN,
        _UNKNOWN if row_.size_mm is None else deviation_text(row_.size_mm, unit=False),
        _known(row_.intent),
        _known(row_.modality),
        _known(row_.protected),
        _known(row_.consolidated),
        _known(course.pain_scale),
        _known(course.pain_before),
        _known(course.pain_after),
        _known(course.pain_after_weeks),
        _known(course.complication),
        _known(course.local_control),
    )


def _known(value: object) -> str:
    """A value in a cell; what is not known says so."""
    if value is None:
        return _UNKNOWN
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)
