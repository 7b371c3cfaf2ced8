"""What a case knows by itself: size, place and the nearest nerve of its lesion; and what is said beside it."""

from __future__ import annotations

import pytest

from imaging.labels import Mask
from imaging.structures import SACRAL_ROOT_LEVELS, Side, StructureKind
from planning.decision.facts import facts_of
from planning.decision.measured import measure_lesion
from planning.model.naming import make_structure
from planning.model.sins import SinsLocation
from planning.operations.clinical import change_clinical, change_sins
from planning.operations.structures import put_structure
from tests.builders.cases import ball, centred_grid, distances_mm, empty_case, lesion, root, straight_tube

GRID = centred_grid(30)


def with_all(case, *structures):
    for structure in structures:
        case = put_structure(case, structure)
    return case


def shell(radius_mm=20.0, hole_mm=8.0):
    """Bone that leaves its lesion out."""
    away = distances_mm(GRID)
    return Mask.from_array(GRID, (away <= radius_mm) & (away > hole_mm))


def with_lesion(*structures):
    return with_all(empty_case(GRID), lesion(ball(GRID, 8)), *structures)


def test_without_anything_nothing_is_known():
    known = facts_of(empty_case(GRID))
    assert all(f.value is None and f.words == "not assessed" for f in known.by_key.values())
    assert len(known.missing) == len(known.by_key)


def test_size_is_the_largest_diameter_of_the_mask():
    assert facts_of(with_lesion())["size_mm"].value == pytest.approx(17, abs=0.5)


@pytest.mark.parametrize(
    ("level", "location"),
    [("T5", "semirigid"), ("T11", "junctional"), ("L1", "junctional"), ("L3", "mobile"), ("L5", "junctional")],
)
def test_a_vertebra_says_where_the_lesion_lies_once_it_is_confirmed(level, location):
    for confirmed in (True, False):
        bone = make_structure(StructureKind.VERTEBRA, shell(), level=level, confirmed=confirmed)
        found = measure_lesion(with_lesion(bone))
        assert found.region == "spine" and level in found.place and ("unconfirmed" in found.place) is not confirmed
        assert found.location == (SinsLocation(location) if confirmed else None)


def test_the_sacrum_is_halved_by_its_foramina():
    sacrum = make_structure(StructureKind.SACRUM, shell())
    assert measure_lesion(with_lesion(sacrum)).region == "sacrum"
    for first_mm, second_mm, region, location in ((-10, -25, "s1", "junctional"), (10, -5, "s2_s5", "rigid")):
        foramina = [
            make_structure(
                StructureKind.VENTRAL_FORAMEN, straight_tube((x, -9, z), (x, -4, z)), level=level, side=Side(side)
            )
            for level, z in (("S1", first_mm), ("S2", second_mm))
            for side, x in (("L", 10), ("R", -10))
        ]
        found = measure_lesion(with_lesion(sacrum, *foramina))
        assert (found.region, found.location) == (region, SinsLocation(location))


def test_the_gap_is_that_to_the_nearest_and_known_only_with_all_nerves():
    sacrum = make_structure(StructureKind.SACRUM, shell())
    near = root("S2", "L", straight_tube((13, 0, -20), (13, 0, 20)))
    one = facts_of(with_lesion(sacrum, near))["nerve_gap_mm"]
    assert one.value == pytest.approx(3, abs=0.6) and one.may_be_less and "S2 L" in one.origin
    others = [
        root(level, side, straight_tube((sign * 25, n, -20), (sign * 25, n, 20)))
        for n, level in enumerate(SACRAL_ROOT_LEVELS)
        for side, sign in (("L", 1), ("R", -1))
        if (level, side) != ("S2", "L")
    ]
    canal = make_structure(StructureKind.CANAL, straight_tube((0, 24, -20), (0, 24, 20), 4))
    every = with_lesion(sacrum, near, canal, *others)
    assert not facts_of(every)["nerve_gap_mm"].may_be_less
    unsure = put_structure(every, root("S5", "R", straight_tube((-25, 5, -20), (-25, 5, 20)), confirmed=False))
    assert facts_of(unsure)["nerve_gap_mm"].may_be_less


def test_metal_on_the_ct_is_hardware_whatever_was_said():
    case = change_clinical(with_lesion(), hardware=False)
    assert facts_of(case)["hardware"].value == "no"
    metal = put_structure(case, make_structure(StructureKind.METAL, ball(GRID, 3, (20, 20, 0))))
    assert facts_of(metal)["hardware"].value == "yes" and "metal" in facts_of(metal)["hardware"].origin


def test_stability_follows_from_form_appearance_and_place():
    case = change_sins(with_lesion(), pain="mechanical", alignment="normal", collapse="none", posterolateral="none")
    case = put_structure(case, make_structure(StructureKind.VERTEBRA, shell(), level="L5"))
    assert facts_of(case)["stability"].value is None and "lesion quality missing" in facts_of(case)["stability"].origin
    assert facts_of(change_clinical(case, appearance="lytic"))["stability"].value == "potentially_unstable"
    assert facts_of(change_clinical(case, appearance="sclerotic"))["stability"].value == "stable"
