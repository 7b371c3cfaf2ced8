"""What stands on the edge of every slice: title, letters, window, ruler."""

from __future__ import annotations

from app.representations.ct_look import PLAIN, CtLook
from app.representations.primitives import Label, Primitive, Stroke, line, rectangle
from app.representations.slice_plane import SliceFrame
from app.tokens import ON_IMAGE, plane_colour, theme_colour
from planning.model.case import ImageReference
from planning.quantities import MINUS, NNBSP

_RULER_LENGTHS_MM = (200, 100, 50, 20, 10, 5, 2, 1)
_RULER_SHARE = 0.28


def slice_furniture(
    frame: SliceFrame,
    image: ImageReference,
    window_hu: tuple[float, float],
    *,
    title: bool = True,
    words: str = "",
    look: CtLook = PLAIN,
) -> list[Primitive]:
    """Return the fixed marks of a slice.

    Parameters
    ----------
    frame : SliceFrame
    image : ImageReference
    window_hu : tuple of float
        Width and level.
    title : bool
        Whether the plane's bar and name are drawn.
    words : str
        The name of a plane that is none of the three standard ones.
    look : CtLook
    """
    width, height = frame.width_px, frame.height_px
    text = theme_colour("text-1", ON_IMAGE)
    marks: list[Primitive] = []
    if title:
        colour = theme_colour("text-3", ON_IMAGE) if frame.is_of_needle else plane_colour(frame.plane.value)
        marks.append(rectangle(0, 0, width, 2, colour))
        name = words or f"{frame.plane.value.capitalize()}  {frame.position_text}"
        marks.append(Label(text=name, x_px=26, y_px=16, colour=text, plate=0.72))
        marks.append(rectangle(10, 12, 8, 8, colour))
    left, right, top, bottom = frame.edge_letters
    for letter, x, y in (
        (left, 14, height / 2), (right, width - 14, height / 2), (top, width / 2, 14), (bottom, width / 2, height - 14),
    ):  # fmt: skip
        marks.append(Label(text=letter, x_px=x, y_px=y, colour=text, anchor="centre", weight="semibold", size_px=13))
    width_hu, level_hu = window_hu
    level = f"{level_hu:.0f}".replace("-", MINUS)
    shown = "  ".join(part for part in (f"W {width_hu:.0f} L {level}", look.words) if part)
    marks.append(Label(text=shown, x_px=14, y_px=height - 15, colour=text, plate=0.72))
    notes = [
        note
        for note, holds in (
            ("synthetic CT", image.synthetic),
            ("prone, as acquired", image.patient_position.endswith("P")),
        )
        if holds
    ]
    if notes:
        marks.append(
            Label(text=", ".join(notes), x_px=14, y_px=height - 36, colour=theme_colour("text-2", ON_IMAGE), size_px=11)
        )
    return [*marks, *_ruler(frame)]


def _ruler(frame: SliceFrame) -> list[Primitive]:
    longest_mm = frame.width_px * _RULER_SHARE * frame.mm_per_px
    length_mm = next((n for n in _RULER_LENGTHS_MM if n <= longest_mm), _RULER_LENGTHS_MM[-1])
    length_px = length_mm / frame.mm_per_px
    right, y = frame.width_px - 14.0, frame.height_px - 13.0
    stroke = Stroke(colour=theme_colour("text-1", ON_IMAGE), width_px=1)
    ends = [line((x, y - 5), (x, y), stroke) for x in (right - length_px, right)]
    text = Label(
        text=f"{length_mm}{NNBSP}mm", x_px=right - length_px / 2, y_px=y - 12, colour=theme_colour("text-1", ON_IMAGE),
        anchor="centre", size_px=11,
    )  # fmt: skip
    return [line((right - length_px, y), (right, y), stroke), *ends, text]
