"""The card of a probe for the CT room: its two angles drawn, its numbers beside them, its checkpoints below."""

from __future__ import annotations

from app.export.page_text import SMALL_PX, paragraph, rule, words, wrapped
from app.representations.angle_figure import angle_figure
from app.representations.primitives import Primitive
from planning.report.blocks import PlacingCard
from planning.report.room_sections import VIEW_ASPECT

_ABOVE_PX, _TITLE_PX = 10.0, 44.0
_VIEW_PX, _GAP_PX = 384.0, 14.0
_CAPTION_PX = 26.0
_FACT_PX, _FACT_LINE_PX = 17.0, 29.0
_LINE_PX, _TEXT_PX = 24.0, 16.5
_DEPTH_PX = 90.0


def card_height_px(card: PlacingCard, width_px: float) -> float:
    """Return how high a card is."""
    way = wrapped([(card.way, "regular")], width_px, _TEXT_PX)
    views = max(_CAPTION_PX + _VIEW_PX / VIEW_ASPECT, _FACT_LINE_PX * len(card.facts))
    return _TITLE_PX + views + 16 + _LINE_PX * (len(way) + len(card.checkpoints)) + 26


def placing_card(card: PlacingCard, width_px: float) -> list[Primitive]:
    """Return a card from its upper left corner."""
    drawn: list[Primitive] = [words(card.title, 0, _ABOVE_PX + 16, size_px=20, weight="semibold")]
    height = _VIEW_PX / VIEW_ASPECT
    for n, view in enumerate(card.views):
        x = n * (_VIEW_PX + _GAP_PX)
        drawn.append(words(view.title, x, _TITLE_PX + 10, size_px=SMALL_PX, weight="semibold"))
        drawn.append(words(view.seen, x + _VIEW_PX, _TITLE_PX + 10, size_px=SMALL_PX, anchor="right", role="text-2"))
        drawn += angle_figure(view, x, _TITLE_PX + _CAPTION_PX, _VIEW_PX, height)
    left = 2 * _VIEW_PX + 2 * _GAP_PX + 6
    for n, (name, value) in enumerate(card.facts):
        y = _TITLE_PX + _CAPTION_PX + _FACT_LINE_PX * (n + 0.5)
        drawn.append(words(name, left, y, size_px=_FACT_PX, role="text-2"))
        drawn.append(words(value, width_px, y, size_px=_FACT_PX, weight="semibold", anchor="right"))
        drawn.append(rule(left, y + _FACT_LINE_PX / 2, width_px - left))
    y = _TITLE_PX + max(_CAPTION_PX + height, _FACT_LINE_PX * len(card.facts)) + 26
    lines = wrapped([(card.way, "regular")], width_px, _TEXT_PX)
    drawn += paragraph(lines, 0, y, size_px=_TEXT_PX, line_px=_LINE_PX)
    y += _LINE_PX * len(lines)
    for depth, what, angle in card.checkpoints:
        drawn.append(words(f"at {depth}", _DEPTH_PX, y, size_px=_TEXT_PX, weight="semibold", anchor="right"))
        drawn.append(words(what, _DEPTH_PX + 18, y, size_px=_TEXT_PX))
        drawn.append(words(angle, 2 * _VIEW_PX + _GAP_PX, y, size_px=_TEXT_PX, anchor="right"))
        y += _LINE_PX
    return drawn
