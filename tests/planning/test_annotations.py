"""Measurements and notes: what they come to, how they are changed, and what is refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from imaging.region import RegionStatistics
from planning.errors import PlanError
from planning.measured import range_text, region_of, value_text
from planning.model.annotation import Annotation, AnnotationKind
from planning.model.digest import cement_digest, plan_digest
from planning.operations.annotations import (
    add_annotation,
    annotation_of,
    move_annotation,
    move_handle,
    remove_annotation,
    reword_annotation,
)
from planning.quantities import area_text, hu_text
from planning.services import prediction_digest
from planning.store import Change, Store
from tests.builders.cases import centred_grid, empty_case
from tests.builders.volumes import noisy_ball
from tests.planning.test_case_io import full_case

GRID = centred_grid(30)
RIGHT, DOWN = (1.0, 0.0, 0.0), (0.0, 0.6, -0.8)
KIND = AnnotationKind


def place(x, y):
    """A place of an oblique plane."""
    return tuple((np.array([1.0, 2.0, 3.0]) + x * np.array(RIGHT) + y * np.array(DOWN)).tolist())


POINTS = {
    KIND.DISTANCE: (place(0, 0), place(3, 4)),
    KIND.ANGLE: (place(10, 0), place(0, 0), place(0, 7)),
    KIND.ELLIPSE: (place(0, 0), place(10, 6)),
    KIND.POLYGON: (place(0, 0), place(8, 0), place(8, 5), place(0, 5)),
    KIND.ARROW: (place(0, 0), place(9, 9)),
    KIND.NOTE: (place(2, 2),),
}


def measured(*kinds, case=None):
    case = case or empty_case(GRID)
    for kind in kinds:
        case = add_annotation(case, kind, POINTS[kind], RIGHT, DOWN)
    return case


def refused(code, operation, word=""):
    with pytest.raises(PlanError) as caught:
        operation()
    assert caught.value.code == code and word in str(caught.value)


def test_every_kind_comes_to_what_geometry_says():
    distance, angle, ellipse, polygon, arrow, note = measured(*KIND).annotations
    assert distance.length_mm == pytest.approx(5) and angle.angle_deg == pytest.approx(90)
    assert ellipse.area_mm2 == pytest.approx(np.pi * 5 * 3) and polygon.area_mm2 == pytest.approx(40)
    for one in (arrow, note):
        assert (one.length_mm, one.angle_deg, one.area_mm2, value_text(one, None)) == (None, None, None, "")
    assert [a.name for a in (distance, polygon, note)] == ["Distance 1", "Polygon 4", "Note 6"]
    assert len(ellipse.handles_mm) == 4 and ellipse.handles_mm[2] == pytest.approx(place(10, 6))
    on_ellipse = (ellipse.to_flat(ellipse.outline_mm) - [5, 3]) / [5, 3]
    assert np.linalg.norm(on_ellipse, axis=1) == pytest.approx(1)


def test_values_are_told_in_tenths_whole_units_and_degrees():
    distance, angle, ellipse = measured(KIND.DISTANCE, KIND.ANGLE, KIND.ELLIPSE).annotations
    region = RegionStatistics(mean_hu=-12.4, deviation_hu=45.5, lowest_hu=-131.0, highest_hu=603.0, count=643)
    assert value_text(distance, None) == "5.0\u202fmm" and value_text(angle, None) == "90°"
    assert value_text(ellipse, region) == "\u221212 ± 46\u202fHU, 47.1\u202fmm²"
    assert value_text(ellipse, None) == "47.1\u202fmm²"
    assert range_text(region) == "\u2212131 to 603\u202fHU, 643 voxels"
    assert area_text(1234.4) == "1234\u202fmm²" and hu_text(-0.2) == "0\u202fHU"


def test_a_region_tells_the_densities_of_the_ct_and_nothing_else_does():
    volume = noisy_ball(20.0, 100, -1000, grid=GRID, noise_hu=0.0)
    inside, note = measured(KIND.POLYGON, KIND.NOTE).annotations
    found = region_of(inside, volume)
    assert found is not None and (found.mean_hu, found.deviation_hu) == (100, 0)
    assert region_of(note, volume) is None


def test_a_point_moves_within_the_plane_of_the_measurement_only():
    case = move_handle(measured(KIND.DISTANCE), "annotation-1", 1, np.array(place(6, 8)) + 5 * np.cross(RIGHT, DOWN))
    assert annotation_of(case, "annotation-1").points_mm[1] == pytest.approx(place(6, 8))
    assert annotation_of(case, "annotation-1").length_mm == pytest.approx(10)


def test_a_corner_of_an_ellipse_moves_and_the_opposite_one_stays():
    case = move_handle(measured(KIND.ELLIPSE), "annotation-1", 1, place(12, -2))
    ellipse = annotation_of(case, "annotation-1")
    assert ellipse.area_mm2 == pytest.approx(np.pi / 4 * 12 * 8)
    assert ellipse.points_mm[0] == pytest.approx(place(0, 6))


def test_a_measurement_is_shifted_reworded_and_removed():
    case = move_annotation(measured(KIND.ANGLE, KIND.NOTE), "annotation-1", (2, 0, 0))
    assert case.annotations[0].points_mm[1] == pytest.approx(place(2, 0))
    case = reword_annotation(case, "annotation-2", "  look \n again ")
    assert case.annotations[1].name == "look again"
    assert reword_annotation(case, "annotation-2", " ").annotations[1].name == "Note 2"
    assert [a.id for a in remove_annotation(case, "annotation-1").annotations] == ["annotation-2"]


BAD = {
    "two corners": (KIND.POLYGON, (place(0, 0), place(5, 5)), "at least 3 points and has 2"),
    "an angle of two points": (KIND.ANGLE, (place(0, 0), place(5, 5)), "needs 3 points"),
    "a distance of three points": (KIND.DISTANCE, (place(0, 0), place(5, 5), place(6, 6)), "needs 2 points and has 3"),
    "no length": (KIND.DISTANCE, (place(1, 1), place(1, 1)), "no length"),
    "an arrow without length": (KIND.ARROW, (place(1, 1), place(1.01, 1)), "no length"),
    "an arm without length": (KIND.ANGLE, (place(1, 1), place(1, 1), place(4, 4)), "no length"),
    "a flat ellipse": (KIND.ELLIPSE, (place(0, 0), place(9, 0)), "no area"),
    "a corner given twice": (KIND.POLYGON, (place(0, 0), place(5, 0), place(5, 5), place(0, 0)), "same"),
    "a bow tie": (KIND.POLYGON, (place(0, 0), place(8, 8), place(8, 0), place(0, 8)), "crosses itself"),
    "another plane": (KIND.DISTANCE, (place(0, 0), (5.0, 2.0, 9.0)), "one plane"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_makes_no_sense_is_refused(name):
    kind, points, word = BAD[name]
    refused("annotation-invalid", lambda: add_annotation(empty_case(GRID), kind, points, RIGHT, DOWN), word)


def test_edges_on_one_line_behind_each_other_do_not_cross():
    comb = [(0, 0), (9, 0), (9, 5), (6, 5), (6, 2), (3, 2), (3, 5), (0, 5)]
    case = add_annotation(empty_case(GRID), KIND.POLYGON, [place(*p) for p in comb], RIGHT, DOWN)
    assert case.annotations[0].area_mm2 == pytest.approx(36)


def test_other_refusals_name_what_is_wrong():
    case = measured(KIND.DISTANCE, KIND.POLYGON)
    refused("point-outside", lambda: move_handle(case, "annotation-1", 0, place(500, 0)), "outside the CT")
    refused("point-outside", lambda: move_annotation(case, "annotation-2", (90, 0, 0)), "outside the CT")
    refused("annotation-invalid", lambda: move_handle(case, "annotation-1", 0, place(3, 4)), "no length")
    refused("handle-unknown", lambda: move_handle(case, "annotation-1", 2, place(0, 0)))
    refused("annotation-unknown", lambda: remove_annotation(case, "annotation-7"), "annotation-7")
    refused("words-too-long", lambda: reword_annotation(case, "annotation-1", "x" * 201), "201")
    refused("point-not-finite", lambda: move_handle(case, "annotation-1", 0, (np.nan, 0, 0)))
    small = [(0.3, 0.3, 0.0), (0.5, 0.3, 0.0), (0.5, 0.5, 0.0)]
    refused("region-empty", lambda: add_annotation(empty_case(GRID), KIND.POLYGON, small, (1, 0, 0), (0, 1, 0)))
    skewed = (0.6, 0.8, 0.0)
    refused("annotation-invalid", lambda: add_annotation(case, KIND.NOTE, [(0, 0, 0)], RIGHT, skewed), "right angles")


def test_nothing_that_is_predicted_depends_on_a_measurement():
    before = full_case()
    case = measured(*KIND, case=replace(before, image=empty_case(GRID).image))
    bare = replace(case, annotations=())
    assert prediction_digest(case) == prediction_digest(bare) and plan_digest(case) == plan_digest(bare)
    assert cement_digest(case, "x") == cement_digest(bare, "x")


def test_a_measurement_is_a_change_of_its_own_that_is_undone_and_redone():
    store, changes = Store(empty_case(GRID)), []
    store.subscribe(changes.append)
    store.apply("Measure", lambda case: measured(KIND.NOTE, case=case))
    assert store.undo() == "Measure" and store.case.annotations == ()
    store.redo()
    assert isinstance(store.case.annotations[0], Annotation)
    assert changes == [Change.ANNOTATIONS] * 3
