"""Text on white pages: one line, or a paragraph that is wrapped by its measured width."""

from __future__ import annotations

from collections.abc import Sequence

from app.export.pdf_painter import text_width_px
from app.representations.primitives import Anchor, Label, Path, Stroke, Weight, line
from app.tokens import theme_colour

BASE_PX = 19.0
SMALL_PX = 15.5
LINE_PX = 26.0
SMALL_LINE_PX = 21.0
_ELLIPSIS = "…"

Piece = tuple[str, Weight]
Line = tuple[Piece, ...]


def ink(role: str = "text-1") -> str:
    """Return a colour of the light theme."""
    return theme_colour(role, "light")


def words(
    text: str,
    x_px: float,
    y_px: float,
    *,
    size_px: float = BASE_PX,
    weight: Weight = "regular",
    anchor: Anchor = "left",
    role: str = "text-1",
) -> Label:
    """Return a line of text on paper; ``y_px`` is the middle of its capitals."""
    return Label(
        text=text, x_px=x_px, y_px=y_px, colour=ink(role), size_px=size_px, weight=weight, anchor=anchor, outline=False
    )


def rule(x_px: float, y_px: float, width_px: float, *, role: str = "line-1", thick_px: float = 1.0) -> Path:
    """Return a horizontal line on paper."""
    return line((x_px, y_px), (x_px + width_px, y_px), Stroke(colour=ink(role), width_px=thick_px, casing=False))


def wrapped(pieces: Sequence[Piece], width_px: float, size_px: float = BASE_PX, most: int = 0) -> list[Line]:
    """Break pieces of text into lines no wider than ``width_px``.

    Parameters
    ----------
    pieces : sequence of (text, weight)
        Breaks come at plain spaces; a word that is too long is broken inside.
    width_px, size_px : float
    most : int
        Number of lines after which the text ends with an ellipsis; 0 for no end.

    Returns
    -------
    list of tuple of (text, weight)
        One tuple a line.
    """
    lines: list[list[Piece]] = [[]]
    used = 0.0
    for text, weight in pieces:
        space = text_width_px(" ", size_px, weight)
        for word in (part for whole in text.split(" ") for part in _parts(whole, width_px, size_px, weight)):
            wide = text_width_px(word, size_px, weight)
            gap = space if lines[-1] else 0.0
            if lines[-1] and used + gap + wide > width_px:
                lines.append([])
                used = gap = 0.0
            _append(lines[-1], word, weight)
            used += gap + wide
    full = [tuple(entry) for entry in lines if entry]
    if most and len(full) > most:
        text, weight = full[most - 1][-1]
        before = sum(text_width_px(t + " ", size_px, w) for t, w in full[most - 1][:-1])
        cut = (*full[most - 1][:-1], (fitted(text + " " + _ELLIPSIS, width_px - before, size_px, weight), weight))
        return [*full[: most - 1], cut]
    return full


def fitted(text: str, width_px: float, size_px: float = BASE_PX, weight: Weight = "regular") -> str:
    """Return a text, shortened with an ellipsis if it is wider than ``width_px``."""
    if text_width_px(text, size_px, weight) <= width_px:
        return text
    short = text.rstrip(_ELLIPSIS)
    while short and text_width_px(short + _ELLIPSIS, size_px, weight) > width_px:
        short = short[:-1].rstrip()
    return short + _ELLIPSIS


def paragraph(
    lines: Sequence[Line],
    x_px: float,
    y_px: float,
    *,
    size_px: float = BASE_PX,
    line_px: float = LINE_PX,
    role: str = "text-1",
) -> list[Label]:
    """Return wrapped lines as labels, the first with its middle at ``y_px``."""
    labels = []
    for n, entry in enumerate(lines):
        at = x_px
        for text, weight in entry:
            labels.append(words(text, at, y_px + n * line_px, size_px=size_px, weight=weight, role=role))
            at += text_width_px(text + " ", size_px, weight)
    return labels


def _append(entry: list[Piece], word: str, weight: Weight) -> None:
    if entry and entry[-1][1] == weight:
        entry[-1] = (f"{entry[-1][0]} {word}", weight)
    else:
        entry.append((word, weight))


def _parts(word: str, width_px: float, size_px: float, weight: Weight) -> list[str]:
    """A word in parts that fit a line."""
    if not word:
        return []
    parts = [""]
    if text_width_px(word, size_px, weight) <= width_px:
        return [word]
    for letter in word:
        if parts[-1] and text_width_px(parts[-1] + letter, size_px, weight) > width_px:
            parts.append("")
        parts[-1] += letter
    return parts
