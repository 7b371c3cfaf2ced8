"""`path`: judge needles' ways, look for good ones, and the rules they are judged by."""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np

from app.cli.common import (
    Answer,
    Subparsers,
    above_zero,
    add_act,
    add_acts,
    add_case_argument,
    change_case,
    point,
    progress_for,
    volume_of,
)
from app.cli.devices import warn_of_findings
from planning.case_io import read_case
from planning.catalogue.rules import PathLimit, PathPreference, load_path_rules
from planning.catalogue.user_rules import reset_rules, set_rule
from planning.errors import PlanError
from planning.model import Case
from planning.model.judgement import Judgement
from planning.model.room import Posture
from planning.operations.probes import add_probe
from planning.operations.room import change_room
from planning.quantities import length_text
from planning.trajectory.console import console_numbers
from planning.trajectory.judging import PathFinding, PathJudgement, judge_path
from planning.trajectory.skin_map import skin_map
from planning.trajectory.suggest import Suggestion, suggest_paths

_POSTURES = {p.name.lower().replace("_", "-"): p for p in Posture}


def add_commands(commands: Subparsers) -> None:
    """Add the commands of this file."""
    acts = add_acts(
        commands, "path", "judge needles' ways, look for good ones, and change the rules they are judged by"
    )
    judging = add_act(acts, "judge", "say what a probe's way comes near to, and what the rules say of it", _judge)
    add_case_argument(judging)
    judging.add_argument("probe", nargs="?", help="name or id of the probe; all by default")
    looking = add_act(
        acts, "suggest", "look for the best ways of different kinds to the lesion or to a target", _suggest
    )
    add_case_argument(looking)
    _add_aim(looking, required=False)
    looking.add_argument("--place", type=int, metavar="N", help="place a probe on the N-th of them")
    mapping = add_act(acts, "map", "judge all skin that can be reached as entries to a target", _map)
    add_case_argument(mapping)
    _add_aim(mapping, required=True)
    room = add_act(acts, "room", "say how the patient lies and what the scanner is like", _room)
    add_case_argument(room)
    room.add_argument("--posture", choices=_POSTURES)
    room.add_argument("--tilt", type=float, metavar="DEG", help="of the gantry")
    room.add_argument("--bore", type=above_zero, metavar="MM", help="diameter of the gantry's opening")
    room.add_argument("--bore-centre", type=float, nargs=2, metavar=("L", "P"), help="where its axis runs, LPS mm")
    add_act(acts, "rules", "list the rules that ways are judged by, with their sources", _rules)
    setting = add_act(acts, "set", "change levels or weight of one rule", _set)
    setting.add_argument("rule", help="as 'path rules' lists it: limits.nerves, preferences.length, tolerance_mm")
    setting.add_argument("values", nargs="+", metavar="KEY=VALUE", help="alarm=3, caution=blank, weight=2")
    add_act(acts, "reset", "go back to the rules that ship with the program", _reset)


def _add_aim(parser: argparse.ArgumentParser, *, required: bool) -> None:
    parser.add_argument("--device", required=True, help="id, see 'probe devices'")
    parser.add_argument("--target", type=point, required=required, metavar="X,Y,Z", help="the tip, LPS millimetres")


def _judge(arguments: argparse.Namespace) -> Answer:
    warn_of_findings()
    case, _ = read_case(arguments.case)
    chosen = case.plan.probes if arguments.probe is None else (case.probe(arguments.probe),)
    if not chosen:
        raise PlanError("The case has no probe.", code="no-probe", hint="Place one with 'sacroplan probe add'.")
    volume = volume_of(case)
    judged = [judge_path(case, volume, probe) for probe in chosen]
    return Answer({"paths": [_values(j) for j in judged]}, [line for j in judged for line in _lines(j)])


def _lines(judged: PathJudgement) -> list[str]:
    lines = [f"{judged.probe.name}:"]
    lines += [f"  {_with_word(f)}" for f in judged.findings]
    return [*lines, *(f"  {length_text(c.distance_mm)} from {c.name}" for c in judged.near)]


def _with_word(finding: PathFinding) -> str:
    """A finding with its judgement, which some say themselves."""
    says_itself = finding.judgement in (Judgement.NOT_ASSESSED, Judgement.UNCONFIRMED)
    return finding.sentence if says_itself else f"{finding.judgement.word.capitalize()}: {finding.sentence}"


def _values(judged: PathJudgement) -> dict[str, Any]:
    return {
        "probe": judged.probe.name,
        "entry_mm": judged.probe.entry_mm,
        "tip_mm": judged.probe.tip_mm,
        "refused": bool(judged.refused),
        "cost": judged.cost,
        "costs": {key: {"value": value, "cost": cost} for key, (value, cost) in judged.costs.items()},
        "findings": [
            {"rule": f.rule, "judgement": f.judgement.word, "value": f.value, "sentence": f.sentence, "source": f.source}
            for f in judged.findings
        ],
        "distances": [
            {
                "id": c.id, "name": c.name, "distance_mm": c.distance_mm, "depth_mm": c.depth_mm,
                "needle_at_mm": c.needle_at_mm, "other_at_mm": c.other_at_mm, "confirmed": c.confirmed,
            }
            for c in judged.near
        ],
    }  # fmt: skip


