"""The user's own levels: in place of those that ship, said to be so, and refused by key where they cannot be."""

from __future__ import annotations

import pytest

from imaging.errors import DomainError
from imaging.structures import StructureKind
from planning.catalogue import Mode
from planning.catalogue.own_thresholds import (
    load_thresholds,
    reset_thresholds,
    set_threshold,
    threshold_findings,
    user_thresholds_file,
    with_levels,
)
from planning.catalogue.rules import SET_BY_USER
from planning.catalogue.thresholds import Level, builtin_thresholds


def levels(kind, mode):
    return {limit.level: limit for limit in load_thresholds().of(kind, mode).limits}


def test_a_level_is_changed_given_and_taken_away_and_says_whose_it_is():
    assert load_thresholds() is builtin_thresholds()
    set_threshold("root.cold", "alarm", 3.0)
    own = levels(StructureKind.ROOT, Mode.COLD)
    assert own[Level.ALARM].temperature_c == 3.0 and own[Level.ALARM].source == SET_BY_USER
    shipped = builtin_thresholds().of(StructureKind.ROOT, Mode.COLD).limits[0]
    assert own[Level.CAUTION] == shipped, "what was not changed keeps its source"
    assert levels(StructureKind.NERVE, Mode.COLD) == own, "they share one group"
    set_threshold("bowel.heat", "alarm", 45)
    set_threshold("bowel.heat", "alarm_cem43", 30)
    assert load_thresholds().of(StructureKind.BOWEL, Mode.HEAT).assessed
    assert levels(StructureKind.BOWEL, Mode.HEAT)[Level.ALARM].cem43_min == 30
    for key in ("alarm", "alarm_cem43"):
        set_threshold("bowel.heat", key, "blank")
    assert not load_thresholds().of(StructureKind.BOWEL, Mode.HEAT).assessed
    set_threshold("goal.cold", "margin_mm", 5.0)
    assert load_thresholds().goal(Mode.COLD).margin_mm == 5.0
    assert load_thresholds().goal(Mode.COLD).margin_source == SET_BY_USER
    reset_thresholds()
    assert load_thresholds() is builtin_thresholds()


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"spleen.cold": {"alarm": 1}}, "no such group"),
        ({"root.cold": {"panic": 1}}, "no such level"),
        ({"root.cold": {"alarm": 12}}, "crossed"),
        ({"root.cold": {"alarm_cem43": 30}}, "means nothing for cold"),
        ({"root.heat": {"alarm_cem43": 5}}, "crossed"),
        ({"root.cold": {"alarm": "warm"}}, "neither a number nor blank"),
        ({"root.cold": {"alarm": -400}}, "196"),
        ({"root.cold": {"alarm": 2, "source": ""}}, "source"),
        ({"root.cold": 3}, "holds no levels"),
        ({"goal.cold": {"margin_mm": "blank"}}, "cannot be blank"),
        ({"goal.cold": {"isotherm_c": 0}}, "no such goal"),
        ({"goal.cold": {"margin_mm": -1}}, "margin_mm"),
    ],
)
def test_levels_that_cannot_be_are_refused_by_key(changes, word):
    with pytest.raises(DomainError, match=word):
        with_levels(changes)


def test_a_refused_change_keeps_what_was_there_and_a_bad_file_counts_for_nothing():
    set_threshold("root.cold", "alarm", 3.0)
    before = user_thresholds_file().read_text()
    with pytest.raises(DomainError):
        set_threshold("root.cold", "alarm", 15.0)
    assert user_thresholds_file().read_text() == before and threshold_findings() == ()
    user_thresholds_file().write_text('["root.cold"]\nalarm = 15\n')
    assert load_thresholds() is builtin_thresholds()
    (finding,) = threshold_findings()
    assert "thresholds.toml" in finding.message and "crossed" in finding.message


def test_a_source_of_ones_own_stands_with_the_level():
    assert (
        with_levels({"skin.cold": {"alarm": 0, "source": "Own series 2026"}})
        .of(StructureKind.SKIN, Mode.COLD)
        .limits[0]
        .source
        == "Own series 2026"
    )
