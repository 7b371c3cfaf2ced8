"""Which views stand where: four at once, one alone, or those of a needle."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtWidgets import QGridLayout, QWidget

FOUR, NEEDLE = "four", "needle"


class ViewLayouts:
    """Arranges views in a grid of two by two.

    Attributes
    ----------
    grid : QGridLayout
    current : str
        ``four`` or ``needle``.

    Parameters
    ----------
    views : mapping of str to QWidget
        All views, by their names.
    arrangements : mapping of str to tuple of str
        Of each layout the names of its views: upper left, upper right, lower left, lower right.
    """

    def __init__(self, views: Mapping[str, QWidget], arrangements: Mapping[str, tuple[str, ...]]) -> None:
        self._views, self._arrangements = dict(views), dict(arrangements)
        self.grid = QGridLayout()
        self.grid.setSpacing(2)
        self.grid.setContentsMargins(0, 0, 0, 0)
        for n in range(2):
            self.grid.setRowStretch(n, 1)
            self.grid.setColumnStretch(n, 1)
        self.current = FOUR
        self._place()

    @property
    def shown(self) -> list[QWidget]:
        """The views of the layout, also those that one shown alone hides."""
        return [self._views[name] for name in self._arrangements[self.current]]

    @property
    def first(self) -> str:
        """Name of the layout's first view."""
        return self._arrangements[self.current][0]

    def show(self, layout: str) -> None:
        """Show all views of a layout."""
        if layout != self.current:
            self.current = layout
            self._place()
        for view in self.shown:
            view.show()

    def _place(self) -> None:
        shown = self.shown
        for view in self._views.values():
            self.grid.removeWidget(view)
            if view not in shown:
                view.hide()
        for n, view in enumerate(shown):
            self.grid.addWidget(view, n // 2, n % 2)

    def maximise(self, name: str) -> None:
        """Show one view of the layout alone, or all of them again if it already is alone."""
        chosen = self._views[name]
        alone = all(view.isHidden() for view in self.shown if view is not chosen)
        for view in self.shown:
            view.setVisible(alone or view is chosen)
