"""The Spinal Instability Neoplastic Score, against its published table."""

from __future__ import annotations

from itertools import product

import pytest

from planning.decision.sins import SINS_ITEMS, Stability, sins_score
from planning.model.clinical import Appearance
from planning.model.sins import Sins, SinsAlignment, SinsCollapse, SinsLocation, SinsPain, SinsPosterolateral

PUBLISHED = {
    "location": {"junctional": 3, "mobile": 2, "semirigid": 1, "rigid": 0},
    "pain": {"mechanical": 3, "occasional": 1, "none": 0},
    "quality": {"lytic": 2, "mixed": 1, "sclerotic": 0},
    "alignment": {"subluxation": 4, "deformity": 2, "normal": 0},
    "collapse": {"over-half": 3, "under-half": 2, "body-involved": 1, "none": 0},
    "posterolateral": {"bilateral": 3, "unilateral": 1, "none": 0},
}


def test_points_are_the_published_ones():
    assert {i.key: {value: points for value, (_, points) in i.choices.items()} for i in SINS_ITEMS} == PUBLISHED


def test_every_form_sums_its_points_and_falls_into_its_band():
    seen = set()
    forms = product(SinsLocation, SinsPain, Appearance, SinsAlignment, SinsCollapse, SinsPosterolateral)
    for location, pain, appearance, alignment, collapse, posterolateral in forms:
        score = sins_score(
            Sins(location=location, pain=pain, alignment=alignment, collapse=collapse, posterolateral=posterolateral),
            appearance,
        )
        given = (location, pain, appearance, alignment, collapse, posterolateral)
        total = sum(points[value] for points, value in zip(PUBLISHED.values(), given, strict=True))
        assert score.total == total
        band = Stability.STABLE if total <= 6 else Stability.POTENTIALLY_UNSTABLE if total <= 12 else Stability.UNSTABLE
        assert score.stability is band and ("surgeon" in score.words) == (total >= 7)
        seen.add(total)
    assert seen == set(range(19))


@pytest.mark.parametrize("left_out", ["location", "pain", "quality", "alignment", "collapse", "posterolateral"])
def test_without_one_item_nothing_is_assessed(left_out):
    form = {
        "location": SinsLocation.JUNCTIONAL, "pain": SinsPain.MECHANICAL, "alignment": SinsAlignment.SUBLUXATION,
        "collapse": SinsCollapse.OVER_HALF, "posterolateral": SinsPosterolateral.BILATERAL,
    }  # fmt: skip
    form.pop(left_out, None)
    score = sins_score(Sins(**form), None if left_out == "quality" else Appearance.LYTIC)
    assert score.total is None and score.stability is None and "not assessed" in score.words
    assert len(score.missing) == 1 and f"at least {score.least} of 18" in score.words


def test_the_form_goes_before_the_bones():
    assert sins_score(Sins(), None, SinsLocation.RIGID).points["location"] == 0
    assert sins_score(Sins(location=SinsLocation.MOBILE), None, SinsLocation.RIGID).points["location"] == 2
