"""`plan`: several plans of one case, compared and approved."""

from __future__ import annotations

import argparse
from datetime import datetime
from typing import Any

from app.cli.common import (
    Answer,
    Subparsers,
    add_act,
    add_case_argument,
    change_case,
    progress_for,
    settled_zone,
    volume_of,
)
from imaging.progress import Progress
from planning import services
from planning.case_io import read_case, write_case
from planning.evaluation import evaluate
from planning.model import Case, Plan
from planning.model.zone import PredictedZone
from planning.operations.plans import copy_plan, new_plan, remove_plan, rename_plan, take_plan
from planning.plans import (
    Cell,
    Comparison,
    approval_words,
    approve_plan,
    compare,
    current_zones,
    devices_words,
    fallen_because,
    plan_digests,
    speaking_against,
    withdraw_approval,
)  # fmt: skip


def add_plan_acts(acts: Subparsers) -> None:
    """Add the acts of this file to the command `plan`."""
    _adding(acts, "list", "list the plans of a case", _list)
    for name, words, act in (
        ("new", "begin an empty plan beside the others, and take it in hand", _new),
        ("copy", "copy the plan in hand, and take the copy in hand", _copy),
    ):
        _adding(acts, name, words, act).add_argument("--name", default="", help="what the new plan is called")
    for name, words, act in (
        ("take", "take another plan in hand: commands work on it from then on", _take),
        ("remove", "remove a plan", _remove),
    ):
        _adding(acts, name, words, act).add_argument("number", type=int, help="of the plan, see 'plan list'")
    renaming = _adding(acts, "rename", "give a plan another name", _rename)
    renaming.add_argument("number", type=int, help="of the plan, see 'plan list'")
    renaming.add_argument("name", help="empty for its number")
    comparing = _adding(acts, "compare", "show what every plan takes, reaches and risks, side by side", _compare)
    comparing.add_argument(
        "--predict", action="store_true", help="first solve the plans that are not predicted as they are"
    )
    approving = _adding(acts, "approve", "approve the plan in hand; the approval falls when anything changes", _approve)
    approving.add_argument("--by", required=True, metavar="NAME", help="who approves it: a name or initials")
    _adding(acts, "withdraw", "withdraw the approval of the plan in hand", _withdraw)


def plan_values(case: Case, plan: Plan) -> dict[str, Any]:
    """Return a plan in the words of JSON."""
    approval = plan.approval
    return {
        "number": plan.number,
        "title": plan.title,
        "in_hand": plan.number == case.plan.number,
        "probes": len(plan.probes),
        "devices": devices_words(plan),
        "approved_by": None if approval is None else approval.by,
        "approved_at": None if approval is None else approval.at,
        "approved_in_spite_of": [] if approval is None else approval.in_spite_of,
        "approval_fell_because": fallen_because(case.taking(plan.number)),
    }


def plan_line(case: Case, plan: Plan) -> str:
    """Return a plan in one line."""
    mark = "in hand" if plan.number == case.plan.number else ""
    title = f"{plan.number}. {plan.title}"
    return (
        f"  {title:<24}{mark:<9}{devices_words(plan) or 'no probes'}; {approval_words(case.taking(plan.number)).words}"
    )


def _adding(acts: Subparsers, name: str, words: str, act: Any) -> argparse.ArgumentParser:
    parser = add_act(acts, name, words, act)
    add_case_argument(parser)
    return parser


def _listed(case: Case) -> Answer:
    plans = case.all_plans
    return Answer({"plans": [plan_values(case, p) for p in plans]}, [plan_line(case, p) for p in plans])


def _list(arguments: argparse.Namespace) -> Answer:
    return _listed(read_case(arguments.case, with_zones=False)[0])


def _new(arguments: argparse.Namespace) -> Answer:
    return _listed(change_case(arguments.case, lambda case: _named(new_plan(case), arguments.name)))


