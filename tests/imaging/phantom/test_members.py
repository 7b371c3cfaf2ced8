"""The validation family: it holds what it promises, and listing it makes nothing."""

import re

import numpy as np
import pytest

from imaging.phantom import Anomaly, Contrast, PhantomParameters, family, make_phantom, on_grid
from imaging.phantom.anatomy import Anatomy
from imaging.phantom.family import SACRUM_SHOWN
from imaging.phantom.posture import Posture
from imaging.phantom.truth import canal_tube

MEMBERS = family()


def _sacrum_points(parameters):
    """Points of the sacrum from its upper end to S5, in LPS."""
    widths = [(s, 45.0 if s < 55 else 14.0) for s in np.linspace(0.0, 106.0, 40)]
    points = Anatomy(parameters).curve.to_patient([(u, 2.0, s) for s, wide in widths for u in (-wide, 0.0, wide)])
    return Posture(parameters).to_lps(points)


def test_there_are_many_and_each_has_a_name_of_its_own():
    assert len(MEMBERS) >= 24
    for name, member in MEMBERS.items():
        assert member.name == name
        assert re.fullmatch(r"[a-z0-9.-]{3,30}", name)
        assert member.about
        assert member.sacrum in SACRUM_SHOWN
    assert len({member.parameters.digest for member in MEMBERS.values()}) == len(MEMBERS)
    assert len({member.parameters.seed for member in MEMBERS.values()}) == len(MEMBERS)


def test_it_is_the_same_every_time_and_nobody_can_change_it():
    assert family() is family()
    with pytest.raises(TypeError):
        family()["new"] = None


def test_every_condition_occurs():
    every = [member.parameters for member in MEMBERS.values()]
    lesions = [lesion for p in every for lesion in p.lesions]
    largest = [max(lesion.diameters_mm) for lesion in lesions]
    assert (min(largest), max(largest)) == (11.0, 76.0)
    assert np.mean(largest) == pytest.approx(38.0, abs=19.0)
    assert {lesion.kind for lesion in lesions} == {"lytic", "mixed", "sclerotic"}
    assert {lesion.site for lesion in lesions} >= {"S1", "S2", "S3", "S4", "S5", "ala", "L2", "L3", "T12"}
    assert {p.anomaly for p in every} == set(Anomaly)
    assert {p.contrast for p in every} == set(Contrast)
    assert len({p.sex for p in every}) == 2
    assert {p.patient_position for p in every} == {"HFS", "HFP"}
    assert min(p.size_scale for p in every) <= 0.8 < 1.2 <= max(p.size_scale for p in every)
    slices = [p.spacing_ijk_mm[2] for p in every]
    assert (min(slices), max(slices)) == (0.7, 5.0)
    assert min(p.noise_hu for p in every) <= 7.0 < 40.0 <= max(p.noise_hu for p in every)
    assert sum(any(p.rotation_deg) for p in every) >= 3
    assert sum(bool(p.screws) for p in every) >= 2
    assert sum(p.whole_spine for p in every) >= 5
    assert sum(not p.lesions for p in every) >= 3


@pytest.mark.parametrize("name", MEMBERS)
def test_the_image_shows_what_it_says(name):
    member = MEMBERS[name]
    grid = Posture(member.parameters).grid
    shown = grid.contains(_sacrum_points(member.parameters))
    expected = {"whole": shown.all(), "part": shown.any() and not shown.all(), "none": not shown.any()}
    assert expected[member.sacrum]
    for lesion in member.parameters.lesions:
        if lesion.centre_mm is not None:
            assert grid.contains([lesion.centre_mm]).all()


@pytest.mark.parametrize(
    "name", ["chest-base", "abdomen", "guidance-slab", "lumbar-screws", "screws-l5-s1", "contrast"]
)
def test_a_member_made_on_a_coarse_grid(name):
    member = MEMBERS[name]
    made = make_phantom(on_grid(member.parameters, (4.5, 4.5, 4.5)))
    assert (made.bone_mask("sacrum").count == 0) == (member.sacrum == "none")
    assert all(truth.mask.count > 0 for truth in made.lesions)
    names = [n for n in made.bone_names if made.bone_mask(n).count]
    assert names
    if member.parameters.screws:
        assert (made.volume.hu > 2000).any()


def test_screws_stay_out_of_the_canal():
    for member in MEMBERS.values():
        anatomy, posture = Anatomy(member.parameters), Posture(member.parameters)
        for screw in member.parameters.screws:
            along = np.linspace(screw.entry_mm, screw.tip_mm, 40)
            assert canal_tube(anatomy, posture).signed_distance_mm(along).min() > screw.diameter_mm / 2 - 1.0


def test_another_grid_has_the_same_field_of_view():
    original = MEMBERS["prone"].parameters
    coarse = on_grid(original, (4.0, 4.0, 4.0))
    assert isinstance(coarse, PhantomParameters)
    for a, b in zip(Posture(original).grid.bounds_mm, Posture(coarse).grid.bounds_mm, strict=True):
        assert np.allclose(a, b, atol=4.0)
    assert coarse.lesions == original.lesions
