"""`simulate`, `evaluate` and `sure`: predict the zone, say what it means, and how sure that is."""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np

from app.cli.common import (
    Answer,
    Subparsers,
    add_case_argument,
    add_command,
    progress_for,
    settled_zone,
    volume_of,
)
from app.representations.scene import ZoneSurfaces
from imaging.geometry import Floats
from planning import services
from planning.case_io import read_case, write_case
from planning.catalogue import Phase
from planning.ensemble import MEMBERS, run_ensemble
from planning.ensemble.findings import MARGIN, judge_ensemble, method_text, swings
from planning.evaluation import Verdict, evaluate
from planning.evaluation.exposure import Crossing
from planning.evaluation.generators import GeneratorCourse, generator_courses
from planning.operations.probes import set_schedule
from planning.plans import current_zones
from planning.quantities import length_text, level_text, percent_text, time_text, volume_text


def add_commands(commands: Subparsers) -> None:
    """Add the commands of this file."""
    parser = add_command(
        commands, "simulate", "solve the bio-heat equation for the plan and keep the result", _simulate
    )
    add_case_argument(parser)
    parser.add_argument(
        "--phases",
        type=_phases,
        metavar="on:600,off:480,…",
        help="set the schedule first, in seconds; 'device' for its own",
    )
    parser = add_command(
        commands, "sure", "run the plan many times with other values, and say how sure its verdict is", _sure
    )
    add_case_argument(parser)
    parser.add_argument("--runs", type=int, default=MEMBERS, help="how many; a power of two is best")
    parser.add_argument("--seed", type=int, default=0, help="the same seed gives the same runs")
    parser.add_argument("--placed", action="store_true", help="the needles were seen where the plan has them")
    parser = add_command(commands, "evaluate", "judge lesion and structures against the predicted zone", _evaluate)
    add_case_argument(parser)


def _sure(arguments: argparse.Namespace) -> Answer:
    case, zones = read_case(arguments.case)
    zone = settled_zone(case, zones)
    progress = progress_for(arguments)
    volume = volume_of(case, progress.part(0.0, 0.1))
    ensemble = run_ensemble(
        case, volume, zone, members=arguments.runs, seed=arguments.seed, placed=arguments.placed,
        progress=progress.part(0.1, 1.0),
    )  # fmt: skip
    found = judge_ensemble(evaluate(case, zone), ensemble)
    margins = ensemble.margin_span_mm()
    values = {
        "runs": ensemble.runs,
        "seed": ensemble.seed,
        "covering": ensemble.covering,
        "margin_mm": margins,
        "structures": {
            name: {"extreme_c": ensemble.span_c(name), "cem43_min": _span(ensemble.cem43_min.get(name))}
            for name in ensemble.extreme_c
        },
        "findings": [
            {"judgement": f.judgement.word, "sentence": f.sentence, "reason": f.reason, "structure": f.structure_id}
            for f in found.findings
        ],
        "margin_moved_by": [
            {"input": s.input.words, "low_mm": s.low, "high_mm": s.high} for s in swings(ensemble, MARGIN)
        ],
        "left_out": ensemble.left_out,
        "digest": found.digest,
    }
    lines = [f"{f.judgement.word}: {f.sentence} {f.reason}".rstrip() for f in found.findings]
    lines += [
        f"  margin moved by {s.input.words}: {length_text(s.low)} to {length_text(s.high)}"
        for s in swings(ensemble, MARGIN, 3)
    ]
    return Answer(values, [*lines, method_text(ensemble)])


def _span(values: Floats | None) -> list[float] | None:
    """What 5 and 95 % of some values do not exceed."""
    return None if values is None else [float(v) for v in np.quantile(values, [0.05, 0.95])]


def _phases(text: str) -> tuple[Phase, ...] | str:
    """Parse a schedule of phases."""
    if text == "device":
        return text
    try:
        return tuple(_phase(*part.split(":")) for part in text.split(","))
    except (ValueError, TypeError):
        words = f"'{text}' is no schedule; write on:600,off:480,on:600, and thaw:180:15 for an active thaw at 15 °C"
        raise argparse.ArgumentTypeError(words) from None


def _phase(kind: str, seconds: str, wall_c: str | None = None) -> Phase:
    return Phase(kind=kind, duration_s=float(seconds), wall_c=None if wall_c is None else float(wall_c))  # type: ignore[arg-type]


def _simulate(arguments: argparse.Namespace) -> Answer:
    case, zones = read_case(arguments.case)
    if arguments.phases:
        case = set_schedule(case, None if arguments.phases == "device" else arguments.phases)
    progress = progress_for(arguments)
    zone = services.predict(case, volume_of(case, progress.part(0.0, 0.2)), progress.part(0.2, 1.0))
    write_case(arguments.case, case, {**current_zones(case, zones), zone.digest: zone})
    surfaces = ZoneSurfaces.of(zone)
    isotherms = [
        {"temperature_c": c, "volume_mm3": 0.0 if mesh.empty else mesh.volume_mm3}
        for c, mesh in surfaces.by_temperature_c.items()
    ]
    values = {
        "digest": zone.digest,
        "mode": zone.mode,
        "model": zone.model,
        "isotherms": isotherms,
        "generators": [_course_values(c) for c in generator_courses(case, zone)],
        "notes": zone.notes,
    }
    lines = [zone.model]
    lines += [f"  {level_text(i['temperature_c'])}: {volume_text(i['volume_mm3'])}" for i in isotherms]
    lines += [f"  {c.probes}: {c.power_text}, {c.impedance_text}" for c in generator_courses(case, zone)]
    return Answer(values, lines + [f"  {note}" for note in zone.notes])


