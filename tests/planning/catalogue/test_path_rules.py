"""The rules of paths: complete, with sources, changed by the user, and refused where they contradict each other."""

from __future__ import annotations

import pytest

from imaging.errors import DomainError
from imaging.structures import StructureKind
from planning.catalogue.rules import (
    SET_BY_USER,
    builtin_path_rules,
    load_path_rules,
    path_rule_findings,
    user_rules_file,
    with_changes,
)
from planning.catalogue.user_rules import reset_rules, set_rule


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("SACROPLAN_HOME", str(tmp_path))


def test_every_rule_has_a_source_and_what_nobody_published_is_blank():
    rules = builtin_path_rules()
    assert all(rule.source for rule in (*rules.limits.values(), *rules.preferences.values()))
    assert rules.limits["nerves"].caution == 10 and "PMID 18661176" in rules.limits["nerves"].source
    for key in ("vessels", "bowel", "bladder"):
        assert rules.limits[key].caution is None and rules.limits[key].alarm is None


@pytest.mark.parametrize("kind", [StructureKind.ROOT, StructureKind.CANAL, StructureKind.VESSEL, StructureKind.BOWEL])
def test_what_can_come_to_harm_has_a_limit_and_bone_has_none(kind):
    assert builtin_path_rules().limit_of(kind) is not None
    assert builtin_path_rules().limit_of(StructureKind.SACRUM) is None


def test_a_change_is_kept_and_says_who_set_it():
    set_rule("limits", "vessels", {"alarm": 4.0})
    set_rule("limits", "vessels", {"caution": 8.0})
    limit = load_path_rules().limits["vessels"]
    assert (limit.alarm, limit.caution, limit.source) == (4.0, 8.0, SET_BY_USER)
    set_rule("", "tolerance_mm", {"value": 5.0})
    assert load_path_rules().tolerance_mm.value == 5.0
    set_rule("limits", "nerves", {"caution": "blank"})
    assert load_path_rules().limits["nerves"].caution is None
    reset_rules()
    assert load_path_rules() is builtin_path_rules()


def test_another_weight_keeps_the_source_of_the_levels():
    set_rule("preferences", "length", {"weight": 3.0})
    assert load_path_rules().preferences["length"].source == builtin_path_rules().preferences["length"].source


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"limits": {"nerves": {"alarm": 30.0}}}, "contradict"),
        ({"limits": {"gas": {"caution": 5.0}}}, "contradict"),
        ({"limits": {"nervs": {"alarm": 3.0}}}, "no such rule"),
        ({"limits": {"nerves": {"alrm": 3.0}}}, "no such key"),
        ({"limits": {"nerves": {"alarm": -1.0}}}, "greater than or equal"),
        ({"limits": {"nerves": 3.0}}, "no such rule"),
        ({"limit": {"nerves": {"alarm": 3.0}}}, "no such rule"),
        ({"preferences": {"length": {"poor": 10.0}}}, "crossed"),
        ({"preferences": {"length": {"good": "blank"}}}, "missing"),
        ({"limits": {"nerves": {"weight": True}}}, "true or false"),
    ],
)
def test_rules_that_cannot_be_are_refused_by_key(changes, word):
    with pytest.raises(DomainError) as refused:
        with_changes(changes)
    assert word in str(refused.value)


def test_a_refused_change_leaves_the_file_as_it_was():
    set_rule("limits", "nerves", {"alarm": 3.0})
    before = user_rules_file().read_text()
    with pytest.raises(DomainError):
        set_rule("limits", "nerves", {"alarm": 20.0})
    assert user_rules_file().read_text() == before


def test_a_file_that_cannot_be_used_is_told_and_changes_nothing():
    user_rules_file().parent.mkdir(parents=True)
    user_rules_file().write_text("[limits.nerves]\nalarm = 99\n")
    assert load_path_rules() is builtin_path_rules()
    assert "contradict" in path_rule_findings()[0].message and "left out" in path_rule_findings()[0].message


@pytest.mark.parametrize(("value", "cost"), [(30, 0.0), (40, 0.0), (80, 0.5), (120, 1.0), (200, 2.0)])
def test_a_preference_costs_its_weight_at_the_poor_level(value, cost):
    assert builtin_path_rules().preferences["length"].cost(value) == pytest.approx(cost)
