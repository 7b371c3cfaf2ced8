"""A slice beside that of the plan in hand: of another plan, or of another CT. It shows, and edits nothing."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from app.controllers.session import Session
from app.representations.slice_plane import Plane
from app.views.slice_view import Lens, SliceView, ToolHolder


class BesideView(SliceView):
    """It shows, and moves the crosshair; what is edited stands in the view beside it.

    Parameters
    ----------
    plane : Plane
    session : Session
    holder : ToolHolder
    lens : Lens
        Of the view it stands beside, so that both show the same part as large.
    parent : QWidget, optional
    """

    def __init__(
        self, plane: Plane, session: Session, holder: ToolHolder, lens: Lens, parent: QWidget | None = None
    ) -> None:
        super().__init__(plane, session, holder, parent, lens=lens)

    @property
    def takes_tool(self) -> bool:
        return False

    def reset(self) -> None:
        """Centre the view on the crosshair; its scale is that of the view it stands beside."""
        self._middle_mm = np.array(self._view.crosshair_mm)
        self._show_framed()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self._go(event)
        else:
            super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._go(event)
        else:
            super().mouseMoveEvent(event)

    def _go(self, event: QMouseEvent) -> None:
        if self.frame is not None:
            self._view.set_crosshair(self.slice_event(event).lps_mm)
