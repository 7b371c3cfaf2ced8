"""A second window with views of its own on the same case, for another screen."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.controllers.session import Session
from app.representations.slice_plane import Plane
from app.views.layouts import CONVENTIONAL, FOUR, ViewLayouts
from app.views.slice_view import SliceView, ToolHolder
from app.views.view3d import View3D

_LAYOUTS = {
    CONVENTIONAL: ("3d", Plane.AXIAL.value, Plane.CORONAL.value, Plane.SAGITTAL.value),
    FOUR: (Plane.AXIAL.value, "3d", Plane.CORONAL.value, Plane.SAGITTAL.value),
}


class SecondWindow(QWidget):
    """A large 3D view beside three slices; crosshair, window, selection and the tool in the hand are those of the first window.

    Parameters
    ----------
    session : Session
    holder : ToolHolder
    keys : QWidget
        The first window, whose keys work here too.

    Attributes
    ----------
    slices : dict of Plane to SliceView
    view3d : View3D
    layouts : ViewLayouts

    Signals
    -------
    closed()
    """

    closed = Signal()

    def __init__(self, session: Session, holder: ToolHolder, keys: QWidget) -> None:
        super().__init__()
        self._keys = keys
        self.setObjectName("centre")
        self.setWindowTitle("sacroplan, second window")
        self.slices = {plane: SliceView(plane, session, holder, self) for plane in Plane}
        self.view3d = View3D(session, holder, self)
        views: dict[str, QWidget] = {view.name: view for view in self.slices.values()}
        self.layouts = ViewLayouts(views | {"3d": self.view3d}, _LAYOUTS, {})
        self.layouts.show(CONVENTIONAL)
        for view in (*self.slices.values(), self.view3d):
            view.maximise.connect(self.layouts.maximise)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(self.layouts.grid)
        # The same keys work in both windows.
        self.addActions(keys.actions())

    def centre(self) -> None:
        """Have every view show the whole again."""
        for view in self.slices.values():
            view.reset()
        self.view3d.reset()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        self._keys.keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Free the graphics memory, and tell."""
        self.view3d.shut()
        self.closed.emit()
        super().closeEvent(event)
