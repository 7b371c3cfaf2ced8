"""The card of a probe for the CT room: within its width and height, with no words on other words."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from app.export.pdf_painter import text_width_px
from app.export.placing_card import card_height_px, placing_card
from app.representations.primitives import Label, Path
from planning.model.room import Posture
from planning.operations.probes import move_probe
from planning.operations.room import change_room
from planning.report.blocks import PlacingCard
from planning.report.room_sections import probes_section

WIDTH_PX = 1178.0


def cards(given, **room):
    case = change_room(given.case, **room)
    return [b for b in probes_section(case, given.volume).blocks if isinstance(b, PlacingCard)]


@pytest.mark.parametrize(
    "room", [{}, {"posture": Posture.SUPINE}, {"posture": Posture.LEFT_UP}, {"gantry_tilt_deg": -20.0}]
)
@pytest.mark.parametrize("name", ["cold_input", "both_sides_input", "bare_input"])
def test_a_card_keeps_to_its_frame(request, name, room):
    for card in cards(request.getfixturevalue(name), **room):
        height = card_height_px(card, WIDTH_PX)
        labels = []
        for one in placing_card(card, WIDTH_PX):
            if isinstance(one, Label):
                wide = text_width_px(one.text, one.size_px, one.weight)
                left = one.x_px - {"left": 0.0, "centre": wide / 2, "right": wide}[one.anchor]
                labels.append(
                    (one.text, left, one.y_px - 0.35 * one.size_px, left + wide, one.y_px + 0.35 * one.size_px)
                )
            elif isinstance(one, Path):
                for points in one.lines:
                    assert (
                        points.min() >= -0.01 and points[:, 0].max() <= WIDTH_PX + 0.01 and points[:, 1].max() <= height
                    )
        for text, left, top, right, bottom in labels:
            assert left >= 0 and right <= WIDTH_PX and top >= 0 and bottom <= height, text
        for n, (text, left, top, right, bottom) in enumerate(labels):
            for other, a, b, c, d in labels[n + 1 :]:
                assert not (a < right and left < c and b < bottom and top < d), (text, other)


def test_a_needle_straight_down_has_no_arc_and_its_angles_are_none(cold_input):
    probe = cold_input.case.plan.probes[0]
    x, _, z = probe.tip_mm
    straight = move_probe(cold_input.case, probe.id, entry_mm=(x, probe.entry_mm[1], z))
    card = cards(replace(cold_input, case=straight))[0]
    assert {view.angle_words for view in card.views} == {"0°"}
    assert np.isfinite([v.angle_deg for v in card.views]).all() and placing_card(card, WIDTH_PX)
