"""Tools on a slice: how the CT is shown, its window, and the view alone. They appear on the view that the mouse is over."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import QFormLayout, QHBoxLayout, QMenu, QToolButton, QWidget, QWidgetAction

from app.theme import icon
from app.tokens import ON_IMAGE
from app.view_state import ViewState
from app.widgets.basics import number_box

_BETWEEN_PX = 6
_ICON_PX = 16


class ViewTools(QWidget):
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
        look: Callable[[], list[list[QAction]]],
        windows: Callable[[], list[list[QAction]]],
        maximise: Callable[[], object],
    ) -> None:
        super().__init__(over)
        self._over, self._view = over, view
        self.setObjectName("viewTools")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(2, 2, 2, 2)
        layout.setSpacing(0)
        self.look = self._with_menu("layers", "Thick slices and what is drawn between voxels", look)
        self.window_hu = self._with_menu("contrast", "Window of densities", windows, self._width_and_level)
        self.alone = self._button("maximize-2", "This view alone, or all of them again")
        self.alone.clicked.connect(lambda: maximise())
        for made in (self.look, self.window_hu, self.alone):
            layout.addWidget(made)
        self.adjustSize()
        self.hide()
        over.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Enter:
            self._place()
            self.show()
        elif event.type() is QEvent.Type.Leave and not self._menu_is_open:
            self.hide()
        elif event.type() is QEvent.Type.Resize:
            self._place()
        return super().eventFilter(watched, event)

    @property
    def _menu_is_open(self) -> bool:
        return any(made.menu().isVisible() for made in (self.look, self.window_hu))

    def _place(self) -> None:
        self.move(self._over.width() - self.width() - _BETWEEN_PX, _BETWEEN_PX)
        self.raise_()

    def _button(self, icon_name: str, tooltip: str) -> QToolButton:
        made = QToolButton()
        # On the image, which is dark in every theme.
        made.setIcon(icon(icon_name, theme=ON_IMAGE))
        made.setIconSize(QSize(_ICON_PX, _ICON_PX))
        made.setToolTip(tooltip)
        made.setAccessibleName(tooltip)
        made.setAutoRaise(True)
        return made

    def _with_menu(
        self,
        icon_name: str,
        tooltip: str,
        groups: Callable[[], list[list[QAction]]],
        below: Callable[[QMenu], QAction] | None = None,
    ) -> QToolButton:
        made = self._button(icon_name, tooltip)
        made.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(made)

        def fill() -> None:
            menu.clear()
            for actions in groups():
                menu.addActions(actions)
                menu.addSeparator()
            if below is not None:
                menu.addAction(below(menu))

        menu.aboutToShow.connect(fill)
        menu.aboutToHide.connect(lambda: None if self._over.underMouse() else self.hide())
        made.setMenu(menu)
        return made

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
