"""Tines in a device file: read, placed, measured to and drawn; and every file that is refused."""

from __future__ import annotations

import numpy as np
import pytest

from app.representations.actors3d import needle_surface
from app.representations.scene import Scene, SurfaceCache
from app.representations.slice_overlay import slice_plan
from app.representations.slice_plane import Plane, SliceFrame
from imaging.errors import DomainError
from imaging.progress import no_progress
from imaging.structures import StructureKind
from planning import services
from planning.catalogue import Mode, Phase, load_thresholds
from planning.catalogue.devices import read_device, reload_devices
from planning.catalogue.tines import Tines, TineShape
from planning.evaluation import Judgement, evaluate, judge_structures
from planning.model.naming import make_structure
from planning.operations.probes import add_probe
from planning.operations.structures import put_structure
from planning.services import placed_applicators, prediction_digest
from planning.thermal import from_device, simulation_grid, solve
from planning.thermal.tines import straight_tines, swept_points_mm
from planning.thermal.zone_tables import _identity
from tests.builders.cases import ball, centred_grid, empty_case, root, straight_tube, uniform, zone_of
from tests.builders.user_devices import array_text

MADE_UP = Tines(shape=TineShape.STRAIGHT, count=4, deployed_diameter_mm=20, diameter_mm=0.5, reach_mm=8)
GRID = centred_grid(40)


def read(tmp_path, *edits):
    file = tmp_path / "array.toml"
    file.write_text(array_text("made-up-array", *edits), encoding="utf-8")
    return read_device(file)


@pytest.fixture
def known(tmp_path, monkeypatch):
    """The array in the user's folder, so that a plan can name it."""
    monkeypatch.setenv("SACROPLAN_HOME", str(tmp_path))
    (tmp_path / "devices").mkdir()
    read(tmp_path / "devices")
    reload_devices()
    yield "made-up-array"
    monkeypatch.undo()
    reload_devices()


def planned(device_id, *structures):
    case = empty_case(GRID)
    for structure in structures:
        case = put_structure(case, structure)
    return add_probe(case, device_id, (0, 0, 35), (0, 0, 0))


def test_a_file_with_tines_is_read_and_placed(tmp_path):
    device = read(tmp_path)
    assert device.tines == MADE_UP and device.tines.words == "4 tines, deployed to 20 mm"
    made = from_device(device, (1, 2, 3), (1, 2, 53))
    assert made.tine_diameter_mm == 0.5 and len(made.tines) == 4
    ends = np.array([tine[-1] for tine in made.tines]) - (1, 2, 3)
    assert np.hypot(ends[:, 0], ends[:, 1]) == pytest.approx(10.0)
    assert ends[:, 2] == pytest.approx(-8.0)


@pytest.mark.parametrize(("shape", "ahead_mm"), [("everted", 0.0), ("spread", 10.0)])
def test_curved_tines_are_the_engines_own(tmp_path, shape, ahead_mm):
    edits = ('"straight"', f'"{shape}"'), ("reach_mm = 8\n", ""), ('"tines.reach_mm" = "made up for a test"\n', "")
    made = from_device(read(tmp_path, *edits), (0, 0, 0), (0, 0, 50))
    assert [tine[-1][2] for tine in made.tines] == pytest.approx([-ahead_mm] * 4, abs=1e-9)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("count = 4", "count = 0", "key 'tines.count'"),
        ("count = 4", "count = 25", "key 'tines.count'"),
        ("count = 4", "count = 4.5", "key 'tines.count'"),
        ("count = 4", "count = true", "key 'tines.count'"),
        ("count = 4", "", "key 'tines.count' cannot be used: it is missing"),
        ("deployed_diameter_mm = 20", "deployed_diameter_cm = 2", "key 'tines.deployed_diameter_cm'"),
        ("deployed_diameter_mm = 20", "deployed_diameter_mm = nan", "key 'tines.deployed_diameter_mm'"),
        ("deployed_diameter_mm = 20", "deployed_diameter_mm = 81", "key 'tines.deployed_diameter_mm'"),
        ("deployed_diameter_mm = 20", "deployed_diameter_mm = 2", "must be larger than diameter_mm"),
        ("diameter_mm = 0.5", "diameter_mm = 0", "key 'tines.diameter_mm'"),
        ("diameter_mm = 0.5", "diameter_mm = 2.0\n", ""),
        ("diameter_mm = 2.0", "diameter_mm = 0.4", "the tines come out of the shaft"),
        ('shape = "straight"', 'shape = "bent"', "key 'tines.shape'"),
        ('shape = "straight"', 'shape = "spread"', "reach_mm belongs to shape = 'straight'"),
        ("reach_mm = 8", "", "reach_mm belongs to shape = 'straight'"),
        ("reach_mm = 8", "reach_mm = -1", "key 'tines.reach_mm'"),
        ('"tines.count" = "made up for a test"', "", "no source for tines.count"),
        ('"rf_monopolar"', '"rf_bipolar"\npole_gap_mm = 1', "tines belong to monopolar"),
        ("active_length_mm = 3", "active_length_mm = 3\nshaft_length_mm = 3", "longer than active_length_mm"),
    ],
)
def test_tines_that_cannot_be_are_refused(tmp_path, old, new, said):
    if not said:
        assert read(tmp_path, (old, new)).tines.diameter_mm == 2.0, "as thick as the shaft is allowed"
        return
    with pytest.raises(DomainError, match=r"array\.toml") as refused:
        read(tmp_path, (old, new))
    assert said in str(refused.value)


