"""The bars of a margin histogram on paper."""

from __future__ import annotations

import numpy as np

from app.export.page_text import SMALL_PX, ink, rule, words
from app.representations.primitives import Path, Primitive, Stroke, line, rectangle
from app.tokens import severity_colour
from planning.evaluation import Judgement
from planning.quantities import MINUS, NNBSP
from planning.report.blocks import Histogram

_MOST_TICKS = 6


def margin_bars(data: Histogram, x_px: float, top_px: float, width_px: float, height_px: float) -> list[Primitive]:
    """Return bars, goal and axis; numbers of the axis stand 16 px below ``height_px``."""
    bottom = top_px + height_px
    first = min(data.start_mm, 0.0)
    last = max(data.start_mm + len(data.shares), data.goal_mm + 1)
    scale = width_px / (last - first)
    edge = Stroke(colour=ink(), width_px=0.8, casing=False)
    drawn: list[Primitive] = []
    for n, share in enumerate(data.shares):
        start = data.start_mm + n
        height = (height_px - 22) * share / max(data.shares)
        fill = severity_colour(_kind(start, data.goal_mm), "light", fill=True)
        bar = rectangle(x_px + (start - first) * scale, bottom - height, scale, height, fill)
        drawn.append(Path(lines=bar.lines, closed=True, fill=fill, stroke=edge))
    drawn.append(rule(x_px, bottom, width_px, role="text-1"))
    goal_x = x_px + (data.goal_mm - first) * scale
    dashed = Stroke(colour=ink(), width_px=1.5, dash_px=(4, 4), casing=False)
    drawn.append(line((goal_x, top_px - 4), (goal_x, bottom), dashed))
    drawn.append(words(f"goal {data.goal_mm:g}", goal_x + 5, top_px + 2, size_px=SMALL_PX))
    step = next(s for s in (1, 2, 5, 10, 20, 50) if (last - first) / s <= _MOST_TICKS)
    ticks = [t for t in range(int(np.ceil(first)), int(last) + 1) if t % step == 0]
    for tick in ticks:
        text = f"{tick}".replace("-", MINUS) + (f"{NNBSP}mm" if tick == ticks[-1] else "")
        drawn.append(words(text, x_px + (tick - first) * scale, bottom + 16, size_px=SMALL_PX, anchor="centre"))
    return drawn


def _kind(start_mm: float, goal_mm: float) -> Judgement:
    """A bin that only partly reaches the goal does not reach it."""
    if start_mm >= goal_mm:
        return Judgement.WITHIN
    return Judgement.CAUTION if start_mm >= 0 else Judgement.ALARM
