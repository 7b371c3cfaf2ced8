"""The manual: its text, its pictures and its chapters, from an installed program or from a checkout."""

from __future__ import annotations

import re
from pathlib import Path

import resources
from app.view_state import Step
from imaging.errors import DomainError

_FILE = "manual.md"
CHAPTERS = {
    Step.CASE: "Open a CT",
    Step.STRUCTURES: "Mark and confirm",
    Step.PROBES: "Place probes",
    Step.ZONE: "See the zone",
    Step.RISK: "Judge the risk",
    Step.PRESENT: "Take it away",
}
"""The chapter of each step of the work."""


def manual_folder() -> Path:
    """Return the folder of the manual: a built package holds it beside the other resources, a checkout in ``docs``.

    Raises
    ------
    DomainError
        If there is neither.
    """
    house = Path(resources.__file__).parent
    for folder in (house / "manual", house.parent / "docs"):
        if (folder / _FILE).is_file():
            return folder
    raise DomainError(
        "The manual is not part of this installation.", code="manual-missing", hint="Install the program anew."
    )


def manual_text() -> str:
    """Return the manual as Markdown."""
    return (manual_folder() / _FILE).read_text(encoding="utf-8")


def anchor_of(heading: str) -> str:
    """Return what a link to a heading is called, as on the pages of the project."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
