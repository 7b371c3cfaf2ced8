"""All keys and gestures, by what they are about."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from app.commands import Commands
from app.mouse_scheme import MouseScheme
from app.widgets.basics import text

_GESTURES = (
    ("Wheel", "slices; Ctrl+wheel zooms, or sizes brush, lesion and nerve"),
    ("Shift+wheel", "thickness of thick slices (Z)"),
    ("Drag the end of a crosshair line", "tilts the other planes"),
    ("Drag in the time strip", "the zone at a moment; double click for the whole schedule"),
    ("Right click", "what can be done with what lies there, also on a line of a list"),
    ("Double click", "one view, and back to four"),
    ("Up, Down, Page Up, Page Down", "one slice, ten slices"),
    ("Shift+drag a probe", "moves it along its own axis: the depth; the entry stays"),
    ("Ctrl+drag hub or shaft", "turns the probe about its tip; the entry stays on the skin"),
    ("Wheel on needle views", "turns them about the shaft; across it, goes along it"),
    ("Shift", "brush erases, outline takes away, piece goes; a drag in 3D pans"),
    ("Enter, Esc, Backspace", "finish, forget, take the last point back"),
)
# Side by side, each with the groups of commands that stand in it; the last below the gestures.
_COLUMNS = (("file", "edit", "plan", "view"), ("tools", "3d"))
_BELOW_GESTURES = ("measure", "end")
# A title may stand for several groups of commands.
_PARTS = {
    "view": ("view", "window", "step"),
    "end": ("out", "help", "end"),
    "3d": ("volume-3d", "see-through", "cut-3d", "side-3d", "from-3d"),
}
# Commands of the same kind, on keys one after the other, stand in one line.
_JOINED = ("window", "from-3d", "step")
_TITLES = {
    "file": "File",
    "edit": "Edit",
    "plan": "Plans",
    "view": "Views",
    "tools": "Tools",
    "3d": "3D view",
    "measure": "Measurements",
    "end": "Report, help and end",
}
_GESTURES_PX, _SEVERAL_PX, _MARGIN_PX, _AROUND_PX = 400, 240, 16, 48


class KeysDialog(QDialog):
    """Keys and mouse gestures; it scrolls where the screen is too small for all of them.

    Parameters
    ----------
    commands : Commands
    mouse : MouseScheme
    parent : QWidget
        The window, whose size it keeps within.
    """

    def __init__(self, commands: Commands, mouse: MouseScheme, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keys and gestures")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.scroll = QScrollArea()
        self.scroll.setWidgetResizable(True)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self.scroll)
        page = QWidget()
        page.setObjectName("inspectorPage")
        columns = QHBoxLayout(page)
        columns.setContentsMargins(_MARGIN_PX, _MARGIN_PX - 4, _MARGIN_PX, _MARGIN_PX)
        columns.setSpacing(24)
        for groups in _COLUMNS:
            columns.addLayout(_column([(_TITLES[group], _keys(commands, group)) for group in groups]))
        last = [(_TITLES[group], _keys(commands, group)) for group in _BELOW_GESTURES]
        columns.addLayout(_column([("Mouse and views", (*mouse.rows(), *_GESTURES)), *last], wrap_px=_GESTURES_PX))
        self.scroll.setWidget(page)
        wanted = page.sizeHint()
        bar_px = self.scroll.verticalScrollBar().sizeHint().width()
        self.resize(
            min(wanted.width() + bar_px, parent.width() - _AROUND_PX),
            min(wanted.height(), parent.height() - _AROUND_PX),
        )


def _keys(commands: Commands, group: str) -> list[tuple[str, str]]:
    """Return the keys of a group's commands, and what they do."""
    said = []
    for part in _PARTS.get(group, (group,)):
        keyed = [action for action in commands.of_group(part) if action.shortcuts()]
        rows = [(", ".join(k.toString() for k in a.shortcuts()), a.text().rstrip("…")) for a in keyed]
        said += [_joined(rows)] if part in _JOINED and rows else rows
    return said


def _joined(rows: Sequence[tuple[str, str]]) -> tuple[str, str]:
    """One line for several: ``1 … 3`` and ``Window: bone, lung, soft tissue``."""
    every = [words for _, words in rows]
    start = every[0].partition(" ")[0] + " "
    if not all(words.startswith(start) for words in every):
        return f"{rows[0][0]} … {rows[-1][0][-1]}", ", ".join(every)
    return f"{rows[0][0]} … {rows[-1][0][-1]}", start + ", ".join(words.removeprefix(start) for words in every)


def _column(groups: Sequence[tuple[str, Sequence[tuple[str, str]]]], *, wrap_px: int = 0) -> QGridLayout:
    """Return groups below each other, each with its title; what is longer than ``wrap_px`` is wrapped."""
    grid = QGridLayout()
    grid.setHorizontalSpacing(14)
    grid.setVerticalSpacing(0)
    left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
    for title, lines in groups:
        if not lines:
            continue
        if grid.count():
            grid.setRowMinimumHeight(grid.rowCount(), 8)
        grid.addWidget(text(title, "section"), grid.rowCount(), 0, 1, 2)
        for keys, words in lines:
            row = grid.rowCount()
            several = " … " in keys
            grid.addWidget(_said(keys, "chip", wrap_px // 3), row, 0, left)
            grid.addWidget(_said(words, "secondary", _SEVERAL_PX if several else wrap_px - wrap_px // 3), row, 1)
    grid.setRowStretch(grid.rowCount(), 1)
    grid.setColumnStretch(1, 1)
    return grid


def _said(words: str, role: str, wrap_px: int) -> QLabel:
    made = text(words, role, wrap=bool(wrap_px))
    made.setMinimumWidth(min(made.fontMetrics().horizontalAdvance(words) + 14, wrap_px))
    return made
