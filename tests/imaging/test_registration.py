"""A new CT registered on bone: a turn and a shift come back, and what does not fit is refused."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from imaging.geometry import VoxelGrid
from imaging.phantom import SMALL, Sex, family, make_phantom, on_grid
from imaging.progress import Cancelled, Progress
from imaging.registration import RegistrationError, load_limits, measured, read_limits, register
from imaging.volume import Volume
from tests.builders.cases import FRAME
from tests.builders.check_scans import NEW_FRAME, error_of, part_of, rescanned
from tests.builders.volumes import volume_of

TURN_DEG = 10 * np.array([0.7, 0.5, -0.5]) / np.linalg.norm([0.7, 0.5, -0.5])
SHIFT_MM = 20 * np.array([0.6, -0.5, 0.6]) / np.linalg.norm([0.6, -0.5, 0.6])
CODES = {"registration-failed", "registration-no-overlap", "registration-no-bone", "registration-ambiguous"}


@pytest.fixture(scope="module")
def target_mm(small_phantom):
    return np.asarray(small_phantom.lesions[0].centre_mm)


@pytest.fixture(scope="module")
def lumbar() -> Volume:
    return make_phantom(on_grid(family()["lumbar-screws"].parameters, (2.0, 2.0, 2.0))).volume


@pytest.fixture(scope="module")
def sacrum(small_phantom, target_mm) -> Volume:
    """The slices around the lesion: enough of a planning CT, and fast."""
    return part_of(small_phantom.volume, target_mm[2] - 27, target_mm[2] + 27)


@pytest.mark.slow
def test_a_turn_of_10_degrees_and_a_shift_of_20_mm_come_back(small_phantom, target_mm):
    planned = small_phantom.volume
    new, truth = rescanned(planned, TURN_DEG, SHIFT_MM, target_mm)
    found = register(planned, new, about_mm=target_mm[None])
    away_mm, turned_deg = error_of(found.target_from_source, truth, target_mm + SHIFT_MM)
    assert away_mm < 0.5 and turned_deg < 0.5
    assert found.residual.mean_mm < 0.4 and found.residual.overlap > 0.95 and not found.findings
    assert found.turn_deg == pytest.approx(10, abs=0.5)
    moved = found.moved(new, planned.grid.frame_uid)
    assert np.array_equal(moved.hu, new.hu) and moved.grid.frame_uid != NEW_FRAME
    assert moved.grid.centre_mm == pytest.approx(found.to_target(new.grid.centre_mm))


def test_four_thick_and_noisy_slices_are_enough(sacrum, target_mm):
    new, truth = rescanned(sacrum, TURN_DEG, SHIFT_MM, target_mm, slice_mm=5.0, height_mm=20.0, noise_hu=25.0)
    found = register(sacrum, new, about_mm=target_mm[None])
    away_mm, turned_deg = error_of(found.target_from_source, truth, target_mm + SHIFT_MM)
    assert away_mm < 0.5 and turned_deg < 0.5


def test_a_patient_called_prone_and_little_bone_near_the_targets_are_said(sacrum, target_mm):
    new, truth = rescanned(sacrum, (0, 0, 180), (15, 5, -200), target_mm, slice_mm=5.0, height_mm=20.0, width_mm=220)
    found = register(sacrum, new, about_mm=target_mm[None] + [0.0, 0.0, 250.0])
    assert error_of(found.target_from_source, truth, target_mm + (15, 5, -200))[0] < 0.5
    assert [f.code for f in found.findings] == ["registration-turned", "registration-far"]


def test_a_field_too_small_to_show_skin_is_enough(lumbar):
    middle = np.array([0.0, 0.0, 70.0])
    new, truth = rescanned(lumbar, (6, -4, 5), (15, 5, 10), middle, width_mm=70, height_mm=30)
    assert error_of(register(lumbar, new).target_from_source, truth, middle + (15, 5, 10))[0] < 0.5


@pytest.mark.slow
def test_one_vertebra_off_is_refused(lumbar):
    middle = np.array([0.0, 0.0, 70.0])
    new, truth = rescanned(lumbar, (6, -4, 5), (15, 5, 10), middle, width_mm=150)
    right = register(lumbar, new)
    assert error_of(right.target_from_source, truth, middle + (15, 5, 10))[0] < 0.5
    assert right.rival_mean_mm > load_limits().rival_ratio * right.residual.mean_mm
    assert np.array_equal(register(lumbar, new).target_from_source, right.target_from_source)
    without = part_of(lumbar, 95.0, 1000.0)
    with pytest.raises(RegistrationError) as refused:
        register(without, new)
    assert refused.value.code in CODES and refused.value.hint
    with pytest.raises(RegistrationError, match="fit"):
        register(part_of(lumbar, -1000.0, 48.0), new)


def test_another_patient_is_refused(sacrum, target_mm):
    other = make_phantom(dataclasses.replace(SMALL, sex=Sex.MALE, size_scale=0.95, lesions=()))
    new, _ = rescanned(other.volume, (4, 2, 0), (5, 5, 5), target_mm, slice_mm=5.0, height_mm=20.0, width_mm=220)
    with pytest.raises(RegistrationError) as refused:
        register(sacrum, new)
    assert refused.value.code in ("registration-failed", "registration-no-overlap")
    assert refused.value.context["likeness"] < load_limits().likeness


@pytest.mark.parametrize("hu", [-1000, 40])
def test_air_and_soft_tissue_alone_are_refused(small_phantom, hu):
    grid = small_phantom.volume.grid
    flesh = volume_of(np.clip(small_phantom.volume.hu, -1000, hu), grid)
    with pytest.raises(RegistrationError) as refused:
        register(small_phantom.volume, flesh)
    assert refused.value.code == "registration-no-bone" and "The new CT" in refused.value.message


@pytest.mark.slow
def test_no_overlap_is_refused(small_phantom, sacrum):
    low, _ = sacrum.grid.bounds_mm
    with pytest.raises(RegistrationError) as refused:
        register(sacrum, part_of(small_phantom.volume, low[2] - 45, low[2] - 20))
    assert refused.value.code in CODES


def test_two_places_that_fit_as_well_are_refused():
    """A spine of equal blocks, of which the new CT shows one."""
    hu = np.full((120, 60, 60), 40, np.int16)
    hu[:, :4] = hu[:, -4:] = hu[:, :, :4] = hu[:, :, -4:] = -1000
    for k in range(6, 114, 18):
        hu[k : k + 12, 18:44, 20:42] = 500
    spine = volume_of(hu, VoxelGrid.axis_aligned(hu.shape, 2.0, (0, 0, 0), FRAME))
    new, _ = rescanned(spine, (2, 0, 0), (3, 0, 0), spine.grid.to_lps((30, 30, 66)), width_mm=110, noise_hu=5)
    with pytest.raises(RegistrationError) as refused:
        register(spine, new)
    assert refused.value.code == "registration-ambiguous"


@pytest.mark.parametrize("at", [0.05, 0.5])
def test_it_can_be_cancelled(sacrum, target_mm, at):
    new, _ = rescanned(sacrum, TURN_DEG, SHIFT_MM, target_mm, slice_mm=5.0, height_mm=20.0)
    progress = Progress(lambda share, _: share > at and progress.cancel())
    with pytest.raises(Cancelled):
        measured(sacrum, new, progress)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("mean_mm = 1", "each limit once"),
        ("not toml", "cannot be used"),
        (None, "no value above 0"),
        ("", "each limit once"),
    ],
)
def test_rules_that_are_no_rules_are_refused(tmp_path, text, reason):
    file = tmp_path / "registration.toml"
    names = [f.name for f in dataclasses.fields(type(load_limits())) if f.name != "assumptions"]
    file.write_text("\n".join(f"[{n}]\nvalue = -1" for n in names) if text is None else text, encoding="utf-8")
    with pytest.raises(RegistrationError, match=reason):
        read_limits(file)


def test_every_limit_says_that_it_is_a_choice():
    assert set(load_limits().assumptions) == {
        f.name for f in dataclasses.fields(type(load_limits())) if f.name != "assumptions"
    }
