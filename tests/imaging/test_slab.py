import numpy as np
import pytest

from imaging.geometry import VoxelGrid
from imaging.slab import Projection, axis_along, layers_within, projected
from imaging.volume import Provenance, Volume

GRID = VoxelGrid.axis_aligned((6, 8, 10), (0.8, 1.0, 2.0), (-4.0, -4.0, -5.0), "slab")
RNG = np.random.default_rng(1)


def volume():
    return Volume(
        hu=RNG.integers(-1000, 2000, GRID.shape_kji).astype(np.int16), grid=GRID, provenance=Provenance(kind="phantom")
    )


@pytest.mark.parametrize(("normal", "axis"), [((1.0, 0, 0), 0), ((0, -1.0, 0), 1), ((0, 0, 1.0), 2)])
def test_a_direction_along_an_axis_is_told_either_way(normal, axis):
    assert axis_along(GRID, np.array(normal)) == axis


def test_an_oblique_direction_has_no_axis():
    assert axis_along(GRID, np.array([0.0, np.sin(0.01), np.cos(0.01)])) is None


@pytest.mark.parametrize(
    ("z_mm", "thickness_mm", "layers"),
    [
        (-1.0, 4.0, (1, 4)),  # Middles at -3, -1 and 1 mm; 1 and -3 lie on the border.
        (-1.0, 3.9, (2, 3)),
        (0.0, 1.0, (2, 3)),  # Between two layers: one of them.
        (-5.0, 6.0, (0, 2)),  # Half of it lies outside.
        (5.0, 60.0, (0, 6)),
        (40.0, 10.0, (0, 0)),
    ],
)
def test_layers_of_a_slab(z_mm, thickness_mm, layers):
    assert layers_within(GRID, 2, np.array([0.0, 0.0, z_mm]), thickness_mm) == layers


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_layers_come_to_their_largest_smallest_and_mean_density(axis):
    ct = volume()
    layers = np.moveaxis(ct.hu, 2 - axis, 0)[1:4]
    for projection, wanted in (
        (Projection.LARGEST, layers.max(axis=0)),
        (Projection.SMALLEST, layers.min(axis=0)),
        (Projection.MEAN, layers.mean(axis=0)),
    ):
        found = projected(ct, axis, 1, 4, projection)
        assert found.shape[2 - axis] == 1 and found.dtype == np.int16
        assert np.abs(np.moveaxis(found, 2 - axis, 0)[0] - wanted).max() <= 0.5
