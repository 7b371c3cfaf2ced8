"""The journey as a script, against the phantom's truth and on the real CT.

Where a tolerance comes from: a threshold cannot place a surface better than half a voxel of the CT (1.5 mm on the
coarse phantom); what the program computes from given numbers is compared with the step of the test's own grid.
"""

from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage

from app.proposing import everything
from imaging.opening import open_ct
from imaging.phantom import make_phantom
from imaging.progress import no_progress
from imaging.segmentation import grow_lesion
from imaging.structures import SACRAL_ROOT_LEVELS, Side, StructureKind, Tube
from imaging.surface import surface_of_mask
from planning import services
from planning.case_io import read_case, write_case
from planning.catalogue import Phase
from planning.catalogue.devices import device
from planning.evaluation import evaluate
from planning.model import Case, ImageReference
from planning.model.naming import make_structure
from planning.operations.probes import add_probe, set_schedule
from planning.operations.structures import put_structure
from planning.trajectory.console import console_numbers
from planning.trajectory.skin_entry import entry_on_skin
from tests.e2e.conftest import REAL_CANAL_RADIUS_MM, REAL_DEVICE, REAL_ROOT_RADIUS_MM, REAL_TOWARDS_MM

HALF_VOXEL_MM = 1.5
FINE_MM = 0.4
ISOTHERM_C = -20.0


def _equal_radius_mm(volume_mm3):
    """Radius of the sphere of a volume."""
    return (3 * volume_mm3 / (4 * np.pi)) ** (1 / 3)


def _segments_distance_mm(points, tube):
    """Distance of points to the wall of a tube, straight from its centreline and radii."""
    best = np.full(len(points), np.inf)
    for a, b, r0, r1 in zip(
        tube.points_mm[:-1], tube.points_mm[1:], tube.radii_mm[:-1], tube.radii_mm[1:], strict=True
    ):
        t = np.clip(((points - a) @ (b - a)) / ((b - a) @ (b - a)), 0, 1)
        best = np.minimum(best, np.linalg.norm(points - a - t[:, None] * (b - a), axis=1) - r0 - t * (r1 - r0))
    return best


def _fine_points(low_mm, high_mm):
    """A fine grid between two corners: its points and its shape."""
    axes = [np.arange(a, b + FINE_MM, FINE_MM) for a, b in zip(low_mm, high_mm, strict=True)]
    points = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
    return points.reshape(-1, 3), points.shape[:3]


def _signed_to_zone_mm(zone, points, shape):
    """Signed distance of a fine grid's points to the isotherm, positive inside, from the field alone."""
    kji = zone.grid.to_ijk(points)[:, ::-1].T
    cold = (ndimage.map_coordinates(zone.extreme_c, kji, order=1, cval=37.0) <= ISOTHERM_C).reshape(shape)
    depth = ndimage.distance_transform_edt(cold) - ndimage.distance_transform_edt(~cold)
    # Both transforms measure to a voxel's centre beyond the border, which lies half a step before it.
    return (depth - 0.5 * np.sign(depth)).ravel() * FINE_MM


def test_one_click_lesion_has_its_true_size_within_half_a_voxel(python_plan, small_phantom):
    true = small_phantom.lesions[0]
    assert np.allclose(python_plan["seed"], true.centre_mm, atol=0.05)
    lesion = python_plan["lesion"]
    grown_mm = _equal_radius_mm(lesion.volume_mm3) - _equal_radius_mm(true.volume_mm3)
    assert abs(grown_mm) <= HALF_VOXEL_MM
    assert np.linalg.norm(lesion.points_mm().mean(axis=0) - true.centre_mm) <= HALF_VOXEL_MM
    touching_all_round = ndimage.binary_erosion(true.mask.array(), np.ones((3, 3, 3)))
    assert lesion.array()[touching_all_round].all()


def test_one_click_lesion_stays_within_a_voxel_of_the_true_one(python_plan, small_phantom):
    grown_true = ndimage.binary_dilation(small_phantom.lesions[0].mask.array(), np.ones((3, 3, 3)))
    assert not python_plan["lesion"].array()[~grown_true].any()


