"""The temperature of a zone as a wash of colour over a slice, with its scale."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from app.representations.label_placer import LabelPlacer
from app.representations.primitives import Label, Picture, Primitive
from app.representations.scene import Scene
from app.representations.slice_plane import SliceFrame
from app.tokens import ON_IMAGE, temperature_stops, theme_colour
from imaging.distance import sample
from imaging.geometry import Floats
from planning.model.zone import PredictedZone
from planning.quantities import level_text

_STEP_PX = 2
# The scale: its place, measured from the right edge and as shares of the height, and how many colours it is drawn in.
_BAR_PX, _FROM_RIGHT_PX, _TOP_SHARE, _HEIGHT_SHARE, _SHADES = 8.0, 40.0, 0.16, 0.32, 64
_SMALLEST_PX = 200


def draw_temperature(scene: Scene, frame: SliceFrame, drawn: list[Primitive], labels: LabelPlacer) -> None:
    """Draw the coldest or hottest that every place gets, or gets to at the moment that is looked at."""
    if not scene.temperature_shown or scene.shown_zone is None or scene.stale_because:
        return
    zone = scene.shown_zone.zone
    if (wash := _wash(zone, frame)) is not None:
        drawn.append(wash)
    if frame.height_px >= _SMALLEST_PX:
        _draw_scale(zone, frame, drawn, labels)


def coloured(temperatures_c: npt.ArrayLike, *, cold: bool) -> npt.NDArray[np.uint8]:
    """Return red, green, blue and opacity of temperatures, shape (..., 4)."""
    stops = sorted(temperature_stops(cold=cold))
    at_c = [stop[0] for stop in stops]
    channels = np.array([[*bytes.fromhex(colour[1:]), 255 * opacity] for _, colour, opacity in stops])
    values_c = np.asarray(temperatures_c, float)
    mixed = np.stack([np.interp(values_c, at_c, channels[:, n]) for n in range(4)], axis=-1)
    return np.round(mixed).astype(np.uint8)


def _wash(zone: PredictedZone, frame: SliceFrame) -> Picture | None:
    """The part of the slice that the zone's grid reaches, as coarse as it may be; None where it does not."""
    low, high = zone.grid.bounds_mm
    corners = np.array([[x, y, z] for x in (low[0], high[0]) for y in (low[1], high[1]) for z in (low[2], high[2])])
    on_frame = frame.to_px(corners)
    start = np.maximum(np.floor(on_frame.min(axis=0)), 0).astype(int)
    stop = np.minimum(np.ceil(on_frame.max(axis=0)), [frame.width_px, frame.height_px]).astype(int)
    columns, rows = -(-(stop - start) // _STEP_PX)
    if columns <= 0 or rows <= 0:
        return None
    x, y = (start[n] + _STEP_PX * (np.arange(count) + 0.5) for n, count in enumerate((columns, rows)))
    px = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    read_c: Floats = sample(zone.extreme_c, zone.grid, frame.to_lps(px), outside=zone.body_c)
    return Picture(
        pixels=coloured(read_c.reshape(rows, columns), cold=zone.cold), x_px=float(start[0]), y_px=float(start[1]),
        width_px=float(columns * _STEP_PX), height_px=float(rows * _STEP_PX),
    )  # fmt: skip


def _draw_scale(zone: PredictedZone, frame: SliceFrame, drawn: list[Primitive], labels: LabelPlacer) -> None:
    """The colours from body heat on, and the temperatures of their stops; each stop stands as far from the next as any."""
    stops = temperature_stops(cold=zone.cold)
    left, top = frame.width_px - _FROM_RIGHT_PX, frame.height_px * _TOP_SHARE
    height = frame.height_px * _HEIGHT_SHARE
    shades_c = np.interp(np.linspace(0, len(stops) - 1, _SHADES), range(len(stops)), [stop[0] for stop in stops])
    shades = coloured(shades_c, cold=zone.cold)[:, None]
    # Stronger than over the CT, so that the faintest can be told.
    shades[..., 3] = np.maximum(shades[..., 3], 200)
    drawn.append(Picture(pixels=shades, x_px=left, y_px=top, width_px=_BAR_PX, height_px=height))
    colour = theme_colour("text-1", ON_IMAGE)
    for n, (at_c, _, _) in enumerate(stops):
        y_px = top + height * n / (len(stops) - 1)
        # The unit stands once.
        text = level_text(at_c) if n == 0 else level_text(at_c).replace("\u202f°C", "")
        drawn.append(Label(text=text, x_px=left - 4, y_px=y_px, colour=colour, anchor="right", size_px=10, plate=0.5))
    labels.keep_free(left - 40, top - 8, frame.width_px, top + height + 8)
