"""The search field of the top bar, and the list of what it finds."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import shiboken6
from PySide6.QtCore import QEvent, QModelIndex, QObject, QPoint, QRect, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFont,
    QKeyEvent,
    QMouseEvent,
    QMoveEvent,
    QPainter,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QApplication,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from app.searching import Findable, search
from app.theme import icon, swatch_pixmap
from app.tokens import theme_colour
from app.widgets.basics import text

_THING = Qt.ItemDataRole.UserRole
_ROW_PX, _ROWS_SHOWN, _LIST_PX = 28, 14, 520
_WIDE_PX, _NARROW_PX = 320, 190
_MARK_PX, _WORDS_AT_PX, _GAP_PX = 16, 36, 10
_REMEMBERED = 20
_NOTHING = "Nothing here is called that."


class CommandPalette(QLineEdit):
    """Finds commands, structures, probes and steps while one types, and does what is chosen.

    Up, Down and Enter, or a click, choose; Esc leaves. It never blocks the window, and gives the keyboard back to
    what had it.

    Parameters
    ----------
    things : callable
        Returns what there is to find, in the order of the menu.

    Attributes
    ----------
    recent : list of str
        Ids of what was chosen last, the newest first.
    """

    def __init__(self, things: Callable[[], Sequence[Findable]]) -> None:
        super().__init__()
        self._things = things
        self.recent: list[str] = []
        self._before: QWidget | None = None
        self.setObjectName("palette")
        self.setAccessibleName("Search commands and structures")
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.addAction(icon("search", "text-3"), QLineEdit.ActionPosition.LeadingPosition)
        self._key = text("Ctrl K", "chip")
        self._key.setParent(self)
        self._key.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setTextMargins(0, 0, self._key.sizeHint().width(), 0)
        self.list = _FoundList()
        self.list.itemClicked.connect(self._choose)
        self.textEdited.connect(lambda _: self._show_found())
        self.set_narrow(False)
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.focusChanged.connect(self._remember_focus)

    def set_narrow(self, narrow: bool) -> None:
        """Take less room, and fewer words."""
        self.setFixedWidth(_NARROW_PX if narrow else _WIDE_PX)
        self.setPlaceholderText("Search" if narrow else "Search commands and structures")

    def begin(self) -> None:
        """Take the keyboard, and show what can be found."""
        self.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.selectAll()
        self._show_found()

    def leave(self) -> None:
        """Forget what was typed, and give the keyboard back."""
        before, self._before = self._before, None
        self._fold()
        if before is not None and shiboken6.isValid(before) and before.isVisible():
            before.setFocus()
        else:
            self.clearFocus()

    # ---------------------------------------------------------------- finding and choosing

    def _show_found(self) -> None:
        if self.list.isHidden() or self.list.parent() is not self.window():
            self.list.setParent(self.window())
            application = QApplication.instance()
            assert application is not None
            application.installEventFilter(self)
        self.list.show_things(search(self.text(), self._things(), self.recent))
        self._place_list()
        self.list.show()
        self.list.raise_()

    def _place_list(self) -> None:
        """Lay the list below the field, its right edge below that of the field."""
        corner = self.mapTo(self.window(), QPoint(self.width(), self.height() + 4))
        width = max(self.width(), min(_LIST_PX, corner.x()))
        self.list.setGeometry(corner.x() - width, corner.y(), width, self.list.height_px)

    def _choose(self, item: QListWidgetItem | None) -> None:
        thing = None if item is None else item.data(_THING)
        if thing is None or not thing.enabled:
            return
        self.recent = [thing.id, *(other for other in self.recent if other != thing.id)][:_REMEMBERED]
        self.leave()
        thing.act()

    def _fold(self) -> None:
        application = QApplication.instance()
        if application is not None:
            application.removeEventFilter(self)
        self.list.hide()
        self.clear()

    def _remember_focus(self, old: QWidget | None, now: QWidget | None) -> None:
        if now is self and old is not None:
            self._before = old

    # ---------------------------------------------------------------- events

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        steps = {
            Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1, Qt.Key.Key_PageUp: -_ROWS_SHOWN, Qt.Key.Key_PageDown: _ROWS_SHOWN,
        }.get(Qt.Key(key))  # fmt: skip
        if steps is not None:
            if self.list.isHidden():
                self._show_found()
            else:
                self.list.step(steps)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._choose(self.list.currentItem())
        elif key == Qt.Key.Key_Escape:
            self.leave()
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        if self.list.isHidden():
            self._show_found()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        # Another program's window, or the field's own menu, takes the keyboard for a while only.
        if event.reason() not in (Qt.FocusReason.ActiveWindowFocusReason, Qt.FocusReason.PopupFocusReason):
            self._fold()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Leave when anything else is clicked, also what takes no keyboard."""
        if event.type() == QEvent.Type.MouseButtonPress and isinstance(watched, QWidget):
            mine = watched is self or self.isAncestorOf(watched) or watched is self.list
            if not mine and not self.list.isAncestorOf(watched):
                self.leave()
        return False

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        size = self._key.sizeHint()
        self._key.setGeometry(
            self.width() - size.width() - 6, (self.height() - size.height()) // 2, size.width(), size.height()
        )

    def moveEvent(self, event: QMoveEvent) -> None:
        super().moveEvent(event)
        if self.list.isVisible():
            self._place_list()