def test_straight_tines_do_not_reach_behind_the_tip():
    with pytest.raises(DomainError, match="reach of -1 mm"):
        straight_tines((0, 0, 0), (0, 0, 1), 4, 20.0, -1)


def test_predictions_and_zone_tables_depend_on_tines_and_those_without_are_as_before(tmp_path, known):
    with_tines = read(tmp_path)
    more = read(tmp_path, ("count = 4", "count = 5"))
    assert _identity(with_tines) != _identity(more)
    before = prediction_digest(planned(known))
    (tmp_path / "devices" / "array.toml").write_text(array_text(known, ("count = 4", "count = 5")), encoding="utf-8")
    reload_devices()
    assert prediction_digest(planned(known)) != before
    (probe,) = placed_applicators(planned(known))
    assert len(probe.tines) == 5


def test_swept_points_lie_wherever_a_turn_may_bring_a_tine():
    points = swept_points_mm(MADE_UP, (0.0, 0.0, 0.0), (0.0, 0.0, 9.0), 0.75)
    away, ahead = np.hypot(points[:, 0], points[:, 1]), -points[:, 2]
    assert away == pytest.approx(10 / 8 * ahead, abs=1e-9)
    assert (away.max(), ahead.max()) == (pytest.approx(10), pytest.approx(8))
    rim = np.sort(np.arctan2(*points[away > 9.99, :2].T))
    assert np.diff(rim).max() * 10 <= 0.75 + 1e-9


@pytest.mark.parametrize("turn_deg", [0.0, 20.0, 45.0])
def test_distances_are_measured_to_the_tines_however_they_are_turned(known, turn_deg):
    x, y = 13 * np.cos(np.radians(turn_deg)), 13 * np.sin(np.radians(turn_deg))
    nerve = root("S2", "L", straight_tube((x, y, -20), (x, y, 20), 1.0))
    case = planned(known, nerve)
    zone = zone_of(case, uniform(37.0), centred_grid(20), Mode.HEAT)
    risk = next(r for r in judge_structures(case, zone, load_thresholds()) if r.id == nerve.id)
    assert risk.needle_mm == pytest.approx(13 - 1 - 10 - 0.25, abs=0.05)
    assert (risk.needle_by_tines, risk.needle_text) == (True, "tines of R1")
    assert risk.needle_judgement is Judgement.CAUTION
    said = [f.sentence for f in evaluate(case, zone).findings]
    assert "Left S2 lies 1.7\u202fmm from the tines of R1." in said


def test_tines_that_reach_into_a_structure_are_told_and_a_nearer_shaft_is_a_shaft(known):
    bowel = make_structure(StructureKind.BOWEL, ball(GRID, 4, (0, 9, -7)))
    canal = make_structure(StructureKind.CANAL, ball(GRID, 4, (7, 0, 20)))
    case = planned(known, bowel, canal)
    verdict = evaluate(case, zone_of(case, uniform(37.0), centred_grid(20), Mode.HEAT))
    assert "The tines of R1 reach into bowel, if they are turned that way." in [f.sentence for f in verdict.findings]
    risk = next(r for r in verdict.structures if r.id == canal.id)
    assert (risk.needle_by_tines, risk.needle_mm) == (False, pytest.approx(7 - 4 - 1, abs=0.4))


def test_tines_are_drawn_in_slices_and_in_3d(known):
    case = planned(known)
    frame = SliceFrame.of(Plane.CORONAL, GRID, (0.0, 0.0, 0.0), 400, 400, 0.25)
    ends = [frame.to_px(tine[-1]) for tine in placed_applicators(case)[0].tines]
    drawn = slice_plan(Scene(case=case, surfaces=SurfaceCache()), frame)
    points = np.concatenate([line for path in drawn for line in getattr(path, "lines", ())])
    for end in ends:
        assert np.linalg.norm(points - end, axis=1).min() < 1e-6
    x0, x1, y0, y1, z0, _ = needle_surface(case.plan.probes[0], False).GetBounds()
    assert z0 < -7.9 and max(x1 - x0, y1 - y0) > 19.9


def test_a_plan_with_tines_is_solved(known):
    case = planned(known)
    grid = simulation_grid(placed_applicators(case), case.image.grid.frame_uid, 3.0)
    box = services.SimulatedBox(grid, np.full(grid.shape_kji, 60.0, np.float32), {})
    request = services.thermal_request(case.with_plan(schedule=(Phase(kind="on", duration_s=4),)), box)
    assert solve(request, no_progress()).extreme_c.max() > 40.0
