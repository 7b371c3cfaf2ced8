"""Every rule fires where its facts hold, stays silent where they do not, and is not assessed where they are missing."""

from __future__ import annotations

import pytest

from planning.catalogue.decision_facts import FACTS
from planning.catalogue.decision_rules import Condition, load_decision_rules
from planning.decision.decide import Standing, decide, fires, holds
from planning.decision.facts import CaseFacts, Fact
from planning.decision.measured import LesionMeasures
from planning.decision.sins import sins_score
from planning.model.sins import Sins
from tests.builders.cases import empty_case

RULES = load_decision_rules()
LESION = {"size_mm": 30.0, "nerve_gap_mm": 30.0, "region": "spine"}
"""A lesion that no rule on size or nerves speaks of but in passing."""

# Rule: what makes it fire, what keeps it silent.
CASES = {
    "few-metastases": ({"oligometastatic": "yes"}, {"oligometastatic": "no"}),
    "cortex-eroded-goal": ({"cortex_eroded": "yes"}, {"cortex_eroded": "no"}),
    "nerve-near-goal": ({"nerve_gap_mm": 10.0}, {"nerve_gap_mm": 10.1}),
    "size-goal": ({"size_mm": 38.0}, None),
    "size-and-goal-in-the-sacrum": (
        {"size_mm": 38.0, "region": "s1", "intent": "curative"},
        {"size_mm": 38.0, "region": "s1", "intent": "palliative"},
    ),
    "lytic-inside-cortex": (
        {"appearance": "lytic", "cortex_eroded": "no", "soft_tissue": "no"},
        {"appearance": "lytic", "cortex_eroded": "yes", "soft_tissue": "no"},
    ),
    "sclerotic-rfa": ({"appearance": "sclerotic"}, {"appearance": "mixed"}),
    "sclerotic-cryo": ({"appearance": "sclerotic"}, {"appearance": "lytic"}),
    "soft-tissue-cryo": ({"soft_tissue": "yes"}, {"soft_tissue": "no"}),
    "one-fibre-suffices": ({"size_mm": 9.0}, {"size_mm": 9.1}),
    "one-fibre-is-too-small": ({"size_mm": 9.1}, {"size_mm": 9.0}),
    "debulking": ({"debulking": "yes"}, {"debulking": "no"}),
    "palliative-target": ({"intent": "palliative"}, {"intent": "curative"}),
    "curative-margin-ice": ({"intent": "curative"}, {"intent": "palliative"}),
    "curative-margin-heat": ({"intent": "curative"}, {"intent": "palliative"}),
    "nerve-near-ice": ({"nerve_gap_mm": 2.0}, {"nerve_gap_mm": 12.0}),
    "nerve-near-heat": ({"nerve_gap_mm": 2.0}, {"nerve_gap_mm": 12.0}),
    "epidural-part": ({"canal": "1b"}, {"canal": "2"}),
    "grade-1c": ({"canal": "1c"}, {"canal": "1b"}),
    "compression-decompress-first": ({"canal": "3", "radiosensitive": "no"}, {"canal": "1c", "radiosensitive": "no"}),
    "compression-radiosensitive": ({"canal": "2", "radiosensitive": "yes"}, {"canal": "2", "radiosensitive": "no"}),
    "canal-and-cement": ({"canal": "1a"}, {"canal": "0"}),
    "sins-surgeon": ({"stability": "potentially_unstable"}, {"stability": "stable"}),
    "sins-cement": ({"stability": "unstable"}, {"stability": "stable"}),
    "fracture-cement": ({"fracture": "yes"}, {"fracture": "no"}),
    "load-cement": ({"weight_bearing": "yes"}, {"weight_bearing": "no"}),
    "sacroplasty": ({"region": "s1"}, {"region": "s2_s5"}),
    "sacroplasty-with-rfa": ({"region": "sacrum"}, {"region": "spine"}),
    "hardware-rfa": ({"hardware": "yes"}, {"hardware": "no"}),
    "irradiated-before": ({"prior_radiotherapy": "yes"}, {"prior_radiotherapy": "no"}),
    "sacral-series": ({"region": "s2_s5"}, {"region": "spine"}),
    "spinal-series": ({"region": "spine"}, {"region": "s1"}),
}


def facts(values, *, may_be_less=()):
    by_key = {
        key: Fact(kind=kind, value=values.get(key), may_be_less=key in may_be_less) for key, kind in FACTS.items()
    }
    return CaseFacts(by_key=by_key, sins=sins_score(Sins(), None), measures=LesionMeasures())


def said_of(values, **more):
    return decide(empty_case(), facts=facts(values, **more))


def rule(rule_id):
    return next(r for r in RULES.rules if r.id == rule_id)


def fired(decision, rule_id):
    return {
        a.option.id for a in decision.options
        for reason in (*a.speaks_for, *a.speaks_against, *a.notes) if reason.rule.id == rule_id
    }  # fmt: skip


def test_every_rule_that_ships_is_told_here():
    assert set(CASES) == {r.id for r in RULES.rules}