def _copy(arguments: argparse.Namespace) -> Answer:
    return _listed(change_case(arguments.case, lambda case: _named(copy_plan(case), arguments.name)))


def _named(case: Case, name: str) -> Case:
    return rename_plan(case, case.plan.number, name) if name else case


def _take(arguments: argparse.Namespace) -> Answer:
    return _listed(change_case(arguments.case, lambda case: take_plan(case, arguments.number)))


def _remove(arguments: argparse.Namespace) -> Answer:
    return _listed(change_case(arguments.case, lambda case: remove_plan(case, arguments.number)))


def _rename(arguments: argparse.Namespace) -> Answer:
    return _listed(change_case(arguments.case, lambda case: rename_plan(case, arguments.number, arguments.name)))


def _compare(arguments: argparse.Namespace) -> Answer:
    case, zones = read_case(arguments.case)
    if arguments.predict:
        zones = _predicted(case, current_zones(case, zones), progress_for(arguments))
        write_case(arguments.case, case, zones)
    found = compare(case, zones)
    return Answer(_compared_values(found), _compared_lines(found))


def _predicted(case: Case, zones: dict[str, PredictedZone], progress: Progress) -> dict[str, PredictedZone]:
    """The predictions of all plans: those that are missing are solved."""
    missing = [number for number, digest in plan_digests(case).items() if digest not in zones]
    volume = volume_of(case, progress.part(0.0, 0.1)) if missing else None
    found = dict(zones)
    for n, number in enumerate(missing):
        assert volume is not None
        part = progress.part(0.1 + 0.9 * n / len(missing), 0.1 + 0.9 * (n + 1) / len(missing))
        zone = services.predict(case.taking(number), volume, part)
        found[zone.digest] = zone
    return found


def _compared_values(found: Comparison) -> dict[str, Any]:
    return {
        "plans": [p.title for p in found.plans],
        "predicted": [v is not None for v in found.verdicts],
        "rows": [
            {
                "words": r.words, "differs": r.differs, "cells": [c.words for c in r.cells],
                "judgements": [None if c.judgement is None else c.judgement.word for c in r.cells],
            }
            for r in found.rows
        ],
    }  # fmt: skip


def _compared_lines(found: Comparison) -> list[str]:
    """A table; what differs is marked."""
    head = ["", *(p.title for p in found.plans)]
    rows = [head, *([f"{'*' if r.differs else ' '} {r.words}", *(_cell_words(c) for c in r.cells)] for r in found.rows)]
    widths = [max(len(line[n]) for line in rows) for n in range(len(head))]
    lines = ["  ".join(words.ljust(width) for words, width in zip(line, widths, strict=True)).rstrip() for line in rows]
    return [*lines, "* the plans differ"] if any(r.differs for r in found.rows) else lines


def _cell_words(cell: Cell) -> str:
    judged = cell.judgement is not None and cell.judgement.word != cell.words and cell.known
    return f"{cell.words} {cell.judgement.word}" if judged else cell.words


def _approve(arguments: argparse.Namespace) -> Answer:
    case, zones = read_case(arguments.case)
    zone = settled_zone(case, zones) if case.plan.probes else None
    verdict = None if zone is None else evaluate(case, zone)
    against = () if verdict is None else speaking_against(case, volume_of(case, progress_for(arguments)), verdict)
    approved = approve_plan(case, verdict, arguments.by, datetime.now().astimezone(), against)
    write_case(arguments.case, approved, current_zones(approved, zones))
    approval = approved.plan.approval
    assert approval is not None
    lines = [f"{approved.plan.title} is approved by {approval.by}."]
    lines += [f"In spite of: {words}" for words in approval.in_spite_of]
    return Answer(plan_values(approved, approved.plan), lines)


def _withdraw(arguments: argparse.Namespace) -> Answer:
    case = change_case(arguments.case, withdraw_approval)
    return Answer(plan_values(case, case.plan), [f"{case.plan.title} is not approved any more."])
