import numpy as np
import pytest

from planning.evaluation.dose import dose_at_min
from tests.builders.cases import centred_grid

GRID = centred_grid(10, spacing_mm=1.0)


def steep(per_mm: float):
    """Ten minutes in the middle, so many doublings more with every millimetre to the left."""
    x_mm = GRID.to_lps(np.indices(GRID.shape_kji).reshape(3, -1).T[:, ::-1])[:, 0].reshape(GRID.shape_kji)
    return (10.0 * np.exp2(per_mm * x_mm)).astype(np.float32)


@pytest.mark.parametrize("per_mm", [0.5, 2.0, 4.0])
def test_between_voxels_a_dose_grows_as_temperature_lets_it(per_mm):
    at_mm = np.array([[0.5, 0.3, 0.1], [-0.25, 0, 0], [1.9, -2.2, 3.7]])
    assert dose_at_min(steep(per_mm), GRID, at_mm) == pytest.approx(10 * 2 ** (per_mm * at_mm[:, 0]), rel=1e-4)


def test_there_is_no_dose_outside_the_grid_nor_where_none_was_counted():
    none = np.zeros(GRID.shape_kji, np.float32)
    assert (dose_at_min(none, GRID, [[0.0, 0, 0], [0.4, 0.4, 0.4]]) == 0).all()
    assert dose_at_min(steep(1.0), GRID, [[30.0, 0, 0], [0.0, 0, 0]]) == pytest.approx([0.0, 10.0])
    assert len(dose_at_min(none, GRID, np.zeros((0, 3)))) == 0


def test_voxels_are_read_as_they_are_at_the_rim_of_the_grid_too():
    dose = steep(1.0)
    corners = GRID.to_lps(np.array([[0, 0, 0], np.array(GRID.shape_kji)[::-1] - 1]))
    assert dose_at_min(dose, GRID, corners) == pytest.approx(
        [dose[0, 0, 0] if dose[0, 0, 0] > 0.01 else 0.0, dose[-1, -1, -1]]
    )
