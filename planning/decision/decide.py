"""What speaks for and against every option in a case. It orders the options, and decides nothing."""

from __future__ import annotations

import enum
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from planning.catalogue.decision_facts import SACRAL_ESCC
from planning.catalogue.decision_rules import Afterwards, Condition, DecisionRules, Option, Rule, load_decision_rules
from planning.decision.facts import CaseFacts, Fact, facts_of
from planning.model.case import Case
from planning.quantities import NNBSP

STANDING_SENTENCE = "This orders what is on file and decides nothing: the tumour board and the physician decide."
STANDING_SOURCE = "A multidisciplinary team decides (PMC9018647)"


class Standing(enum.IntEnum):
    """What all rules together come to for an option, in the order they are told."""

    SUPPORTED = 0
    CONTESTED = 1
    NOT_ASSESSED = 2
    NEITHER = 3
    AGAINST = 4

    @property
    def word(self) -> str:
        """As the user reads it."""
        return _WORDS[self]


_WORDS = {
    Standing.SUPPORTED: "supported",
    Standing.CONTESTED: "for and against",
    Standing.NOT_ASSESSED: "not assessed",
    Standing.NEITHER: "no rule applies",
    Standing.AGAINST: "spoken against",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """A rule that fired, its sentence with the case's own numbers."""

    rule: Rule
    sentence: str

    @property
    def source(self) -> str:
        """Where it stands, and how sure that makes it."""
        return f"{source_text(self.rule)} Rule {self.rule.id}."


def source_text(entry: Rule | Afterwards) -> str:
    """Return where a sentence stands, and how sure that makes it."""
    return f"{entry.source}. Confidence: {entry.confidence}."


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """What is said of one option.

    Attributes
    ----------
    option : Option
    standing : Standing
    speaks_for, speaks_against, notes : tuple of Reason
        Rules that fired, of a combination those of its parts too.
    missing : tuple of str
        Names of the facts that nobody knows and that would make further rules speak.
    on_file : bool
        Whether any rule could speak for it at all.
    afterwards : tuple of Afterwards
        What to expect after it.
    parts : tuple of (str, Standing)
        Names and standings of what it combines.
    """

    option: Option
    standing: Standing
    speaks_for: tuple[Reason, ...] = ()
    speaks_against: tuple[Reason, ...] = ()
    notes: tuple[Reason, ...] = ()
    missing: tuple[str, ...] = ()
    on_file: bool = True
    afterwards: tuple[Afterwards, ...] = ()
    parts: tuple[tuple[str, Standing], ...] = ()

    def own(self, reasons: Sequence[Reason]) -> tuple[Reason, ...]:
        """Return the reasons that are about this option itself, not about a part of it."""
        return tuple(r for r in reasons if self.option.id in r.rule.options)

    @property
    def parts_words(self) -> str:
        """What is said of its parts, in a line; empty if it is no combination."""
        return "; ".join(f"{name}: {standing.word}" for name, standing in self.parts)

    @property
    def open_words(self) -> str:
        """What is still open, in a sentence; empty if nothing is."""
        if not self.on_file:
            return "Not assessed: no source on file says when it is chosen."
        if not self.missing:
            return ""
        return f"Not assessed for want of: {', '.join(_lower_first(name) for name in self.missing)}."


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Facts, options in order, and what has to be said with them.

    Attributes
    ----------
    facts : CaseFacts
    options : tuple of Advice
        What is supported first, what is spoken against last.
    remarks : tuple of (str, str)
        Sentences that hold for the whole, with their sources.
    """

    facts: CaseFacts
    options: tuple[Advice, ...]
    remarks: tuple[tuple[str, str], ...]

    @property
    def afterwards(self) -> tuple[tuple[Afterwards, tuple[str, ...]], ...]:
        """What to expect, each once, with the names of the options that something speaks for and that it belongs to."""
        spoken_for = [a for a in self.options if a.standing in (Standing.SUPPORTED, Standing.CONTESTED)]
        found = {entry.id: entry for a in spoken_for for entry in a.afterwards}
        return tuple(
            (entry, tuple(a.option.name for a in spoken_for if a.option.id in entry.options))
            for entry in found.values()
        )

    def advice(self, option_id: str) -> Advice:
        """Return what is said of one option by its id."""
        return next(a for a in self.options if a.option.id == option_id)


def decide(case: Case, rules: DecisionRules | None = None, facts: CaseFacts | None = None) -> Decision:
    """Return what speaks for and against every option in a case.

    Parameters
    ----------
    case : Case
    rules : DecisionRules, optional
        What ships with the program by default.
    facts : CaseFacts, optional
        Those of the case, where they are at hand.
    """
    rules = load_decision_rules() if rules is None else rules
    facts = facts_of(case) if facts is None else facts
    answers = {rule.id: fires(rule, facts) for rule in rules.rules}
    single = {o.id: _advice(o, rules, answers, facts) for o in rules.options if not o.parts}
    advice = [
        _combined(_advice(o, rules, answers, facts), [single[p] for p in o.parts]) if o.parts else single[o.id]
        for o in rules.options
    ]
    order = {option.id: n for n, option in enumerate(rules.options)}
    kinds = ("goal", "treatment", "beside")
    advice.sort(
        key=lambda a: (
            kinds.index(a.option.kind), a.standing, len(a.speaks_against) - len(a.speaks_for), order[a.option.id],
        )
    )  # fmt: skip
    remarks = [(STANDING_SENTENCE, STANDING_SOURCE)]
    if facts["canal"].value is not None and facts["region"].value != "spine":
        remarks.append((SACRAL_ESCC, "A choice of the evidence base"))
    return Decision(facts=facts, options=tuple(advice), remarks=tuple(remarks))


def fires(rule: Rule, facts: CaseFacts) -> bool | None:
    """Return whether all conditions of a rule hold; None where a fact that nobody knows could still make it fire."""
    answers = [holds(condition, facts[condition.fact]) for condition in rule.when]
    if False in answers:
        return False
    return None if None in answers else True


def holds(condition: Condition, fact: Fact) -> bool | None:
    """Return whether a condition holds of a fact; None where the fact does not say.

    A number that could be less than is known meets an upper limit for sure, and misses none for sure.
    """
    if fact.value is None:
        return None
    if condition.known:
        return True
    if isinstance(fact.value, str):
        return _one_of(fact.value, condition.one_of)
    over = condition.above is None or fact.value > condition.above
    over = over and (condition.at_least is None or fact.value >= condition.at_least)
    under = condition.at_most is None or fact.value <= condition.at_most
    if not fact.may_be_less:
        return over and under
    if not over:
        return False
    bounded_below = condition.above is not None or condition.at_least is not None
    return None if bounded_below or not under else True


def _one_of(value: str, wanted: tuple[str, ...]) -> bool | None:
    """Whether a value is among some; a sacrum whose half is not known may be either of its halves."""
    if value in wanted:
        return True
    return None if value == "sacrum" and {"s1", "s2_s5"} & set(wanted) else False


def _advice(option: Option, rules: DecisionRules, answers: dict[str, bool | None], facts: CaseFacts) -> Advice:
    def fired(ids_of: str) -> tuple[Reason, ...]:
        return tuple(
            Reason(rule=rule, sentence=_filled(rule, facts))
            for rule in rules.rules
            if answers[rule.id] and option.id in getattr(rule, ids_of)
        )

    decisive = [r for r in rules.rules if option.id in (*r.speaks_for, *r.speaks_against)]
    undecided = [r for r in decisive if answers[r.id] is None]
    said = Advice(
        option=option,
        standing=Standing.NOT_ASSESSED,
        speaks_for=fired("speaks_for"),
        speaks_against=fired("speaks_against"),
        notes=fired("concerns"),
        missing=_missing(undecided, facts),
        on_file=any(option.id in r.speaks_for for r in rules.rules),
        afterwards=tuple(
            replace(a, sentence=_kept_together(a.sentence)) for a in rules.afterwards if option.id in a.options
        ),
    )
    return replace(said, standing=_standing(said, undecided=bool(undecided)))


def _combined(own: Advice, parts: Sequence[Advice]) -> Advice:
    """What is said of a combination: all its parts need something that speaks for them, or something for it as a whole."""
    together = replace(
        own,
        speaks_for=_once(own.speaks_for, *(p.speaks_for for p in parts)),
        speaks_against=_once(own.speaks_against, *(p.speaks_against for p in parts)),
        notes=_once(own.notes, *(p.notes for p in parts)),
        missing=tuple(dict.fromkeys(name for a in (own, *parts) for name in a.missing)),
        on_file=True,
        parts=tuple((p.option.name, p.standing) for p in parts),
    )
    wanting = not own.speaks_for and any(not p.speaks_for for p in parts)
    if together.speaks_against or not wanting:
        return replace(together, standing=_standing(together, undecided=False))
    standing = Standing.NOT_ASSESSED if together.missing else Standing.NEITHER
    return replace(together, standing=standing)


def _once(*reasons: Sequence[Reason]) -> tuple[Reason, ...]:
    return tuple({r.rule.id: r for group in reasons for r in group}.values())


def _standing(said: Advice, *, undecided: bool) -> Standing:
    if said.speaks_for:
        return Standing.CONTESTED if said.speaks_against else Standing.SUPPORTED
    if said.speaks_against:
        return Standing.AGAINST
    return Standing.NOT_ASSESSED if undecided or not said.on_file else Standing.NEITHER


def _missing(undecided: list[Rule], facts: CaseFacts) -> tuple[str, ...]:
    """Names of the facts that keep rules from speaking, each once."""
    asked = [c.fact for r in undecided for c in r.when if holds(c, facts[c.fact]) is None]
    return tuple(facts[key].kind.name for key in dict.fromkeys(asked))


def _filled(rule: Rule, facts: CaseFacts) -> str:
    """The sentence of a rule with the values of the case."""
    return _kept_together(rule.sentence.format_map({c.fact: facts[c.fact].words for c in rule.when}))


def _kept_together(sentence: str) -> str:
    """A sentence of a data file whose numbers stay with their units."""
    return re.sub(r"(\d) (?=%|mm|cm|min|°C)", rf"\1{NNBSP}", sentence)


def _lower_first(name: str) -> str:
    return name if name[1:2].isupper() else name[:1].lower() + name[1:]
