"""`plan`: look for plans of several probes, and take one of them; `plan_keeping` adds the other acts."""

from __future__ import annotations

import argparse
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from app.cli import plan_keeping
from app.cli.common import Answer, Subparsers, add_act, add_acts, add_case_argument, progress_for, volume_of
from app.cli.devices import warn_of_findings
from imaging.progress import Cancelled, Progress
from planning import services
from planning.case_io import read_case, write_case
from planning.catalogue.thresholds import Level
from planning.errors import PlanError
from planning.model import Case
from planning.model.zone import Fidelity
from planning.operations.plans import copy_plan
from planning.optimise import MOST_PROBES, OptimiseRequest, Proposal, ProposedPlan, taken
from planning.optimise.propose import propose_plans
from planning.plans import current_zones
from planning.quantities import percent_text, time_text


def add_commands(commands: Subparsers) -> None:
    """Add the commands of this file."""
    acts = add_acts(commands, "plan", "look for plans of several probes; keep, compare and approve plans")
    looking = add_act(
        acts, "propose", "look for the places of several probes that cover the lesion and spare the roots", _propose
    )
    add_case_argument(looking)
    looking.add_argument(
        "--device", action="append", default=[], metavar="ID", dest="devices",
        help="a device that may be used, see 'probe devices'; several times for several; those of the plan by default",
    )  # fmt: skip
    looking.add_argument("--most", type=int, metavar="N", help=f"probes in all, 1 to {MOST_PROBES}; 6 by default")
    looking.add_argument("--margin", type=float, metavar="MM", help="covered beyond the lesion, to cure; 5 by default")
    looking.add_argument(
        "--coverage", type=float, metavar="PCT", help="share of what is covered that is enough; 98 by default"
    )
    looking.add_argument("--openings", type=int, metavar="N", help="in the skin at most; one a probe by default")
    looking.add_argument(
        "--spare", choices=[level.value for level in Level], metavar="LEVEL",
        help="caution, alarm or injury: the level of its limits that no structure may reach; alarm by default",
    )  # fmt: skip
    looking.add_argument(
        "--keep", action="append", default=[], metavar="NAME",
        help="a probe of the plan that stays, by name or id; several times for several; locked ones always stay",
    )  # fmt: skip
    looking.add_argument("--seed", type=int, metavar="N", help="the same seed gives the same plans")
    looking.add_argument("--take", type=int, metavar="N", help="write the N-th of them into the case file")
    looking.add_argument(
        "--as-new", action="store_true", help="with --take: beside the plan in hand, not in place of its probes"
    )
    plan_keeping.add_plan_acts(acts)


def _propose(arguments: argparse.Namespace) -> Answer:
    warn_of_findings()
    case, _ = read_case(arguments.case)
    request = _request(arguments, case)
    if arguments.take is not None and arguments.take < 1:
        raise PlanError(f"There is no plan {arguments.take}.", code="argument-invalid", hint="Plans count from 1.")
    volume = volume_of(case)
    progress = progress_for(arguments)
    with _stopped_by_hand(progress):
        try:
            found = propose_plans(case, volume, request, progress)
        except Cancelled:
            raise PlanError("The search was stopped before it found a plan.", code="stopped") from None
    lines, took = _lines(found), None
    if arguments.take is not None:
        if arguments.take > len(found.plans):
            hint = f"Say 1 to {len(found.plans)}." if found.plans else "None was found: change what is asked."
            raise PlanError(f"There is no plan {arguments.take}.", code="argument-invalid", hint=hint)
        took = _take(arguments.case, found.plans[arguments.take - 1], as_new=arguments.as_new)
        lines.append(f"Plan {arguments.take} is taken: {', '.join(took)}.")
    return Answer({**_values(found), "taken": took}, lines)


