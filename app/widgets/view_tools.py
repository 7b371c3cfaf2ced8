"""Tools on a slice: how the CT is shown, its window, and the view alone. They appear on the view that the mouse is over."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import QFormLayout, QMenu, QWidget, QWidgetAction

from app.view_state import ViewState
from app.widgets.basics import number_box
from app.widgets.tools_on_view import Groups, ToolsOnView, add_groups


class ViewTools(ToolsOnView):
    """Buttons at the upper right of a view.

    Parameters
    ----------
    over : QWidget
        The view, on which they show while the mouse is over it.
    view : ViewState
    look, windows : callable
        Groups of actions of the menus on look and window, as they stand now.
    maximise : callable
        Shows the view alone, or with the others again.
    """

    def __init__(
        self,
        over: QWidget,
        view: ViewState,
        look: Groups,
        windows: Groups,
        maximise: Callable[[], object],
    ) -> None:
        super().__init__(over)
        self._view = view

        def fill_windows(menu: QMenu) -> None:
            add_groups(menu, windows)
            menu.addAction(self._width_and_level(menu))

        self.look = self.add_menu(
            "layers", "Thick slices and what is drawn between voxels", lambda menu: add_groups(menu, look)
        )
        self.window_hu = self.add_menu("contrast", "Window of densities", fill_windows)
        self.alone = self.add_button("maximize-2", "This view alone, or all of them again")
        self.alone.clicked.connect(lambda: maximise())

    def _width_and_level(self, menu: QMenu) -> QAction:
        """Boxes for the numbers of the window."""
        width_hu, level_hu = self._view.window_hu
        self.width_box = number_box(1, 10_000, decimals=0, singleStep=50, value=width_hu, suffix=" HU")
        self.level_box = number_box(-2000, 5000, decimals=0, singleStep=10, value=level_hu, suffix=" HU")

        def take() -> None:
            self._view.set_window(self.width_box.value(), self.level_box.value())

        page = _Numbers()
        form = QFormLayout(page)
        form.setContentsMargins(12, 4, 12, 6)
        for words, box in (("Width", self.width_box), ("Level", self.level_box)):
            box.setAccessibleName(words)
            box.setKeyboardTracking(False)
            box.valueChanged.connect(take)
            form.addRow(words, box)
        action = QWidgetAction(menu)
        action.setDefaultWidget(page)
        return action


class _Numbers(QWidget):
    """Boxes in a menu: Enter ends the number, and does not choose what the menu has first."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            super().keyPressEvent(event)
