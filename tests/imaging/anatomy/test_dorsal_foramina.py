"""Dorsal foramina against the phantom's channels: where they open, and what is said where that is uncertain."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from imaging.anatomy import dorsal_foramina, propose_nerves
from imaging.phantom import family, make_phantom, on_grid
from imaging.phantom.posture import Posture
from imaging.progress import no_progress
from imaging.structures import Side, Tube

CLOSE_UP = family()["close-up"].parameters
TURNED = dataclasses.replace(CLOSE_UP, patient_position="HFP", rotation_deg=(0.0, 4.0, 9.0), lesions=())
# Measured: 1.1 and 1.3 mm (median of an image), 2.3 mm at worst.
MEDIAN_MM, WORST_MM = 1.8, 3.0
BEHIND_MM = 3.0


@pytest.fixture(scope="module", params=["thin", "prone, turned, 3 mm"])
def found(request):
    """The phantom around its sacrum, and what is proposed for it."""
    parameters = on_grid(CLOSE_UP, (1.5, 1.5, 1.5)) if request.param == "thin" else on_grid(TURNED, (1.2, 1.2, 3.0))
    phantom = make_phantom(parameters)
    return phantom, propose_nerves(phantom.volume, no_progress()).dorsal_foramina


def test_they_open_at_the_back_of_the_bone(found):
    phantom, foramina = found
    true = {(f.level, f.side): f.centre_mm for f in phantom.foramina if not f.ventral}
    away = {(f.level, f.side): np.linalg.norm(f.centre_mm - true[f.level, f.side]) for f in foramina}
    assert len(away) >= 7
    assert np.median(list(away.values())) <= MEDIAN_MM and max(away.values()) <= WORST_MM, away


def test_no_way_to_them_leads_around_the_bone(found):
    """Beside the hiatus a way out of it, and around its horn, is roomier than the channel of S4."""
    phantom, foramina = found
    back = Posture(phantom.parameters).to_lps([[0, 1, 0]])[0] - Posture(phantom.parameters).to_lps([[0, 0, 0]])[0]
    for foramen in foramina:
        assert ((foramen.tube.points_mm - foramen.centre_mm) @ back).max() < BEHIND_MM


def test_where_left_and_right_do_not_match_both_are_doubted(found):
    """A tumour beside S4 is open to the back as well."""
    _, usual = found
    phantom = make_phantom(on_grid(family()["lower-half"].parameters, (1.5, 1.5, 1.5)))
    doubted = [f for f in propose_nerves(phantom.volume, no_progress()).dorsal_foramina if f.reasons]
    assert [(f.level, f.side) for f in doubted] == [("S4", Side.LEFT), ("S4", Side.RIGHT)]
    assert all("mirror image" in f.reasons[0] and f.confidence <= 0.5 for f in doubted)
    assert not any(f.reasons for f in usual)


def test_without_a_ring_of_bone_it_says_so_and_is_no_wider_than_usual(found, monkeypatch):
    phantom, usual = found
    mouth = dorsal_foramina.dorsal_mouth

    def open_beside(*where):
        opening = mouth(*where)
        points = opening.channel.points_mm
        return dataclasses.replace(opening, open_part=0.6, channel=Tube(points, np.full(len(points), 9.0)))

    monkeypatch.setattr(dorsal_foramina, "dorsal_mouth", open_beside)
    foramina = propose_nerves(phantom.volume, no_progress()).dorsal_foramina
    assert len(foramina) == len(usual)
    for foramen, before in zip(foramina, usual, strict=True):
        assert "no ring of bone" in foramen.reasons[0] and foramen.tube.radii_mm.max() <= 3.6
        assert foramen.confidence == pytest.approx(0.5 * before.confidence)
