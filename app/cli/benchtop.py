"""`bench-top`: an experiment in a box of known media, through the engine that plans patients."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from app.cli.common import Answer, Subparsers, add_command, progress_for
from planning.benchtop import read_specification, run_experiment
from planning.quantities import level_text


def add_commands(commands: Subparsers) -> None:
    """Add the commands of this file."""
    parser = add_command(commands, "bench-top", "run an experiment in a box of known media", _bench_top)
    parser.add_argument("spec", type=Path, metavar="SPEC.json", help="the experiment; see docs/bench-top.md")
    parser.add_argument("--out", type=Path, metavar="RESULT.json", help="write the result to a file as well")


def _bench_top(arguments: argparse.Namespace) -> Answer:
    result = run_experiment(read_specification(arguments.spec), progress_for(arguments))
    if arguments.out is not None:
        arguments.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    return Answer(result, _lines(result))


def _lines(result: dict[str, Any]) -> list[str]:
    zones = [(r, level_text(r["c"])) for r in result["isotherms"]]
    zones += [(r, f"CEM43 {r['minutes']:g} min") for r in result["cem43"]]
    lines = _table(
        ("time", "zone", "volume", "length", "width"),
        [
            (_s(r), name, f"{r['volume_mm3']:.1f} mm³", f"{r['length_mm']:.2f} mm", f"{r['width_mm']:.2f} mm")
            for r, name in zones
        ],
    )
    lines += _table(
        ("time", "point", "temperature"),
        [(_s(r), ", ".join(f"{x:g}" for x in r["point_mm"]) + " mm", f"{r['c']:.2f} °C") for r in result["points"]],
    )
    lines += _table(
        ("time", "applicator", "power", "impedance", "wall"),
        [
            (_s(r), r["id"], f"{r['power_w']:.2f} W", _ohm(r["impedance_ohm"]), f"{r['wall_c']:.1f} °C")
            for r in result["applicators"]
        ],
    )
    about = result["solver"]
    return [
        *lines,
        f"{about['name']} {about['version']}: {about['cells']} cells, {about['steps']} steps, {about['wall_s']:.1f} s, "
        f"energy balance within {about['energy_balance_error_pct']:.2g} %",
    ]


def _s(row: dict[str, Any]) -> str:
    return f"{row['time_s']:g} s"


def _ohm(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f} Ω"


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> list[str]:
    """Rows in columns under their heads with an empty line after them; nothing for no rows."""
    if not rows:
        return []
    widths = [max(len(cell) for cell in column) for column in zip(head, *rows, strict=True)]
    lines = ["  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip() for row in (head, *rows)]
    return [*lines, ""]
