"""The facts of a case in the vocabulary of the rules: what was said, and what the case knows by itself."""

from __future__ import annotations

from dataclasses import dataclass

from planning.catalogue.decision_facts import FACTS, FactKind
from planning.decision.measured import LesionMeasures, measure_lesion
from planning.decision.sins import SinsScore, sins_score
from planning.model.case import Case
from planning.quantities import deviation_text, length_text

NOT_ASSESSED = "not assessed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One fact of a case.

    Attributes
    ----------
    kind : FactKind
    value : str, float or None
        None is not known.
    origin : str
        Where a value comes from that nobody said, or what is missing for it.
    may_be_less : bool
        Of a number: something that is not marked could make it smaller.
    """

    kind: FactKind
    value: str | float | None
    origin: str = ""
    may_be_less: bool = False

    @property
    def words(self) -> str:
        """The value as the user reads it."""
        if self.value is None:
            return NOT_ASSESSED
        if isinstance(self.value, str):
            return self.kind.values[self.value]
        # A lesion is rounded up and a gap down: towards danger both.
        return deviation_text(self.value) if self.kind.key == "size_mm" else length_text(self.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFacts:
    """All facts of a case, by key, with the score and the measures they come from."""

    by_key: dict[str, Fact]
    sins: SinsScore
    measures: LesionMeasures

    def __getitem__(self, key: str) -> Fact:
        return self.by_key[key]

    @property
    def missing(self) -> tuple[str, ...]:
        """Names of the facts nobody knows."""
        return tuple(f.kind.name for f in self.by_key.values() if f.value is None)


def facts_of(case: Case, measures: LesionMeasures | None = None) -> CaseFacts:
    """Return the facts of a case.

    Parameters
    ----------
    case : Case
    measures : LesionMeasures, optional
        What `measure_lesion` says of it, where that is at hand.
    """
    measures = measure_lesion(case) if measures is None else measures
    said = case.clinical
    score = sins_score(said.sins, said.appearance, measures.location)
    facts = {key: _said(kind, getattr(said, key)) for key, kind in FACTS.items() if hasattr(said, key)}
    if measures.metal:
        facts["hardware"] = Fact(kind=FACTS["hardware"], value="yes", origin="metal is marked on the CT")
    stability = None if score.stability is None else score.stability.value
    facts["stability"] = Fact(kind=FACTS["stability"], value=stability, origin=f"SINS {score.words}")
    facts["region"] = Fact(
        kind=FACTS["region"],
        value=measures.region,
        origin=measures.place or "no bone that the lesion lies in is marked",
    )
    facts["size_mm"] = Fact(
        kind=FACTS["size_mm"], value=measures.size_mm,
        origin="no lesion is marked" if measures.size_mm is None else "of the lesion that is marked",
    )  # fmt: skip
    facts["nerve_gap_mm"] = _gap(measures)
    return CaseFacts(by_key={key: facts[key] for key in FACTS}, sins=score, measures=measures)


def _said(kind: FactKind, value: object) -> Fact:
    """A fact that somebody says or does not."""
    if value is None:
        return Fact(kind=kind, value=None, origin="nobody said")
    words = {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
    return Fact(kind=kind, value=words)


def _gap(measures: LesionMeasures) -> Fact:
    kind = FACTS["nerve_gap_mm"]
    if measures.nerve_gap_mm is None:
        return Fact(kind=kind, value=None, origin="no lesion, or neither nerve nor canal is marked")
    more = "" if measures.gap_is_known else "; what is not marked and confirmed may be nearer"
    return Fact(
        kind=kind, value=measures.nerve_gap_mm, origin=f"to {measures.nearest}{more}",
        may_be_less=not measures.gap_is_known,
    )  # fmt: skip
