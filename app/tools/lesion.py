"""A lesion by one click, whose size and kind can be changed afterwards."""

from __future__ import annotations

from app.controllers.session import Session
from app.tools.base import SliceEvent, Tool
from imaging.errors import DomainError
from imaging.geometry import Floats
from imaging.progress import Progress
from imaging.segmentation.lesion_look import Texture
from imaging.segmentation.region_grow import GrownLesion, GrowthLimits, LesionClick
from imaging.structures import StructureKind
from planning.errors import PlanError
from planning.model.naming import make_structure
from planning.operations.structures import put_structure

# Beyond this share of its border no density marks the lesion, and the user is told.
_GUESSED_FRAC = 0.33
_GUESSED = PlanError(
    "Nothing in the CT marks much of this lesion's border.",
    code="lesion-border-guessed",
    hint="Set its size, or paint it with the brush.",
)


class LesionTool(Tool):
    """Click inside a lesion: it grows from there as far as the CT says; size and kind can be changed afterwards.

    Attributes
    ----------
    size_mm : float or None
        Diameter of the lesion grown last; None before the first click.
    growing : bool
        A click is being worked on.
    into_soft_tissue : bool
    texture : str
    """

    name = "lesion"
    hint = (
        "Click inside the lesion: it grows up to its border and to intact cortex. Then change its size with the slider "
        "or Ctrl+wheel, or let it leave the bone where cortex is destroyed."
    )
    on_any_plane = True

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.size_mm: float | None = None
        self.growing = False
        self.into_soft_tissue = False
        self.texture: Texture = "auto"
        self._seed_mm: Floats | None = None
        self._click: LesionClick | None = None

    def press(self, event: SliceEvent) -> None:
        self.view.set_crosshair(event.lps_mm)
        self._seed_mm = event.lps_mm
        if self.session.store is not None:
            self.session.store.end_merge()
        self._look()

    def wheel(self, notches: float) -> bool:
        if self.size_mm is None:
            return False
        self.resize(min(max(self.size_mm * 1.06**notches, 4.0), 120.0))
        return True

    def resize(self, size_mm: float) -> None:
        """Draw the lesion to a diameter."""
        if self._click is not None and size_mm != self.size_mm:
            self.size_mm = size_mm
            self._grow(self._click, size_mm)

    def reach_out(self, into_soft_tissue: bool) -> None:
        """Let the lesion leave the bone, or keep it within."""
        self.into_soft_tissue = into_soft_tissue
        if self._click is not None:
            self._grow(self._click, None)

    def take_for(self, texture: Texture) -> None:
        """Take the lesion for an even or a mixed one."""
        self.texture = texture
        if self._seed_mm is not None:
            self._look()

    def _look(self) -> None:
        volume, seed_mm, texture = self.session.volume, self._seed_mm, self.texture
        limits = GrowthLimits(into_soft_tissue=self.into_soft_tissue)
        if volume is None or seed_mm is None:
            return
        self._click, self.growing = None, True
        self.view.toolAdjusted.emit()

        def work(_: Progress) -> tuple[LesionClick, GrownLesion]:
            click = LesionClick(volume, seed_mm, texture=texture)
            return click, click.grown(limits)

        def done(found: tuple[LesionClick, GrownLesion]) -> None:
            self._click, grown = found
            self._show(grown)
            if grown.open_frac > _GUESSED_FRAC:
                self.session.refused.emit(_GUESSED)

        self.session.jobs.interactive("tool", "Growing the lesion", work, done, self._refused)

    def _grow(self, click: LesionClick, size_mm: float | None) -> None:
        limits = GrowthLimits(size_mm=size_mm, into_soft_tissue=self.into_soft_tissue)
        self.session.jobs.interactive(
            "tool", "Growing the lesion", lambda _: click.grown(limits), self._show, self._refused
        )

    def _show(self, grown: GrownLesion) -> None:
        """All sizes of one click are one step of undo."""
        self.size_mm, self.growing = grown.size_mm, False
        lesion = make_structure(StructureKind.LESION, grown.mask, origin="grown from a click")
        if self.session.apply("Grow lesion", lambda case: put_structure(case, lesion), merge_key="grow lesion"):
            self.view.select(lesion.id)
        self.view.toolAdjusted.emit()

    def _refused(self, error: DomainError) -> None:
        self.growing = False
        self.view.toolAdjusted.emit()
        self.session.refused.emit(error)
