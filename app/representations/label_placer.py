"""Put labels beside what they name: clear of each other and of other structures, the most important first."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from app.representations.glyphs import glyph
from app.representations.primitives import Label, Primitive, Stroke, line
from imaging.geometry import Floats
from planning.evaluation import Judgement

_MOST_LABELS = 12
# Inter is about this wide per character, in sizes; enough to keep labels apart.
_WIDTH_PER_CHARACTER = 0.62
_GAPS_PX = (7.0, 20.0, 38.0)
# Beyond this gap a thin line says what the label belongs to.
_LEADER_PX = 12.0
_GLYPH_PX = 18.0
_ANCHORS = 10
_OBSTACLE_STEP_PX = 5.0
# What a place costs: its gap in pixels, and so much for each outline point it would cover.
_COVERS_OTHER, _COVERS_OWN = 6.0, 1.5
# To the right of an outline is where a reader looks first.
_DIRECTIONS = np.array([[1.0, 0.0], [-1.0, 0.0], [0.0, -1.0], [0.0, 1.0]])
_PREFERENCE = np.array([0.0, 1.0, 4.0, 4.0])
_EDGE_PX = (6.0, 28.0, 6.0, 24.0)


@dataclass(frozen=True, slots=True, eq=False)
class _Asked:
    label: Label
    outline: Floats
    weight: int
    judgement: Judgement | None
    on_outline: bool

    @property
    def width_px(self) -> float:
        pad = 10.0 if self.label.plate else 0.0
        return _text_px(self.label) + pad + (_GLYPH_PX if self.judgement is not None else 0.0)


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
        self._kept_free: list[Floats] = []
        self._asked: list[_Asked] = []

    def fix(self, label: Label) -> None:
        """Take a label whose place is given."""
        self._fixed.append(label)

    def keep_free(self, left_px: float, top_px: float, right_px: float, bottom_px: float) -> None:
        """Let no label cover a rectangle, where something else is drawn."""
        self._kept_free.append(np.array([left_px, top_px, right_px, bottom_px]))

    def ask(
        self,
        label: Label,
        outline: Floats,
        weight: int,
        judgement: Judgement | None = None,
        *,
        on_outline: bool = False,
    ) -> None:
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
        on_outline : bool
            The label sits on the line itself, as heights do on a map.
        """
        self._asked.append(_Asked(label, outline, weight, judgement, on_outline))

    def placed(self) -> list[Primitive]:
        """Return the labels that found a place, with the lines that lead to what they name."""
        taken = [*self._kept_free, *(_box(label) for label in self._fixed)]
        obstacles = [_thinned(asked.outline) for asked in self._asked]
        out: list[Primitive] = list(self._fixed)
        order = sorted(range(len(self._asked)), key=lambda n: -self._asked[n].weight)
        for n in order[:_MOST_LABELS]:
            asked = self._asked[n]
            others = [points for m, points in enumerate(obstacles) if m != n]
            best = self._best(asked, np.concatenate(others) if others else np.empty((0, 2)), obstacles[n], taken)
            if best is not None:
                box, anchor = best
                taken.append(box)
                out.extend(_drawn(asked, box, anchor))
        return out

    def _best(self, asked: _Asked, others: Floats, own: Floats, taken: list[Floats]) -> tuple[Floats, Floats] | None:
        """The cheapest free place: left, top, right and bottom, and the outline's point it belongs to."""
        boxes, anchors, cost = _places(asked, self._size)
        width, height = self._size
        left, top, right, bottom = _EDGE_PX
        free = (boxes[:, 0] >= left) & (boxes[:, 1] >= top)
        free &= (boxes[:, 2] <= width - right) & (boxes[:, 3] <= height - bottom)
        for other in taken:
            free &= ~(
                (boxes[:, 0] < other[2]) & (boxes[:, 2] > other[0])
                & (boxes[:, 1] < other[3]) & (boxes[:, 3] > other[1])
            )  # fmt: skip
        boxes, anchors, cost = boxes[free], anchors[free], cost[free]
        if len(boxes) == 0:
            return None
        cost = cost + _COVERS_OTHER * _covered(boxes, others)
        if not asked.on_outline:
            cost = cost + _COVERS_OWN * _covered(boxes, own)
        chosen = int(cost.argmin())
        return boxes[chosen], anchors[chosen]


