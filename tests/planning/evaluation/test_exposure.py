import numpy as np
import pytest

from imaging.structures import StructureKind
from planning.catalogue import Mode, load_thresholds
from planning.catalogue.thresholds import Level
from planning.evaluation.exposure import exposure_of, first_passing_s, levels_of
from planning.evaluation.structures import surface_points
from planning.model.naming import make_structure
from tests.builders.cases import ball, centred_grid, empty_case, hot_ball, ice_ball, root, straight_tube, zone_of


def felt(structure, extreme_c, mode=Mode.COLD, **changes):
    zone = zone_of(empty_case(), extreme_c, mode=mode, **changes)
    points = surface_points(structure.shape)
    return exposure_of(structure, points[zone.grid.contains(points)], zone, load_thresholds())


@pytest.mark.parametrize("offset_mm", [0.0, 6.0, 12.0])
def test_length_of_a_nerve_in_ice_is_that_of_the_chord(offset_mm):
    nerve = root("S2", "L", straight_tube((-35, offset_mm, 0), (35, offset_mm, 0), 2.0))
    exposure = felt(nerve, ice_ball(10))  # 0 °C at 15 mm, -20 °C at 10 mm.
    for level_c, radius_mm in ((0.0, 15.0), (-20.0, 10.0)):
        nearest_mm = max(offset_mm - 2.0, 0.0)
        assert exposure.crossing(level_c).length_mm == pytest.approx(2 * np.sqrt(radius_mm**2 - nearest_mm**2), abs=0.3)


def test_nerve_that_no_level_reaches_has_no_crossing():
    exposure = felt(root("S2", "L", straight_tube((-35, 30, 0), (35, 30, 0))), ice_ball(10))
    assert exposure.crossings == () and exposure.extreme_c == pytest.approx(37.0)
    assert exposure.by_temperature.volume_mm3[0] == pytest.approx(np.pi * 4 * 70, rel=0.02)


def test_levels_come_from_the_file_mild_before_grave():
    cold = levels_of(load_thresholds(), Mode.COLD)
    assert [c for _, c, _ in cold] == [10, 0, -8, -20] and all(dose is None for *_, dose in cold)
    heat = levels_of(load_thresholds(), Mode.HEAT)
    assert [(c, dose) for _, c, dose in heat] == [(42, None), (45, None), (None, 10), (None, 30), (None, 60)]
    assert [level for level, *_ in cold] == [Level.CAUTION, Level.ALARM, Level.INJURY, Level.INJURY]


@pytest.mark.parametrize("shape", ["mask", "tube"])
def test_volume_in_ice_is_that_of_what_they_share(shape):
    if shape == "mask":
        structure = make_structure(StructureKind.CANAL, ball(centred_grid(), 20))
        wanted = 4 / 3 * np.pi * 15**3
    else:
        structure = root("S2", "L", straight_tube((-35, 0, 0), (35, 0, 0), 4.0))
        wanted = np.pi * 16 * 2 * np.mean([np.sqrt(225 - 16 * part) for part in np.linspace(0, 1, 101)])
    exposure = felt(structure, ice_ball(10))
    assert exposure.crossing(0.0).volume_mm3 == pytest.approx(wanted, rel=0.02)
    volumes = exposure.by_temperature.volume_mm3
    assert (np.diff(volumes) <= 1e-9).all() and volumes[0] == pytest.approx(structure.volume_mm3, rel=0.02)
    at_zero = volumes[list(exposure.by_temperature.values).index(0.0)]
    assert at_zero == pytest.approx(exposure.crossing(0.0).volume_mm3)


def test_skin_has_no_volume_that_is_frozen():
    body = make_structure(StructureKind.SKIN, ball(centred_grid(), 12))
    crossing = felt(body, ice_ball(10)).crossing(0.0)
    assert crossing.volume_mm3 is None and crossing.length_mm is None


def test_thick_slices_are_read_within_the_slice():
    grid = centred_grid()
    thick = type(grid).axis_aligned((17, 81, 81), (1.0, 1.0, 5.0), (-40, -40, -40), grid.frame_uid)
    exposure = felt(make_structure(StructureKind.CANAL, ball(thick, 30)), ice_ball(10))
    assert exposure.crossing(0.0).volume_mm3 == pytest.approx(4 / 3 * np.pi * 15**3, rel=0.03)


def test_dose_of_a_nerve_in_heat():
    grid = centred_grid()
    # It doubles with every millimetre to the left, as where temperature rises by a kelvin a millimetre; 30 minutes at 10 mm.
    x_mm = grid.origin_mm[0] + np.indices(grid.shape_kji)[2]
    dose = np.minimum(30 * np.exp2(x_mm - 10), 45.0).astype(np.float32)
    nerve = root("S2", "L", straight_tube((-35, 0, 0), (35, 0, 0), 2.0))
    exposure = felt(nerve, hot_ball(10), Mode.HEAT, cem43_min=dose)
    by_dose = {c.cem43_min: c for c in exposure.crossings if c.cem43_min is not None}
    assert set(by_dose) == {10, 30} and by_dose[30].length_mm == pytest.approx(25, abs=0.1)
    assert exposure.cem43_min == pytest.approx(45.0) and by_dose[30].from_s is None
    # 45 °C at 12.5 mm, 50 °C at 10 mm.
    assert exposure.crossing(45.0).length_mm == pytest.approx(25.0, abs=0.3)
    assert exposure.by_dose.volume_mm3[0] > exposure.by_dose.volume_mm3[-1] == 0.0


def test_time_of_a_level_is_read_between_the_times_of_the_curve():
    times_s, curve_c = np.array([0.0, 60, 120, 180]), np.array([37.0, 17.0, -3.0, 5.0])
    assert first_passing_s(times_s, curve_c, 10.0, cold=True) == pytest.approx(81.0)
    assert first_passing_s(times_s, curve_c, -8.0, cold=True) is None
    assert first_passing_s(times_s, curve_c, 37.0, cold=True) == 0.0
    assert first_passing_s(times_s, None, 0.0, cold=True) is None


@pytest.mark.parametrize(("lowest_c", "known"), [(-20.0, True), (-5.0, False)])
def test_time_of_the_extreme_is_told_only_where_the_curve_reaches_it(lowest_c, known):
    times_s = np.array([0.0, 300, 600, 900])
    curves = {"root.S2.L": np.array([37.0, 10.0, lowest_c, 5.0])}
    nerve = root("S2", "L", straight_tube((-35, 12, 0), (35, 12, 0)))
    exposure = felt(nerve, ice_ball(10), times_s=times_s, curves_c=curves)
    assert exposure.extreme_c == pytest.approx(-20.0, abs=0.5)
    assert (exposure.extreme_at_s == 600.0) is known
    assert exposure.crossing(0.0).from_s is not None


def test_structure_outside_the_grid_is_at_body_temperature():
    exposure = felt(root("S2", "L", straight_tube((100, 0, 0), (120, 0, 0))), ice_ball(10))
    assert exposure.extreme_c == 37.0 and exposure.extreme_at_mm is None and exposure.crossings == ()
