"""Draw the blocks of a report as strips: pieces of a page's width that are not divided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.export.margin_bars import margin_bars
from app.export.page_text import LINE_PX, SMALL_LINE_PX, SMALL_PX, Line, Piece, paragraph, rule, words, wrapped
from app.export.pdf_painter import text_width_px
from app.export.placing_card import card_height_px, placing_card
from app.representations.glyphs import glyph
from app.representations.primitives import Anchor, Primitive, rectangle
from app.tokens import severity_wash
from planning.evaluation import Judgement
from planning.report.blocks import Block, Column, Facts, Histogram, Paragraph, PlacingCard, Row, Table

_CELL_PX = 16.5
_CELL_LINE_PX = 22.0
_CELL_PAD_PX = 5.0
_GUTTER_PX = 14.0
_MARK_PX = 26.0
_INDENT_PX = 34.0
_NAMES_PX = 270.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Strip:
    """A piece of a page.

    Attributes
    ----------
    height_px : float
    primitives : tuple of Primitive
        From the strip's upper left corner.
    keeps_with_next : bool
        It must not be the last on a page.
    repeat : Strip or None
        What is put above it when it comes first on a page: the table's head.
    """

    height_px: float
    primitives: tuple[Primitive, ...]
    keeps_with_next: bool = False
    repeat: Strip | None = None


def strips_of(blocks: Sequence[Block], width_px: float) -> list[Strip]:
    """Return blocks as strips, in order."""
    strips: list[Strip] = []
    for block in blocks:
        if isinstance(block, Paragraph):
            strips += _paragraph(block, width_px)
        elif isinstance(block, Facts):
            strips += _facts(block, width_px)
        elif isinstance(block, Table):
            strips += _table(block, width_px)
        elif isinstance(block, PlacingCard):
            height_px = card_height_px(block, width_px)
            strips.append(Strip(height_px=height_px, primitives=tuple(placing_card(block, width_px))))
        else:
            strips.append(_histogram(block, width_px))
    return strips


def _paragraph(block: Paragraph, width_px: float) -> list[Strip]:
    indent = _INDENT_PX if block.judgement is not None else 0.0
    pieces: list[Piece] = [(block.lead, "semibold"), (block.text, "regular")]
    lines = wrapped([p for p in pieces if p[0]], width_px - indent)
    height = len(lines) * LINE_PX + 12
    drawn: list[Primitive] = []
    if block.alert:
        drawn.append(rectangle(0, 0, width_px, height, severity_wash(Judgement.INJURY, "light") or ""))
    if block.judgement is not None:
        drawn += glyph(block.judgement, 13, 6 + LINE_PX / 2, 20, "light")
    drawn += paragraph(lines, indent, 6 + LINE_PX / 2)
    return [Strip(height_px=height, primitives=tuple(drawn))]


def _facts(block: Facts, width_px: float) -> list[Strip]:
    strips = []
    for name, value in block.rows:
        lines = wrapped([(value, "regular")], width_px - _NAMES_PX, 18)
        height = max(len(lines), 1) * 24 + 8
        drawn = (
            words(name, 0, 16, size_px=18, role="text-2"),
            *paragraph(lines, _NAMES_PX, 16, size_px=18, line_px=24),
            rule(0, height, width_px),
        )
        strips.append(Strip(height_px=height, primitives=drawn))
    return strips


def _table(block: Table, width_px: float) -> list[Strip]:
    shares = sum(c.share for c in block.columns)
    free = width_px - _GUTTER_PX * (len(block.columns) - 1)
    widths = [free * c.share / shares for c in block.columns]
    starts = [sum(widths[:n]) + _GUTTER_PX * n for n in range(len(widths))]
    head = _head(block.columns, starts, widths, width_px)
    strips = [head, *(_row(row, block.columns, starts, widths, width_px, head) for row in block.rows)]
    if block.note:
        lines = wrapped([(block.note, "regular")], width_px, _CELL_PX)
        drawn = paragraph(lines, 0, 18, size_px=_CELL_PX, line_px=_CELL_LINE_PX, role="text-2")
        strips.append(Strip(height_px=len(lines) * _CELL_LINE_PX + 16, primitives=tuple(drawn)))
    return strips


def _head(columns: Sequence[Column], starts: list[float], widths: list[float], width_px: float) -> Strip:
    cells = [wrapped([(c.title, "regular")], w, SMALL_PX) for c, w in zip(columns, widths, strict=True)]
    most = max(len(lines) for lines in cells)
    drawn: list[Primitive] = []
    for column, lines, start, width in zip(columns, cells, starts, widths, strict=True):
        top = 14 + (most - len(lines)) * SMALL_LINE_PX
        for n, entry in enumerate(lines):
            at = start + width if column.right else start
            anchor: Anchor = "right" if column.right else "left"
            y = top + n * SMALL_LINE_PX
            drawn.append(words(_joined(entry), at, y, size_px=SMALL_PX, anchor=anchor, role="text-2"))
    height = 8 + most * SMALL_LINE_PX
    drawn.append(rule(0, height, width_px, role="text-3"))
    return Strip(height_px=height, primitives=tuple(drawn), keeps_with_next=True)


def _row(
    row: Row, columns: Sequence[Column], starts: list[float], widths: list[float], width_px: float, head: Strip
) -> Strip:
    marks = dict(row.marks)
    cells = [
        wrapped([(cell, "regular")], w - (_MARK_PX if n in marks else 0), _CELL_PX)
        for n, (cell, w) in enumerate(zip(row.cells, widths, strict=True))
    ]
    height = max(max(len(lines) for lines in cells), 1) * _CELL_LINE_PX + 2 * _CELL_PAD_PX
    drawn: list[Primitive] = []
    middle = _CELL_PAD_PX + _CELL_LINE_PX / 2
    for n, (column, lines, start, width) in enumerate(zip(columns, cells, starts, widths, strict=True)):
        indent = 0.0
        if n in marks:
            indent = _MARK_PX
            wash = severity_wash(marks[n], "light")
            if wash:
                drawn.append(rectangle(max(start - 4, 0), 1, width, height - 1, wash))
            drawn += glyph(marks[n], start + 9, middle, 17, "light")
        for number, entry in enumerate(lines):
            text = _joined(entry)
            at = start + width - text_width_px(text, _CELL_PX) if column.right else start + indent
            drawn.append(words(text, at, middle + number * _CELL_LINE_PX, size_px=_CELL_PX))
    drawn.append(rule(0, height, width_px))
    return Strip(height_px=height, primitives=tuple(drawn), repeat=head)


def _joined(entry: Line) -> str:
    return " ".join(text for text, _ in entry)


def _histogram(block: Histogram, width_px: float) -> Strip:
    drawn = margin_bars(block, 0, 8, min(width_px, 620), 130)
    return Strip(height_px=180, primitives=tuple(drawn))
