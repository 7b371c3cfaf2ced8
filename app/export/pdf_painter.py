"""Draw primitives into a PDF page, and a PDF page into pixels."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pypdfium2
from PIL import Image
from reportlab.lib.colors import HexColor
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from app.representations.primitives import Label, Path, Picture, Primitive, Stroke, Weight
from resources import resource

# Fraction of the size by which a capital's middle lies above the baseline in Inter.
_CAP_MIDDLE = 0.364
_PLATE_PAD_PX = (5.0, 3.0)
_OUTLINE_PX = 2.6
_CASING_OPACITY = 0.55


@cache
def _font(weight: Weight) -> str:
    """Register a weight of Inter once, and return its name."""
    name = f"Inter-{ {'regular': 'Regular', 'medium': 'Medium', 'semibold': 'SemiBold'}[weight] }"
    data = resource("fonts", f"{name}.ttf").read_bytes()
    pdfmetrics.registerFont(TTFont(name, io.BytesIO(data)))
    return name


def text_width_px(text: str, size_px: float, weight: Weight = "regular") -> float:
    """Return the width of a line of text."""
    return float(pdfmetrics.stringWidth(text, _font(weight), size_px))


class PdfPainter:
    """A PDF of pages measured in logical pixels.

    Parameters
    ----------
    point_per_px : float
        Size of a logical pixel in PDF points.
    title, subject : str
        Metadata; never a patient's name.
    """

    def __init__(self, point_per_px: float = 0.75, title: str = "", subject: str = "") -> None:
        self._buffer = io.BytesIO()
        self._scale = point_per_px
        self._canvas: Any = Canvas(self._buffer, invariant=1)
        self._canvas.setTitle(title)
        self._canvas.setSubject(subject)
        self._canvas.setCreator("sacroplan")
        self._canvas.setAuthor("")

    def page(self, width_px: float, height_px: float, primitives: Iterable[Primitive], background: str) -> None:
        """Add a page with everything drawn on it."""
        canvas = self._canvas
        canvas.setPageSize((width_px * self._scale, height_px * self._scale))
        canvas.saveState()
        canvas.scale(self._scale, -self._scale)
        canvas.translate(0, -height_px)
        canvas.setFillColor(HexColor(background))
        canvas.rect(0, 0, width_px, height_px, stroke=0, fill=1)
        clip = canvas.beginPath()
        clip.rect(0, 0, width_px, height_px)
        canvas.clipPath(clip, stroke=0, fill=0)
        self.draw(primitives)
        canvas.restoreState()
        canvas.showPage()

    def draw(self, primitives: Iterable[Primitive]) -> None:
        """Draw primitives on the page that is open."""
        for primitive in primitives:
            if isinstance(primitive, Path):
                self._path(primitive)
            elif isinstance(primitive, Label):
                self._label(primitive)
            else:
                self._picture(primitive)

    def finish(self) -> bytes:
        """Return the PDF."""
        self._canvas.save()
        return self._buffer.getvalue()

    def _path(self, path: Path) -> None:
        canvas = self._canvas
        shape = canvas.beginPath()
        for points in path.lines:
            shape.moveTo(*points[0])
            for point in points[1:]:
                shape.lineTo(*point)
            if path.closed:
                shape.close()
        canvas.saveState()
        canvas.setLineJoin(1)
        if path.fill:
            canvas.setFillColor(HexColor(path.fill), alpha=path.fill_opacity)
            canvas.drawPath(shape, stroke=0, fill=1, fillMode=0)
        if path.stroke:
            if path.stroke.casing:
                black = Stroke(colour="#000000", width_px=path.stroke.width_px + 2, opacity=_CASING_OPACITY)
                self._stroke(black)
                canvas.drawPath(shape, stroke=1, fill=0)
            self._stroke(path.stroke)
            canvas.drawPath(shape, stroke=1, fill=0)
        canvas.restoreState()

    def _stroke(self, stroke: Stroke) -> None:
        self._canvas.setStrokeColor(HexColor(stroke.colour), alpha=stroke.opacity)
        self._canvas.setLineWidth(stroke.width_px)
        self._canvas.setDash(list(stroke.dash_px))

    def _label(self, label: Label) -> None:
        canvas = self._canvas
        font = _font(label.weight)
        width = text_width_px(label.text, label.size_px, label.weight)
        left = label.x_px - {"left": 0.0, "centre": width / 2, "right": width}[label.anchor]
        canvas.saveState()
        if label.plate:
            pad_x, pad_y = _PLATE_PAD_PX
            canvas.setFillColor(HexColor("#000000"), alpha=label.plate)
            canvas.roundRect(
                left - pad_x, label.y_px - label.size_px * 0.5 - pad_y, width + 2 * pad_x,
                label.size_px + 2 * pad_y, 3, stroke=0, fill=1,
            )  # fmt: skip
        canvas.translate(left, label.y_px + label.size_px * _CAP_MIDDLE)
        canvas.scale(1, -1)
        if label.outline and not label.plate:
            canvas.saveState()
            text = canvas.beginText(0, 0)
            text.setFont(font, label.size_px)
            text.setTextRenderMode(1)
            canvas.setStrokeColor(HexColor("#000000"), alpha=0.8)
            canvas.setLineWidth(_OUTLINE_PX)
            canvas.setLineJoin(1)
            text.textOut(label.text)
            canvas.drawText(text)
            canvas.restoreState()
        text = canvas.beginText(0, 0)
        text.setFont(font, label.size_px)
        canvas.setFillColor(HexColor(label.colour), alpha=1)
        text.textOut(label.text)
        canvas.drawText(text)
        canvas.restoreState()

    def _picture(self, picture: Picture) -> None:
        image = ImageReader(Image.fromarray(picture.pixels))
        canvas = self._canvas
        canvas.saveState()
        canvas.translate(picture.x_px, picture.y_px + picture.height_px)
        canvas.scale(1, -1)
        canvas.drawImage(
            image, 0, 0, picture.width_px, picture.height_px, mask="auto" if picture.pixels.shape[2:] == (4,) else None
        )
        canvas.restoreState()


def rasterised(pdf: bytes, width_px: int, page: int = 0) -> npt.NDArray[np.uint8]:
    """Return a page of a PDF as RGB pixels of the given width, shape (rows, columns, 3)."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        sheet = document[page]
        bitmap = sheet.render(scale=width_px / sheet.get_width(), rev_byteorder=True)
        return np.asarray(bitmap.to_numpy())[:, :, :3].copy()
    finally:
        document.close()


def png_bytes(pixels: npt.NDArray[np.uint8]) -> bytes:
    """Return pixels as a PNG file."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def picture_of(
    primitives: Sequence[Primitive], width_px: int, height_px: int, scale: int = 1, background: str = "#000000"
) -> npt.NDArray[np.uint8]:
    """Return primitives drawn as RGB pixels, shape (height_px * scale, width_px * scale, 3)."""
    painter = PdfPainter()
    painter.page(width_px, height_px, primitives, background)
    return rasterised(painter.finish(), width_px * scale)
