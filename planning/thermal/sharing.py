"""Radiofrequency electrodes that share a generator: which they are, and whether what they ask of it agrees."""

from __future__ import annotations

from collections.abc import Iterator

from planning.errors import PlanError
from planning.thermal.applicator import Applicator

_SHARED = {"drive": "drive", "start_s": "start"}
"""What all electrodes of a generator have in common, and what it is called."""


def generators(applicators: tuple[Applicator, ...]) -> list[tuple[int, ...]]:
    """Return the numbers of the electrodes of every generator, in the order of the applicators."""
    groups: dict[str, list[int]] = {}
    for n, a in enumerate(applicators):
        if a.is_rf:
            groups.setdefault(f"generator {a.generator}" if a.generator else f"electrode {n}", []).append(n)
    return [tuple(owners) for owners in groups.values()]


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
    if all(a.polarity == -1 for a in members):
        yield "an electrode of polarity -1 has no electrode of polarity 1 to be driven against"