def _places(asked: _Asked, size_px: tuple[float, float]) -> tuple[Floats, Floats, Floats]:
    """Boxes of shape (n, 4) at points of the outline that lie in the view, those points, and what the gap costs."""
    points = asked.outline
    inside = np.all((points > 0) & (points < np.array(size_px)), axis=1)
    points = points[inside] if inside.any() else points[:0]
    if len(points) == 0:
        return np.empty((0, 4)), np.empty((0, 2)), np.empty(0)
    anchors = points[np.unique(np.linspace(0, len(points) - 1, _ANCHORS).astype(int))]
    extremes = [points[points[:, axis].argmin()] for axis in (0, 1)] + [
        points[points[:, axis].argmax()] for axis in (0, 1)
    ]
    anchors = np.concatenate([anchors, extremes])
    half = np.array([asked.width_px / 2, asked.label.size_px / 2 + 3])
    if asked.on_outline:
        # The upper right, where the eye looks for a height line's number.
        away = anchors - points.mean(axis=0)
        cost = 10 * (1 - (away @ np.array([0.8, -0.6])) / np.maximum(np.linalg.norm(away, axis=1), 1e-9))
        return np.concatenate([anchors - half, anchors + half], axis=1), anchors, cost
    boxes, owners, costs = [], [], []
    for gap_px in _GAPS_PX:
        for direction, preference in zip(_DIRECTIONS, _PREFERENCE, strict=True):
            middles = anchors + direction * (half + gap_px)
            boxes.append(np.concatenate([middles - half, middles + half], axis=1))
            owners.append(anchors)
            costs.append(np.full(len(anchors), gap_px + preference))
    return np.concatenate(boxes), np.concatenate(owners), np.concatenate(costs)


def _covered(boxes: Floats, points: Floats) -> Floats:
    """How many points lie in each box."""
    x, y = points[:, 0], points[:, 1]
    inside = (x > boxes[:, :1]) & (x < boxes[:, 2:3]) & (y > boxes[:, 1:2]) & (y < boxes[:, 3:4])
    return inside.sum(axis=1).astype(float)


def _drawn(asked: _Asked, box: Floats, anchor: Floats) -> list[Primitive]:
    """The label in its box, its glyph before it, and a line to the outline where the gap is wide."""
    indent = (5.0 if asked.label.plate else 0.0) + (_GLYPH_PX if asked.judgement is not None else 0.0)
    middle_y = float(box[1] + box[3]) / 2
    out: list[Primitive] = []
    near = np.clip(anchor, box[:2], box[2:])
    if not asked.on_outline and np.linalg.norm(near - anchor) > _LEADER_PX:
        stroke = Stroke(colour=asked.label.colour, width_px=1.0, opacity=0.7)
        out.append(line((float(anchor[0]), float(anchor[1])), (float(near[0]), float(near[1])), stroke))
    out.append(replace(asked.label, anchor="left", x_px=float(box[0]) + indent, y_px=middle_y))
    if asked.judgement is not None:
        out.extend(glyph(asked.judgement, float(box[0]) + 7.0, middle_y))
    return out


def _thinned(outline: Floats) -> Floats:
    """Points of an outline about five pixels apart."""
    if len(outline) < 3:
        return outline
    along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(outline, axis=0), axis=1))])
    wanted = np.arange(0.0, along[-1] + 1e-9, _OBSTACLE_STEP_PX)
    return np.stack([np.interp(wanted, along, outline[:, axis]) for axis in (0, 1)], axis=1)


def _text_px(label: Label) -> float:
    return len(label.text) * label.size_px * _WIDTH_PER_CHARACTER


def _box(label: Label) -> Floats:
    """Left, top, right and bottom of a label whose place is given, with its plate."""
    wide, half = _text_px(label), label.size_px / 2 + 2
    left = label.x_px - {"left": 0.0, "centre": wide / 2, "right": wide}[label.anchor]
    pad = 5.0 if label.plate else 0.0
    return np.array([left - pad, label.y_px - half, left + wide + pad, label.y_px + half])
