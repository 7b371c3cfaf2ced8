"""The drawn angles: on the right side of the patient, by the degrees that are told, in every posture."""

from __future__ import annotations

import numpy as np
import pytest

from planning.model.room import Posture
from planning.operations.room import change_room
from planning.trajectory.angle_views import angle_views
from planning.trajectory.console import console_numbers
from tests.builders.paths import needle, patient

ASPECT = 1.34
CASE, _ = patient()


def between_deg(one, other):
    return np.degrees(np.arccos(np.clip(one @ other / np.linalg.norm(one) / np.linalg.norm(other), -1, 1)))


@pytest.mark.parametrize("posture", Posture)
@pytest.mark.parametrize("entry", [(25, 50, 12), (-30, 45, -20), (-8, -55, 5)])
def test_the_angle_that_is_drawn_is_the_one_that_is_told(posture, entry):
    probe = needle(entry)
    axial, side = angle_views(change_room(CASE, posture=posture), probe, ASPECT)
    numbers = console_numbers(probe)
    assert between_deg(axial.entry_mm, axial.reference) == pytest.approx(abs(numbers.in_plane_deg), abs=1e-6)
    assert between_deg(side.entry_mm, side.reference) == pytest.approx(abs(numbers.craniocaudal_deg), abs=1e-6)


def test_a_prone_patient_lies_back_up_and_is_seen_from_the_feet():
    axial, side = angle_views(CASE, needle((25, 50, 12)), ASPECT)
    assert axial.sides == ("left", "right", "back", "front") and axial.entry_mm == pytest.approx((-25, 50))
    assert side.sides[:2] == ("head", "feet") and side.entry_mm[0] == pytest.approx(-12) and side.entry_mm[1] > 0
    supine, _ = angle_views(change_room(CASE, posture=Posture.SUPINE), needle((25, -50, 12)), ASPECT)
    assert supine.sides == ("right", "left", "front", "back") and supine.entry_mm == pytest.approx((25, 50))


def test_skin_bone_and_lesion_are_drawn_where_they_are():
    axial, _ = angle_views(CASE, needle((0, 60, 0)), ASPECT)
    skin = np.concatenate(axial.outlines.skin)
    assert np.linalg.norm(skin, axis=1) == pytest.approx(60, abs=1.5)
    assert np.abs(np.concatenate(axial.outlines.lesion)).max() == pytest.approx(8, abs=1.5)
    bone = np.concatenate(axial.outlines.bone)
    assert np.abs(bone[:, 1]).max() == pytest.approx(13, abs=1.0)
    for lines in (axial.outlines.body, axial.outlines.bone):
        for points in lines:
            assert (points >= axial.low_mm - 1e-9).all() and (points <= axial.high_mm + 1e-9).all()


def test_both_views_have_one_scale_and_the_frames_aspect():
    axial, side = angle_views(CASE, needle((5, 58, 10)), ASPECT)
    for view in (axial, side):
        wide, high = view.high_mm - view.low_mm
        assert wide / high == pytest.approx(ASPECT)
    assert axial.high_mm - axial.low_mm == pytest.approx(side.high_mm - side.low_mm)


def test_slices_of_a_tilted_gantry_hold_a_shaft_that_was_laid_into_them():
    probe = needle((0, 50, 50 * np.tan(np.radians(12))))
    _, side = angle_views(change_room(CASE, gantry_tilt_deg=12.0), probe, ASPECT)
    entry, tip = side.slices
    assert between_deg(side.entry_mm, tip.direction) == pytest.approx(0, abs=1e-4)
    assert entry.words == "S\u202f10.6" and tip.words == "S\u202f0.0"
