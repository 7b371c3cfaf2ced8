"""Tools that appear on the view that the mouse is over, at its upper right."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QMenu, QToolButton, QWidget

from app.theme import icon
from app.tokens import ON_IMAGE

_BETWEEN_PX = 6
_ICON_PX = 16

Groups = Callable[[], list[list[QAction]]]


class ToolsOnView(QWidget):
    """Buttons at the upper right of a view, shown while the mouse is over it or a menu of theirs is open.

    Parameters
    ----------
    over : QWidget
    """

    def __init__(self, over: QWidget) -> None:
        super().__init__(over)
        self._over = over
        self._buttons: list[QToolButton] = []
        self.setObjectName("viewTools")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(2, 2, 2, 2)
        layout.setSpacing(0)
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
        return any(made.menu().isVisible() for made in self._buttons if made.menu() is not None)

    def _place(self) -> None:
        self.move(self._over.width() - self.width() - _BETWEEN_PX, _BETWEEN_PX)
        self.raise_()

    def add_button(self, icon_name: str, tooltip: str) -> QToolButton:
        """Add a button on the right of those that are there."""
        made = QToolButton()
        # On the image, which is dark in every theme.
        made.setIcon(icon(icon_name, theme=ON_IMAGE))
        made.setIconSize(QSize(_ICON_PX, _ICON_PX))
        made.setToolTip(tooltip)
        made.setAccessibleName(tooltip)
        made.setAutoRaise(True)
        layout = self.layout()
        assert layout is not None
        layout.addWidget(made)
        self._buttons.append(made)
        self.adjustSize()
        return made

    def add_menu(self, icon_name: str, tooltip: str, fill: Callable[[QMenu], object]) -> QToolButton:
        """Add a button whose menu is filled whenever it opens."""
        made = self.add_button(icon_name, tooltip)
        made.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(made)
        menu.setToolTipsVisible(True)
        menu.aboutToShow.connect(lambda: (menu.clear(), fill(menu)))
        menu.aboutToHide.connect(lambda: None if self._over.underMouse() else self.hide())
        made.setMenu(menu)
        return made


def add_groups(menu: QMenu, groups: Groups) -> None:
    """Add groups of actions to a menu, as they stand now."""
    for actions in groups():
        menu.addActions(actions)
        menu.addSeparator()
