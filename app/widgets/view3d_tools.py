"""Tools on the 3D view: what the CT is shown as, what is cut away, standard views, and the view alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QAction, QIcon, QImage, QPixmap
from PySide6.QtWidgets import QGridLayout, QMenu, QToolButton, QWidget, QWidgetAction

from app.widgets.tools_on_view import Groups, ToolsOnView, add_groups

_PICTURE_PX = (132, 99)
_IN_A_ROW = 4

Drawn = Callable[[int, int], QImage | None]


@dataclass(frozen=True, slots=True)
class Direction:
    """A standard view to turn to.

    Attributes
    ----------
    name : str
        Below its picture.
    action : QAction
        Turns the view there.
    teaches : str
        How the patient lies in it, for the tooltip.
    drawn : callable
        Takes width and height in device pixels, and returns the picture; None while there is nothing to show.
    """

    name: str
    action: QAction
    teaches: str
    drawn: Drawn


class View3DTools(ToolsOnView):
    """Buttons at the upper right of the 3D view.

    Parameters
    ----------
    over : QWidget
    volume, cuts : callable
        Groups of actions of the menus on volume and cuts, as they stand now.
    see_through : QAction
    directions : callable
        The standard views, as they stand now.
    maximise : callable
        Shows the view alone, or with the others again.
    """

    def __init__(
        self,
        over: QWidget,
        volume: Groups,
        cuts: Groups,
        see_through: QAction,
        directions: Callable[[], Sequence[Direction]],
        maximise: Callable[[], object],
    ) -> None:
        super().__init__(over)
        self.volume = self.add_menu(
            "box", "Bone or soft tissue of the CT as a volume", lambda menu: add_groups(menu, volume)
        )
        self.see_through = self.add_button("scan-eye", "")
        self.see_through.setCheckable(True)
        self.see_through.clicked.connect(lambda: see_through.trigger())
        self._action = see_through
        # By a method of its own: the connection ends with it, and the action goes on without.
        see_through.changed.connect(self._follow)
        self._follow()
        self.cuts = self.add_menu(
            "slice", "Cut half of it away, or open a wedge along the needle", lambda menu: add_groups(menu, cuts)
        )
        self.views = self.add_menu("rotate-3d", "Turn to a standard view", lambda menu: self._fill(menu, directions()))
        self.directions: dict[str, QToolButton] = {}
        self.alone = self.add_button("maximize-2", "This view alone, or all of them again")
        self.alone.clicked.connect(lambda: maximise())

    def _follow(self) -> None:
        """Look as the action does: on or off, and greyed with its reason."""
        action = self._action
        self.see_through.setChecked(action.isChecked())
        self.see_through.setEnabled(action.isEnabled())
        self.see_through.setToolTip(action.toolTip())
        self.see_through.setAccessibleName(action.text())

    def _fill(self, menu: QMenu, directions: Sequence[Direction]) -> None:
        """Show the standard views; their pictures come one after the other, so that the menu opens at once."""
        page = QWidget()
        grid = QGridLayout(page)
        grid.setContentsMargins(6, 6, 6, 6)
        grid.setSpacing(4)
        self.directions = {}
        for n, direction in enumerate(directions):
            made = _button(direction, menu)
            self.directions[direction.name] = made
            grid.addWidget(made, *divmod(n, _IN_A_ROW))
        shown = QWidgetAction(menu)
        shown.setDefaultWidget(page)
        menu.addAction(shown)
        waiting = [d for d in directions if d.action.isEnabled()]

        def draw_next() -> None:
            if waiting and menu.isVisible():
                direction = waiting.pop(0)
                _show_picture(self.directions[direction.name], direction.drawn)
                later.start(0)

        later = QTimer(page, singleShot=True)
        later.timeout.connect(draw_next)
        later.start(0)


def _button(direction: Direction, menu: QMenu) -> QToolButton:
    made = QToolButton()
    made.setObjectName("standardView")
    made.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
    made.setIconSize(QSize(*_PICTURE_PX))
    blank = QPixmap(*_PICTURE_PX)
    blank.fill(Qt.GlobalColor.black)
    made.setIcon(QIcon(blank))
    made.setText(direction.name)
    made.setEnabled(direction.action.isEnabled())
    tip = direction.action.toolTip()
    made.setToolTip(f"{tip}. {direction.teaches}" if direction.action.isEnabled() else tip)
    made.setAccessibleName(direction.action.text())
    made.clicked.connect(lambda: (menu.close(), direction.action.trigger()))
    return made


def _show_picture(button: QToolButton, drawn: Drawn) -> None:
    ratio = button.devicePixelRatioF()
    image = drawn(round(_PICTURE_PX[0] * ratio), round(_PICTURE_PX[1] * ratio))
    if image is not None:
        picture = QPixmap.fromImage(image)
        picture.setDevicePixelRatio(ratio)
        button.setIcon(QIcon(picture))
