"""The sheet for the CT room by itself: it needs probes and no prediction, and says what has not been predicted."""

from __future__ import annotations

from dataclasses import dataclass, replace

from imaging.volume import Volume
from planning.errors import PlanError
from planning.evaluation import Judgement, Verdict
from planning.model import Case, Probe
from planning.model.zone import Fidelity
from planning.report.blocks import Paragraph, Report, Section
from planning.report.protection_section import protection_section
from planning.report.room_sections import probes_section, schedule_facts
from planning.report.wording import alert_text, lesion_text, pelvic_judgement, subtitle_text, treatment_text, typeset
from planning.trajectory.judging import PathFinding, judge_path


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class RoomSheetInput:
    """Everything the sheet shows.

    Attributes
    ----------
    case : Case
    case_digest : str
        The digest a prediction of this case must carry to be current.
    volume : Volume
    verdict : Verdict or None
        None, of another plan, or of an estimate: then the sheet says that nothing was predicted.
    with_identity : bool
        Whether the case's name may stand on the pages.
    """

    case: Case
    case_digest: str
    volume: Volume
    verdict: Verdict | None = None
    with_identity: bool = False


def room_sheet(given: RoomSheetInput) -> Report:
    """Return the sheet: what speaks against the paths, how the probes are placed, what protects, for how long.

    Raises
    ------
    PlanError
        ``no-probe``.
    """
    case = given.case
    if not case.plan.probes:
        raise PlanError("The plan has no probe to place.", code="no-probe", hint="Place a probe first.")
    verdict = _settled(given)
    refused, checks = _checks(case, given.volume)
    title = f"CT room. {lesion_text(case)}: {treatment_text(case)}"
    return Report(
        title=f"{case.name}. {title}" if given.with_identity else title,
        subtitle=subtitle_text(case, with_identity=given.with_identity),
        alert=" ".join(filter(None, (_refusal_text(refused), "" if verdict is None else alert_text(verdict)))),
        sections=(
            Section(key="checks", title="Before a needle is placed", blocks=(_predicted(verdict), *checks)),
            replace(probes_section(case, given.volume), title="How the probes are placed", own_page=False),
            protection_section(case, verdict),
            Section(key="schedule", title="Schedule", blocks=(schedule_facts(case),)),
        ),
    )


def _settled(given: RoomSheetInput) -> Verdict | None:
    """The verdict, if it is of this plan and of the physics: an estimate is not told as a prediction."""
    verdict = given.verdict
    if verdict is None or (verdict.zone_digest, verdict.fidelity) != (given.case_digest, Fidelity.PHYSICS.value):
        return None
    return verdict


def _checks(case: Case, volume: Volume) -> tuple[list[Probe], list[Paragraph]]:
    """The probes whose paths the rules refuse, and what the rules say of every path."""
    refused, said = [], []
    sources: dict[str, None] = {}
    for probe in case.plan.in_order:
        judged = judge_path(case, volume, probe)
        sources |= dict.fromkeys(f.source for f in judged.findings if f.source)
        if judged.refused:
            refused.append(probe)
        said += [_finding(probe, f) for f in judged.findings]
        if not judged.findings:
            said.append(
                Paragraph(lead=f"{probe.name}.", text="Its path keeps to all limits.", judgement=Judgement.WITHIN)
            )
    if sources:
        said.append(Paragraph(lead="Where these limits come from:", text=typeset(" ".join(sources))))
    return refused, said


def _finding(probe: Probe, found: PathFinding) -> Paragraph:
    return Paragraph(lead=f"{probe.name}.", text=typeset(found.sentence), judgement=found.judgement)


def _refusal_text(refused: list[Probe]) -> str:
    if not refused:
        return ""
    names = ", ".join(p.name for p in refused)
    return f"The rules of paths refuse {names} as drawn; see below."


def _predicted(verdict: Verdict | None) -> Paragraph:
    """What the prediction comes to, or that there is none of this plan."""
    if verdict is None:
        return Paragraph(
            lead="Not predicted.",
            text="There is no prediction of this plan as it stands: what the zone reaches is not judged on this sheet.",
            judgement=Judgement.NOT_ASSESSED,
        )
    return Paragraph(lead="Predicted.", text=verdict.pelvic.sentence, judgement=pelvic_judgement(verdict))
