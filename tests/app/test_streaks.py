"""Proposals that streaks of metal cross say so, and only those."""

from __future__ import annotations

import numpy as np
import pytest

from app.proposing import with_proposals
from app.streaks import doubted, may_be_misled
from imaging.labels import Mask
from imaging.structures import Side, StructureKind, Tube
from planning.model.naming import make_structure
from tests.builders.cases import centred_grid, empty_case

GRID = centred_grid(60, 2.0)


def metal_of(size_mm):
    """A block of metal in the middle of the image."""
    k, j, i = np.indices(GRID.shape_kji)
    away = abs(GRID.to_lps(np.stack([i, j, k], axis=-1))).max(axis=-1)
    return make_structure(StructureKind.METAL, Mask.from_array(GRID, away <= size_mm / 2), confirmed=False)


def root_at(z_mm, *, confirmed=False, confidence=0.8, x_mm=10.0):
    points = np.array([[x_mm, 0.0, z_mm + 2.0], [x_mm + 12.0, 0.0, z_mm - 2.0]])
    return make_structure(
        StructureKind.ROOT, Tube(points, np.ones(2)), level="S1", side=Side.LEFT, origin="through its foramen",
        confirmed=confirmed, confidence=confidence,
    )  # fmt: skip


def test_a_root_in_the_slices_of_a_screw_is_less_sure_and_says_why():
    root = doubted(root_at(0.0), metal_of(12.0))
    assert may_be_misled(root) and "metal" in root.origin
    assert root.confidence == pytest.approx(0.48)
    assert doubted(root, metal_of(12.0)) is root


@pytest.mark.parametrize(
    ("root", "size_mm"),
    [
        (root_at(40.0), 12.0),
        (root_at(0.0), 3.0),
        (root_at(0.0, confirmed=True), 12.0),
        (root_at(0.0, confidence=None), 12.0),
    ],
    ids=["in other slices", "a clip", "confirmed", "without a confidence"],
)
def test_what_streaks_do_not_reach_stays_as_it_is(root, size_mm):
    assert doubted(root, metal_of(size_mm)) is root
    assert doubted(root, None) is root


def test_metal_that_was_found_before_counts_too():
    case = with_proposals(empty_case(GRID), [metal_of(12.0)])
    case = with_proposals(case, [root_at(0.0)])
    assert may_be_misled(case.structure("root.S1.L"))
