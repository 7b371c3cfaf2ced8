"""What a view draws again and again, kept as a picture as long as it is the same."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPixmap
from PySide6.QtWidgets import QWidget

from app.qt_painter import draw
from app.representations.primitives import Primitive


class KeptLayer:
    """One layer of a widget's picture.

    What is drawn once and is another the next time, as while slices are scrolled, is drawn straight on the widget: a picture of
    it would only cost time. It is kept from the second time on.

    Parameters
    ----------
    widget : QWidget
        Whose whole area the layer covers.
    """

    def __init__(self, widget: QWidget) -> None:
        self._widget = widget
        self._key: Hashable = None
        self._kept: QPixmap | None = None

    def draw(self, painter: QPainter, key: Hashable, make: Callable[[], Sequence[Primitive]]) -> None:
        """Draw the layer.

        Parameters
        ----------
        painter : QPainter
            Of the widget.
        key : hashable
            Everything that the layer depends on, but for size and pixels of the widget.
        make : callable
            Returns the primitives; asked only where the layer is not kept.
        """
        ratio = self._widget.devicePixelRatioF()
        key = (key, self._widget.size().toTuple(), ratio)
        if key != self._key:
            self.forget()
            draw(painter, make())
            # Only now: what fails on the way is drawn anew the next time.
            self._key = key
            return
        if self._kept is None:
            kept = QPixmap(self._widget.size() * ratio)
            kept.setDevicePixelRatio(ratio)
            kept.fill(Qt.GlobalColor.transparent)
            with QPainter(kept) as inner:
                draw(inner, make())
            self._kept = kept
        painter.drawPixmap(0, 0, self._kept)

    def forget(self) -> None:
        """Draw it anew the next time."""
        self._key, self._kept = None, None
