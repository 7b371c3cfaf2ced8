"""Parse the command line and run one sub-command."""

from __future__ import annotations

import argparse
import logging
import re
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from app.cli.common import Answer
from imaging.errors import DomainError

COMMANDS = {
    "cases": ("open", "new", "show"),
    "marking": ("propose", "lesion", "structure"),
    "label_maps": ("import-labels",),
    "editing": ("edit", "measure"),
    "annotations": ("annotations",),
    "objects": ("object",),
    "probes": ("probe",),
    "paths": ("path",),
    "plans": ("plan",),
    "devices": ("device",),
    "protection": ("pocket", "thermocouple"),
    "cement": ("cement",),
    "judging": ("simulate", "sure", "evaluate"),
    "protecting": ("protect",),
    "deciding": ("clinical", "decide", "registry"),
    "check": ("check",),
    "output": ("report", "room-sheet", "picture", "demo"),
    "benchtop": ("bench-top",),
    "checks": ("verify", "bench"),
    "journeys": ("journeys", "manual-pictures"),
}
"""The files of this folder, in the order of the help, and the commands that each adds."""
_OF_THE_WINDOW = ("--path", "--demo")
# A point whose first coordinate is negative looks like an option to argparse.
_NEGATIVE_POINT = re.compile(r"-[\d.][^,]*,[^,]*,[^,]*")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status: 0 done, 1 refused, 2 wrong use."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    words = sys.argv[1:] if arguments is None else arguments
    parser = _parser(_files_for(words))
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


def _files_for(words: Sequence[str]) -> list[str]:
    """The file of the command that is given: the others need not be imported to run it. To open the window none, for help all."""
    first = words[0] if words else ""
    if not words or first in _OF_THE_WINDOW:
        return []
    return [file for file, commands in COMMANDS.items() if first in commands] or list(COMMANDS)


def _parser(files: Sequence[str] = tuple(COMMANDS)) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="sacroplan",
        description="Plan and rehearse CT-guided ablation of tumours of the sacrum and spine. Without a command the "
        "window opens. Planning and teaching support, not a medical device: the physician decides.",
    )
    parser.add_argument("--path", type=Path, help="case file, CT folder or volume to open in the window")
    parser.add_argument("--demo", action="store_true", help="open the window on the demo case")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    for file in files:
        import_module(f"app.cli.{file}").add_commands(commands)
    return parser
