"""Change the selected structure as a whole, and what it measures."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QPushButton

from app.controllers.session import Session
from app.widgets.basics import Section, button, number_box, row, text
from imaging.labels import Mask
from imaging.measurements import densities, slice_axes, surface_distance_mm
from imaging.progress import Progress
from imaging.segmentation import morphology
from imaging.segmentation.interpolate import fill_between
from imaging.segmentation.margin import Margin, with_margin
from imaging.segmentation.mirror import mirrored, symmetry_of
from imaging.segmentation.nerve_path import along_fat
from imaging.structures import BONES, Side, StructureKind, Tube
from planning.model import Structure
from planning.model.naming import make_structure
from planning.operations.structures import put_structure, reshape_structure
from planning.quantities import length_text

_SMOOTHING_MM = 1.5
# Densities and distances of whole-body structures take seconds and tell nothing.
_UNMEASURED = BONES | {StructureKind.SKIN}


class EditSection(Section):
    """Shown while a structure is selected; every button works in the background and is one step of undo."""

    def __init__(self, session: Session) -> None:
        super().__init__("Change")
        self._session = session
        self._measured: tuple[Structure, str] | None = None
        self._measuring: Structure | None = None
        self.margin = number_box(minimum=-20, maximum=40, singleStep=0.5, decimals=1, suffix=" mm")
        self.margin.setValue(5)
        self.margin.setToolTip(
            "Grows the structure by true millimetres on slices of any thickness; below 0 shrinks it."
        )
        self.grow = self._button(
            "Margin", self._add_margin, "Grow or shrink by so many millimetres; what was achieved is told"
        )
        self.smooth = self._button("Smooth", lambda: self._edit("Smooth", lambda m: morphology.smooth(m, _SMOOTHING_MM)),
                                   "Smooth the surface; the volume stays the same")  # fmt: skip
        self.largest = self._button("Largest piece", lambda: self._edit("Keep largest piece of", morphology.keep_largest),
                                    "Remove every island but the largest")  # fmt: skip
        self.holes = self._button("Fill holes", lambda: self._edit("Fill holes of", morphology.fill_holes),
                                  "Fill what the structure encloses on all sides")  # fmt: skip
        self.between = self._button("Between slices", lambda: self._edit("Fill between slices of", fill_between),
                                    "Paint every few slices; those between are filled by shape")  # fmt: skip
        self.mirror = self._button(
            "Mirror", self._mirror, "Copy a root to the other side, about the body's own midline; unconfirmed"
        )
        self.follow = self._button("Through fat", self._follow, "Lead the nerve through fat between its points")
        self._painted = (self.grow, self.margin, self.smooth, self.largest, self.holes, self.between)
        self._facts = text("", "label", wrap=True)
        self.add(row(self.grow, self.margin, self.mirror, self.follow, 1, spacing=4))
        self.add(row(self.smooth, self.largest, 1, spacing=4))
        self.add(row(self.holes, self.between, 1, spacing=4))
        self.add(self._facts)

    def refresh(self) -> None:
        """Show what fits the selected structure."""
        structure = self._selected()
        self.setVisible(structure is not None)
        if structure is None:
            return
        self.aside.setText(f"{structure.name}{', locked' if structure.locked else ''}")
        painted = isinstance(structure.shape, Mask)
        for widget in self._painted:
            widget.setVisible(painted)
            widget.setEnabled(not structure.locked)
        self.mirror.setVisible(structure.side is not None)
        self.follow.setVisible(not painted)
        self.follow.setEnabled(not structure.locked)
        self._measure(structure)

    def _selected(self) -> Structure | None:
        case = self._session.case
        return None if case is None else case.find(self._session.view.selected)

    @staticmethod
    def _button(words: str, act: Callable[[], None], tip: str) -> QPushButton:
        made = button(words, act)
        made.setProperty("dense", True)
        made.setToolTip(tip)
        return made

    def _edit(self, words: str, edit: Callable[[Mask], Mask]) -> None:
        structure = self._selected()
        if structure is None or not isinstance(structure.shape, Mask):
            return
        mask = structure.shape
        self._apply(f"{words} {structure.name}", structure, lambda _: edit(mask))

    def _apply(self, words: str, structure: Structure, work: Callable[[Progress], Mask | Tube]) -> None:
        def done(shape: Mask | Tube) -> None:
            self._session.apply(words, lambda case: reshape_structure(case, structure.id, shape))

        self._session.jobs.batch(words, work, done)

    def _add_margin(self) -> None:
        structure, margin_mm = self._selected(), self.margin.value()
        if structure is None or not isinstance(structure.shape, Mask):
            return
        mask, words = structure.shape, f"Margin of {structure.name}"

        def done(made: Margin) -> None:
            if self._session.apply(words, lambda case: reshape_structure(case, structure.id, made.mask)):
                self.grow.setToolTip(f"Achieved {length_text(made.achieved_mm)} on average")
                self.aside.setText(f"{structure.name}, achieved {made.achieved_mm:+.1f} mm")

        self._session.jobs.batch(words, lambda _: with_margin(mask, margin_mm), done)

    def _mirror(self) -> None:
        structure, volume = self._selected(), self._session.volume
        if structure is None or structure.side is None or volume is None:
            return
        other = Side.LEFT if structure.side is Side.RIGHT else Side.RIGHT

        def work(_: Progress) -> Structure:
            shape = mirrored(structure.shape, symmetry_of(volume))
            return make_structure(structure.kind, shape, level=structure.level, side=other,
                                  origin=f"{structure.name} mirrored", confirmed=False)  # fmt: skip

        def done(made: Structure) -> None:
            self._session.apply(f"Mirror {structure.name}", lambda case: put_structure(case, made))

        self._session.jobs.batch(f"Mirror {structure.name}", work, done)

    def _follow(self) -> None:
        structure, volume = self._selected(), self._session.volume
        if structure is None or volume is None or not isinstance(structure.shape, Tube):
            return
        tube = structure.shape
        self._apply(
            f"Lead {structure.name} through fat", structure,
            lambda _: along_fat(volume, tube.points_mm, tube.radii_mm),
        )  # fmt: skip

    def _measure(self, structure: Structure) -> None:
        """Show what the structure measures, as soon as it is known."""
        case, volume = self._session.case, self._session.volume
        if self._measured is not None and self._measured[0] == structure:
            self._facts.setText(self._measured[1])
            return
        if case is None or volume is None or structure.kind in _UNMEASURED:
            self._facts.setText("")
            return
        if self._measuring == structure:
            return
        self._measuring = structure
        others = [s for s in case.structures if s.id != structure.id and s.kind not in _UNMEASURED]

        def work(_: Progress) -> str:
            words = []
            if isinstance(structure.shape, Mask):
                axes = slice_axes(structure.shape)
                words.append(f"{axes.long_mm:.0f} × {axes.short_mm:.0f} mm in its widest slice")
            else:
                words.append(f"{structure.shape.length_mm:.0f} mm long")
            hu = densities(volume, structure.shape)
            if hu is not None:
                words.append(f"{hu.mean:.0f} ± {hu.deviation:.0f} HU")
            near = min(((surface_distance_mm(structure.shape, s.shape), s.name) for s in others), default=None)
            if near is not None:
                words.append(f"touches {near[1]}" if near[0] == 0 else f"{near[0]:.1f} mm to {near[1]}")
            return ", ".join(words)

        def done(words: str) -> None:
            self._measured, self._measuring = (structure, words), None
            if self._selected() == structure:
                self._facts.setText(words)

        self._session.jobs.interactive("measure", "Measuring", work, done, lambda _: None)
