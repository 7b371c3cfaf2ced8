"""Approve a plan, and say what has changed since: an approval stands only while all it rests on is as it was."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, is_dataclass, replace
from datetime import datetime

from imaging.structures import StructureKind
from imaging.volume import Volume
from planning import services
from planning.catalogue.devices import device
from planning.catalogue.own_thresholds import load_thresholds
from planning.catalogue.rules import load_path_rules
from planning.errors import PlanError
from planning.evaluation import Verdict
from planning.model.approval import Approval, ApprovedInput
from planning.model.case import Case
from planning.model.cement import Cement
from planning.model.course import Course
from planning.model.digest import shape_digest
from planning.model.judgement import Judgement
from planning.model.naming import names_in_short
from planning.model.protection import Pocket, Thermocouple
from planning.model.zone import Fidelity
from planning.trajectory.judging import judge_path

LONGEST_NAME = 60
_NAMED = 8


def approve_plan(case: Case, verdict: Verdict | None, by: str, at: datetime, against: Sequence[str]) -> Case:
    """Return the case with the plan in hand approved.

    Parameters
    ----------
    case : Case
    verdict : Verdict or None
        On the prediction of this plan.
    by : str
        Who approves it: a name or initials.
    at : datetime
        With its time zone.
    against : sequence of str
        What `speaking_against` says of this case: it is told with the approval.

    Raises
    ------
    PlanError
        ``approval-nameless``; ``no-probe``; ``not-predicted`` where the verdict is missing, of another state of the case, or
        not on the physics.
    """
    by = " ".join(by.split())
    if not by or len(by) > LONGEST_NAME:
        raise PlanError(
            "An approval needs the name or initials of who approves." if not by else "This name is too long.",
            code="approval-nameless",
            hint=f"Give a name of 1 to {LONGEST_NAME} letters.",
        )
    if not case.plan.probes:
        raise PlanError("The plan has no probe.", code="no-probe", hint="Place a probe first.")
    settled = verdict is not None and verdict.fidelity == Fidelity.PHYSICS.value
    if verdict is None or not settled or verdict.zone_digest != services.prediction_digest(case):
        raise PlanError(
            f"{case.plan.title} cannot be approved: there is no prediction of it as it is now.",
            code="not-predicted",
            hint="Wait until the zone has settled, or solve it.",
        )
    approval = Approval(by=by, at=at.isoformat(timespec="seconds"), inputs=inputs_of(case), in_spite_of=tuple(against))
    return case.with_plan(approval=approval)


def withdraw_approval(case: Case) -> Case:
    """Return the case with the plan in hand not approved.

    Raises
    ------
    PlanError
        ``not-approved``.
    """
    if case.plan.approval is None:
        raise PlanError(
            f"{case.plan.title} is not approved.", code="not-approved", hint="There is nothing to withdraw."
        )
    return case.with_plan(approval=None)


def speaking_against(case: Case, volume: Volume, verdict: Verdict) -> tuple[str, ...]:
    """Return what whoever approves the plan in hand should know, in sentences.

    Parameters
    ----------
    case : Case
    volume : Volume
        Its CT, that every path is judged in.
    verdict : Verdict
        On the prediction of this plan.

    Returns
    -------
    tuple of str
        Alarms, paths that the rules refuse, and what is not confirmed.
    """
    alarms = [f.sentence for f in verdict.findings if f.judgement >= Judgement.ALARM]
    refused = [
        f"The rules of paths refuse {probe.name}: {finding.sentence}"
        for probe in case.plan.probes
        for finding in judge_path(case, volume, probe, load_path_rules()).refused
    ]
    return tuple(dict.fromkeys([*alarms, *refused, *_left_open(case)]))


def _left_open(case: Case) -> Iterator[str]:
    if not case.of_kind(StructureKind.LESION):
        yield "No lesion is marked."
    unconfirmed = names_in_short([s for s in case.structures if not s.confirmed])
    if unconfirmed:
        named = ", ".join(unconfirmed[:_NAMED])
        more = f" and {len(unconfirmed) - _NAMED} more" if len(unconfirmed) > _NAMED else ""
        yield f"Unconfirmed: {named}{more}."


def fallen_because(case: Case) -> tuple[str, ...]:
    """Return what has changed since the plan in hand was approved, in words: ``S2 L changed``, ``C3 is new``.

    Returns
    -------
    tuple of str
        Empty while the approval stands, and where there is none.
    """
    approval = case.plan.approval
    if approval is None:
        return ()
    before = {known.key: known for known in approval.inputs}
    now = {known.key: known for known in inputs_of(case)}
    gone = [f"{known.words} is gone" for key, known in before.items() if key not in now]
    changed = [f"{now[key].words} changed" for key in before if key in now and now[key].digest != before[key].digest]
    new = [f"{known.words} is new" for key, known in now.items() if key not in before]
    return (*changed, *gone, *new)


def inputs_of(case: Case) -> tuple[ApprovedInput, ...]:
    """Return everything that the plan in hand, its prediction and its verdict rest on."""
    return tuple(ApprovedInput(key=key, words=words, digest=_digest(content)) for key, words, content in _inputs(case))


def _digest(content: object) -> str:
    """The same before and after a case was saved: numbers as JSON writes them."""
    written = json.dumps(content, default=_plain)
    return hashlib.blake2b(written.encode(), digest_size=16).hexdigest()


def _plain(value: object) -> object:
    return asdict(value) if is_dataclass(value) and not isinstance(value, type) else repr(value)


def _inputs(case: Case) -> Iterator[tuple[str, str, object]]:
    """Key, words and content; what a user renames or locks stays what it is."""
    plan = case.plan
    yield "ct", "the CT", case.image.digest
    for structure in case.structures:
        content = (structure.kind, shape_digest(structure.shape), structure.confirmed)
        yield f"structure:{structure.id}", structure.name, content
    for probe in plan.probes:
        yield f"probe:{probe.id}", probe.name, (probe.device_id, probe.entry_mm, probe.tip_mm)
    for device_id in sorted({probe.device_id for probe in plan.probes}):
        applicator = device(device_id)
        yield f"device:{device_id}", f"the data of {applicator.name}", services.device_numbers(applicator)
    yield "schedule", "the schedule", [(p.kind, p.duration_s, p.wall_c) for p in plan.phases] if plan.probes else []
    for generator in plan.generators:
        yield f"generator:{generator.id}", f"the generator of {case.probe_names(generator.probe_ids)}", generator
    for placed in plan.protective:
        yield f"protection:{placed.id}", placed.name, _as_placed(placed)
    for cement in plan.cements:
        yield f"cement:{cement.id}", cement.name, _as_placed(cement)
    yield "room", "the CT room", plan.room
    yield "clinical", "a clinical fact", replace(case.clinical, course=Course())
    yield "levels", "a level of harm", load_thresholds()
    yield "rules", "a rule for paths", load_path_rules()
    yield "model", "the model of tissue and heat", services.model_identity()


def _as_placed(placed: Pocket | Thermocouple | Cement) -> dict[str, object]:
    """What of something that is placed counts: not how it is called, coloured or locked."""
    return {name: value for name, value in asdict(placed).items() if name not in ("name", "colour", "locked")}
