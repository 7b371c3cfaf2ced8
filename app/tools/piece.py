"""Keep or remove one piece of a structure by a click on it."""

from __future__ import annotations

from app.controllers.editing import edit_in_background
from app.tools.base import SliceEvent, Tool
from app.tools.target import painted_target
from imaging.segmentation.morphology import keep_at, without_piece_at


class PieceTool(Tool):
    """Click on the piece that is to stay, or with Shift on the one that is to go."""

    name = "piece"
    hint = "Click on the piece of the selected structure that is to stay; with Shift on one that is to go."

    def press(self, event: SliceEvent) -> None:
        target = painted_target(self.session, "There is nothing to choose a piece of.")
        if target is None or target.structure is None:
            return
        mask, at_mm = target.mask, event.lps_mm
        act, words = (without_piece_at, "Remove piece of") if event.shift else (keep_at, "Keep piece of")
        edit_in_background(
            self.session, f"{words} {target.structure.name}", target.structure, lambda _: act(mask, at_mm)
        )
