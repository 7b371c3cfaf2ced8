"""Edits of the selected structure that ask for something first: a margin, a range of densities, another structure."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDoubleSpinBox, QGridLayout, QVBoxLayout, QWidget

from app.controllers.editing import edit_in_background
from app.controllers.session import Session
from app.panels.structure_combo import StructureCombo
from app.widgets.basics import button, number_box, row, text
from imaging.labels import Mask
from imaging.progress import Progress
from imaging.segmentation.margin import Clearance, Margin, with_margin
from imaging.segmentation.morphology import Combination, combine, painted, threshold
from planning.model import Structure
from planning.quantities import MINUS, length_text

_MOST_CLEARANCES = 4
_DISTANCE_PX, _DENSITY_PX = 96, 116


class EditOptions(QWidget):
    """What one edit asks for.

    Parameters
    ----------
    session : Session

    Signals
    -------
    changed()
        Something that is asked for differs.
    """

    changed = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.lines = QVBoxLayout(self)
        self.lines.setContentsMargins(0, 0, 0, 0)
        self.lines.setSpacing(6)

    def selected(self) -> Structure | None:
        """Return the selected structure."""
        case = self._session.case
        return None if case is None else case.find(self._session.view.selected)

    def others(self) -> list[Structure]:
        """Return all structures but the selected one."""
        case = self._session.case
        return [] if case is None else [s for s in case.structures if s.id != self._session.view.selected]

    def refresh(self) -> None:
        """Show what fits the selected structure."""

    def result(self) -> Callable[[], Mask] | None:
        """Return what works out the shape that the edit would leave, in any thread; None where nothing tells it yet."""
        return None


class MarginOptions(EditOptions):
    """A margin in true millimetres, within one structure and clear of others; what was achieved is shown."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.margin = number_box(minimum=-20, maximum=40, singleStep=0.5, decimals=1, suffix=" mm")
        self.margin.setValue(5)
        self.margin.setToolTip("True millimetres on slices of any thickness; below 0 shrinks the structure")
        self.margin.valueChanged.connect(self.changed)
        self.within = StructureCombo("anything")
        self.within.currentIndexChanged.connect(self.changed)
        self.within.setToolTip("The result does not leave this structure: bone, for a margin that ends at its outside")
        self.grow = button("Apply", self._apply)
        self.grow.setToolTip("Give the structure this margin; what was achieved is told")
        # One grid, so that fields stand below each other.
        self._fields = QGridLayout()
        self._fields.setHorizontalSpacing(8)
        self._fields.setVerticalSpacing(6)
        self._fields.setColumnStretch(1, 1)
        self._fields.addWidget(text("Margin", "label"), 0, 0)
        self._fields.addWidget(self.margin, 0, 1)
        self._fields.addWidget(self.grow, 0, 2)
        self._fields.addWidget(text("Within", "label"), 1, 0)
        self._fields.addWidget(self.within, 1, 1, 1, 2)
        self._clearances: list[tuple[StructureCombo, QDoubleSpinBox]] = []
        self._told = text("", "secondary", wrap=True)
        self._told_of: object = None
        self._add_clearance()
        self.lines.addLayout(self._fields)
        self.lines.addWidget(self._told)

    def refresh(self) -> None:
        structure = self.selected()
        self.grow.setEnabled(structure is not None and not structure.locked)
        self.within.offer([s for s in self.others() if isinstance(s.shape, Mask)])
        for which, _ in self._clearances:
            which.offer(self.others())
        shown = structure is not None and structure.shape is self._told_of
        self._told.setVisible(shown)

    def clear_of(self, n: int, structure_id: str, distance_mm: float) -> None:
        """Keep clear of a structure, in the n-th line."""
        which, distance = self._clearances[n]
        which.choose(structure_id)
        distance.setValue(distance_mm)

    def _add_clearance(self) -> None:
        """Add a line; as soon as it is used another one follows."""
        which = StructureCombo("nothing")
        which.setToolTip("The margin stays so far away from it; by 0 mm it only leaves it out")
        distance = number_box(minimum=0, maximum=40, singleStep=0.5, decimals=1, prefix="by ", suffix=" mm")
        distance.setFixedWidth(_DISTANCE_PX)
        distance.setEnabled(False)
        line = 2 + len(self._clearances)
        self._clearances.append((which, distance))
        self._fields.addWidget(text("Clear of", "label"), line, 0)
        self._fields.addWidget(which, line, 1)
        self._fields.addWidget(distance, line, 2)
        which.offer(self.others())

        def changed() -> None:
            distance.setEnabled(bool(which.chosen))
            used = [bool(w.chosen) for w, _ in self._clearances]
            if all(used) and len(used) < _MOST_CLEARANCES:
                self._add_clearance()

        which.currentIndexChanged.connect(changed)
        which.currentIndexChanged.connect(self.changed)
        distance.valueChanged.connect(self.changed)

    def result(self) -> Callable[[], Mask] | None:
        make = self._margin()
        return None if make is None else lambda: make().mask

    def _margin(self) -> Callable[[], Margin] | None:
        """What works out the margin that is asked for."""
        structure, case = self.selected(), self._session.case
        if structure is None or case is None or not isinstance(structure.shape, Mask):
            return None
        mask, margin_mm = structure.shape, self.margin.value()
        inside = case.find(self.within.chosen)
        within = inside.shape if inside is not None and isinstance(inside.shape, Mask) else None
        clear = [
            Clearance(case.structure(which.chosen).shape, distance.value())
            for which, distance in self._clearances
            if which.chosen
        ]
        return lambda: with_margin(mask, margin_mm, clear_of=clear, within=within)

    def _apply(self) -> None:
        structure, make, margin_mm = self.selected(), self._margin(), self.margin.value()
        if structure is None or make is None:
            return
        made: list[Margin] = []

        def work(_: Progress) -> Mask:
            made.append(make())
            return made[0].mask

        def done() -> None:
            self._told_of = made[0].mask
            self._told.setText(achieved_text(made[0], margin_mm, structure.name))
            self.refresh()

        edit_in_background(self._session, f"Margin of {structure.name}", structure, work, done)


