"""What many runs change in a verdict, in sentences."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from imaging.structures import Side, StructureKind
from imaging.surface import Mesh, surface_of_field
from planning.catalogue.own_thresholds import load_thresholds
from planning.catalogue.thresholds import Level, Mode, Thresholds
from planning.ensemble.inputs import UncertainInput
from planning.ensemble.result import Ensemble
from planning.evaluation.finding import RiskFinding
from planning.evaluation.structures import StructureRisk, judgement_of
from planning.evaluation.verdict import PELVIC_LEVELS, Verdict, structure_name
from planning.model.judgement import Judgement
from planning.quantities import NNBSP, length_text, level_text, temperature_text

_TOLD_FROM = 0.05
"""A level reached in a smaller share of the runs is told, but does not decide how grave the finding is."""
MARGIN = "margin"


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class LikelyZone:
    """Inner and outer zone.

    Attributes
    ----------
    level_c : float
        What counts for coverage.
    inner, outer : Mesh
        Around what 95 % of the runs, and what 5 %, pass it; empty where that is nowhere.
    digest : str
        Of the prediction it belongs to.
    """

    level_c: float
    inner: Mesh
    outer: Mesh
    digest: str

    @classmethod
    def of(cls, runs: Ensemble) -> LikelyZone:
        """Return the inner and the outer zone of some runs."""
        share = runs.reached_frac[runs.isotherm_c]
        inner, outer = (surface_of_field(share, runs.grid, at, below=False) for at in (1 - _TOLD_FROM, _TOLD_FROM))
        return cls(level_c=runs.isotherm_c, inner=inner, outer=outer, digest=runs.digest)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Sureness:
    """How sure a verdict is.

    Attributes
    ----------
    ensemble : Ensemble
    findings : tuple of RiskFinding
        What may turn out how, the gravest first: as grave as the gravest level that one run in twenty reaches.
    likely : LikelyZone
    digest : str
        Of the prediction it belongs to.
    """

    ensemble: Ensemble
    findings: tuple[RiskFinding, ...]
    likely: LikelyZone
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Swing:
    """What one input does to one figure while everything else stays.

    Attributes
    ----------
    input : UncertainInput
    low, high : float
        The figure where the input is so low, and so high, as one draw in ten.
    """

    input: UncertainInput
    low: float
    high: float


def judge_ensemble(usual: Verdict, ensemble: Ensemble, thresholds: Thresholds | None = None) -> Sureness:
    """Say what many runs of a plan differ in from its verdict.

    Parameters
    ----------
    usual : Verdict
        On the prediction itself.
    ensemble : Ensemble
        Of the same plan.
    thresholds : Thresholds, optional
        Those that ship with the program by default.
    """
    thresholds = thresholds or load_thresholds()
    ranks = {risk.id: _ranks(risk, ensemble, thresholds) for risk in usual.structures if risk.id in ensemble.extreme_c}
    found = [*_lesion(usual, ensemble)]
    found += [_structure(risk, ensemble, ranks[risk.id], thresholds) for risk in usual.structures if _told(risk, ranks)]
    found.sort(key=lambda f: -f.judgement)
    return Sureness(
        ensemble=ensemble,
        findings=(*_both_sides(usual, ensemble, ranks), *found),
        likely=LikelyZone.of(ensemble),
        digest=ensemble.digest,
    )


def runs_text(count: int, runs: int) -> str:
    """Return a share of runs in words: never none and never all, since a sample says neither."""
    least = math.ceil(100 / max(runs, 1))
    if count == 0:
        return f"< {least}{NNBSP}% of runs"
    if count == runs:
        return f"> {100 - least}{NNBSP}% of runs"
    return f"{min(max(round(100 * count / runs), 1), 99)}{NNBSP}% of runs"


def swings(ensemble: Ensemble, figure: str, most: int = 6) -> tuple[Swing, ...]:
    """Return which inputs move a figure most, the strongest first.

    Parameters
    ----------
    ensemble : Ensemble
    figure : str
        `MARGIN`, or the id of a structure for its extreme temperature.
    most : int
    """
    found = []
    for effect in ensemble.effects:
        ends = [o.margin_mm if figure == MARGIN else o.extreme_c.get(figure) for o in (effect.low, effect.high)]
        if ends[0] is not None and ends[1] is not None:
            found.append(Swing(input=effect.input, low=ends[0], high=ends[1]))
    found.sort(key=lambda s: -abs(s.high - s.low))
    return tuple(found[:most])


Ranks = npt.NDArray[np.int64]


def _ranks(risk: StructureRisk, ensemble: Ensemble, thresholds: Thresholds) -> Ranks:
    """In every run the rank of the level a structure reaches; -1 for none."""
    limits = thresholds.of(risk.kind, Mode.COLD if ensemble.cold else Mode.HEAT)
    extremes = ensemble.extreme_c[risk.id]
    doses = ensemble.cem43_min.get(risk.id, np.zeros(len(extremes)))
    crossed = [None if limits is None else limits.crossed(c, dose) for c, dose in zip(extremes, doses, strict=True)]
    return np.array([-1 if limit is None else limit.level.rank for limit in crossed], np.int64)


def _told(risk: StructureRisk, ranks: dict[str, Ranks]) -> bool:
    return risk.id in ranks and bool((ranks[risk.id] >= 0).any())


def _structure(risk: StructureRisk, ensemble: Ensemble, ranks: Ranks, thresholds: Thresholds) -> RiskFinding:
    cold = ensemble.cold
    low_c, high_c = ensemble.span_c(risk.id)
    span = " to ".join(dict.fromkeys(temperature_text(c, cold=cold) for c in (low_c, high_c)))
    limits = thresholds.of(risk.kind, Mode.COLD if cold else Mode.HEAT)
    parts = []
    for limit in limits.limits if limits else ():
        count = int((ranks >= limit.level.rank).sum())
        if limit.level.rank >= Level.ALARM.rank and count:
            level = f"{limit.cem43_min:g} min CEM43" if limit.temperature_c is None else level_text(limit.temperature_c)
            parts.append(f"{runs_text(count, ensemble.runs)} reach {limit.level.value} ({level})")
    words = f"; {', '.join(parts)}" if parts else ""
    grave = np.quantile(ranks, 1 - _TOLD_FROM, method="lower")
    judgement = Judgement.WITHIN if grave < 0 else judgement_of(list(Level)[int(grave)])
    return RiskFinding(
        judgement=judgement, sentence=f"{structure_name(risk)}: {span}{words}.", reason="", structure_id=risk.id
    )


def _both_sides(usual: Verdict, ensemble: Ensemble, ranks: dict[str, Ranks]) -> list[RiskFinding]:
    """The gravest there is: roots of S2-S4 of both sides that reach alarm in the same run."""
    lost = {side: np.zeros(ensemble.runs, bool) for side in Side}
    for risk in usual.structures:
        if risk.kind is StructureKind.ROOT and risk.level in PELVIC_LEVELS and risk.side and risk.id in ranks:
            lost[risk.side] |= ranks[risk.id] >= Level.ALARM.rank
    count = int((lost[Side.LEFT] & lost[Side.RIGHT]).sum())
    if not count:
        return []
    grave = count >= _TOLD_FROM * ensemble.runs
    return [
        RiskFinding(
            judgement=Judgement.INJURY if grave else Judgement.ALARM,
            sentence=f"Roots of S2–S4 of both sides reach alarm in {runs_text(count, ensemble.runs)}.",
            reason=usual.pelvic.reason if usual.pelvic.both_sides_at_risk else "",
        )
    ]


def _lesion(usual: Verdict, ensemble: Ensemble) -> list[RiskFinding]:
    if usual.lesion is None or np.isnan(ensemble.covered_frac).any():
        return []
    goal_mm, runs = usual.lesion.goal_margin_mm, ensemble.runs
    enough = ensemble.margin_at_least(goal_mm)
    span = ensemble.margin_span_mm()
    margins = "in some runs there is no zone" if span is None else f"smallest margin {_span_text(*span)}"
    return [
        RiskFinding(
            judgement=Judgement.WITHIN if enough >= (1 - _TOLD_FROM) * runs else Judgement.CAUTION,
            sentence=f"The whole lesion is covered in {runs_text(ensemble.covering, runs)}: {margins}.",
            reason=f"Goal {length_text(goal_mm)}: {runs_text(enough, runs)} reach it.",
            structure_id="lesion",
        )
    ]


def _span_text(low_mm: float, high_mm: float) -> str:
    return f"{length_text(low_mm)} to {length_text(high_mm)}"


def method_text(ensemble: Ensemble) -> str:
    """Return how the runs were made, and what they leave out."""
    sources = dict.fromkeys(f"{i.kind.value}: {i.source}" for i in ensemble.inputs)
    return (
        f"{ensemble.runs} runs of the engine on 2 mm, corrected by the prediction, each with {len(ensemble.inputs)} values "
        f"drawn (Sobol sequence, seed {ensemble.seed}); spans hold 90 % of them. {'; '.join(sources)}. "
        f"{' '.join(ensemble.left_out)}"
    )
