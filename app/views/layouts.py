"""Which views stand where: four at once, a large one beside three, one alone, those of a needle, two plans, or two CTs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from PySide6.QtWidgets import QGridLayout, QWidget

from app.representations.slice_plane import NeedlePlane, Plane

FOUR, CONVENTIONAL, NEEDLE, PLANS, CTS = "four", "conventional", "needle", "plans", "cts"
ARRANGEMENTS = {
    FOUR: (Plane.AXIAL.value, "3d", Plane.CORONAL.value, Plane.SAGITTAL.value),
    CONVENTIONAL: (Plane.AXIAL.value, Plane.CORONAL.value, Plane.SAGITTAL.value, "3d"),
    PLANS: ("axial", "other axial", "coronal", "other coronal"),
    CTS: ("axial", "ct axial", "coronal", "ct coronal"),
    NEEDLE: (NeedlePlane.ALONG_A.value, NeedlePlane.ALONG_B.value, NeedlePlane.ACROSS.value, "3d"),
}
"""Of each layout of the window the names of its views, in the order of `ViewLayouts`."""
_MOST_ROWS = 3
_LARGE_SHARE = 2


class ViewLayouts:
    """Arranges views in a grid: two by two, or the first large on the left and the others in a column beside it.

    Attributes
    ----------
    grid : QGridLayout
    current : str
        ``four``, ``conventional``, ``needle``, ``plans`` or ``cts``.

    Parameters
    ----------
    views : mapping of str to QWidget
        All views, by their names.
    arrangements : mapping of str to tuple of str
        Of each layout the names of its views: upper left, upper right, lower left, lower right; of the conventional one the
        large one, then the others from above.
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
            self.grid.addWidget(view, *self._cell(n))
        for widget in self._between.values():
            widget.hide()
            self.grid.addWidget(widget, 0, 1)
        self._share_out(shown)

    def _cell(self, n: int) -> tuple[int, int, int, int]:
        """Row, column, rows and columns of a view of the layout."""
        if self.current == CONVENTIONAL:
            return (0, 0, len(self.shown) - 1, 2) if n == 0 else (n - 1, 2, 1, 1)
        row, right = divmod(n, 2)
        beside = right and not row and self.current in self._between
        # Right of the strip, or over its column too where there is none.
        return row, 2 if beside else right, 1, 2 if right and not beside else 1

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
        seen_cells = [self._cell(n) for n, view in enumerate(self.shown) if view in seen]
        for row in range(_MOST_ROWS):
            self.grid.setRowStretch(row, int(any(top <= row < top + rows for top, _, rows, _ in seen_cells)))
        large = _LARGE_SHARE if self.current == CONVENTIONAL else 1
        for column, share in ((0, large), (2, 1)):
            self.grid.setColumnStretch(column, share if any(self._column(cell) == column for cell in seen_cells) else 0)

    @staticmethod
    def _column(cell: tuple[int, int, int, int]) -> int:
        """The column that gives a view its width: the first or the last, for the strip stands between them."""
        return 0 if cell[1] == 0 else 2
