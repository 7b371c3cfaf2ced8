"""`cement`: what is injected after the ablation, when it sets, and how warm it makes what lies around it."""

from __future__ import annotations

import argparse
from typing import Any

from app.cli.common import (
    Answer,
    Subparsers,
    above_zero,
    add_act,
    add_acts,
    add_case_argument,
    change_case,
    moved_whole,
    point,
    progress_for,
    volume_of,
)
from planning.case_io import read_case
from planning.catalogue.cements import load_cements
from planning.cementing import predict_cement
from planning.errors import PlanError
from planning.evaluation.cement import CementVerdict, judge_cement
from planning.model import Case
from planning.model.cement import Cement
from planning.model.cement_course import SettingTimes
from planning.operations.cement import add_cement, cement_of, change_cement, remove_cement
from planning.quantities import level_text, lps_text, millilitre_text, temperature_text, time_text


def add_commands(commands: Subparsers) -> None:
    """Add the commands of this file."""
    acts = add_acts(commands, "cement", "cement after the ablation: add, change, remove, predict its heat")
    add_act(acts, "kinds", "list the cements of the catalogue", _kinds)
    adding = add_act(acts, "add", "place cement: a ball, or with --to all around a line", _add)
    add_case_argument(adding)
    adding.add_argument("--kind", default="pmma", help="id, see 'cement kinds'")
    adding.add_argument("--at", type=point, required=True, metavar="X,Y,Z", help="centre, or one end; LPS millimetres")
    adding.add_argument("--volume-ml", type=above_zero, required=True)
    _add_changeable(adding)
    changing = add_act(acts, "change", "move cement or change its volume, time or temperature", _change)
    add_case_argument(changing)
    changing.add_argument("cement", help="name or id")
    changing.add_argument("--at", type=point, metavar="X,Y,Z", help="centre, or one end; LPS millimetres")
    changing.add_argument("--volume-ml", type=above_zero)
    _add_changeable(changing)
    removing = add_act(acts, "remove", "remove cement", _remove)
    add_case_argument(removing)
    removing.add_argument("cement", help="name or id")
    predicting = add_act(acts, "predict", "predict when it sets and how warm it makes canal and roots", _predict)
    add_case_argument(predicting)


