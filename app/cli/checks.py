"""`verify` and `bench`: is it right, and is it fast? One row a figure."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from app.cli.common import Answer, Subparsers, add_command, progress_for
from planning.thermal.verification import Comparison, VerificationRow, verify
from planning.thermal.verification.rows import table_cells
from planning.trajectory.verification.groups import RowGroup, all_met

_ALL_PLANS = 200
"""As `app.risk_verification.PLANS`, which loads too much for a line of help."""
_HEADS = ("name", "value", "unit", "target", "met", "source")


def add_commands(commands: Subparsers) -> None:
    """Add the commands of this file."""
    parser = add_command(
        commands,
        "verify",
        "compare the program with closed forms, finite elements, measurements: is it right?",
        _verify,
    )
    parser.add_argument("--docs", type=Path, metavar="FILE.md", help="write the table as a page with pictures")
    parser.add_argument("--structures", action="store_true", help="compare what is found in the phantom family instead")
    parser.add_argument(
        "--checking", action="store_true", help="compare registrations and needles of new CT of phantoms instead"
    )
    parser.add_argument(
        "--trajectories",
        action="store_true",
        help="compare distances and suggested ways with brute force and known answers instead",
    )
    parser.add_argument(
        "--risk",
        action="store_true",
        help="count missed and false alarms in random plans, recomputed on a finer grid, instead",
    )
    parser.add_argument(
        "--plans", type=int, metavar="N", default=_ALL_PLANS, help=f"with --risk: how many ({_ALL_PLANS})"
    )
    parser.add_argument(
        "--keep",
        type=Path,
        metavar="FILE",
        help="with --risk: where recomputations are kept, so that it can go on later",
    )
    parser = add_command(commands, "bench", "measure speed as ratios in one run: is it fast?", _bench)
    parser.add_argument(
        "--window",
        action="store_true",
        help="measure how smooth the window is instead: start, opening, scrolling, 3D, memory",
    )


def _verify(arguments: argparse.Namespace) -> Answer:
    if arguments.structures:
        return _verify_structures(arguments)
    if arguments.checking:
        return _verify_checking(arguments)
    if arguments.trajectories:
        return _verify_trajectories(arguments)
    if arguments.risk:
        return _verify_risk(arguments)
    found = verify(progress_for(arguments))
    if arguments.docs is not None:
        # Only the page needs what draws.
        from planning.thermal.verification.document import write_document

        write_document(arguments.docs, found)
    return comparisons_answer(found.rows)


def _verify_structures(arguments: argparse.Namespace) -> Answer:
    """What is found by itself and by a click, against the truth of the phantom family; takes some minutes."""
    from imaging.verification import structure_figures

    figures, refused = structure_figures(progress_for(arguments))
    cells = [("quantity", "median", "worst", "wanted", "as wanted")]
    for figure in figures:
        member, which, value = figure.worst
        wanted = f"{'≥' if figure.at_least else '≤'} {figure.wanted:g} {figure.unit}".rstrip()
        of = ", ".join(filter(None, (member, which)))
        cells.append(
            (
                figure.name,
                f"{figure.median:.2f}",
                f"{value:.2f} ({of})",
                wanted,
                f"{figure.met} of {len(figure.values)}",
            )
        )
    if arguments.docs is not None:
        arguments.docs.write_text(_page(cells, refused), encoding="utf-8")
    missed = any(figure.met < len(figure.values) for figure in figures)
    values = {"figures": [asdict(figure) for figure in figures], "refused": refused}
    return Answer(values, [*_aligned(cells), *refused], status=int(missed))


def _verify_checking(arguments: argparse.Namespace) -> Answer:
    """Registrations and needles of new CT of phantoms, against their truth; takes some minutes."""
    from imaging.check_verification import needle_rows, registration_rows

    progress = progress_for(arguments)
    registrations = registration_rows(progress.part(0.0, 0.8))
    needles = needle_rows(progress.part(0.8, 1.0))
    cells = [
        ("registration", "off, mm", "turned, °", "mean, mm", "95 %, mm", "agreement", "likeness", "answer", "as wanted")
    ]
    cells += [
        (
            r.name, _two(r.away_mm), _two(r.turned_deg), _two(r.mean_mm), _two(r.p95_mm), _two(r.agreement), _two(r.likeness),
            r.refused or "accepted", _text(r.as_wanted),
        )
        for r in registrations
    ]  # fmt: skip
    found = [("needle", "slices, mm", "found", "refused", "tip along, mm", "tip beside, mm", "direction, °")]
    found += [
        (
            f"{r.diameter_mm:g} mm", f"{r.slice_mm:g}", f"{r.found} of {r.painted}", str(r.refused), _two(r.along_mm),
            _two(r.beside_mm), _two(r.angle_deg),
        )
        for r in needles
    ]  # fmt: skip
    if arguments.docs is not None:
        page = [
            "# A new CT and its needle, measured",
            "",
            *_CHECKING,
            "",
            *_table(cells),
            "",
            *_NEEDLES,
            "",
            *_table(found),
            "",
        ]
        arguments.docs.write_text("\n".join(page), encoding="utf-8")
    values = {"registrations": [asdict(r) for r in registrations], "needles": [asdict(r) for r in needles]}
    missed = not all(r.as_wanted for r in registrations)
    return Answer(values, [*_aligned(cells), "", *_aligned(found)], status=int(missed))


def _verify_trajectories(arguments: argparse.Namespace) -> Answer:
    """Distances, limits and suggestions, on built cases and phantoms; takes some minutes."""
    from app.path_verification import trajectory_groups

    return _groups_answer(arguments, trajectory_groups(progress_for(arguments)), ("# Paths, measured", "", *_PATHS))


def _verify_risk(arguments: argparse.Namespace) -> Answer:
    """Alarms in random plans, missed and false; about an hour for all of them."""
    from app.risk_verification import risk_groups

    groups = risk_groups(progress_for(arguments), arguments.plans, arguments.keep)
    return _groups_answer(arguments, groups, ("# Alarms, counted", "", *_RISK, "", _counted(arguments.plans)))


def _counted(plans: int) -> str:
    return f"Counted here: {plans} plans, two of every patient first; `make verify` counts {_ALL_PLANS}."


def _groups_answer(arguments: argparse.Namespace, groups: Sequence[RowGroup], head: Sequence[str]) -> Answer:
    """Groups of rows, one below the other, and as a page; the status is 1 if a target was missed."""
    lines: list[str] = []
    page = [*head, ""]
    for group in groups:
        cells = [_HEADS, *(_row_cells(asdict(r)) for r in group.rows)]
        lines += [f"{group.title}.", *_aligned(cells), ""]
        page += [f"## {group.title}", "", group.about, "", *_table(cells), ""]
    if arguments.docs is not None:
        arguments.docs.write_text("\n".join(page), encoding="utf-8")
    return Answer({"groups": [asdict(g) for g in groups]}, lines[:-1], status=int(not all_met(groups)))


_PATHS = (
    "Written by `sacroplan verify --trajectories --docs`; what paths are judged by stands in [paths.md](paths.md).",
)
_RISK = (
    "Written by `sacroplan verify --risk --docs`; what the verdict rests on stands in [risk.md](risk.md). Random plans in phantoms with",
    "their true structures, drawn so that many bring a root, the canal or the sac near a level. Told: `predict` on 1 mm and `evaluate`.",
    "Recomputed: the engine on 0.5 mm, read at points 0.15 mm apart along every centreline and 0.2 mm around its wall, by code of its own.",
)
_CHECKING = (
    "Written by `sacroplan verify --checking --docs`. New CT of phantoms on voxels of 1.5 mm, turned about an oblique axis and",
    "shifted. The upper ones must be accepted within 0.5 mm and 0.5°, the others refused.",
)
_NEEDLES = (
    "Needles painted around one lesion in many directions, 8000 HU before blur and cut off at 3071 HU: the largest errors of",
    "those found. Refused ones cannot be followed from end to end in slices so thick.",
)


def _two(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _table(cells: Sequence[Sequence[str]]) -> list[str]:
    head, *rows = ["| " + " | ".join(row) + " |" for row in cells]
    return [head, "|" + "---|" * len(cells[0]), *rows]


def _page(cells: Sequence[Sequence[str]], refused: Sequence[str]) -> str:
    lines = [
        "# Structures, measured on the phantom family",
        "",
        "Written by `sacroplan verify --structures --docs`. Voxels of 1.2 mm, slices as thick as the member's. Members are described",
        "in `imaging/phantom/family.py`; what was found by itself is described in [proposals.md](proposals.md).",
        "",
        *_table(cells),
        "",
        "Refused:",
        "",
        *(f"* {line}" for line in refused),
        "",
    ]
    return "\n".join(lines)


def _bench(arguments: argparse.Namespace) -> Answer:
    if arguments.window:
        from app.cli.window_figures import window_rows

        return rows_answer(window_rows())
    # Only this command needs what is timed; every other one starts without it.
    from app.cli.window_bench import drag_row
    from app.demo import demo_case
    from app.plan_verification import S2_OF_40_MM, planned_case
    from app.tool_bench import tool_rows
    from planning.benchmark import bench_rows
    from planning.optimise.benchmark import plan_bench_rows
    from planning.thermal.benchmark import thermal_bench_rows
    from planning.trajectory.benchmark import path_bench_rows

    paths = path_bench_rows(*demo_case())
    thermal = thermal_bench_rows()
    # After what compiles the engine, which no budget counts.
    plans = plan_bench_rows(*planned_case(S2_OF_40_MM))
    return rows_answer([*bench_rows(), *paths, *plans, *thermal, *tool_rows(), drag_row()])


def comparisons_answer(rows: Sequence[Comparison]) -> Answer:
    """Return comparisons as a table; the status is 1 if a target was missed that is not a published measurement."""
    missed = any(not r.met and r.kind != "measurement" for r in rows)
    return Answer({"rows": [asdict(r) for r in rows]}, _aligned(table_cells(rows)), status=int(missed))


def rows_answer(rows: Sequence[VerificationRow]) -> Answer:
    """Return rows as a table; the status is 1 if a target was missed."""
    values = [asdict(r) for r in rows]
    cells = [_HEADS, *(_row_cells(v) for v in values)]
    missed = any(r.met is False for r in rows)
    return Answer({"rows": values}, _aligned(cells), status=int(missed))


def _row_cells(values: Mapping[str, object]) -> tuple[str, ...]:
    return tuple(_text(values[head]) for head in _HEADS)


def _aligned(cells: Sequence[tuple[str, ...]]) -> list[str]:
    """Columns below each other; the last one as it comes."""
    widths = [max(len(line[n]) for line in cells) for n in range(len(cells[0]) - 1)]
    return ["  ".join([*(c.ljust(w) for c, w in zip(line, widths, strict=False)), line[-1]]) for line in cells]


def _text(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.5g}" if isinstance(value, float) else str(value)
