"""The rules of the decision support: every one with its source, and bad files refused by name."""

from __future__ import annotations

import pytest

from imaging.errors import DomainError
from planning.catalogue.decision_facts import FACTS
from planning.catalogue.decision_rules import load_decision_rules, read_decision_rules
from planning.decision.sins import SINS_ITEMS, Stability
from planning.model.clinical import Appearance, CanalExtension, Clinical, Intent
from resources import resource

OPTIONS = '[[options]]\nid = "rfa"\nname = "RFA"\nkind = "treatment"\n[[options]]\nid = "cryo"\nname = "Cryo"\nkind = "treatment"\n'
RULE = (
    '[[rules]]\nid = "a-rule"\nwhen = [{ fact = "appearance", one_of = ["lytic"] }]\nspeaks_for = ["rfa"]\n'
    'sentence = "So."\nsource = "A book"\nconfidence = "high"\n'
)


def refused(tmp_path, text):
    path = tmp_path / "rules.toml"
    path.write_text(text)
    with pytest.raises(DomainError) as told:
        read_decision_rules(path)
    assert told.value.code == "catalogue-file-invalid" and "rules.toml" in told.value.message
    return told.value.message


def test_a_sound_file_is_read(tmp_path):
    path = tmp_path / "rules.toml"
    path.write_text(OPTIONS + RULE)
    assert read_decision_rules(path).rules[0].options == ("rfa",)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('source = "A book"\n', "", "rules.0.source"),
        ('"A book"', '""', "rules.0.source"),
        ('confidence = "high"', 'confidence = "certain"', "rules.0.confidence"),
        ('"appearance"', '"colour"', "there is no fact 'colour'"),
        ('["lytic"]', '["glassy"]', "'glassy' is no value of 'appearance'; there are lytic, mixed, sclerotic"),
        ('["lytic"]', '["lytic", "lytic"]', "'lytic' is given twice"),
        (', one_of = ["lytic"]', "", "nothing is asked of the fact 'appearance'"),
        ('one_of = ["lytic"]', "at_most = 3", "the fact 'appearance' is no number"),
        ('"appearance", one_of = ["lytic"]', '"size_mm", one_of = ["lytic"]', "the fact 'size_mm' is a number"),
        ('"appearance", one_of = ["lytic"]', '"size_mm", at_least = 9, at_most = 5', "its limits are crossed"),
        ('"appearance", one_of = ["lytic"]', '"size_mm", above = 9, at_most = 9', "its limits are crossed"),
        ('"appearance", one_of = ["lytic"]', '"size_mm", above = 9, at_least = 9', "at_least or above, not both"),
        ('"appearance", one_of = ["lytic"]', '"size_mm", at_most = nan', "rules.0.when.0.at_most"),
        ('one_of = ["lytic"]', 'one_of = ["lytic"], known = true', "already asks that it is known"),
        ('when = [{ fact = "appearance", one_of = ["lytic"] }]', "when = []", "rules.0.when"),
        ('speaks_for = ["rfa"]\n', "", "speaks neither for nor against"),
        ('["rfa"]', '["rfa"]\nspeaks_against = ["rfa"]', "speaks of 'rfa' twice"),
        ('["rfa"]', '["surgery"]', "'a-rule' speaks of 'surgery', which is no option"),
        ('"So."', '"So {size_mm}."', "its sentence names 'size_mm'"),
        ("id = \"a-rule\"", 'id = "a-rule"\nwhy = "x"', "there is no such key"),
    ],
)  # fmt: skip
def test_a_bad_rule_is_refused_by_name(tmp_path, old, new, told):
    assert old in RULE
    assert told in refused(tmp_path, OPTIONS + RULE.replace(old, new))


def test_what_is_given_twice_and_false_combinations_are_refused(tmp_path):
    assert "the rule 'a-rule' is given twice" in refused(tmp_path, OPTIONS + RULE + RULE)
    assert "the option 'rfa' is given twice" in refused(tmp_path, OPTIONS + OPTIONS + RULE)
    joined = '[[options]]\nid = "both"\nname = "Both"\nkind = "treatment"\nparts = ["rfa", "ice"]\n'
    assert "'both' must combine" in refused(tmp_path, OPTIONS + joined + RULE)
    text = resource("decision", "rules.toml").read_text(encoding="utf-8")
    assert "cannot be used" in refused(tmp_path, text[: len(text) // 2] + "[[")


def test_every_rule_and_expectation_that_ships_has_a_source_and_says_what_it_lacks():
    rules = load_decision_rules()
    for entry in (*rules.rules, *rules.afterwards):
        assert entry.source and entry.confidence in ("high", "medium", "low")
        # What is only known from the project's own ground is never dressed as a citation.
        assert ("no citation on file" in entry.source) == (entry.confidence == "low"), entry.id
    names = {o.id for o in rules.options}
    assert {"rfa", "cryo", "laser", "cement", "coblation", "alcohol", "rfa-cement", "cryo-cement"} <= names
    told = " ".join(a.sentence for a in rules.afterwards)
    assert "6 to 48 hours" in told and "nerve block" in told and "Fever in 12 %" in told and "after the thaw" in told


def test_the_vocabulary_is_that_of_the_model():
    for key, kind in (
        ("intent", Intent),
        ("appearance", Appearance),
        ("canal", CanalExtension),
        ("stability", Stability),
    ):
        assert list(FACTS[key].values) == [v.value for v in kind]
    said = {name for name in Clinical.__dataclass_fields__ if name not in ("sins", "course")}
    assert said < set(FACTS)
    assert all(list(FACTS[k].values) == ["yes", "no"] for k in said - {"intent", "appearance", "canal"})
    assert len(SINS_ITEMS) == 6