def _request(arguments: argparse.Namespace, case: Case) -> OptimiseRequest:
    """What is asked; what was not said stays as the request has it."""
    placed = case.plan.probes
    devices = tuple(dict.fromkeys(arguments.devices or [p.device_id for p in placed]))
    if not devices:
        raise PlanError(
            "Nothing says which device to use: the plan has no probe.", code="argument-invalid",
            hint="Say --device ID, see 'sacroplan probe devices'.",
        )  # fmt: skip
    asked = {case.probe(name).id for name in arguments.keep}
    given: dict[str, Any] = {
        "most": arguments.most,
        "margin_mm": arguments.margin,
        "coverage_frac": None if arguments.coverage is None else arguments.coverage / 100,
        "openings": arguments.openings,
        "spared_to": None if arguments.spare is None else Level(arguments.spare),
        "seed": arguments.seed,
    }
    return OptimiseRequest(
        device_ids=devices,
        kept=tuple(p.id for p in placed if p.locked or p.id in asked),
        **{key: value for key, value in given.items() if value is not None},
    )


@contextmanager
def _stopped_by_hand(progress: Progress) -> Iterator[None]:
    """Let Ctrl+C end the search with its best so far; a second one ends the program."""

    def stop(number: int, frame: object) -> None:
        signal.signal(signal.SIGINT, before)
        progress.cancel()

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _take(path: Path, plan: ProposedPlan, *, as_new: bool) -> list[str]:
    """Write a plan into its case file, with its prediction if that is the physics; return the names of its probes."""
    before, zones = read_case(path)
    case = taken(copy_plan(before) if as_new else before, plan)
    settled = plan.zone.fidelity is Fidelity.PHYSICS and plan.zone.digest == services.prediction_digest(case)
    found = {plan.zone.digest: plan.zone} if settled else {}
    write_case(path, case, {**current_zones(case, zones), **found})
    return [probe.name for probe in case.plan.probes]


def _lines(found: Proposal) -> list[str]:
    """A table of the plans with their words, and what is to be known of all."""
    lines = []
    if found.cancelled:
        lines.append("Stopped: these are the best so far. More may be found with more time.")
    if found.plans:
        lines.append("    probes  covered  minutes  openings")
    for n, plan in enumerate(found.plans, 1):
        numbers = (len(plan.probes), percent_text(plan.covered_frac), time_text(plan.seconds), plan.openings)
        lines.append("{:>2}. {:>6}  {:>7}  {:>7}  {:>8}".format(n, *numbers) + f"  {plan.words}")
    if not found.plans:
        lines.append("No plan was found.")
    if found.binds:
        lines.append(found.binds)
    if found.unlimited:
        names = ", ".join(found.unlimited)
        lines.append(f"No temperature limit is published for {names}: only the rules of paths keep a plan off.")
    return lines


def _values(found: Proposal) -> dict[str, Any]:
    return {
        "plans": [_plan_values(plan) for plan in found.plans],
        "reached": found.reached,
        "binds": found.binds,
        "unlimited": found.unlimited,
        "cancelled": found.cancelled,
    }


def _plan_values(plan: ProposedPlan) -> dict[str, Any]:
    return {
        "title": plan.title,
        "words": plan.words,
        "probes": [
            {"name": p.name, "device": p.device_id, "entry_mm": p.entry_mm, "tip_mm": p.tip_mm} for p in plan.probes
        ],
        "phases": [{"kind": phase.kind, "duration_s": phase.duration_s} for phase in plan.schedule],
        "covers": plan.covers,
        "covered_frac": plan.covered_frac,
        "lesion_frac": plan.lesion_frac,
        "seconds": plan.seconds,
        "openings": plan.openings,
        "path_cost": plan.path_cost,
        "broken": plan.broken,
        "spared": [
            {
                "id": r.structure.id, "name": r.structure.name, "extreme_c": r.extreme_c, "limit_c": r.limit_c,
                "spare_k": r.spare_k, "where_mm": r.where_mm,
            }
            for r in plan.spared
        ],
    }  # fmt: skip
