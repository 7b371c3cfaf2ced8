"""What typed words find, and in which order."""

from __future__ import annotations

import pytest

from app.searching import Findable, search


def thing(words: str, kind: str = "") -> Findable:
    return Findable(id=words, words=words, kind=kind, act=lambda: None)


THINGS = [
    thing("Place probe"),
    thing("Replace probe"),
    thing("Place gas or fluid"),
    thing("Four views"),
    thing("Red–green palette"),
    thing("CO₂ 1"),
    thing("C1", "Probe, IceSphere"),
    thing("S2 L", "Structure"),
    thing("S2 R", "Structure"),
]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("place", ["Place probe", "Place gas or fluid", "Replace probe"]),
        ("PLACE pr", ["Place probe", "Replace probe"]),
        ("prob pla", ["Place probe", "Replace probe"]),
        ("s2", ["S2 L", "S2 R"]),
        ("s2 l", ["S2 L"]),
        ("l s2", ["S2 L"]),
        ("iew", ["Four views"]),
        ("place views", []),
        ("zzz", []),
        ("red-green", ["Red–green palette"]),
        ("green", ["Red–green palette"]),
        ("co2", ["CO₂ 1"]),
    ],
)
def test_every_typed_word_is_found_at_a_beginning_or_inside(typed, expected):
    assert [found.words for found in search(typed, THINGS)] == expected


def test_beginnings_come_before_insides_and_the_kind_last():
    assert [f.words for f in search("probe", THINGS)] == ["Place probe", "Replace probe", "C1"]
    assert [f.words for f in search("structure", THINGS)] == ["S2 L", "S2 R"]


def test_what_was_chosen_lately_comes_first_among_equals_only():
    recent = ["S2 R", "Replace probe", "Place gas or fluid"]
    assert [f.words for f in search("s2", THINGS, recent)] == ["S2 R", "S2 L"]
    # A beginning goes before what was chosen lately.
    assert [f.words for f in search("place", THINGS, recent)] == ["Place gas or fluid", "Place probe", "Replace probe"]


def test_nothing_typed_finds_everything_lately_chosen_first():
    assert [f.words for f in search("  ", THINGS, ["Four views"])][:3] == ["Four views", "Place probe", "Replace probe"]
    assert len(search("", THINGS)) == len(THINGS)
