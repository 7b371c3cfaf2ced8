"""The sheet's margin: histogram over the lesion's surface, smallest value, share that reaches the goal."""

from __future__ import annotations

from app.export.margin_bars import margin_bars
from app.export.page_text import words
from app.representations.primitives import Primitive
from planning.quantities import NNBSP, length_text, level_text, percent_text
from planning.report.model import ReportInput
from planning.report.result_sections import margin_histogram


def margins(given: ReportInput, x_px: float, top_px: float, width_px: float) -> list[Primitive]:
    """Return the margin's histogram, 160 px high, with its smallest value."""
    lesion, data = given.verdict.lesion, margin_histogram(given)
    if lesion is None:
        title = words("Margin", x_px, top_px, size_px=21, weight="semibold")
        return [title, words("No lesion is marked: not assessed.", x_px, top_px + 34)]
    name = level_text(lesion.isotherm_c)
    drawn: list[Primitive] = [words(f"Margin, lesion to {name}", x_px, top_px, size_px=21, weight="semibold")]
    if data is None or lesion.margin is None:
        return [*drawn, words(f"The zone never reaches {name}.", x_px, top_px + 34)]
    drawn += margin_bars(data, x_px + 6, top_px + 34, width_px * 0.5 - 6, 98)
    x = x_px + width_px * 0.5 + 34
    share = percent_text(lesion.margin.share_at_least(lesion.goal_margin_mm))
    for text, y, size, weight in (
        (length_text(lesion.margin.smallest_mm), 38, 26, "semibold"), ("smallest", 64, 17, "regular"),
        (share, 96, 26, "semibold"), (f"of the surface ≥{NNBSP}{data.goal_mm:g}{NNBSP}mm", 122, 17, "regular"),
        (f"{percent_text(lesion.covered_frac)} of the volume inside", 146, 17, "regular"),
    ):  # fmt: skip
        drawn.append(words(text, x, top_px + y, size_px=size, weight=weight))
    return drawn