@pytest.mark.parametrize("rule_id", CASES)
def test_a_rule_fires_with_its_options_and_its_source(rule_id):
    decision, asked = said_of(CASES[rule_id][0]), rule(rule_id)
    assert set(asked.options) <= fired(decision, rule_id)
    for option in asked.options:
        advice = decision.advice(option)
        reasons = {r.rule.id: r for r in (*advice.speaks_for, *advice.speaks_against, *advice.notes)}
        assert asked.source in reasons[rule_id].source and "{" not in reasons[rule_id].sentence


@pytest.mark.parametrize("rule_id", CASES)
def test_a_rule_stays_silent_where_its_facts_do_not_hold_and_open_where_they_are_missing(rule_id):
    hold, not_held = CASES[rule_id]
    if not_held is not None:
        assert fires(rule(rule_id), facts(not_held)) is False
        assert not fired(said_of(not_held), rule_id)
    for key in hold:
        without = {k: v for k, v in hold.items() if k != key}
        assert fires(rule(rule_id), facts(without)) is None
        decision = said_of(without)
        assert not fired(decision, rule_id)
        for option in (*rule(rule_id).speaks_for, *rule(rule_id).speaks_against):
            assert FACTS[key].name in decision.advice(option).missing


def test_nothing_known_assesses_nothing():
    decision = said_of({})
    assert {a.standing for a in decision.options} == {Standing.NOT_ASSESSED}
    assert all("Not assessed" in a.open_words for a in decision.options)
    assert not decision.afterwards
    assert "decides nothing" in decision.remarks[0][0] and "PMC9018647" in decision.remarks[0][1]


def test_standings_and_their_order():
    decision = said_of({"appearance": "sclerotic", "fracture": "yes", "size_mm": 30.0})
    standing = {a.option.id: a.standing for a in decision.options}
    assert standing["rfa"] is Standing.AGAINST and standing["cryo"] is Standing.SUPPORTED
    assert standing["rfa-cement"] is Standing.CONTESTED and standing["cryo-cement"] is Standing.SUPPORTED
    assert standing["alcohol"] is Standing.NOT_ASSESSED and "no source on file" in decision.advice("alcohol").open_words
    treatments = [a for a in decision.options if a.option.kind == "treatment"]
    assert [a.standing for a in treatments] == sorted(a.standing for a in treatments)
    both = said_of({"appearance": "lytic", "cortex_eroded": "no", "soft_tissue": "no", "hardware": "yes"})
    assert both.advice("rfa").standing is Standing.CONTESTED
    stable = {"fracture": "no", "weight_bearing": "no", "stability": "stable", "canal": "0", "radiosensitive": "no"}
    assert said_of(stable).advice("cement").standing is Standing.NEITHER


def test_a_combination_needs_something_for_each_of_its_parts():
    decision = said_of({"fracture": "yes"})
    combined = decision.advice("cryo-cement")
    assert combined.standing is Standing.NOT_ASSESSED
    assert combined.parts_words == "Cryoablation: not assessed; Cementoplasty: supported"
    assert [r.rule.id for r in combined.speaks_for] == ["fracture-cement"] and not combined.own(combined.speaks_for)
    whole = said_of({"appearance": "lytic", "cortex_eroded": "no", "soft_tissue": "no"}).advice("rfa-cement")
    assert whole.standing is Standing.SUPPORTED and whole.own(whole.speaks_for)


def test_what_is_to_be_expected_is_told_of_what_is_supported():
    decision = said_of({"appearance": "sclerotic", "fracture": "yes"})
    told = {entry.id: names for entry, names in decision.afterwards}
    assert "Cryoablation with cement" in told["cement-after-thaw"] and "complications-cryo" in told
    assert "RFA" not in told["pain-after"]
    assert "cement-after-thaw" not in {e.id for e, _ in said_of({"canal": "1a", "radiosensitive": "no"}).afterwards}


def test_grading_a_sacral_canal_is_told_to_be_an_analogy():
    for region, analogy in (("spine", False), ("s1", True), (None, True)):
        remarks = " ".join(s for s, _ in said_of({"canal": "1a", "region": region}).remarks)
        assert ("by analogy" in remarks) is analogy


def test_a_gap_that_may_be_less_is_near_for_sure_and_far_for_none():
    kind = FACTS["nerve_gap_mm"]
    near, far = (Fact(kind=kind, value=v, may_be_less=True) for v in (8.0, 14.0))
    within, beyond = Condition(fact="nerve_gap_mm", at_most=10), Condition(fact="nerve_gap_mm", above=10)
    assert holds(within, near) is True and holds(within, far) is None
    assert holds(beyond, near) is False and holds(beyond, far) is None
    assert said_of({"nerve_gap_mm": 14.0}, may_be_less=("nerve_gap_mm",)).advice("cryo").missing.count(kind.name) == 1


def test_a_sacrum_whose_half_is_not_known_may_be_either():
    half = Condition(fact="region", one_of=("s1",))
    assert [holds(half, Fact(kind=FACTS["region"], value=v)) for v in ("s1", "s2_s5", "sacrum", "spine")] == [
        True, False, None, False,
    ]  # fmt: skip
