"""What the rail says of every step."""

from __future__ import annotations

from app.controllers.session import Session
from app.view_state import Step
from planning.evaluation import Judgement


def step_states(session: Session) -> dict[Step, tuple[str, Judgement | None]]:
    """Return of every step its state in words, and how it is judged."""
    case, verdict, zone = session.case, session.verdict, session.zone
    states: dict[Step, tuple[str, Judgement | None]] = dict.fromkeys(Step, ("", None))
    if case is None:
        return states | {Step.CASE: ("No CT", Judgement.NOT_ASSESSED)}
    found = len(case.image.findings)
    if found:
        states[Step.CASE] = (f"{found} finding" + ("s" if found != 1 else ""), Judgement.CAUTION)
    else:
        states[Step.CASE] = ("CT open", None)
    open_ones = sum(not s.confirmed for s in case.structures)
    states[Step.STRUCTURES] = (
        (f"{open_ones} unconfirmed", Judgement.UNCONFIRMED) if open_ones
        else (f"{len(case.structures)} marked", None) if case.structures else ("None marked", Judgement.NOT_ASSESSED)
    )  # fmt: skip
    count = len(case.plan.probes)
    placed = f"{count} placed{', locked' if all(p.locked for p in case.plan.probes) else ''}"
    states[Step.PROBES] = (placed, None) if count else ("None placed", Judgement.NOT_ASSESSED)
    if count and zone is not None:
        state = "Out of date" if session.stale_because else zone.zone.fidelity.value.capitalize()
        states[Step.ZONE] = ("Solving" if session.predicting else state, None)
    if count and verdict is not None:
        judged = _risk_words(verdict.worst, [f.judgement for f in verdict.findings])
        states[Step.RISK] = judged if session.verdict_is_current else ("Being judged", None)
    return states


def _risk_words(worst: Judgement, found: list[Judgement]) -> tuple[str, Judgement]:
    """What the rail says of the risk."""
    injuries = sum(j is Judgement.INJURY for j in found)
    alarms, cautions = (sum(j is kind for j in found) for kind in (Judgement.ALARM, Judgement.CAUTION))
    parts = [
        f"{count} {word}{'s' if count > 1 and word != 'injury' else ''}"
        for count, word in ((injuries, "injury"), (alarms, "alarm"), (cautions, "caution"))
        if count
    ]
    return ", ".join(parts[:2]) or worst.word, worst