def _suggest(arguments: argparse.Namespace) -> Answer:
    warn_of_findings()
    case, _ = read_case(arguments.case)
    volume = volume_of(case)
    found = suggest_paths(case, volume, arguments.device, progress_for(arguments), target_mm=arguments.target)
    lines = []
    for n, suggestion in enumerate(found, 1):
        said = (suggestion.costs, suggestion.avoids, suggestion.doubts)
        lines += [f"{n}. {suggestion.title}", *(f"   {sentence}" for sentence in said if sentence)]
    placed = None
    if arguments.place is not None:
        if not 1 <= arguments.place <= len(found):
            raise PlanError(
                f"There is no suggestion {arguments.place}.", code="argument-invalid", hint=f"Say 1 to {len(found)}."
            )
        probe = found[arguments.place - 1].probe
        changed = change_case(
            arguments.case, lambda c: add_probe(c, arguments.device, probe.entry_mm, probe.tip_mm)
        ).plan.probes[-1]
        placed = changed.name
        lines.append(f"{placed} lies on suggestion {arguments.place}.")
    return Answer({"suggestions": [_suggestion_values(s) for s in found], "placed": placed}, lines)


def _suggestion_values(suggestion: Suggestion) -> dict[str, Any]:
    numbers = console_numbers(suggestion.probe)
    return {
        "corridor": suggestion.corridor.kind, "title": suggestion.title, "costs_in_words": suggestion.costs,
        "avoids_in_words": suggestion.avoids, "doubts_in_words": suggestion.doubts, "depth_mm": numbers.depth_mm, "in_plane_deg": numbers.in_plane_deg,
        "craniocaudal_deg": numbers.craniocaudal_deg, **_values(suggestion.judged),
    }  # fmt: skip


def _map(arguments: argparse.Namespace) -> Answer:
    warn_of_findings()
    case, _ = read_case(arguments.case)
    volume = volume_of(case)
    found = skin_map(case, volume, arguments.target, arguments.device, progress_for(arguments))
    screened, total = found.screened, len(found.mesh.points_mm)
    allowed = int(screened.allowed.sum())
    counts = {
        reason: int(np.count_nonzero(screened.refused_by == n))
        for n, reason in enumerate(screened.reasons)
        if (screened.refused_by == n).any()
    }
    lines = [f"{total} entries judged, {allowed} allowed."]
    best = None
    if allowed:
        n = int(np.nanargmin(found.cost))
        best = {"entry_mm": found.mesh.points_mm[n], "cost": float(found.cost[n])}
        lines.append(f"Best entry: {', '.join(f'{v:.1f}' for v in found.mesh.points_mm[n])}.")
    lines += [f"  {count} refused: {reason}" for reason, count in counts.items()]
    lines += [found.doubts] * bool(found.doubts)
    values = {"entries": total, "allowed": allowed, "refused": counts, "best": best}
    return Answer({**values, "not_assessed": found.not_assessed, "unconfirmed": found.unconfirmed}, lines)


def _room(arguments: argparse.Namespace) -> Answer:
    changes: dict[str, Any] = {
        "posture": _POSTURES.get(arguments.posture), "gantry_tilt_deg": arguments.tilt, "bore_mm": arguments.bore,
        "bore_centre_mm": None if arguments.bore_centre is None else tuple(arguments.bore_centre),
    }  # fmt: skip
    given = {key: value for key, value in changes.items() if value is not None}

    def change(case: Case) -> Case:
        return change_room(case, **given)

    case = change_case(arguments.case, change) if given else read_case(arguments.case)[0]
    room = case.plan.room
    bore = "not given" if room.bore_mm is None else length_text(room.bore_mm)
    line = f"The patient lies {room.posture.value}; gantry tilt {room.gantry_tilt_deg:g}°; bore {bore}."
    values = {
        "posture": room.posture.value, "gantry_tilt_deg": room.gantry_tilt_deg, "bore_mm": room.bore_mm,
        "bore_centre_mm": room.bore_centre_mm,
    }  # fmt: skip
    return Answer(values, [line])


def _rules(_: argparse.Namespace) -> Answer:
    warn_of_findings()
    rules = load_path_rules()
    values: dict[str, Any] = {}
    lines = []
    for key in ("cortex_above_hu", "tolerance_mm", "hand_mm"):
        number = getattr(rules, key)
        values[key] = {"value": number.value, "source": number.source}
        lines.append(f"{key}: {number.value:g}. {number.source}")
    for key, limit in rules.limits.items():
        values[f"limits.{key}"] = {
            f: getattr(limit, f) for f in ("name", "sense", "unit", "caution", "alarm", "weight", "source")
        }
        lines.append(f"limits.{key}: {_limit_words(limit)}. {limit.source}")
    for key, preference in rules.preferences.items():
        values[f"preferences.{key}"] = {
            f: getattr(preference, f) for f in ("name", "unit", "good", "poor", "weight", "source")
        }
        lines.append(f"preferences.{key}: {_preference_words(preference)}. {preference.source}")
    return Answer(values, lines)


def _limit_words(limit: PathLimit) -> str:
    levels = [
        f"{name} {'blank' if v is None else f'{v:g} {limit.unit}'}"
        for name, v in (("caution", limit.caution), ("alarm", limit.alarm))
    ]
    return f"{limit.name}, {limit.sense}: {', '.join(levels)}, weight {limit.weight:g}"


def _preference_words(preference: PathPreference) -> str:
    unit = preference.unit
    return f"{preference.name}: good {preference.good:g} {unit}, poor {preference.poor:g} {unit}, weight {preference.weight:g}"


def _set(arguments: argparse.Namespace) -> Answer:
    group, _, rule = arguments.rule.rpartition(".")
    values: dict[str, Any] = {}
    for given in arguments.values:
        key, sign, value = given.partition("=")
        if not sign:
            raise PlanError(
                f"'{given}' is no KEY=VALUE.", code="argument-invalid", hint="Write alarm=3 or caution=blank."
            )
        try:
            values[key] = float(value)
        except ValueError:
            values[key] = value
    set_rule(group, rule, values)
    return _rules(arguments)


def _reset(arguments: argparse.Namespace) -> Answer:
    reset_rules()
    return _rules(arguments)