def _add_changeable(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--to", type=point, metavar="X,Y,Z", help="the other end of a long volume")
    parser.add_argument("--minutes-after", type=float, help="from the end of the ablation to the injection; 0")
    parser.add_argument("--temperature-c", type=float, help="at which it is injected; the kind's own")


def _kinds(_: argparse.Namespace) -> Answer:
    sourced = (
        "polymerisation_heat_j_mol", "molar_mass_g_mol", "monomer_frac", "converted_frac", "half_time_s", "reference_c",
        "activation_j_mol", "fastest_c", "order", "injected_c",
    )  # fmt: skip
    kinds = load_cements().values()
    values = [
        {
            "id": kind.id, "name": kind.name, "use": kind.use, "heat_j_kg": kind.heat_j_kg,
            "values": {k: {"value": getattr(kind, k).value, "source": getattr(kind, k).source} for k in sourced},
            "assumptions": [kind.assumed_s_curve, kind.assumed_clock, kind.assumed_shape],
            "measured": [{"words": m.words, "source": m.source} for m in kind.measured],
        }
        for kind in kinds
    ]  # fmt: skip
    return Answer({"cements": values}, [f"{k.id:<10}{k.name:<10}{k.use}" for k in kinds])


def _add(arguments: argparse.Namespace) -> Answer:
    def add(case: Case) -> Case:
        return add_cement(
            case, arguments.at, arguments.volume_ml, stop_mm=arguments.to, kind_id=arguments.kind,
            minutes_after=arguments.minutes_after or 0.0, temperature_c=arguments.temperature_c,
        )  # fmt: skip

    return _cement_answer(change_case(arguments.case, add).plan.cements[-1])


def _change(arguments: argparse.Namespace) -> Answer:
    given = {
        "start_mm": arguments.at, "stop_mm": arguments.to, "volume_ml": arguments.volume_ml,
        "minutes_after": arguments.minutes_after, "temperature_c": arguments.temperature_c,
    }  # fmt: skip
    changes = {key: value for key, value in given.items() if value is not None}
    if not changes:
        raise PlanError("Say what to change: --at, --to, --volume-ml, --minutes-after …", code="arguments-missing")

    def change(case: Case) -> Case:
        old = cement_of(case, arguments.cement)
        return change_cement(case, old.id, **moved_whole(old, changes))

    return _cement_answer(cement_of(change_case(arguments.case, change), arguments.cement))


def _remove(arguments: argparse.Namespace) -> Answer:
    left = [c.name for c in change_case(arguments.case, lambda c: remove_cement(c, arguments.cement)).plan.cements]
    return Answer({"cements": left}, [f"Removed. Left: {', '.join(left) or 'none'}."])


def _predict(arguments: argparse.Namespace) -> Answer:
    case, _ = read_case(arguments.case)
    progress = progress_for(arguments)
    volume = volume_of(case, progress.part(0.0, 0.05))
    verdict = judge_cement(case, predict_cement(case, volume, progress.part(0.05, 1.0)))
    return Answer(cement_verdict_values(verdict), _lines(verdict))


def cement_values(cement: Cement) -> dict[str, Any]:
    """Return a cement as plain values."""
    return {
        "id": cement.id, "name": cement.name, "kind": cement.kind_id, "start_mm": cement.start_mm,
        "stop_mm": cement.stop_mm, "volume_ml": cement.volume_ml, "radius_mm": cement.radius_mm,
        "minutes_after": cement.minutes_after, "temperature_c": cement.temperature_c,
    }  # fmt: skip


def cement_words(cement: Cement) -> str:
    """Return a cement in words: volume, time, temperature, place."""
    when = f"{cement.minutes_after:g} min after the ablation"
    at = level_text(cement.temperature_c)
    return f"{cement.name}: {millilitre_text(cement.volume_ml)}, {when}, at {at}, {lps_text(cement.start_mm)}"


def cement_verdict_values(verdict: CementVerdict) -> dict[str, Any]:
    """Return what is said of a plan's cement as plain values."""
    course = verdict.course
    return {
        "warmed": [
            {
                "id": w.id, "name": w.name, "hottest_c": w.hottest_c, "at_s": w.at_s, "alone_c": w.alone_c,
                "cem43_min": w.cem43_min, "judgement": w.judgement.word,
            }
            for w in verdict.warmed
        ],
        "findings": [
            {"judgement": f.judgement.word, "sentence": f.sentence, "reason": f.reason, "structure": f.structure_id}
            for f in verdict.findings
        ],
        "notes": list(verdict.notes),
        "setting": _setting_values(course.times),
        "setting_alone": _setting_values(course.times_alone),
        "half_at_body_s": course.at_body_s,
        "place_coldest_c": course.place_coldest_c,
        "place_mean_c": course.place_mean_c,
        "place_frozen_frac": course.place_frozen_frac,
        "peak_c": course.peak_c,
        "peak_at_s": course.peak_at_s,
        "peak_alone_c": course.peak_alone_c,
        "least_cured_frac": course.least_cured_frac,
        "computed_s": course.computed_s,
        "times_s": course.after.times_s,
        "curves_c": dict(course.after.curves_c),
        "model": course.after.model,
        "digest": verdict.digest,
    }  # fmt: skip


def _setting_values(times: SettingTimes) -> dict[str, float | None]:
    return {
        "half_centre_s": times.half_centre_s, "set_centre_s": times.set_centre_s,
        "half_last_s": times.half_last_s, "set_last_s": times.set_last_s,
    }  # fmt: skip


def _lines(verdict: CementVerdict) -> list[str]:
    lines = []
    for finding in verdict.findings:
        lines.append(f"{finding.judgement.word}: {finding.sentence}")
        lines.append(f"    {finding.reason}")
    for warm in verdict.warmed:
        when = "" if warm.at_s is None else f" at {time_text(warm.at_s)}"
        hot = temperature_text(warm.hottest_c, cold=False)
        lines.append(f"  {warm.name:<14}{hot:>8}{when}, {warm.judgement.word}")
    return lines + [f"  {note}" for note in verdict.notes]


def _cement_answer(cement: Cement) -> Answer:
    return Answer(cement_values(cement), [cement_words(cement)])
