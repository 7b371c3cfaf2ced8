"""`verify` and `bench`: is it right, and is it fast? One row a figure."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import asdict

from app.cli.common import Answer, Subparsers, add_command
from planning.thermal.verification import VerificationRow, thermal_rows

_HEADS = ("name", "value", "unit", "target", "met", "source")


def add_commands(commands: Subparsers) -> None:
    """Add the commands of this file."""
    add_command(commands, "verify", "compare the program with closed forms: is it right?", _verify)
    add_command(commands, "bench", "measure speed as ratios in one run: is it fast?", _bench)


def _verify(_: argparse.Namespace) -> Answer:
    return rows_answer(thermal_rows())


def _bench(_: argparse.Namespace) -> Answer:
    # Only this command needs what is timed; every other one starts without it.
    from app.cli.window_bench import drag_row
    from planning.benchmark import bench_rows
    from planning.thermal.benchmark import thermal_bench_rows

    return rows_answer([*bench_rows(), *thermal_bench_rows(), drag_row()])


def rows_answer(rows: Sequence[VerificationRow]) -> Answer:
    """Return rows as a table; the status is 1 if a target was missed."""
    values = [asdict(r) for r in rows]
    cells = [_HEADS, *(tuple(_text(v[head]) for head in _HEADS) for v in values)]
    widths = [max(len(line[n]) for line in cells) for n in range(len(_HEADS) - 1)]
    lines = ["  ".join([*(c.ljust(w) for c, w in zip(line, widths, strict=False)), line[-1]]) for line in cells]
    missed = any(r.met is False for r in rows)
    return Answer({"rows": values}, lines, status=int(missed))


def _text(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.5g}" if isinstance(value, float) else str(value)
