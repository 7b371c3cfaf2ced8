"""Put labels beside what they name, without covering each other; the most important first."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from app.representations.glyphs import glyph
from app.representations.primitives import Label, Primitive
from imaging.geometry import Floats
from planning.evaluation import Judgement

_MOST_LABELS = 7
# Inter is about this wide per character, in sizes; enough to keep labels apart.
_WIDTH_PER_CHARACTER = 0.62
_GAP_PX = 8.0
_GLYPH_PX = 14.0

Box = tuple[float, float, float, float]


class LabelPlacer:
    """Collects labels of one view and places them.

    Parameters
    ----------
    width_px, height_px : float
        Size of the view.
    """

    def __init__(self, width_px: float, height_px: float) -> None:
        self._size = (width_px, height_px)
        self._fixed: list[Label] = []
        self._asked: list[tuple[int, Label, Floats, Judgement | None]] = []

    def fix(self, label: Label) -> None:
        """Take a label whose place is given."""
        self._fixed.append(label)

    def ask(self, label: Label, outline: Floats, weight: int, judgement: Judgement | None = None) -> None:
        """Take a label that wants to stand beside an outline.

        Parameters
        ----------
        label : Label
            Its position is chosen here.
        outline : ndarray, shape (n, 2)
        weight : int
            Heavier labels are placed first.
        judgement : Judgement, optional
            Whose glyph stands before the text.
        """
        self._asked.append((weight, label, outline, judgement))

    def placed(self) -> list[Primitive]:
        """Return the labels that found a place."""
        taken = [_box(label) for label in self._fixed]
        out: list[Primitive] = list(self._fixed)
        count = 0
        for _, label, outline, judgement in sorted(self._asked, key=lambda item: -item[0]):
            if count == _MOST_LABELS:
                break
            for candidate in self._candidates(label, outline, judgement is not None):
                box = _box(candidate, judgement is not None)
                if all(_apart(box, other) for other in taken):
                    taken.append(box)
                    out.append(candidate)
                    if judgement is not None:
                        out.extend(glyph(judgement, box[0] + _GLYPH_PX / 2, candidate.y_px))
                    count += 1
                    break
        return out

    def _candidates(self, label: Label, outline: Floats, with_glyph: bool) -> list[Label]:
        """Places right, left, above and below an outline, as far as they lie in the view."""
        (left, top), (right, bottom) = outline.min(axis=0), outline.max(axis=0)
        wide = _text_px(label) + (_GLYPH_PX + 4 if with_glyph else 0)
        indent = _GLYPH_PX + 4 if with_glyph else 0.0
        middle_x, middle_y = (left + right) / 2 - wide / 2, (top + bottom) / 2
        places = [
            (right + _GAP_PX, middle_y), (left - _GAP_PX - wide, middle_y), (right + 2, top - _GAP_PX),
            (middle_x, top - 12), (middle_x, bottom + 12), (left - wide, bottom + _GAP_PX),
        ]  # fmt: skip
        width, height = self._size
        return [
            replace(label, x_px=float(x + indent), y_px=float(y))
            for x, y in places
            if 6 <= x <= width - wide - 6 and 30 <= y <= height - 26
        ]


def _text_px(label: Label) -> float:
    return len(label.text) * label.size_px * _WIDTH_PER_CHARACTER


def _box(label: Label, with_glyph: bool = False) -> Box:
    """Left, top, right and bottom of a label, with its plate and glyph."""
    wide, half = _text_px(label), label.size_px / 2 + 2
    left = label.x_px - {"left": 0.0, "centre": wide / 2, "right": wide}[label.anchor]
    pad = 5.0 if label.plate else 0.0
    before = _GLYPH_PX + 4 if with_glyph else 0.0
    return (left - pad - before, label.y_px - half, left + wide + pad, label.y_px + half)


def _apart(a: Box, b: Box) -> bool:
    return bool(np.any([a[2] < b[0], b[2] < a[0], a[3] < b[1], b[3] < a[1]]))
