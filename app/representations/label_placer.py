"""Put labels beside what they name: clear of each other and of other structures, the most important first."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from app.representations.glyphs import glyph
from app.representations.primitives import Label, Primitive, Stroke, line
from app.tokens import ON_IMAGE
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
# Points of all outlines are counted in cells of this size.
_CELL_PX = 4.0
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
    always: bool

    @property
    def width_px(self) -> float:
        pad = 10.0 if self.label.plate else 0.0
        return _text_px(self.label) + pad + (_GLYPH_PX if self.judgement is not None else 0.0)


@dataclass(frozen=True, slots=True, eq=False)
class _Placed:
    """Where a label stood: beside which outline, and how many points of others it covered there."""

    outline: Floats
    points: Floats
    box: Floats
    anchor: Floats
    covered: float


class LabelMemory:
    """Where the labels of a view stood when it was last painted.

    A label whose outline did not move stays where it is while its place is free: labels do not jump about while a
    probe is dragged past them, and most need not be placed anew.
    """

    def __init__(self) -> None:
        self.placed: dict[str, _Placed] = {}


class LabelPlacer:
    """Collects labels of one view and places them.

    Parameters
    ----------
    width_px, height_px : float
        Size of the view.
    memory : LabelMemory, optional
        Of the view; brought up to date.
    """

    def __init__(self, width_px: float, height_px: float, memory: LabelMemory | None = None) -> None:
        self._size = (width_px, height_px)
        self._memory = memory or LabelMemory()
        self._fixed: list[Label] = []
        self._kept_free: list[Floats] = []
        self._rather_free: list[Floats] = []
        self._asked: list[_Asked] = []

    def fix(self, label: Label) -> None:
        """Take a label whose place is given."""
        self._fixed.append(label)

    def keep_free(
        self, left_px: float, top_px: float, right_px: float, bottom_px: float, *, if_possible: bool = False
    ) -> None:
        """Let no label cover a rectangle, where something else is drawn; those that are so if possible are given up first."""
        box = np.array([left_px, top_px, right_px, bottom_px])
        (self._rather_free if if_possible else self._kept_free).append(box)

    def ask(
        self,
        label: Label,
        outline: Floats,
        weight: int,
        judgement: Judgement | None = None,
        *,
        on_outline: bool = False,
        always: bool = False,
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
        always : bool
            It does not count among the most labels a view has, is pushed in from the sides, and where nothing else is free
            it takes a place that is kept free, but never one of another label.
        """
        self._asked.append(_Asked(label, outline, weight, judgement, on_outline, always))

    def placed(self) -> list[Primitive]:
        """Return the labels that found a place, with the lines that lead to what they name."""
        taken = [*self._rather_free, *self._kept_free, *(_box(label) for label in self._fixed)]
        before = [self._unmoved(asked) for asked in self._asked]
        points = [_thinned(a.outline) if b is None else b.points for a, b in zip(self._asked, before, strict=True)]
        crowd = _Crowd(np.concatenate(points) if points else np.empty((0, 2)), self._size)
        out: list[Primitive] = list(self._fixed)
        placed: dict[str, _Placed] = {}
        order = sorted(range(len(self._asked)), key=lambda n: -self._asked[n].weight)
        counted = [n for n in order if not self._asked[n].always][:_MOST_LABELS]
        for n in (n for n in order if self._asked[n].always or n in counted):
            asked, own, free = self._asked[n], points[n], _Free(np.array(taken).reshape(-1, 4), self._size)
            best = before[n]
            if best is None or not free.of(best.box[None])[0] or crowd.within(best.box[None])[0] > best.covered:
                best = _best(asked, crowd, own, free)
            for kept in (len(self._rather_free), len(self._rather_free) + len(self._kept_free)):
                if best is None and asked.always:
                    best = _best(asked, crowd, own, _Free(np.array(taken[kept:]).reshape(-1, 4), self._size))
            if best is not None:
                taken.append(best.box)
                out.extend(_drawn(asked, best.box, best.anchor))
                placed[asked.label.text] = best
        self._memory.placed = placed
        return out

    def _unmoved(self, asked: _Asked) -> _Placed | None:
        """Where the label stood, if its outline is where it was and it is as wide as it was."""
        before = self._memory.placed.get(asked.label.text)
        if before is None or not np.isclose(before.box[2] - before.box[0], asked.width_px):
            return None
        return before if np.array_equal(before.outline, asked.outline) else None


