"""What is drawn of measurements: where heads, bows and handles lie, and a colour that is told from the others'."""

from __future__ import annotations

import numpy as np
import pytest
from skimage.color import deltaE_ciede2000, rgb2lab

from app.representations.annotations import annotation_marks, shown_on
from app.representations.primitives import Label, Path
from app.representations.reslice import Reslicer
from app.representations.scene import Scene, SurfaceCache
from app.representations.slice_overlay import slice_plan
from app.representations.slice_picture import slice_picture
from app.representations.slice_plane import Plane, SliceFrame, plane_axes
from app.tokens import annotation_colour, tokens
from imaging.geometry import VoxelGrid
from planning.model.annotation import AnnotationKind
from planning.operations.annotations import add_annotation
from tests.builders.cases import centred_grid, empty_case
from tests.builders.volumes import noisy_ball

GRID = centred_grid(50)
RIGHT, DOWN = plane_axes(Plane.AXIAL, GRID)
FRAME = SliceFrame.of(Plane.AXIAL, GRID, (0, 0, 0), 500, 400, 0.25)
KIND = AnnotationKind


def made(kind, *points, words=""):
    return add_annotation(empty_case(GRID), kind, [(x, y, 0) for x, y in points], RIGHT, DOWN, words)


def one(kind, *points):
    return made(kind, *points).annotations[0]


def lab(colour):
    return rgb2lab(np.array([[[int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]]]))


@pytest.mark.parametrize("family", ["roots", "heat", "cold", "planes"])
def test_the_colour_is_told_from_roots_isotherms_and_planes(family):
    away = {
        name: deltaE_ciede2000(lab(annotation_colour()), lab(c)).item()
        for name, c in tokens()["overlay"][family].items()
    }
    assert min(away.values()) > 20, away


def test_the_head_of_an_arrow_lies_at_what_it_points_at():
    (path,) = annotation_marks(one(KIND.ARROW, (10, 0), (-20, 0)), FRAME)
    shaft, head = path.lines
    tip = FRAME.to_px((10, 0, 0))
    assert shaft[0] == pytest.approx(tip) and head[1] == pytest.approx(tip)
    assert (head[[0, 2], 0] < tip[0]).all() and head[0, 1] + head[2, 1] == pytest.approx(2 * tip[1])


def test_the_bow_of_an_angle_lies_between_its_arms_also_where_they_point_backwards():
    (path,) = annotation_marks(one(KIND.ANGLE, (-20, 5), (0, 0), (-20, -5)), FRAME)
    bow = path.lines[1] - FRAME.to_px((0, 0, 0))
    assert (bow[:, 0] < 0).all() and np.ptp(np.linalg.norm(bow, axis=1)) < 1e-6


@pytest.mark.parametrize(("kind", "handles"), [(KIND.DISTANCE, 2), (KIND.ANGLE, 3), (KIND.ELLIPSE, 4), (KIND.NOTE, 1)])
def test_handles_and_a_halo_are_drawn_only_while_it_is_selected(kind, handles):
    points = {KIND.NOTE: [(0, 0)], KIND.ANGLE: [(9, 0), (0, 0), (0, 9)]}.get(kind, [(0, 0), (12, 9)])
    plain, chosen = (annotation_marks(one(kind, *points), FRAME, selected=s) for s in (False, True))
    dots = [m for m in chosen if isinstance(m, Path) and m.closed and m.fill is None and len(m.lines[0]) == 32]
    assert len(dots) == handles and len(chosen) > len(plain)
    assert all(m.stroke.casing for m in plain)


@pytest.mark.parametrize(("spacing_mm", "seen_mm"), [(1.0, 0.99), (3.0, 1.49), (5.0, 2.49)])
def test_it_is_seen_half_a_slice_away_or_a_millimetre_where_slices_are_thin(spacing_mm, seen_mm):
    grid = VoxelGrid.axis_aligned((20, 60, 60), (1.0, 1.0, spacing_mm), (-30, -30, -30), "1.2")
    annotation = one(KIND.DISTANCE, (0, 0), (9, 0))
    at = [SliceFrame.of(Plane.AXIAL, grid, (0, 0, z), 500, 400, 0.25) for z in (seen_mm, -seen_mm, seen_mm + 0.02)]
    assert [shown_on(annotation, frame, grid) for frame in at] == [True, True, False]
    assert not shown_on(annotation, SliceFrame.of(Plane.CORONAL, grid, (0, 0, 0), 500, 400, 0.25), grid)


@pytest.mark.parametrize("kind", [KIND.ELLIPSE, KIND.POLYGON])
def test_no_label_covers_a_region(kind):
    points = [(-10, -10), (10, 10)] if kind is KIND.ELLIPSE else [(-10, -10), (10, -10), (10, 10), (-10, 10)]
    case = made(kind, *points)
    (label,) = [m for m in slice_plan(Scene(case=case, surfaces=SurfaceCache()), FRAME) if isinstance(m, Label)]
    (left, top), (right, bottom) = FRAME.to_px([(-10, -10, 0), (10, 10, 0)])
    wide = len(label.text) * 7.5
    assert label.x_px > right or label.x_px + wide < left or label.y_px + 6 < top or label.y_px - 6 > bottom
    assert "mm²" in label.text and "HU" not in label.text and label.plate > 0


def test_the_label_of_a_note_beside_the_edge_of_a_region_stands_outside_of_it():
    case = made(KIND.POLYGON, (-10, -10), (10, -10), (10, 10), (-10, 10))
    case = add_annotation(case, KIND.NOTE, [(5, 0, 0)], RIGHT, DOWN, "Look")
    marks = slice_plan(Scene(case=case, surfaces=SurfaceCache()), FRAME)
    (label,) = [m for m in marks if isinstance(m, Label) and m.text == "Look"]
    assert label.x_px > FRAME.to_px((10, 0, 0))[0]


def test_a_picture_for_the_page_tells_the_densities_of_its_ct():
    case = made(KIND.ELLIPSE, (-10, -10), (10, 10))
    volume = noisy_ball(40.0, 120, -1000, grid=GRID, noise_hu=0.0)
    marks = slice_picture(Scene(case=case, surfaces=SurfaceCache()), Reslicer(volume), FRAME, (400, 40))
    assert any(isinstance(m, Label) and m.text.startswith("120 ± 0\u202fHU") for m in marks)
