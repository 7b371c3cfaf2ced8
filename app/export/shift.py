"""Move primitives on a page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from app.representations.primitives import Path, Primitive


def shifted(primitives: Iterable[Primitive], dx_px: float, dy_px: float) -> list[Primitive]:
    """Return primitives moved to the right and down."""
    moved = np.array([dx_px, dy_px])
    return [
        replace(p, lines=tuple(points + moved for points in p.lines))
        if isinstance(p, Path)
        else replace(p, x_px=p.x_px + dx_px, y_px=p.y_px + dy_px)
        for p in primitives
    ]
