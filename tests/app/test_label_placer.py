"""Labels of one view: clear of each other, of other structures and of the edge, and tied to what they name."""

from __future__ import annotations

import numpy as np
import pytest

from app.representations.label_placer import LabelMemory, LabelPlacer
from app.representations.primitives import Label, Path
from planning.evaluation import Judgement

WHITE = "#ffffff"


def circle(x: float, y: float, radius: float) -> np.ndarray:
    angles = np.linspace(0, 2 * np.pi, 40)
    return np.stack([x + radius * np.cos(angles), y + radius * np.sin(angles)], axis=1)


def label(words: str, **changes) -> Label:
    return Label(**{"text": words, "x_px": 0, "y_px": 0, "colour": WHITE, **changes})


def boxes(placer: LabelPlacer) -> dict[str, tuple[float, float, float, float]]:
    found = [p for p in placer.placed() if isinstance(p, Label)]
    return {p.text: (p.x_px, p.y_px - 8, p.x_px + len(p.text) * 7.5, p.y_px + 8) for p in found}


def overlap(a, b) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def test_a_label_stands_to_the_right_where_nothing_is_in_the_way():
    placer = LabelPlacer(400, 300)
    placer.ask(label("S1 L"), circle(200, 150, 10), 0)
    left, top, _, bottom = boxes(placer)["S1 L"]
    assert 210 < left < 225
    assert top < 150 < bottom


def test_labels_of_neighbours_do_not_touch_and_do_not_cover_the_neighbour():
    placer = LabelPlacer(400, 300)
    placer.ask(label("S2 R"), circle(190, 150, 12), 1)
    placer.ask(label("S2 L"), circle(225, 150, 12), 1)
    found = boxes(placer)
    assert set(found) == {"S2 R", "S2 L"}
    assert not overlap(found["S2 R"], found["S2 L"])
    assert not overlap(found["S2 R"], (215, 140, 235, 160)), "the right root's label lies on the left root"
    assert not overlap(found["S2 L"], (180, 140, 200, 160)), "the left root's label lies on the right root"


def test_hubs_of_parallel_probes_have_labels_apart():
    placer = LabelPlacer(400, 300)
    for n, x in enumerate((200.0, 206.0)):
        placer.ask(label(f"C{n + 1}"), np.array([[x, 240.0], [x, 250.0]]), 3)
    found = boxes(placer)
    assert not overlap(found["C1"], found["C2"])


def test_nothing_is_put_where_it_is_kept_free_or_outside_the_view():
    placer = LabelPlacer(400, 300)
    placer.keep_free(210, 100, 400, 200)
    placer.ask(label("Lesion"), circle(195, 150, 12), 0)
    placer.ask(label("edge"), circle(396, 290, 6), 0)
    found = boxes(placer)
    assert not overlap(found["Lesion"], (210, 100, 400, 200))
    if "edge" in found:
        assert found["edge"][2] <= 400 and found["edge"][3] <= 300


def test_what_lies_outside_the_view_has_no_label():
    placer = LabelPlacer(400, 300)
    placer.ask(label("far"), circle(900, 900, 10), 9)
    assert placer.placed() == []


def test_a_label_that_had_to_go_far_has_a_line_to_its_outline():
    placer = LabelPlacer(400, 300)
    placer.keep_free(170, 120, 230, 180)
    outline = circle(200, 150, 12)
    placer.ask(label("S3 L"), outline, 0)
    leaders = [p for p in placer.placed() if isinstance(p, Path)]
    assert len(leaders) == 1
    start = leaders[0].lines[0][0]
    assert np.linalg.norm(outline - start, axis=1).min() < 1e-6


@pytest.mark.parametrize("radius_px", [40, 90])
def test_a_height_line_carries_its_number_on_itself(radius_px):
    placer = LabelPlacer(400, 300)
    placer.ask(label("0 °C", plate=0.7), circle(200, 150, radius_px), 2, on_outline=True)
    left, top, right, bottom = boxes(placer)["0 °C"]
    middle = np.array([(left + right) / 2, (top + bottom) / 2])
    assert np.linalg.norm(middle - [200, 150]) == pytest.approx(radius_px, abs=8)


def placed_beside(memory: LabelMemory, ring_at: float) -> dict[str, tuple[float, float, float, float]]:
    placer = LabelPlacer(400, 300, memory)
    placer.ask(label("S1 L"), circle(200, 150, 10), 0)
    placer.ask(label("0 °C"), circle(ring_at, 150, 20), 2)
    return boxes(placer)


def test_a_label_stays_where_it_is_while_something_passes_and_gives_way_when_it_comes_over_it():
    memory = LabelMemory()
    first = placed_beside(memory, 60)
    passing = placed_beside(memory, 290)
    assert passing["S1 L"] == first["S1 L"]
    assert passing["0 °C"] != first["0 °C"]
    over = placed_beside(memory, 228)
    assert over["S1 L"] != first["S1 L"], "the ring runs through the label"
    # Without a memory it would go back at once; with one it stays, for nothing is in its way.
    assert placed_beside(memory, 60)["S1 L"] == over["S1 L"]


def test_a_label_is_placed_anew_when_its_outline_moved_or_it_became_wider():
    memory = LabelMemory()
    for outline, words in ((circle(200, 150, 10), "S1"), (circle(120, 90, 10), "S1")):
        placer = LabelPlacer(400, 300, memory)
        placer.ask(label(words), outline, 0)
        left, top, _, bottom = boxes(placer)[words]
        assert left > outline[:, 0].max()
        assert top < outline[:, 1].mean() < bottom
    placer = LabelPlacer(400, 300, memory)
    placer.ask(label("S1"), circle(120, 90, 10), 1, Judgement.ALARM)
    assert boxes(placer)["S1"][0] > left + 10, "the glyph needs room before the words"


def test_labels_of_the_users_own_do_not_count_among_the_most_a_view_has():
    placer = LabelPlacer(1600, 1200)
    for n in range(12):
        placer.ask(label(f"S{n}"), circle(200 + 90 * n, 300, 10), 1)
    for n in range(3):
        placer.ask(label(f"{n} mm"), circle(200 + 150 * n, 700, 10), 4, always=True)
    assert len(boxes(placer)) == 15


def test_a_wide_label_of_the_users_own_is_pushed_in_from_the_sides_and_others_are_left_out():
    for always in (True, False):
        placer = LabelPlacer(400, 300)
        placer.ask(label("x" * 50), circle(350, 150, 20), 4, always=always)
        found = boxes(placer)
        assert len(found) == always
        assert all(left > 0 and right <= 400 for left, _, right, _ in found.values())


@pytest.mark.parametrize("if_possible", [True, False])
def test_a_label_of_the_users_own_covers_what_should_be_free_rather_than_be_missing_but_no_other_label(if_possible):
    for always in (True, False):
        placer = LabelPlacer(400, 300)
        placer.keep_free(0, 0, 400, 300, if_possible=if_possible)
        placer.ask(label("12.0 mm"), circle(200, 150, 10), 4, always=always)
        assert len(boxes(placer)) == always
    placer = LabelPlacer(400, 300)
    placer.fix(label("x" * 60, x_px=0, y_px=150, size_px=300))
    placer.ask(label("12.0 mm"), circle(200, 150, 10), 4, always=True)
    assert "12.0 mm" not in boxes(placer)
