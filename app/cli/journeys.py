"""`journeys` and `manual-pictures`: whole cases by a scripted user in a real window, counted, and pictured for the manual."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from app.cli.common import Answer, Subparsers, add_command
from app.journeys.actions import journey_of, page_of
from app.virtual_display import can_make_display, virtual_display
from imaging.errors import DomainError

_LONGEST_S = 3600.0


def add_commands(commands: Subparsers) -> None:
    """Add the commands of this file."""
    parser = add_command(
        commands, "journeys", "count what whole cases take a user, from an opened CT to the report", _journeys
    )
    parser.add_argument("--only", metavar="NAME", help="one of the cases: rfa-s1, cryo-s2, laser-oo")
    parser.add_argument("--coarse", action="store_true", help="on larger voxels, which takes less time")
    parser.add_argument("--docs", type=Path, metavar="FILE.md", help="write what was counted as a page")
    pictures = add_command(commands, "manual-pictures", "take the pictures of the manual", _pictures)
    pictures.add_argument("out", type=Path, metavar="FOLDER")
    pictures.add_argument("--coarse", action="store_true", help="on larger voxels, which takes less time")


def _journeys(arguments: argparse.Namespace) -> Answer:
    only = ["--only", arguments.only] if arguments.only else []
    journeys = [journey_of(values) for values in _in_a_window([*only, *(["--coarse"] if arguments.coarse else [])])]
    if not journeys:
        raise DomainError(
            f"There is no case {arguments.only!r}.", code="journey-unknown", hint="Choose rfa-s1, cryo-s2 or laser-oo."
        )
    if arguments.docs is not None:
        arguments.docs.write_text(page_of(journeys), encoding="utf-8")
    lines = [
        f"{j.name}  {j.count} actions ({j.kinds}), {j.minutes:.1f} min: hands {j.hands_s:.0f} s, looking {j.looking_s:.0f} s, "
        f"waiting {j.waiting_s:.0f} s"
        for j in journeys
    ]
    return Answer({"journeys": [asdict(j) | {"count": j.count, "minutes": j.minutes} for j in journeys]}, lines)


def _pictures(arguments: argparse.Namespace) -> Answer:
    wanted = ["--pictures", str(arguments.out.resolve()), *(["--coarse"] if arguments.coarse else [])]
    files = _in_a_window(wanted)
    return Answer({"pictures": files}, [Path(file).name for file in files])


def _in_a_window(arguments: Sequence[str]) -> list[Any]:
    """Run the scripted user under a display of its own, in a process of its own: the command line never loads Qt.

    A display at hand is left alone: whoever works there would have the mouse taken away.
    """
    if sys.platform == "linux" and not can_make_display():
        raise DomainError("A window needs a display, and Xvfb is not installed.", code="no-display")
    command = [sys.executable, "-m", "app.journeys", *arguments]
    if sys.platform != "linux":
        return _answer(command, dict(os.environ))
    with virtual_display() as environment:
        return _answer(command, environment)


def _answer(command: Sequence[str], environment: dict[str, str]) -> list[Any]:
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=_LONGEST_S, check=False)
    if done.returncode != 0:
        said = done.stderr.strip().splitlines()
        raise DomainError(
            f"The case could not be done: {said[-1] if said else done.returncode}.", code="journey-failed"
        )
    answer: list[Any] = json.loads(done.stdout.splitlines()[-1])
    return answer
