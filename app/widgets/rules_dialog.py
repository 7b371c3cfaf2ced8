"""The window that lists the rules of paths and lets the user change them. Not modal."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QHeaderView, QTableWidget, QTableWidgetItem, QVBoxLayout, QWidget

from app.theme import judgement_pixmap
from app.widgets.basics import button, pixmap_label, row, text
from imaging.errors import DomainError
from planning.catalogue.rules import SET_BY_USER, PathLimit, PathPreference, load_path_rules, path_rule_findings
from planning.catalogue.user_rules import reset_rules, set_rule
from planning.model.judgement import Judgement

_HEADS = ("Rule", "Kind", "Mild", "Grave", "Unit", "Weight", "Source")
_KEYS_OF = {"limits": ("caution", "alarm"), "preferences": ("good", "poor")}
_SINGLE = {
    "tolerance_mm": ("How far a needle strays at the tip", "mm"),
    "hand_mm": ("Room for a hand beyond the hub", "mm"),
    "cortex_above_hu": ("Bone counts as cortex from", "HU"),
}
_NUMBER = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_EDITED = Qt.ItemDataRole.UserRole


class RulesDialog(QDialog):
    """All limits and preferences with levels, weight and source; a double click on a number changes it.

    Parameters
    ----------
    parent : QWidget

    Signals
    -------
    changed()
        A rule was changed.
    """

    changed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Rules of paths")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(1080, 660)
        self.table = QTableWidget(0, len(_HEADS))
        self.table.setHorizontalHeaderLabels(_HEADS)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.table.setShowGrid(False)
        self.table.setWordWrap(True)
        header = self.table.horizontalHeader()
        for column in range(len(_HEADS) - 1):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(len(_HEADS) - 1, QHeaderView.ResizeMode.Stretch)
        self.table.itemChanged.connect(self._edited)
        about = text(
            "Limits: beyond Mild a path is marked (caution), beyond Grave it is refused (alarm); where both are blank only "
            "contact is refused. Preferences: a path costs nothing at Mild (good) and its weight at Grave (poor). "
            "Double-click a number to change it; clear it to leave it blank.",
            "secondary",
            wrap=True,
        )
        self._mark = pixmap_label(judgement_pixmap(Judgement.CAUTION))
        self.said = text("", wrap=True)
        answer = row(self._mark, self.said)
        answer.setStretch(1, 1)
        self.reset_button = button("Back to those that ship", self._reset)
        self.close_button = button("Close", self.close)
        for each in (self.reset_button, self.close_button):
            each.setAutoDefault(False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 12, 16, 12)
        layout.setSpacing(8)
        layout.addWidget(about)
        layout.addWidget(self.table, 1)
        layout.addLayout(answer)
        layout.addLayout(row(self.reset_button, 1, self.close_button))
        findings = path_rule_findings()
        self._say(findings[0].message if findings else "", refused=bool(findings))
        self._fill()

    def _say(self, words: str, *, refused: bool = False) -> None:
        self.said.setText(words)
        self.said.setVisible(bool(words))
        self._mark.setVisible(refused)

    def _fill(self) -> None:
        rules = load_path_rules()
        self.table.blockSignals(True)
        self.table.setRowCount(0)
        for key, (name, unit) in _SINGLE.items():
            number = getattr(rules, key)
            self._line((name, "Value", "", number.value, unit, None, number.source), ("", key), grave_key="value")
        for key, limit in rules.limits.items():
            self._line(_limit_cells(limit), ("limits", key))
        for key, preference in rules.preferences.items():
            self._line(_preference_cells(preference), ("preferences", key))
        self.table.blockSignals(False)

    def _line(self, cells: tuple[Any, ...], rule: tuple[str, str], grave_key: str = "") -> None:
        line = self.table.rowCount()
        self.table.insertRow(line)
        mild_key, other = _KEYS_OF.get(rule[0], ("", grave_key))
        keys = {2: mild_key, 3: other, 5: "weight" if rule[0] else ""}
        for column, value in enumerate(cells):
            item = QTableWidgetItem("" if value is None else f"{value:g}" if isinstance(value, float) else str(value))
            item.setToolTip(str(cells[-1]))
            key = keys.get(column, "")
            if column in keys:
                item.setTextAlignment(_NUMBER)
            if key:
                item.setData(_EDITED, (*rule, key))
            else:
                item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
            self.table.setItem(line, column, item)

    def _edited(self, item: QTableWidgetItem) -> None:
        """Keep a number, or say why it cannot be."""
        group, rule, key = item.data(_EDITED)
        words = item.text().strip().replace(",", ".")
        try:
            value: float | str = float(words) if words else "blank"
        except ValueError:
            self._say(f"'{item.text()}' is not a number.", refused=True)
            self._fill()
            return
        try:
            set_rule(group, rule, {key: value})
        except DomainError as error:
            reason = error.context.get("reason", str(error))
            self._say(f"Not changed: {reason}.", refused=True)
        except OSError as error:
            self._say(f"Not kept: {error.strerror or error}.", refused=True)
        else:
            self._say(f"Changed. {SET_BY_USER} It counts for every case.")
            self.changed.emit()
        self._fill()

    def _reset(self) -> None:
        try:
            reset_rules()
        except OSError as error:
            self._say(f"Not removed: {error.strerror or error}.", refused=True)
            return
        self._say("The rules are those that ship with the program.")
        self._fill()
        self.changed.emit()


def _limit_cells(limit: PathLimit) -> tuple[Any, ...]:
    kind = "Distance, at least" if limit.kinds else f"Limit, {limit.sense}"
    name = limit.name[:1].upper() + limit.name[1:]
    return name, kind, limit.caution, limit.alarm, limit.unit, limit.weight, limit.source


def _preference_cells(preference: PathPreference) -> tuple[Any, ...]:
    name = preference.name[:1].upper() + preference.name[1:]
    return name, "Preference", preference.good, preference.poor, preference.unit, preference.weight, preference.source
