"""Change the selected structure as a whole, and what it measures."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PySide6.QtWidgets import QPushButton, QWidget

from app.controllers.drafts import Drafts
from app.controllers.editing import edit_in_background
from app.controllers.session import Session
from app.panels.edit_options import EditOptions, all_options
from app.widgets.basics import Section, button, row, text
from imaging.errors import ImagingError
from imaging.labels import Mask
from imaging.measurements import densities, slice_axes, surface_distance_mm
from imaging.progress import Progress
from imaging.segmentation import morphology
from imaging.segmentation.interpolate import fill_between
from imaging.segmentation.mirror import mirrored, symmetry_of
from imaging.segmentation.nerve_path import along_fat
from imaging.structures import SPANNING_BODY, Side, Tube
from planning.model import Structure
from planning.model.naming import make_structure
from planning.operations.structures import put_structure
from planning.quantities import MINUS

_SMOOTHING_MM = 1.5


def _smoothed(mask: Mask) -> Mask:
    """On coarse voxels by one of them: less would change nothing."""
    return morphology.smooth(mask, max(_SMOOTHING_MM, float(np.median(mask.grid.spacing_ijk_mm))))


def _filled_between(mask: Mask) -> Mask:
    """Between axial slices, or between coronal or sagittal ones if it was drawn in these."""
    for axis in (0, 1):
        try:
            return fill_between(mask, axis)
        except ImagingError:
            continue
    return fill_between(mask, 2)


class EditSection(Section):
    """Shown while a structure is selected; every button works in the background and is one step of undo."""

    def __init__(self, session: Session) -> None:
        super().__init__("Change")
        self._session = session
        self._measured: tuple[Structure, str] | None = None
        self._measuring: Structure | None = None
        self._painted = QWidget()
        self.options = dict[QPushButton, EditOptions]()
        for words, tip, options in all_options(session):
            self.options[self._opener(words, tip)] = options
        self.margin, self.range, self.combine = self.options.values()
        self.pieces = self._button(
            "Pieces", self._choose_pieces,
            "Click on the piece that is to stay, with Shift on one that is to go (K)",
        )  # fmt: skip
        self.pieces.setCheckable(True)
        self.smooth = self._button("Smooth", lambda: self._edit("Smooth", _smoothed),
                                   "Smooth the surface; the volume stays the same")  # fmt: skip
        self.largest = self._button("Largest piece", lambda: self._edit("Keep largest piece of", morphology.keep_largest),
                                    "Remove every island but the largest")  # fmt: skip
        self.holes = self._button("Fill holes", lambda: self._edit("Fill holes of", morphology.fill_holes),
                                  "Fill what the structure encloses on all sides")  # fmt: skip
        self.between = self._button("Between slices", lambda: self._edit("Fill between slices of", _filled_between),
                                    "Paint every few slices; those between are filled by shape")  # fmt: skip
        self.mirror = self._button("Mirror", self._mirror, "")
        self.follow = self._button("Through fat", self._follow, "Lead the nerve through fat between its points")
        self._facts = text("", "label", wrap=True)
        self._openers = QWidget()
        self._openers.setLayout(row(*self.options, self.pieces, 1, spacing=4))
        self.add(self._openers)
        self._drafts = Drafts(session, self)
        self._drafted = text("", "label", wrap=True)
        self._drafts.told.connect(self._tell_draft)
        self._drafted_of: object = None
        session.view.stepped.connect(lambda _: self._leave())
        for options in self.options.values():
            options.hide()
            options.changed.connect(self._draft)
            self.add(options)
        self.add(self._drafted)
        self._drafted.hide()
        self._quick = QWidget()
        self._quick.setLayout(row(self.smooth, self.holes, self.largest, 1, spacing=4))
        self.add(self._quick)
        self.add(row(self.between, self.follow, self.mirror, 1, spacing=4))
        self.add(self._facts)

    def refresh(self) -> None:
        """Show what fits the selected structure."""
        structure = self._selected()
        self.setVisible(structure is not None)
        if structure is None:
            self._follow_draft(None)
            return
        self.aside.setText(f"{structure.name}{', locked' if structure.locked else ''}")
        painted = isinstance(structure.shape, Mask)
        for widget in (self._openers, self._quick, self.between):
            widget.setVisible(painted)
        for act in (self.pieces, self.smooth, self.holes, self.largest, self.between, self.follow):
            act.setEnabled(not structure.locked)
        for opener, options in self.options.items():
            options.setVisible(painted and opener.isChecked())
            options.refresh()
        self._follow_draft(structure)
        self.pieces.setChecked(self._session.view.tool == "piece")
        self.mirror.setVisible(painted or structure.side is not None)
        self.mirror.setToolTip(
            "Copy it to the other side, about the body's own midline; the copy is unconfirmed" if structure.side
            else "Add its mirror image, about the body's own midline"
        )  # fmt: skip
        self.mirror.setEnabled(structure.side is not None or not structure.locked)
        self.follow.setVisible(not painted)
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

    def _opener(self, words: str, tip: str) -> QPushButton:
        made = self._button(words, lambda: self._open(made if made.isChecked() else None), tip)
        made.setCheckable(True)
        return made

    def _open(self, chosen: QPushButton | None) -> None:
        """Show what one edit asks for, and close the others."""
        for opener in self.options:
            opener.setChecked(opener is chosen)
        if chosen is not None and self._session.view.tool == "piece":
            self._session.view.use_tool("navigate")
        self.refresh()

    def _opened(self) -> EditOptions | None:
        """The options that are open."""
        return next((options for opener, options in self.options.items() if opener.isChecked()), None)

    def _follow_draft(self, structure: Structure | None) -> None:
        """Draft anew where something else is selected, open or changed."""
        now = (structure, self._opened())
        if now != self._drafted_of:
            self._drafted_of = now
            self._drafts.clear()
            self._draft()

    def _draft(self) -> None:
        options = self._opened()
        self._drafts.ask(self._selected(), None if options is None else options.result())

    def _leave(self) -> None:
        """Another page is shown: what was tried here is not drawn there."""
        self._drafted_of = None
        self._drafts.clear()

    def _tell_draft(self, words: str) -> None:
        self._drafted.setText(words)
        self._drafted.setVisible(bool(words))

    def _choose_pieces(self) -> None:
        tool = "piece" if self.pieces.isChecked() else "navigate"
        self._open(None)
        self._session.view.use_tool(tool)

    def _edit(self, words: str, edit: Callable[[Mask], Mask]) -> None:
        structure = self._selected()
        if structure is None or not isinstance(structure.shape, Mask):
            return
        mask = structure.shape
        edit_in_background(self._session, f"{words} {structure.name}", structure, lambda _: edit(mask))

    def _mirror(self) -> None:
        structure, volume = self._selected(), self._session.volume
        if structure is None or volume is None:
            return
        words, shape = f"Mirror {structure.name}", structure.shape
        if structure.side is not None:
            self._copy_to_other_side(structure, words)
        elif isinstance(shape, Mask):

            def united(_: Progress) -> Mask:
                image = mirrored(shape, symmetry_of(volume))
                return shape.union(image) if isinstance(image, Mask) else shape

            edit_in_background(self._session, words, structure, united)

    def _copy_to_other_side(self, structure: Structure, words: str) -> None:
        volume = self._session.volume
        other = Side.LEFT if structure.side is Side.RIGHT else Side.RIGHT
        if volume is None:
            return

        def work(progress: Progress) -> Structure:
            progress.report(0.0)
            shape = mirrored(structure.shape, symmetry_of(volume))
            return make_structure(structure.kind, shape, level=structure.level, side=other,
                                  origin=f"{structure.name} mirrored", confirmed=False)  # fmt: skip

        def done(made: Structure) -> None:
            case = self._session.case
            replaced = case is not None and case.find(made.id) is not None
            if self._session.apply(words, lambda case: put_structure(case, made)) and replaced:
                self._session.noticed.emit(f"{made.name} was replaced by the copy.", "Undo brings it back.")

        self._session.jobs.batch(words, work, done, lane="edits")

    def _follow(self) -> None:
        structure, volume = self._selected(), self._session.volume
        if structure is None or volume is None or not isinstance(structure.shape, Tube):
            return
        tube = structure.shape
        edit_in_background(
            self._session, f"Lead {structure.name} through fat", structure,
            lambda _: along_fat(volume, tube.points_mm, tube.radii_mm),
        )  # fmt: skip

    def _measure(self, structure: Structure) -> None:
        """Show what the structure measures, as soon as it is known."""
        case, volume = self._session.case, self._session.volume
        if self._measured is not None and self._measured[0] == structure:
            self._say(self._measured[1])
            return
        if case is None or volume is None or structure.kind in SPANNING_BODY:
            self._say("")
            return
        if self._measuring == structure:
            return
        self._measuring = structure
        others = [s for s in case.structures if s.id != structure.id and s.kind not in SPANNING_BODY]

        def work(_: Progress) -> str:
            words = []
            if isinstance(structure.shape, Mask):
                axes = slice_axes(structure.shape)
                words.append(f"{axes.long_mm:.0f} × {axes.short_mm:.0f} mm in its widest slice")
            else:
                words.append(f"{structure.shape.length_mm:.0f} mm long")
            hu = densities(volume, structure.shape)
            if hu is not None:
                words.append(f"{hu.mean:.0f} ± {hu.deviation:.0f} HU".replace("-", MINUS))
            near = min(((surface_distance_mm(structure.shape, s.shape), s.name) for s in others), default=None)
            if near is not None:
                words.append(f"touches {near[1]}" if near[0] == 0 else f"{near[0]:.1f} mm to {near[1]}")
            return ", ".join(words)

        def done(words: str) -> None:
            self._measured, self._measuring = (structure, words), None
            if self._selected() == structure:
                self._say(words)

        self._session.jobs.interactive("measure", "Measuring", work, done, lambda _: None)

    def _say(self, words: str) -> None:
        self._facts.setText(words)
        self._facts.setVisible(bool(words))