@dataclass(frozen=True, slots=True, eq=False)
class _Free:
    """Tells places that are free: within the view, and on nothing that was placed before."""

    taken: Floats
    size_px: tuple[float, float]

    def of(self, boxes: Floats) -> npt.NDArray[np.bool_]:
        left, top, right, bottom = _EDGE_PX
        width, height = self.size_px
        free = (boxes[:, :2] >= (left, top)).all(axis=1) & (boxes[:, 2:] <= (width - right, height - bottom)).all(
            axis=1
        )
        over = (boxes[:, None, :2] < self.taken[:, 2:]) & (boxes[:, None, 2:] > self.taken[:, :2])
        return np.asarray(free & ~over.all(axis=2).any(axis=1))


def _best(asked: _Asked, crowd: _Crowd, own: Floats, free: _Free) -> _Placed | None:
    """The cheapest free place of a label."""
    boxes, anchors, cost = _places(asked, free.size_px)
    which = free.of(boxes)
    boxes, anchors, cost = boxes[which], anchors[which], cost[which]
    if len(boxes) == 0:
        return None
    covers, covers_own = crowd.within(boxes), _covered(boxes, own)
    cost = cost + _COVERS_OTHER * np.maximum(covers - covers_own, 0)
    if not asked.on_outline:
        cost = cost + _COVERS_OWN * covers_own
    chosen = int(cost.argmin())
    return _Placed(asked.outline, own, boxes[chosen], anchors[chosen], float(covers[chosen]))


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
    gaps = np.array(_GAPS_PX)[:, None]
    offsets = (_DIRECTIONS * (half + gaps[:, None])).reshape(-1, 1, 2)
    middles = (anchors + offsets).reshape(-1, 2)
    if asked.always:
        above_or_below = np.repeat(np.tile(_DIRECTIONS[:, 1] != 0, len(_GAPS_PX)), len(anchors))
        # A label that is wider than the view is free nowhere.
        most = max(size_px[0] - _EDGE_PX[2] - half[0], _EDGE_PX[0] + half[0])
        middles[above_or_below, 0] = np.clip(middles[above_or_below, 0], _EDGE_PX[0] + half[0], most)
    costs = np.repeat((gaps + _PREFERENCE).ravel(), len(anchors))
    return np.concatenate([middles - half, middles + half], axis=1), np.tile(anchors, (len(offsets), 1)), costs


def _covered(boxes: Floats, points: Floats) -> Floats:
    """How many points lie in each box."""
    inside = ((boxes[:, None, :2] < points) & (boxes[:, None, 2:] > points)).all(axis=2)
    return inside.sum(axis=1).astype(float)


class _Crowd:
    """Counts points within boxes by sums over the cells left of and above every cell's corner."""

    def __init__(self, points: Floats, size_px: tuple[float, float]) -> None:
        columns, rows = (int(side / _CELL_PX) + 1 for side in size_px)
        x, y = (points / _CELL_PX).astype(int).T
        seen = (points >= 0).all(axis=1) & (x < columns) & (y < rows)
        counts = np.bincount(y[seen] * columns + x[seen], minlength=rows * columns).reshape(rows, columns)
        self._sums = np.zeros((rows + 1, columns + 1))
        self._sums[1:, 1:] = counts.cumsum(axis=0).cumsum(axis=1)

    def within(self, boxes: Floats) -> Floats:
        """Return how many points lie in each box, to a cell."""
        left, top, right, bottom = np.rint(boxes / _CELL_PX).astype(int).T
        rows, columns = self._sums.shape
        left, right = (np.clip(at, 0, columns - 1) for at in (left, right))
        top, bottom = (np.clip(at, 0, rows - 1) for at in (top, bottom))
        sums = self._sums
        return sums[bottom, right] - sums[top, right] - sums[bottom, left] + sums[top, left]


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
        out.extend(glyph(asked.judgement, float(box[0]) + 7.0, middle_y, theme=ON_IMAGE))
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
