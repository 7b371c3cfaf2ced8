import numpy as np
import pytest

from imaging.distance import closest_points
from imaging.surface import Mesh


def densely_sampled(corners, count=200):
    """Points all over a triangle."""
    v, w = np.meshgrid(np.linspace(0, 1, count), np.linspace(0, 1, count))
    inside = (v + w <= 1).ravel()
    v, w = v.ravel()[inside, None], w.ravel()[inside, None]
    return corners[0] + v * (corners[1] - corners[0]) + w * (corners[2] - corners[0])


@pytest.mark.parametrize("seed", range(6))
def test_closest_point_of_a_triangle_is_that_of_its_points(seed):
    rng = np.random.default_rng(seed)
    corners = rng.uniform(-5, 5, (3, 3))
    points = rng.uniform(-12, 12, (60, 3))
    closest, distance_mm = closest_points(Mesh(corners, np.array([[0, 1, 2]])), points)
    among = np.linalg.norm(points[:, None] - densely_sampled(corners)[None], axis=2).min(axis=1)
    assert (distance_mm <= among + 1e-9).all() and distance_mm == pytest.approx(among, abs=0.01)
    assert np.linalg.norm(points - closest, axis=1) == pytest.approx(distance_mm)


@pytest.mark.parametrize(
    ("corners", "expected_mm"),
    [
        ([[0, 0, 0], [4, 0, 0], [2, 0, 0]], 3.0),  # All on one line.
        ([[0, 0, 0], [0, 0, 0], [4, 0, 0]], 3.0),
        ([[0, 0, 0], [0, 0, 0], [0, 0, 0]], np.hypot(1, 3)),
    ],
)
def test_triangle_without_area_is_a_line_or_a_point(corners, expected_mm):
    _, distance_mm = closest_points(Mesh(np.array(corners, float), np.array([[0, 1, 2]])), [[1.0, 3.0, 0.0]])
    assert distance_mm[0] == pytest.approx(expected_mm)


def test_many_points_are_measured_as_few_are():
    rng = np.random.default_rng(1)
    corners = rng.uniform(-5, 5, (300, 3))
    mesh = Mesh(corners, np.arange(300).reshape(100, 3))
    points = rng.uniform(-8, 8, (9000, 3))
    closest, distance_mm = closest_points(mesh, points)
    for n in (0, 4500, 8999):
        alone, alone_mm = closest_points(mesh, points[n])
        assert alone[0] == pytest.approx(closest[n]) and alone_mm[0] == pytest.approx(distance_mm[n])


def test_no_points_have_no_distances():
    closest, distance_mm = closest_points(Mesh(np.eye(3), np.array([[0, 1, 2]])), np.zeros((0, 3)))
    assert closest.shape == (0, 3) and len(distance_mm) == 0
