"""Radiofrequency electrodes that share a generator: which they are, and whether what they ask of it agrees."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from planning.errors import PlanError
from planning.thermal.applicator import Applicator

_SHARED = {"drive": "drive", "start_s": "start", "duration_s": "duration", "dwell_s": "dwell time"}
"""What all electrodes of a generator have in common, and what it is called."""
_SAME_TIME_S = 1e-6


def generators(applicators: tuple[Applicator, ...]) -> list[tuple[int, ...]]:
    """Return the numbers of the electrodes of every generator, in the order of the applicators."""
    groups: dict[str, list[int]] = {}
    for n, a in enumerate(applicators):
        if a.is_rf:
            groups.setdefault(f"generator {a.generator}" if a.generator else f"electrode {n}", []).append(n)
    return [tuple(owners) for owners in groups.values()]


def turn_of(first: Applicator, count: int, now_s: float, phase_began_s: float) -> int:
    """Return the number of the electrode whose turn it is among ``count`` that take turns as the first one does."""
    assert first.dwell_s is not None
    since_s = now_s - max(first.start_s, phase_began_s)
    return int((since_s + _SAME_TIME_S) // first.dwell_s) % count


def turn_changes_s(applicators: tuple[Applicator, ...], phase_began_s: float, phase_ends_s: float) -> list[float]:
    """Return when generators turn to another electrode within a phase, in s of the schedule."""
    found: set[float] = set()
    for owners in generators(applicators):
        first = applicators[owners[0]]
        if first.dwell_s is None:
            continue
        begin_s, end_s = max(first.start_s, phase_began_s), min(first.end_s, phase_ends_s)
        times_s = begin_s + first.dwell_s * np.arange(1, max(math.ceil((end_s - begin_s) / first.dwell_s), 1))
        found.update(float(t) for t in times_s if t < end_s - _SAME_TIME_S)
    return sorted(found)


def check_generators(applicators: tuple[Applicator, ...]) -> None:
    """Refuse electrodes that ask different things of the generator they share.

    Raises
    ------
    PlanError
        ``generator-contradiction``, naming generator, electrodes and what differs.
    """
    for owners in generators(applicators):
        members = [applicators[n] for n in owners]
        for reason in _contradictions(members):
            name = f"generator '{members[0].generator}'" if members[0].generator else "a generator of its own"
            probes = ", ".join(f"'{a.id}'" for a in members)
            raise PlanError(
                f"The electrodes of {name} ({probes}) cannot work: {reason}.",
                code="generator-contradiction",
                context={"generator": members[0].generator, "ids": [a.id for a in members]},
            )


def _contradictions(members: list[Applicator]) -> Iterator[str]:
    first = members[0]
    for a in members[1:]:
        for name, called in _SHARED.items():
            if getattr(a, name) != getattr(first, name):
                yield f"'{first.id}' and '{a.id}' differ in their {called}"
    if first.dwell_s is not None and len(members) == 1:
        yield f"'{first.id}' has nobody to take turns with"
    if first.dwell_s is not None and any(a.polarity == -1 for a in members):
        yield "electrodes that are driven against each other cannot take turns"
    if all(a.polarity == -1 for a in members):
        yield "an electrode of polarity -1 has no electrode of polarity 1 to be driven against"
