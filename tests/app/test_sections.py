"""Sections of surfaces are where VTK cuts them, found without a look at every triangle."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from app.representations import sections
from app.representations.polylines import worth_drawing
from app.representations.reslice import _cut_by_vtk
from app.representations.scene import surface_of
from imaging.structures import StructureKind
from imaging.surface import Mesh
from tests.report_case import small_plan

NORMALS = [(0.0, 0.0, 1.0), (1.0, 0.0, 0.0), (0.0, -1.0, 0.0), (0.6, 0.0, 0.8)]


@pytest.fixture(scope="module")
def bone():
    case, _ = small_plan()
    return surface_of(case.of_kind(StructureKind.BONE)[0].shape)


def length_mm(lines):
    return sum(np.linalg.norm(np.diff(line, axis=0), axis=1).sum() for line in lines)


@pytest.mark.parametrize("normal", NORMALS)
def test_a_section_is_the_one_that_vtk_cuts(bone, normal, monkeypatch):
    monkeypatch.setattr(sections, "_FEW_TRIANGLES", 0)
    sections.prepare(bone)
    middle_mm = float(bone.points_mm.mean(axis=0) @ normal)
    for away_mm in (-20.0013, -7.0007, 3.0011, 22.0003):
        height_mm = middle_mm + away_mm
        triangles = sections.crossed_triangles(bone, height_mm, normal)
        above = (bone.points_mm @ normal > height_mm)[bone.triangles]
        assert len(triangles) == int((above.any(axis=1) & ~above.all(axis=1)).sum()) > 0
        ours = sections.traced(bone.points_mm, triangles, height_mm, normal)
        theirs = _cut_by_vtk(bone, triangles, height_mm, normal)
        assert ours is not None and len(ours) == len(theirs)
        assert length_mm(ours) == pytest.approx(length_mm(theirs), rel=1e-4)
        assert all(np.array_equal(line[0], line[-1]) for line in ours)
        assert max(np.abs(line @ np.array(normal) - height_mm).max() for line in ours) < 1e-9


def test_a_surface_with_a_gap_is_left_to_vtk(bone):
    normal = NORMALS[0]
    height_mm = float(bone.points_mm.mean(axis=0) @ normal) + 1e-3
    triangles = sections.crossed_triangles(bone, height_mm, normal)
    assert sections.traced(bone.points_mm, triangles[1:], height_mm, normal) is None
    turned = np.concatenate([triangles[:1, ::-1], triangles[1:]])
    assert sections.traced(bone.points_mm, turned, height_mm, normal) is None


def test_what_is_prepared_of_a_surface_goes_with_it(bone, monkeypatch):
    monkeypatch.setattr(sections, "_FEW_TRIANGLES", 0)
    copy, before = Mesh(bone.points_mm.copy(), bone.triangles), len(sections._prepared)
    sections.prepare(copy)
    assert len(sections._prepared) == before + 1
    del copy
    assert len(sections._prepared) == before


def away(points, line):
    """Distances of points from a polyline."""
    start, along = line[:-1], np.diff(line, axis=0)
    share = ((points[:, None] - start) * along).sum(-1) / np.maximum((along**2).sum(-1), 1e-12)
    nearest = start + np.clip(share, 0, 1)[..., None] * along
    return np.linalg.norm(points[:, None] - nearest, axis=-1).min(axis=1)


def test_a_line_worth_drawing_lies_where_the_whole_line_lies():
    turn = np.linspace(0, 2 * np.pi, 900)
    wave = np.stack([200 + (150 + 6 * np.sin(9 * turn)) * np.cos(turn), 100 + 150 * np.sin(turn)], axis=1)
    box = (0.0, 0.0, 300.0, 200.0)
    drawn = worth_drawing(wave, box, 0.12)
    seen = (wave > [0, 0]).all(axis=1) & (wave < [300, 200]).all(axis=1)
    assert len(drawn) < 0.5 * len(wave)
    assert away(wave[seen], drawn).max() < 0.12
    assert np.array_equal(drawn[[0, -1]], wave[[0, -1]])


def test_a_corner_of_a_view_is_not_cut_off_by_what_lies_outside():
    """Left of the box, then above it: the straight line between both ends would pass through it."""
    left = np.stack([np.full(40, -5.0), np.linspace(90, -5, 40)], axis=1)
    top = np.stack([np.linspace(-5, 90, 40), np.full(40, -5.0)], axis=1)
    drawn = worth_drawing(np.concatenate([left, top]), (0.0, 0.0, 100.0, 100.0), 0.1)
    along = np.concatenate([np.linspace(a, b, 50) for a, b in pairwise(drawn)])
    assert not (along > 0).all(axis=1).any()
    assert len(drawn) < 20