def _course_values(course: GeneratorCourse) -> dict[str, Any]:
    """A generator's course as plain values; nothing stands for the impedance while it is off."""
    return {
        "probes": [name for name, _ in course.share_w],
        "energy_j": course.energy_j,
        "times_s": course.times_s,
        "power_w": course.power_w,
        "impedance_ohm": [None if np.isnan(z) else float(z) for z in course.impedance_ohm],
    }


def _evaluate(arguments: argparse.Namespace) -> Answer:
    case, zones = read_case(arguments.case)
    verdict = evaluate(case, settled_zone(case, zones))
    return Answer(verdict_values(verdict), _lines(verdict))


def verdict_values(verdict: Verdict) -> dict[str, Any]:
    """Return a verdict as plain values."""
    lesion = verdict.lesion
    return {
        "lesion": None
        if lesion is None
        else {
            "volume_mm3": lesion.volume_mm3,
            "covered_frac": lesion.covered_frac,
            "covered_mm3": lesion.covered_mm3,
            "margin_mm": lesion.margin_mm,
            "isotherm_c": lesion.isotherm_c,
            "goal_margin_mm": lesion.goal_margin_mm,
            "margin_source": lesion.margin_source,
        },
        "intent": verdict.intent,
        "interface": None
        if verdict.interface is None
        else {
            "area_mm2": verdict.interface.area_mm2,
            "covered_frac": verdict.interface.covered_frac,
            "within_mm": verdict.interface.within_mm,
            "worst_at_mm": verdict.interface.worst_at_mm,
            "source": verdict.interface.source,
        },
        "structures": [
            {
                "id": r.id,
                "name": r.name,
                "judgement": r.judgement.word,
                "needle_mm": r.needle_mm,
                "isotherm_mm": {f"{c:g}": d for c, d in r.isotherm_mm.items()},
                "extreme_c": r.extreme_c,
                "extreme_at_mm": r.extreme_at_mm,
                "extreme_at_s": None if r.exposure is None else r.exposure.extreme_at_s,
                "cem43_min": r.cem43_min,
                "crossings": [] if r.exposure is None else [_crossing_values(c) for c in r.exposure.crossings],
                "reason": r.reason,
            }
            for r in verdict.structures
        ],
        "thermocouples": [
            {"id": t.id, "name": t.name, "extreme_c": t.extreme_c, "at_s": t.at_s, "judgement": t.judgement.word}
            for t in verdict.thermocouples
        ],
        "pelvic_roots": {
            "rule": verdict.pelvic.rule.value,
            "both_sides_at_risk": verdict.pelvic.both_sides_at_risk,
            "sentence": verdict.pelvic.sentence,
            "reason": verdict.pelvic.reason,
        },
        "function": {
            "lost": verdict.function.lost,
            "unknown": verdict.function.unknown,
            "sentences": [{"sentence": words, "source": source} for words, source in verdict.function.sentences],
        },
        "findings": [
            {"judgement": f.judgement.word, "sentence": f.sentence, "reason": f.reason} for f in verdict.findings
        ],
        "model": verdict.model,
        "digest": verdict.zone_digest,
    }


def _lost_text(verdict: Verdict) -> str:
    return ", ".join(verdict.function.lost)


def _crossing_values(crossing: Crossing) -> dict[str, Any]:
    """One level that is passed, as plain values."""
    return {
        "temperature_c": crossing.temperature_c,
        "cem43_min": crossing.cem43_min,
        "level": crossing.level.value,
        "from_s": crossing.from_s,
        "length_mm": crossing.length_mm,
        "volume_mm3": crossing.volume_mm3,
    }


def _lines(verdict: Verdict) -> list[str]:
    lines = [f"S2–S4: {verdict.pelvic.sentence}"]
    if verdict.lesion is not None:
        lesion = verdict.lesion
        margin = "no zone" if lesion.margin_mm is None else length_text(lesion.margin_mm)
        lines.append(
            f"Lesion: {percent_text(lesion.covered_frac)} of {volume_text(lesion.volume_mm3)} inside "
            f"{level_text(lesion.isotherm_c)}; smallest margin {margin}"
        )
    for reading in verdict.thermocouples:
        when = "" if reading.at_s is None else f" at {time_text(reading.at_s)}"
        lines.append(f"{reading.name}: {level_text(round(reading.extreme_c, 1))}{when}, {reading.judgement.word}")
    lines += [f"If {_lost_text(verdict)} were lost: {words} ({source})" for words, source in verdict.function.sentences]
    for finding in verdict.findings:
        lines.append(f"{finding.judgement.word}: {finding.sentence}")
        lines.append(f"    {finding.reason}")
    return lines
