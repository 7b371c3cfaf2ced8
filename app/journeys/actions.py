"""What a user's actions take, by the keystroke-level model, and what a whole case comes to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

KEY_S, POINT_S, BUTTON_S, HOMING_S, PREPARING_S = 0.28, 1.1, 0.2, 0.4, 1.35
"""Card, Moran and Newell, Commun ACM 1980;23:396 and The Psychology of Human-Computer Interaction, 1983: a key of a typist of
40 words a minute, pointing, a button of the mouse, a hand from mouse to keys or back, and preparing mentally, before every action."""
NOTCH_S, FILE_S = 0.1, 10.0
"""Not in the model, assumed: a notch of the wheel; choosing a folder and a name where a file dialog asks."""
SOURCE = (
    "Card, Moran and Newell, The keystroke-level model, Commun ACM 1980;23:396-410, with the times of an average typist of "
    "40 words a minute"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One thing a user does with hands.

    Attributes
    ----------
    kind : str
        ``key``, ``click``, ``wheel``, ``drag``, ``typed`` or ``file``.
    words : str
        What it is for.
    seconds : float
        By the keystroke-level model.
    looking_s : float
        What is looked at before it; an assumption of the case.
    """

    kind: str
    words: str
    seconds: float
    looking_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Journey:
    """One whole case, from the opened CT to the report.

    Attributes
    ----------
    name, title : str
    actions : tuple of Action
    waits : tuple of (str, float)
        What the user waited for, in seconds.
    opening_s : float
        From the folder that was chosen to the first slice; not counted.
    outcome : str
        What the window said of the plan that was reported.
    """

    name: str
    title: str
    actions: tuple[Action, ...]
    waits: tuple[tuple[str, float], ...]
    opening_s: float
    outcome: str

    @property
    def count(self) -> int:
        return len(self.actions)

    @property
    def hands_s(self) -> float:
        return sum(action.seconds for action in self.actions)

    @property
    def looking_s(self) -> float:
        return sum(action.looking_s for action in self.actions)

    @property
    def waiting_s(self) -> float:
        return sum(seconds for _, seconds in self.waits)

    @property
    def minutes(self) -> float:
        return (self.hands_s + self.looking_s + self.waiting_s) / 60

    @property
    def kinds(self) -> str:
        """``14 keys, 5 clicks``."""
        found = Counter(action.kind for action in self.actions)
        return ", ".join(f"{n} {_KINDS[kind][n > 1]}" for kind, n in found.most_common())


_KINDS = {
    "key": ("key", "keys"),
    "click": ("click", "clicks"),
    "wheel": ("turn of the wheel", "turns of the wheel"),
    "drag": ("drag", "drags"),
    "typed": ("typed text", "typed texts"),
    "file": ("file dialog", "file dialogs"),
}


def journey_of(values: Mapping[str, Any]) -> Journey:
    """Return a journey from its JSON."""
    actions = tuple(Action(**action) for action in values["actions"])
    waits = tuple((str(what), float(seconds)) for what, seconds in values["waits"])
    return Journey(**{**values, "actions": actions, "waits": waits})


def page_of(journeys: Sequence[Journey]) -> str:
    """Return ``docs/journeys.md``."""
    lines = [
        "# Three whole cases, counted",
        "",
        "Written by `sacroplan journeys --docs`. A scripted user works in a real window of 1920 × 1080 pixels with keys and mouse alone, on",
        "synthetic CT of a digital pelvis, from the opened CT to the written PDF report. An action is a click, a key or chord, a turn of the",
        "wheel however long, a drag, a text however long, or the answer to a file dialog.",
        "",
        "| Case | Actions | Minutes | Hands, s | Looking, s | Waiting, s |",
        "|---|---|---|---|---|---|",
        *(
            f"| {j.title} | {j.count}: {j.kinds} | {j.minutes:.1f} | {j.hands_s:.0f} | {j.looking_s:.0f} | {j.waiting_s:.0f} |"
            for j in journeys
        ),
        "",
        f"* **Hands**: {SOURCE}: {KEY_S:g} s a key, {POINT_S:g} s to point, {BUTTON_S:g} s a button, {HOMING_S:g} s from mouse to keys or back,",
        f"  {PREPARING_S:g} s of preparation before every action. Not in that model, and assumed: {NOTCH_S:g} s a notch of the wheel, {FILE_S:g} s a file dialog.",
        "* **Looking** is assumed, and stands beside each action below. How long somebody looks at a root, or thinks about a plan, is theirs to say.",
        "* **Waiting** is measured: what the program let the user wait, on the machine that wrote this page. What ran while the user worked is not in it.",
        "",
    ]
    for j in journeys:
        lines += [
            f"## {j.title}", "", f"{j.outcome}", "", "| | Action | | Hands, s | Looking, s |", "|---|---|---|---|---|",
            *(f"| {n} | {a.words} | {a.kind} | {a.seconds:.1f} | {f'{a.looking_s:.0f}' if a.looking_s else ''} |"
              for n, a in enumerate(j.actions, start=1)),
            "", "Waited for: " + "; ".join(f"{what} {seconds:.0f} s" for what, seconds in j.waits) + ".", "",
        ]  # fmt: skip
    return "\n".join(lines)
