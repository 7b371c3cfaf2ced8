"""Bladder, bowel or vessels by a click each."""

from __future__ import annotations

from app.controllers.session import Session
from app.tools.base import SliceEvent, Tool
from imaging.progress import Progress
from imaging.segmentation.organ_click import GrownOrgan, grow_organ
from imaging.structures import StructureKind
from planning.model.naming import make_structure
from planning.operations.structures import add_part

_GOES_ON = "It goes on beyond what one click reaches.", "Click again where it ends, to add the rest."


class OrganTool(Tool):
    """Click inside bladder, bowel or a vessel: what hangs together there is added to that structure.

    Attributes
    ----------
    kind : StructureKind
        What is clicked.
    """

    name = "organ"
    hint = (
        "Choose what you click, then click in its middle. Every click adds a part; undo takes it back. Vessels need contrast to "
        "stand out. Look at bowel closely: it may miss parts, or take some of what touches it."
    )
    on_any_plane = True

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.kind = StructureKind.BLADDER

    def press(self, event: SliceEvent) -> None:
        self.view.set_crosshair(event.lps_mm)
        volume, kind, seed_mm = self.session.volume, self.kind, event.lps_mm
        if volume is None:
            return

        def work(_: Progress) -> GrownOrgan:
            return grow_organ(volume, seed_mm, kind)

        def done(grown: GrownOrgan) -> None:
            if self.session.volume is not volume:
                return
            part = make_structure(kind, grown.mask, origin="grown from clicks", confirmed=False)
            if self.session.apply(f"Grow {part.name.lower()}", lambda case: add_part(case, part)):
                self.view.select(part.id)
                if grown.ends_at_reach:
                    self.session.noticed.emit(*_GOES_ON)

        self.session.jobs.interactive("tool", f"Growing the {kind.value}", work, done)
