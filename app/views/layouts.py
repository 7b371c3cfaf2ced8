"""Which views stand where: four at once, one alone, or those of a needle."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

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
    between : mapping of str to QWidget
        What stands between the upper two views of a layout, and beside either where it is alone.
    """

    def __init__(
        self,
        views: Mapping[str, QWidget],
        arrangements: Mapping[str, tuple[str, ...]],
        between: Mapping[str, QWidget],
    ) -> None:
        self._views, self._arrangements, self._between = dict(views), dict(arrangements), dict(between)
        self.grid = QGridLayout()
        self.grid.setSpacing(2)
        self.grid.setContentsMargins(0, 0, 0, 0)
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
        with self._laid_out_once():
            if layout != self.current:
                self.current = layout
                self._place()
            self._see(self.shown)

    def maximise(self, name: str) -> None:
        """Show one view of the layout alone, or all of them again if it already is alone."""
        chosen = self._views[name]
        alone = all(view.isHidden() for view in self.shown if view is not chosen)
        with self._laid_out_once():
            self._see(self.shown if alone else [chosen])

    @contextmanager
    def _laid_out_once(self) -> Iterator[None]:
        """A view that comes back in its old size keeps its scale and the part it looks at: it takes none in between."""
        window = self.shown[0].parentWidget()
        outermost = None if window is None else window.layout()
        if outermost is None:
            yield
            return
        outermost.setEnabled(False)
        try:
            yield
        finally:
            outermost.setEnabled(True)
            outermost.activate()

    def _place(self) -> None:
        shown = self.shown
        for view in self._views.values():
            self.grid.removeWidget(view)
            if view not in shown:
                view.hide()
        for n, view in enumerate(shown):
            row, right = divmod(n, 2)
            beside = right and row == 0 and self.current in self._between
            # Right of the strip, or over its column too where there is none.
            self.grid.addWidget(view, row, 2 if beside else right, 1, 2 if right and not beside else 1)
        for widget in self._between.values():
            widget.hide()
            self.grid.addWidget(widget, 0, 1)
        self._share_out(shown)

    def _see(self, seen: Sequence[QWidget]) -> None:
        """Show some views of the layout, and what belongs between the upper two with either of them."""
        for view in self.shown:
            if view not in seen:
                view.hide()
        self._share_out(seen)
        for layout, widget in self._between.items():
            widget.setVisible(layout == self.current and any(view in seen for view in self.shown[:2]))
        for view in seen:
            view.show()

    def _share_out(self, seen: Sequence[QWidget]) -> None:
        """Give all room to the rows and columns of some views."""
        for n in range(2):
            self.grid.setRowStretch(n, int(any(view in seen for view in self.shown[2 * n : 2 * n + 2])))
            self.grid.setColumnStretch(2 * n, int(any(view in seen for view in self.shown[n::2])))
