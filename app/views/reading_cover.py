"""What stands over the views while a CT is read: its first slice, plainly marked, of which nothing can be planned."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPoint, QRectF, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QWidget

from app.contained import contained_paint
from app.qt_painter import draw
from app.representations.primitives import Label
from app.representations.windows import windowed
from app.tokens import ON_IMAGE, theme_colour

if TYPE_CHECKING:
    from imaging.dicom import Glance

WORDS = "Reading…  Nothing can be planned until the whole CT was read and checked."
# As much as slices of a new CT show.
_WHOLE_MM = 330.0
_BESIDE = 1.4


class ReadingCover(QWidget):
    """Covers the views, so that neither what was shown before nor the slice itself can be clicked.

    Parameters
    ----------
    slice_view : QWidget
        Where the slice is shown, as far as it is seen; else in the middle.
    """

    def __init__(self, slice_view: QWidget) -> None:
        super().__init__()
        self._slice_view = slice_view
        self._grey: QImage | None = None
        self._size_mm = (0.0, 0.0)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName("CT being read")
        self.hide()

    def show_slice(self, glance: Glance, window_hu: tuple[float, float]) -> None:
        """Cover the views with a slice.

        Parameters
        ----------
        glance : Glance
        window_hu : tuple of float
            Width and level.
        """
        grey = np.ascontiguousarray(windowed(glance.hu, *window_hu))
        rows, columns = grey.shape
        # A copy outlives the array.
        self._grey = QImage(grey.data, columns, rows, columns, QImage.Format.Format_Grayscale8).copy()
        self._size_mm = columns * glance.pixel_mm[0], rows * glance.pixel_mm[1]
        self.show()
        self.update()

    def end(self) -> None:
        """Show the views again."""
        self._grey = None
        self.hide()

    @contained_paint
    def paintEvent(self, painter: QPainter) -> None:
        painter.fillRect(self.rect(), Qt.GlobalColor.black)
        if self._grey is None:
            return
        area = self._area()
        mm_per_px = _WHOLE_MM / max(min(area.width(), area.height() * _BESIDE), 100)
        width_px, height_px = (length / mm_per_px for length in self._size_mm)
        shown = QRectF(0, 0, width_px, height_px)
        shown.moveCenter(area.center())
        painter.save()
        painter.setClipRect(area)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(shown, self._grey)
        painter.restore()
        words = Label(
            text=WORDS, x_px=area.center().x(), y_px=area.top() + 20, colour=theme_colour("text-1", ON_IMAGE),
            anchor="centre", plate=0.72, size_px=13,
        )  # fmt: skip
        draw(painter, [words])

    def _area(self) -> QRectF:
        """The place of the axial view."""
        view = self._slice_view
        if not view.isVisible():
            return QRectF(self.rect())
        corner = self.mapFromGlobal(view.mapToGlobal(QPoint(0, 0)))
        return QRectF(corner.x(), corner.y(), view.width(), view.height())
