"""Temperatures as colours over a slice: where it is cold, how cold, and what the colours mean."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage, QPainter

from app.export.pdf_painter import PdfPainter, rasterised
from app.qt_painter import draw
from app.representations.primitives import Label, Picture
from app.representations.scene import Scene, SurfaceCache, ZoneSurfaces
from app.representations.slice_overlay import slice_plan
from app.representations.slice_plane import Plane, SliceFrame
from app.representations.temperature_wash import coloured
from app.tokens import temperature_stops
from planning.catalogue import Mode
from planning.operations.probes import add_probe
from tests.builders.cases import CRYO, centred_grid, empty_case, hot_ball, ice_ball, zone_of

CASE = add_probe(empty_case(), CRYO, (0, 38, 0), (0, 0, 0))


def scene_of(mode=Mode.COLD, **changes):
    field = ice_ball(10.0) if mode is Mode.COLD else hot_ball(10.0)
    zone = ZoneSurfaces.of(zone_of(CASE, field, centred_grid(30), mode=mode))
    return Scene(case=CASE, surfaces=SurfaceCache(), zone=zone, temperature_shown=True, **changes)


def frame_of(width_px=400, height_px=400, mm_per_px=0.2, centre_mm=(0.0, 0.0, 0.0)):
    return SliceFrame.of(Plane.AXIAL, CASE.image.grid, centre_mm, width_px, height_px, mm_per_px)


def washes(scene, frame):
    """Pictures of a whole area, without the scale's."""
    return [mark for mark in slice_plan(scene, frame) if isinstance(mark, Picture) and mark.width_px > 20]


def at(wash, frame, lps_mm):
    x, y = frame.to_px(lps_mm)
    row, column = int((y - wash.y_px) / 2), int((x - wash.x_px) / 2)
    return wash.pixels[row, column]


@pytest.mark.parametrize("cold", [True, False])
def test_colours_are_those_of_the_scale_between_its_ends_and_beyond(cold):
    stops = temperature_stops(cold=cold)
    assert stops[0] == (37.0, stops[0][1], 0.0), "what is as warm as the body is clear"
    for at_c, colour, opacity in stops:
        assert coloured([at_c], cold=cold)[0].tolist() == [*bytes.fromhex(colour[1:]), round(255 * opacity)]
    beyond_c = stops[-1][0] + (-50 if cold else 50)
    assert np.array_equal(coloured([beyond_c], cold=cold), coloured([stops[-1][0]], cold=cold))
    lightness = coloured([stop[0] for stop in stops], cold=cold)[:, :3] @ [0.2126, 0.7152, 0.0722]
    assert (np.diff(lightness) > 0).all(), "colder or hotter is lighter, for every eye"


@pytest.mark.parametrize("mode", list(Mode))
def test_every_place_has_the_colour_of_its_temperature(mode):
    frame = frame_of()
    (wash,) = washes(scene_of(mode), frame)
    for x_mm in (0.2, 12.0, 16.0, 27.0):
        field = ice_ball(10.0) if mode is Mode.COLD else hot_ball(10.0)
        wanted = coloured([field(np.array(x_mm))], cold=mode is Mode.COLD)[0].astype(int)
        assert np.abs(at(wash, frame, [x_mm, 0.0, 0.0]).astype(int) - wanted).max() <= 25
    assert at(wash, frame, [29.0, 0.0, 0.0])[3] == 0


def test_the_scale_names_its_temperatures_with_one_unit():
    said = [mark.text for mark in slice_plan(scene_of(), frame_of()) if isinstance(mark, Label)]
    for at_c, _, _ in temperature_stops(cold=True)[1:]:
        assert f"{at_c:g}".replace("-", "\u2212") in said
    assert "37\u202f°C" in said
    small = [mark.text for mark in slice_plan(scene_of(), frame_of(height_px=150)) if isinstance(mark, Label)]
    assert "37\u202f°C" not in small


def test_nothing_is_washed_unless_it_is_asked_for_and_up_to_date():
    frame = frame_of()
    assert washes(scene_of(), frame)
    assert not washes(replace(scene_of(), temperature_shown=False), frame)
    assert not washes(scene_of(stale_because="C1 moved"), frame)
    assert not washes(scene_of(), frame_of(centre_mm=(500.0, 0.0, 0.0)))


def test_pages_show_the_wash_over_what_lies_below():
    grey = Picture(pixels=np.full((4, 4), 100, np.uint8), x_px=0, y_px=0, width_px=40, height_px=40)
    half = np.zeros((4, 4, 4), np.uint8)
    half[:, 2:] = (255, 0, 0, 128)
    painter = PdfPainter()
    painter.page(40, 40, [grey, Picture(pixels=half, x_px=0, y_px=0, width_px=40, height_px=40)], "#000000")
    page = rasterised(painter.finish(), 40).astype(int)
    assert np.abs(page[20, 8] - 100).max() <= 3
    assert np.abs(page[20, 32] - [178, 50, 50]).max() <= 4


def test_the_window_paints_the_wash_over_what_lies_below(application):
    image = QImage(40, 40, QImage.Format.Format_RGB32)
    image.fill(QColor(100, 100, 100))
    half = np.zeros((4, 4, 4), np.uint8)
    half[:, 2:] = (255, 0, 0, 128)
    painter = QPainter(image)
    draw(painter, [Picture(pixels=half, x_px=0, y_px=0, width_px=40, height_px=40)])
    painter.end()
    assert image.pixelColor(8, 20).getRgb()[:3] == (100, 100, 100)
    assert np.abs(np.array(image.pixelColor(32, 20).getRgb()[:3]) - [178, 50, 50]).max() <= 2
