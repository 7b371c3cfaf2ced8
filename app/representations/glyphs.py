"""The shape of every judgement: severity is colour and shape and word, never colour alone."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from app.representations.primitives import Label, Path, Primitive, Stroke, ring
from app.tokens import Theme, current_theme, severity_colour, theme_colour
from planning.model.judgement import Judgement

Glyph = tuple[Primitive, ...]


def glyph(judgement: Judgement, x_px: float, y_px: float, size_px: float = 14, theme: Theme | None = None) -> Glyph:
    """Return the glyph of a judgement centred on a point, in the window's theme by default."""
    return _DRAWN[judgement](x_px, y_px, size_px / 2, theme or current_theme())


def _polygon(points: npt.NDArray[np.float64], fill: str, edge: str | None) -> Path:
    stroke = None if edge is None else Stroke(colour=edge, width_px=1, casing=False)
    return Path(lines=(points,), closed=True, fill=fill, stroke=stroke)


def _edge(theme: Theme) -> str | None:
    return theme_colour("text-1", theme) if theme == "light" else None


def _within(x: float, y: float, r: float, theme: Theme) -> Glyph:
    colour = severity_colour(Judgement.WITHIN, theme)
    return (ring(x, y, r * 0.62, Stroke(colour=colour, width_px=1.5, casing=False)),)


def _caution(x: float, y: float, r: float, theme: Theme) -> Glyph:
    points = np.array([[x, y - r * 0.85], [x + r * 0.98, y + r * 0.8], [x - r * 0.98, y + r * 0.8]])
    return (
        _polygon(points, severity_colour(Judgement.CAUTION, theme, fill=True), _edge(theme)),
        _mark("!", x, y + r * 0.22, r, theme_colour("on-caution", theme)),
    )


def _alarm(x: float, y: float, r: float, theme: Theme) -> Glyph:
    points = np.array([[x, y - r], [x + r, y], [x, y + r], [x - r, y]])
    return (
        _polygon(points, severity_colour(Judgement.ALARM, theme, fill=True), _edge(theme)),
        _mark("!", x, y, r, theme_colour("on-alarm", theme)),
    )


def _injury(x: float, y: float, r: float, theme: Theme) -> Glyph:
    angles = np.pi / 8 + np.arange(8) * np.pi / 4
    points = np.stack([x + r * np.cos(angles), y + r * np.sin(angles)], axis=1)
    cross = Stroke(colour=theme_colour("on-injury", theme), width_px=max(r / 4.5, 1.2), casing=False)
    a = r * 0.36
    lines = (np.array([[x - a, y - a], [x + a, y + a]]), np.array([[x - a, y + a], [x + a, y - a]]))
    return (
        _polygon(points, severity_colour(Judgement.INJURY, theme, fill=True), _edge(theme)),
        Path(lines=lines, stroke=cross),
    )


def _unconfirmed(x: float, y: float, r: float, theme: Theme) -> Glyph:
    colour = severity_colour(Judgement.UNCONFIRMED, theme)
    dashed = Stroke(colour=colour, width_px=1.25, dash_px=(2.2, 1.8), casing=False)
    return (ring(x, y, r * 0.85, dashed), _mark("?", x, y, r, colour))


def _not_assessed(x: float, y: float, r: float, theme: Theme) -> Glyph:
    colour = severity_colour(Judgement.NOT_ASSESSED, theme)
    a = r * 0.72
    square = np.array([[x - a, y - a], [x + a, y - a], [x + a, y + a], [x - a, y + a]])
    hatch = tuple(
        np.array([[x - a, y - a + t], [x - a + t, y - a]]) if t <= 2 * a
        else np.array([[x - a + (t - 2 * a), y + a], [x + a, y - a + (t - 2 * a)]])
        for t in (a, 2 * a, 3 * a)
    )  # fmt: skip
    thin = Stroke(colour=colour, width_px=1, casing=False)
    return (
        Path(lines=(square,), closed=True, stroke=Stroke(colour=colour, width_px=1.25, casing=False)),
        Path(lines=hatch, stroke=thin),
    )


def _mark(text: str, x: float, y: float, r: float, colour: str) -> Label:
    return Label(
        text=text, x_px=x, y_px=y, colour=colour, size_px=r * 1.35, weight="semibold", anchor="centre", outline=False
    )


_DRAWN: dict[Judgement, Callable[[float, float, float, Theme], Glyph]] = {
    Judgement.WITHIN: _within,
    Judgement.CAUTION: _caution,
    Judgement.ALARM: _alarm,
    Judgement.INJURY: _injury,
    Judgement.UNCONFIRMED: _unconfirmed,
    Judgement.NOT_ASSESSED: _not_assessed,
}
