"""Parse the command line and run one sub-command."""

from __future__ import annotations

import argparse
import logging
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from app.cli import (
    benchtop,
    cases,
    cement,
    check,
    checks,
    devices,
    editing,
    judging,
    label_maps,
    marking,
    output,
    paths,
    plans,
    probes,
    protection,
)
from app.cli.common import Answer
from imaging.errors import DomainError

_GROUPS = (
    cases,
    marking,
    label_maps,
    editing,
    probes,
    paths,
    plans,
    devices,
    protection,
    cement,
    judging,
    check,
    output,
    benchtop,
    checks,
)
# A point whose first coordinate is negative looks like an option to argparse.
_NEGATIVE_POINT = re.compile(r"-[\d.][^,]*,[^,]*,[^,]*")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status: 0 done, 1 refused, 2 wrong use."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    parser = _parser()
    words = sys.argv[1:] if arguments is None else arguments
    given = parser.parse_args([f" {w}" if _NEGATIVE_POINT.fullmatch(w) else w for w in words])
    if given.command is None:
        # Only the window needs Qt; every sub-command works without it.
        from app.application import run_window

        return run_window(given.path, demo=given.demo)
    try:
        answer: Answer = given.run(given)
    except DomainError as error:
        hint = f" {error.hint}" if error.hint else ""
        print(f"sacroplan {given.command}: {error.message}{hint}", file=sys.stderr)
        return 1
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        print(f"sacroplan {given.command}: {where}{error.strerror or error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"sacroplan {given.command}: stopped", file=sys.stderr)
        return 130
    answer.show(as_json=given.json)
    return answer.status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="sacroplan",
        description="Plan and rehearse CT-guided ablation of tumours of the sacrum and spine. Without a command the "
        "window opens. Planning and teaching support, not a medical device: the physician decides.",
    )
    parser.add_argument("--path", type=Path, help="case file, CT folder or volume to open in the window")
    parser.add_argument("--demo", action="store_true", help="open the window on the demo case")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    for group in _GROUPS:
        group.add_commands(commands)
    return parser
