"""Screws are found to their edge; bone, and what lies outside the body, is no metal."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from app.proposing import skin_and_bone
from imaging.anatomy import propose_body, propose_metal
from imaging.phantom import family, make_phantom, on_grid
from imaging.progress import no_progress
from imaging.segmentation.verification import dice
from imaging.structures import StructureKind


@pytest.fixture(scope="module")
def screws():
    return make_phantom(on_grid(family()["screws-l5-s1"].parameters, (1.5, 1.5, 1.5)))


def test_screws_are_found_one_by_one_with_their_edge(screws):
    mask, pieces = propose_metal(screws.volume, propose_body(screws.volume))
    true = screws.mask(StructureKind.METAL)
    assert pieces == 4 and dice(mask, true) > 0.95
    assert mask.count == pytest.approx(true.count, rel=0.05)


def test_the_proposal_is_unconfirmed_and_says_what_else_reads_so(screws):
    metal = skin_and_bone(screws.volume, no_progress())[-1]
    assert metal.kind is StructureKind.METAL and not metal.confirmed
    assert "4 pieces" in metal.origin and "barium" in metal.origin


def test_bone_is_no_metal_and_neither_is_what_lies_outside_the_body(screws):
    body = propose_body(screws.volume)
    bare = np.minimum(screws.volume.hu, 1900)
    assert propose_metal(dataclasses.replace(screws.volume, hu=bare), body) is None
    outside = bare.copy()
    k, j, i = np.argwhere(~body.array())[100]
    outside[k, j, i : i + 3] = 3071
    assert propose_metal(dataclasses.replace(screws.volume, hu=outside), body) is None
