"""The plans of a case side by side: what each takes, reaches and risks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from imaging.structures import StructureKind
from planning.catalogue.devices import device, working_s
from planning.evaluation import Verdict, evaluate
from planning.evaluation.verdict import PELVIC_LEVELS
from planning.model.case import Case, Plan
from planning.model.judgement import Judgement
from planning.model.zone import PredictedZone
from planning.optimise.pool import openings_of
from planning.plans.approving import fallen_because
from planning.plans.zones import plan_digests
from planning.quantities import deviation_text, percent_text, temperature_text, time_text, volume_text

NOT_PREDICTED = "not predicted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What one plan comes to in one respect.

    Attributes
    ----------
    words : str
    judgement : Judgement or None
    known : bool
        Whether anything is known of it.
    """

    words: str
    judgement: Judgement | None = None
    known: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedRow:
    """One respect in which plans are compared.

    Attributes
    ----------
    words : str
    cells : tuple of Cell
        One a plan.
    """

    words: str
    cells: tuple[Cell, ...]

    @property
    def differs(self) -> bool:
        """Whether the plans that are known differ in it."""
        return len({(c.words, c.judgement) for c in self.cells if c.known}) > 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The plans of a case side by side.

    Attributes
    ----------
    plans : tuple of Plan
        By their numbers.
    verdicts : tuple of Verdict or None
        One a plan; None where there is no prediction of it as it is.
    rows : tuple of ComparedRow
    """

    plans: tuple[Plan, ...]
    verdicts: tuple[Verdict | None, ...]
    rows: tuple[ComparedRow, ...]


def compare(case: Case, zones: Mapping[str, PredictedZone]) -> Comparison:
    """Return the plans of a case side by side.

    Parameters
    ----------
    case : Case
    zones : mapping of str to PredictedZone
        Predictions by digest; of plans without one only what they take is told.
    """
    plans, digests = case.all_plans, plan_digests(case)
    seen = [case.taking(plan.number) for plan in plans]
    found = [zones.get(digests.get(plan.number, "")) for plan in plans]
    verdicts = tuple(None if zone is None else evaluate(one, zone) for one, zone in zip(seen, found, strict=True))
    rows = [*_taken(seen), *_reached(seen, verdicts), *_risked(seen, verdicts, found)]
    return Comparison(plans=plans, verdicts=verdicts, rows=tuple(rows))


def approval_words(case: Case) -> Cell:
    """Return how the approval of the plan in hand stands."""
    approval = case.plan.approval
    if approval is None:
        return Cell(words="not approved", known=False)
    if fallen := fallen_because(case):
        return Cell(words=f"fell: {', '.join(fallen)}", judgement=Judgement.CAUTION)
    return Cell(words=f"by {approval.by}, {approval.when}", judgement=Judgement.WITHIN)


def devices_words(plan: Plan) -> str:
    """Return a plan's probes in short: ``2 × IceROD 1.5, 1 × IceSPHERE 1.5``."""
    names = [device(probe.device_id).name for probe in plan.probes]
    return ", ".join(f"{names.count(name)} × {name}" for name in dict.fromkeys(names))


def _taken(seen: Sequence[Case]) -> list[ComparedRow]:
    """What each plan takes."""
    plans = [one.plan for one in seen]
    none = Cell(words="none", known=False)
    return [
        ComparedRow(words="Approved", cells=tuple(approval_words(one) for one in seen)),
        ComparedRow(
            words="Probes", cells=tuple(Cell(words=devices_words(p)) if p.probes else none for p in plans)
        ),
        ComparedRow(
            words="Time at work",
            cells=tuple(Cell(words=f"{time_text(working_s(p.phases))} min") if p.probes else none for p in plans),
        ),
        ComparedRow(
            words="Openings in the skin",
            cells=tuple(Cell(words=str(openings_of([q.entry_mm for q in p.probes]))) if p.probes else none for p in plans),
        ),
        ComparedRow(
            words="Protection",
            cells=tuple(Cell(words=", ".join(q.name for q in p.protective)) if p.protective else none for p in plans),
        ),
    ]  # fmt: skip


def _reached(seen: Sequence[Case], verdicts: Sequence[Verdict | None]) -> list[ComparedRow]:
    """What each plan does to the lesion."""
    covered, margins, left, beside = [], [], [], []
    for one, verdict in zip(seen, verdicts, strict=True):
        lesion = None if verdict is None else verdict.lesion
        missing = _unknown(one.plan) if verdict is None else Cell(words="–", known=False)
        margin = None if lesion is None else lesion.margin
        covered.append(missing if lesion is None else Cell(words=percent_text(lesion.covered_frac)))
        margins.append(missing if margin is None else Cell(words=deviation_text(margin.smallest_mm)))
        left.append(missing if lesion is None else Cell(words=volume_text(lesion.residual_mm3)))
        interface = None if verdict is None else verdict.interface
        beside.append(missing if interface is None else Cell(words=percent_text(interface.covered_frac)))
    rows = [
        ComparedRow(words="Lesion covered", cells=tuple(covered)),
        ComparedRow(words="Smallest margin", cells=tuple(margins)),
        ComparedRow(words="Lesion left", cells=tuple(left)),
    ]
    if any(verdict is not None and verdict.interface is not None for verdict in verdicts):
        rows.append(ComparedRow(words="Bone beside it covered", cells=tuple(beside)))
    return rows


def _risked(
    seen: Sequence[Case], verdicts: Sequence[Verdict | None], zones: Sequence[PredictedZone | None]
) -> list[ComparedRow]:
    """What comes to harm: S2 to S4 of both sides always, other structures where a plan brings one at least to caution."""
    unknown = [_unknown(one.plan) for one in seen]
    known = [verdict for verdict in verdicts if verdict is not None]
    if not known:
        return []
    rows = [
        ComparedRow(
            words="Gravest finding",
            cells=tuple(
                missing if v is None else Cell(words=v.worst.word, judgement=v.worst)
                for v, missing in zip(verdicts, unknown, strict=True)
            ),
        )
    ]
    told: dict[str, str] = {}
    for verdict in known:
        for risk in verdict.structures:
            pelvic = risk.kind is StructureKind.ROOT and risk.level in PELVIC_LEVELS
            if pelvic or risk.judgement >= Judgement.CAUTION:
                told[risk.id] = risk.name
    for structure_id, name in told.items():
        cells = tuple(
            missing if v is None or z is None else _felt(structure_id, v, z)
            for v, z, missing in zip(verdicts, zones, unknown, strict=True)
        )
        rows.append(ComparedRow(words=name, cells=cells))
    return rows


def _felt(structure_id: str, verdict: Verdict, zone: PredictedZone) -> Cell:
    risk = next((r for r in verdict.structures if r.id == structure_id), None)
    if risk is None or risk.exposure is None:
        return Cell(words="not assessed", judgement=Judgement.NOT_ASSESSED)
    return Cell(words=temperature_text(risk.exposure.extreme_c, cold=zone.cold), judgement=risk.judgement)


def _unknown(plan: Plan) -> Cell:
    return Cell(words=NOT_PREDICTED if plan.probes else "–", known=False)
