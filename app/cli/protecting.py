"""`protect`: what calls for protection, what helps, where to watch, and when to stop."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any, TypeVar

from app.cli.common import (
    Answer,
    Subparsers,
    add_case_argument,
    add_command,
    change_case,
    progress_for,
    settled_zone,
    volume_of,
)
from app.cli.protection import pocket_values
from planning.case_io import read_case
from planning.errors import PlanError
from planning.evaluation import evaluate
from planning.model import Case
from planning.operations.protection import add_thermocouple
from planning.protecting import PocketProposal, ProtectionAdvice, StopRule, WatchPlace, advise
from planning.protecting.pockets import placed
from planning.protecting.wording import METHOD, NOTHING_NEEDED, difference_text, helpless_text, pocket_text, watch_text

T = TypeVar("T")


def add_commands(commands: Subparsers) -> None:
    """Add the command of this file."""
    parser = add_command(
        commands,
        "protect",
        "propose what protects, where to watch and when to stop, each tried in the engine",
        _protect,
    )
    add_case_argument(parser)
    parser.add_argument("--pocket", type=int, metavar="N", help="place the proposed pocket of this number")
    parser.add_argument(
        "--watch", type=int, nargs="+", default=[], metavar="N", help="place thermocouples of these numbers"
    )


def _protect(arguments: argparse.Namespace) -> Answer:
    case, zones = read_case(arguments.case)
    zone = settled_zone(case, zones)
    progress = progress_for(arguments)
    volume = volume_of(case, progress.part(0.0, 0.1))
    advice = advise(case, volume, zone, evaluate(case, zone), progress.part(0.1, 1.0))
    pocket = None if arguments.pocket is None else _numbered(advice.pockets, arguments.pocket, "pocket")
    watch = [_numbered(advice.watch, n, "thermocouple") for n in arguments.watch]
    placed_names: list[str] = []
    if pocket is not None or watch:
        changed = change_case(arguments.case, lambda c: _with(c, pocket, watch))
        placed_names = [p.name for p in changed.plan.protective if p not in case.plan.protective]
    lines = [f"Placed {', '.join(placed_names)}; simulate again."] if placed_names else []
    return Answer({**_values(advice), "placed": placed_names}, [*_lines(case, advice, cold=zone.cold), *lines])


def _with(case: Case, pocket: PocketProposal | None, watch: Sequence[WatchPlace]) -> Case:
    if pocket is not None:
        case = placed(case, pocket)
    for place in watch:
        case = add_thermocouple(case, place.position_mm)
    return case


def _numbered(proposals: Sequence[T], number: int, what: str) -> T:
    if not 1 <= number <= len(proposals):
        raise PlanError(
            f"There is no proposed {what} {number}.",
            code="proposal-unknown",
            hint=f"Numbers go from 1 to {len(proposals)}." if proposals else "None is proposed.",
        )
    return proposals[number - 1]


def _values(advice: ProtectionAdvice) -> dict[str, Any]:
    return {
        "needs": [
            {
                "structure": n.risk.id, "judgement": n.risk.judgement.word, "lesion_mm": n.lesion_mm,
                "sentence": n.sentence, "reason": n.reason,
            }
            for n in advice.needs
        ],
        "pockets": [
            {
                **{k: v for k, v in pocket_values(p.pocket).items() if k not in ("id", "name")}, "for": p.for_id,
                "without_c": p.without_c, "with_c": p.with_c, "makes_worse": p.others,
            }
            for p in advice.pockets
        ],
        "not_helped": advice.helpless,
        "watch": [
            {
                "position_mm": w.position_mm, "place": w.place, "for": w.for_id, "words": w.words, "extreme_c": w.extreme_c,
                "alarm_from_s": w.from_s, "source": w.source,
            }
            for w in advice.watch
        ],
        "stop_rules": [_stop_values(rule) for rule in advice.stops],
        "with_and_without": [
            {"structure": d.structure_id, "without_c": d.without_c, "with_c": d.with_c} for d in advice.differences
        ],
        "digest": advice.digest,
    }  # fmt: skip


def _stop_values(rule: StopRule) -> dict[str, Any]:
    return {
        "at": rule.id, "position_mm": rule.position_mm, "stop_at_s": rule.at_s, "read_c": rule.read_c,
        "overshoot_k": rule.overshoot_k, "by_dose": rule.by_dose, "sentence": rule.sentence, "source": rule.source,
    }  # fmt: skip


def _lines(case: Case, advice: ProtectionAdvice, *, cold: bool) -> list[str]:
    lines = [f"{n.risk.judgement.word}: {n.sentence} {n.reason}" for n in advice.needs] or [NOTHING_NEEDED]
    lines += [
        f"  pocket {n}, for {p.for_name}: {pocket_text(p, cold=cold)}" for n, p in enumerate(advice.pockets, start=1)
    ]
    lines += [f"  {words}" for words in (helpless_text(case, advice),) if words]
    lines += [f"  thermocouple {n}: {watch_text(w, cold=cold)}" for n, w in enumerate(advice.watch, start=1)]
    lines += [rule.sentence for rule in advice.stops]
    lines += [f"  {difference_text(d, cold=cold)}" for d in advice.differences]
    return [*lines, METHOD]