class _FoundList(QListWidget):
    """What was found; one line is the one that Enter chooses."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("found")
        self.setAccessibleName("What was found")
        # The keyboard stays in the field.
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setItemDelegate(_FoundLine(self))
        self.hide()

    @property
    def height_px(self) -> int:
        """What it takes to show its lines, or the first of them."""
        return min(self.count(), _ROWS_SHOWN) * _ROW_PX + 2 * self.frameWidth()

    def show_things(self, things: Sequence[Findable]) -> None:
        """Show what was found, or that nothing was."""
        self.clear()
        for thing in things:
            item = QListWidgetItem(thing.words)
            item.setData(_THING, thing)
            item.setToolTip(thing.reason if not thing.enabled else "")
            self.addItem(item)
        if not things:
            self.addItem(QListWidgetItem(_NOTHING))
        self.setCurrentRow(-1)
        self.step(1)

    def step(self, count: int) -> None:
        """Go so many lines on, over what cannot be chosen; from the last line to the first for one step."""
        able = [n for n in range(self.count()) if (thing := self.item(n).data(_THING)) is not None and thing.enabled]
        if not able:
            return
        row = self.currentRow()
        at = (able.index(row) if row in able else -1) + count
        self.setCurrentRow(able[at % len(able) if abs(count) == 1 else min(max(at, 0), len(able) - 1)])


class _FoundLine(QStyledItemDelegate):
    """A line of the list: mark, words, what it is or why it cannot be chosen, keys."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:
        return QSize(0, _ROW_PX)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        thing: Findable | None = index.data(_THING)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = option.rect.adjusted(4, 0, -4, 0)
        if option.state & QStyle.StateFlag.State_Selected:
            _fill(painter, rect, "bg-4")
        elif option.state & QStyle.StateFlag.State_MouseOver and thing is not None and thing.enabled:
            _fill(painter, rect, "bg-3")
        if thing is None:
            _write(painter, option.font, rect.adjusted(8, 0, 0, 0), _NOTHING, "text-3")
        else:
            # The grey of labels would be too faint on the ground of the chosen line.
            quiet = "text-2" if option.state & QStyle.StateFlag.State_Selected else "text-3"
            self._paint_thing(painter, option.font, rect, thing, quiet)
        painter.restore()

    def _paint_thing(self, painter: QPainter, font: QFont, rect: QRect, thing: Findable, quiet: str) -> None:
        top = rect.center().y() - _MARK_PX // 2 + 1
        if thing.colour:
            swatch = swatch_pixmap(thing.colour)
            painter.drawPixmap(rect.left() + 11, rect.center().y() - 4, swatch)
        elif thing.icon_name:
            role = "text-2" if thing.enabled else "text-off"
            icon(thing.icon_name, role).paint(painter, rect.left() + 8, top, _MARK_PX, _MARK_PX)
        inner = rect.adjusted(_WORDS_AT_PX - 4, 0, -8, 0)
        if thing.keys:
            inner.setRight(_write(painter, font, inner, thing.keys, quiet, right=True) - _GAP_PX)
        inner.setLeft(_write(painter, font, inner, thing.words, "text-1" if thing.enabled else "text-off") + _GAP_PX)
        aside = thing.kind if thing.enabled else thing.reason or thing.kind
        if aside and inner.width() > 2 * _GAP_PX:
            _write(painter, font, inner, aside, quiet)


def _fill(painter: QPainter, rect: QRect, role: str) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(theme_colour(role)))
    painter.drawRoundedRect(rect, 4, 4)


def _write(painter: QPainter, font: QFont, rect: QRect, words: str, role: str, *, right: bool = False) -> int:
    """Write a line, cut where it is too long, and return the edge where it ends: its left one if it is on the right."""
    painter.setFont(font)
    painter.setPen(QColor(theme_colour(role)))
    fits = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, rect.width())
    side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
    painter.drawText(rect, side | Qt.AlignmentFlag.AlignVCenter, fits)
    advance = painter.fontMetrics().horizontalAdvance(fits)
    return rect.right() - advance if right else rect.left() + advance
