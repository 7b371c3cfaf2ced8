"""From where 3D is seen: the standard views, and the words of their titles."""

from __future__ import annotations

import numpy as np
import pytest

from app.representations.camera3d import STANDARD_VIEWS, angles_towards, screen_axes, towards_viewer
from app.representations.furniture3d import view_words
from app.representations.scene3d import Scene3D

L, P, S = np.eye(3)
# By the view: where the viewer is, and what of the patient lies right and up on the screen.
LYING = {
    "posterior": (P, -L, S),
    "anterior": (-P, L, S),
    "left": (L, P, S),
    "right": (-L, -P, S),
    "cranial": (S, -L, -P),
    "caudal": (-S, L, -P),
}


def test_every_standard_view_is_known_here():
    assert [view.name for view in STANDARD_VIEWS] == list(LYING)


@pytest.mark.parametrize("view", STANDARD_VIEWS, ids=lambda v: v.name)
def test_a_standard_view_is_seen_from_where_its_name_says(view):
    viewer, right, up = LYING[view.name]
    assert towards_viewer(view.azimuth_deg, view.elevation_deg) == pytest.approx(viewer, abs=1e-9)
    picture = Scene3D()
    try:
        picture.look((5, 6, 7), view.azimuth_deg, view.elevation_deg, 100.0)
        picture.pixels(100, 100)
        middle, to_right, upwards = picture.to_px(np.array([5, 6, 7]) + [0 * L, 20 * right, 20 * up], 100, 100)
    finally:
        picture.close()
    assert middle == pytest.approx([50, 50], abs=1)
    assert to_right == pytest.approx([70, 50], abs=1) and upwards == pytest.approx([50, 30], abs=1)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("posterior", "left is on the left, the head above"),
        ("anterior", "left is on the right, the head above"),
        ("left", "back is on the right"),
        ("right", "back is on the left"),
        ("cranial", "left is on the left, the front above"),
        ("caudal", "left is on the right, the front above"),
    ],
)
def test_a_standard_view_teaches_how_the_patient_lies_in_it(name, said):
    view = next(v for v in STANDARD_VIEWS if v.name == name)
    _, right, up = LYING[name]
    assert said in view.teaches
    if "left is" in said:
        assert ("on the right" in said) == (right @ L > 0)
    else:
        assert ("on the right" in said) == (right @ P > 0)
    assert ("front above" in said) == (up @ -P > 0)


@pytest.mark.parametrize("view", STANDARD_VIEWS, ids=lambda v: v.name)
def test_the_title_says_the_view_in_the_words_of_its_command(view):
    assert view_words(view.azimuth_deg, view.elevation_deg) == view.words


def test_the_title_of_a_turned_view():
    assert view_words(14, 34) == "from behind, 14° right, 34° above"
    assert view_words(-170, -20) == "from the front, 10° left, 20° below"
    assert view_words(90, 12) == "from the right, 12° above"


@pytest.mark.parametrize("direction", [(0.1, 0.95, 0.3), (-0.6, 0.2, -0.7), (0.3, -0.9, 0.1), (0, 0, 1), (0, 0, -2)])
def test_angles_of_a_direction_lead_back_to_it(direction):
    unit = np.array(direction) / np.linalg.norm(direction)
    angles = angles_towards(np.array(direction, float))
    assert towards_viewer(*angles) == pytest.approx(unit, abs=1e-9)
    right, up = screen_axes(*angles)
    assert abs(right @ unit) < 1e-9 and abs(up @ unit) < 1e-9 and abs(right @ up) < 1e-9