@pytest.mark.parametrize("kind", [StructureKind.SKIN, StructureKind.BONE])
def test_proposals_have_their_true_volume_within_half_a_voxel_of_surface(python_plan, small_phantom, kind):
    proposed = python_plan["case"].of_kind(kind)[0]
    true = small_phantom.mask(kind)
    corners = surface_of_mask(true)
    corners = corners.points_mm[corners.triangles]
    area_mm2 = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1).sum() / 2
    assert abs(proposed.volume_mm3 - true.volume_mm3) <= area_mm2 * HALF_VOXEL_MM
    assert not proposed.confirmed


def test_depth_is_measured_from_the_true_skin(python_plan, small_phantom):
    """The same patient at 1 mm, without noise, around the entry; where the path leaves its true body."""
    probe = python_plan["case"].plan.probes[0]
    fine = make_phantom(
        replace(
            small_phantom.parameters, shape_kji=(60, 60, 60), spacing_ijk_mm=(1.0, 1.0, 1.0),
            centre_mm=probe.entry_mm, noise_hu=0.0,
        )
    )  # fmt: skip
    tip, towards = np.array(python_plan["target"]), np.array(python_plan["towards"])
    along_mm = np.arange(probe.depth_mm - 25, probe.depth_mm + 25, 0.05)
    points = tip + along_mm[:, None] * (towards - tip) / np.linalg.norm(towards - tip)
    inside = fine.mask(StructureKind.SKIN).contains(points)
    assert inside[0]
    assert not inside[-1]
    true_depth_mm = along_mm[np.flatnonzero(inside)[-1]]
    assert console_numbers(probe).depth_mm == pytest.approx(true_depth_mm, abs=HALF_VOXEL_MM)


def test_angles_are_those_put_in(python_plan):
    left, back, up = np.subtract(python_plan["towards"], python_plan["target"])
    numbers = console_numbers(python_plan["case"].plan.probes[0])
    assert numbers.in_plane_deg == pytest.approx(np.degrees(np.arctan(left / back)), abs=1e-6)
    assert numbers.craniocaudal_deg == pytest.approx(
        np.degrees(np.arctan(up / np.hypot(left, back))), abs=1e-6
    )  # fmt: skip


def test_roots_lie_as_far_from_the_needle_as_their_true_centrelines(python_plan, small_phantom):
    """With the true nerves in the case; the needle's distance does not depend on the zone."""
    case = python_plan["case"]
    for name, tube in small_phantom.roots.items():
        level, side = name.split(".")
        case = put_structure(case, make_structure(StructureKind.ROOT, tube, level=level, side=Side(side)))
    risks = {r.id: r for r in evaluate(case, python_plan["zone"]).structures}
    probe = case.plan.probes[0]
    # The program walks the needle in steps of at most 0.5 mm: it can miss the nearest point by half of one.
    needle = np.linspace(probe.tip_mm, probe.entry_mm, 20_000)
    radius_mm = device(probe.device_id).diameter_mm / 2
    for level in SACRAL_ROOT_LEVELS:
        for side in "LR":
            true_mm = _segments_distance_mm(needle, small_phantom.roots[f"{level}.{side}"]).min() - radius_mm
            assert risks[f"root.{level}.{side}"].needle_mm == pytest.approx(true_mm, abs=0.05)


def test_margin_and_coverage_follow_from_the_temperature_field(python_plan):
    """The voxels of the lesion against the isotherm by brute force; its surface is known to half a voxel."""
    lesion, zone = python_plan["lesion"], python_plan["zone"]
    verdict = python_plan["verdict"].lesion
    assert verdict.isotherm_c == ISOTHERM_C
    voxels = lesion.points_mm()
    points, shape = _fine_points(voxels.min(axis=0) - 25, voxels.max(axis=0) + 25)
    depth_mm = _signed_to_zone_mm(zone, points, shape)
    nearest = lesion.grid.to_ijk(points)[:, ::-1].T
    inside = ndimage.map_coordinates(lesion.array().astype(np.uint8), nearest, order=0) > 0
    assert verdict.margin_mm == pytest.approx(depth_mm[inside].min(), abs=HALF_VOXEL_MM)
    # Voxels cut by the isotherm count by their share: five places along each side of each.
    part = (np.arange(5) - 2) / 5
    offsets = np.stack(np.meshgrid(part, part, part), axis=-1).reshape(-1, 3) * lesion.grid.spacing_ijk_mm
    places = (voxels[:, None] + offsets @ lesion.grid.directions.T).reshape(-1, 3)
    field_c = ndimage.map_coordinates(zone.extreme_c, zone.grid.to_ijk(places)[:, ::-1].T, order=1, cval=37.0)
    assert verdict.covered_frac == pytest.approx(np.mean(field_c <= ISOTHERM_C), abs=0.01)
    assert verdict.covered_frac == pytest.approx(np.mean(depth_mm[inside] > 0), abs=0.02)