def achieved_text(made: Margin, margin_mm: float, name: str) -> str:
    """Return what a margin achieved, in words."""
    words = f"Achieved {length_text(made.achieved_mm)} on average"
    if margin_mm < 0:
        return f"{words}."
    if made.least_mm < 0:
        return f"{words}; up to {length_text(-made.least_mm)} of {name} itself were cut away."
    return f"{words}, {length_text(made.least_mm)} where it is narrowest."


class RangeOptions(EditOptions):
    """Keep the voxels of some densities."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.low, self.high = (
            number_box(minimum=-1024, maximum=4000, singleStep=10, decimals=0, prefix=prefix, suffix=" HU")
            for prefix in ("from ", "to ")
        )
        for box in (self.low, self.high):
            box.setFixedWidth(_DENSITY_PX)
            box.valueChanged.connect(self.changed)
        self.low.setValue(-50)
        self.high.setValue(300)
        self.keep = button("Keep", self._apply)
        self.keep.setToolTip("Keep only the voxels of these densities")
        self.lines.addLayout(row(self.low, self.high, self.keep, 1))

    def refresh(self) -> None:
        structure = self.selected()
        self.keep.setEnabled(structure is not None and not structure.locked)

    def result(self) -> Callable[[], Mask] | None:
        structure, volume = self.selected(), self._session.volume
        if structure is None or volume is None or not isinstance(structure.shape, Mask):
            return None
        mask, low_hu, high_hu = structure.shape, self.low.value(), self.high.value()
        return lambda: threshold(volume, low_hu, high_hu, mask)

    def _apply(self) -> None:
        structure, make = self.selected(), self.result()
        if structure is None or make is None:
            return
        words = f"Keep {self.low.value():.0f} to {self.high.value():.0f} HU of {structure.name}".replace("-", MINUS)
        edit_in_background(self._session, words, structure, lambda _: make())


_COMBINATIONS: tuple[tuple[str, str, Combination, str], ...] = (
    ("Add", "Add {} to {}", "union", "The selected structure gains the voxels of the other one"),
    ("Keep overlap", "Keep what {} shares with {}", "intersection", "Only what both have stays"),
    ("Take away", "Take {} from {}", "difference", "The selected structure loses the voxels of the other one"),
)


class CombineOptions(EditOptions):
    """The selected structure with another one; the other one stays as it is."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.other = StructureCombo("Choose the other structure")
        self.other.currentIndexChanged.connect(lambda _: self.refresh())
        self.acts = {}
        for words, name, how, tip in _COMBINATIONS:
            act = button(words, lambda name=name, how=how: self._apply(name, how))
            act.setProperty("dense", True)
            act.setToolTip(tip)
            self.acts[how] = act
        self.lines.addWidget(self.other)
        self.lines.addLayout(row(*self.acts.values(), 1, spacing=4))

    def refresh(self) -> None:
        structure = self.selected()
        self.other.offer(self.others())
        for act in self.acts.values():
            act.setEnabled(bool(self.other.chosen) and structure is not None and not structure.locked)

    def _apply(self, name: str, how: Combination) -> None:
        structure, case = self.selected(), self._session.case
        other = None if case is None else case.find(self.other.chosen)
        if structure is None or other is None or not isinstance(structure.shape, Mask):
            return
        mask, shape = structure.shape, other.shape
        edit_in_background(
            self._session, name.format(other.name, structure.name), structure,
            lambda _: combine(mask, painted(shape, mask.grid), how),
        )  # fmt: skip


def all_options(session: Session) -> Sequence[tuple[str, str, EditOptions]]:
    """Return the edits that ask for something first: words, tooltip, and what they ask for."""
    return (
        ("Margin…", "Grow or shrink it, within one structure and clear of others", MarginOptions(session)),
        ("HU range…", "Keep only its voxels of some densities", RangeOptions(session)),
        (
            "Combine…",
            "Add another structure, keep what both share, or take the other one away",
            CombineOptions(session),
        ),
    )