def test_roots_lie_as_far_from_the_isotherm_as_the_field_says(python_plan):
    zone = python_plan["zone"]
    risks = {r.id: r for r in python_plan["verdict"].structures}
    reached = zone.grid.to_lps(np.argwhere(zone.extreme_c <= ISOTHERM_C)[:, ::-1])
    points, shape = _fine_points(reached.min(axis=0) - 3, reached.max(axis=0) + 3)
    depth_mm = _signed_to_zone_mm(zone, points, shape)
    # a sliver of cold thinner than the fine grid is known by the voxels in it
    cold = np.concatenate([points[depth_mm > 0], reached])
    for (level, side), given in python_plan["roots"].items():
        true_mm = _segments_distance_mm(cold, Tube(given, 2.0)).min()
        if true_mm > 0:
            found = risks[f"root.{level}.{side}"].isotherm_mm[ISOTHERM_C]
            assert found == pytest.approx(true_mm, abs=FINE_MM)


def test_saved_case_is_the_case(python_plan):
    case, zones = read_case(python_plan["out"] / "plan.sacroplan")
    assert services.prediction_digest(case) == python_plan["zone"].digest
    again = evaluate(case, zones[python_plan["zone"].digest])
    assert again.findings == python_plan["verdict"].findings
    assert again.lesion.margin_mm == python_plan["verdict"].lesion.margin_mm


def _real_case(real_lesion):
    """The plan of the real CT, by script."""
    volume = open_ct(real_lesion.folder)
    case = Case(name="real", image=ImageReference.of(volume, str(real_lesion.folder.resolve())))
    made = [
        *everything(volume, no_progress()).structures,
        make_structure(
            StructureKind.LESION, grow_lesion(volume, real_lesion.centre_mm)
        ),
        make_structure(StructureKind.CANAL, Tube(real_lesion.canal_mm, REAL_CANAL_RADIUS_MM)),
    ]  # fmt: skip
    for level in ("S1", "S2", "S3"):
        for side in Side:
            tube = Tube(real_lesion.root_mm(level, side.value), REAL_ROOT_RADIUS_MM)
            made.append(make_structure(StructureKind.ROOT, tube, level=level, side=side))
    for structure in made:
        case = put_structure(case, structure)
    target = real_lesion.centre_mm
    case = add_probe(case, REAL_DEVICE, entry_on_skin(volume, target, target + REAL_TOWARDS_MM), target)
    return set_schedule(case, [Phase(kind="on", duration_s=240)]), volume


@pytest.mark.slow
@pytest.mark.real_ct
def test_script_on_the_real_ct_makes_the_plan_of_the_command_line(real_lesion, real_plan, tmp_path):
    """The prediction of the one belongs to the other, so it is solved once."""
    case, volume = _real_case(real_lesion)
    zones = read_case(real_plan.case_file)[1]
    zone = zones[services.prediction_digest(case)]
    verdict = evaluate(case, zone)
    assert verdict.lesion.margin_mm == pytest.approx(real_plan.answers["evaluate"]["lesion"]["margin_mm"], abs=1e-9)
    needle = np.linspace(case.plan.probes[0].tip_mm, case.plan.probes[0].entry_mm, 20_000)
    by_id = {r.id: r for r in verdict.structures}
    for structure in case.of_kind(StructureKind.ROOT):
        true_mm = _segments_distance_mm(needle, structure.shape).min() - device(REAL_DEVICE).diameter_mm / 2
        assert by_id[structure.id].needle_mm == pytest.approx(true_mm, abs=0.05)
    path = tmp_path / "real.sacroplan"
    write_case(path, case, {zone.digest: zone})
    assert read_case(path)[0].image.digest == volume.digest
    # The bone around the lesion was left as it is: most of the grown lesion lies where it was put.
    grown = case.of_kind(StructureKind.LESION)[0]
    half_voxel_mm = real_lesion.grid.spacing_ijk_mm.max() / 2
    assert abs(_equal_radius_mm(grown.volume_mm3) - _equal_radius_mm(real_lesion.volume_mm3)) <= half_voxel_mm
