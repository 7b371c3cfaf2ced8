"""How long a plan may work: the device's schedule, and the same in less or more time."""

from __future__ import annotations

from dataclasses import replace

from planning.catalogue import Phase

_SHORTER = (0.9, 0.8, 0.7, 0.6, 0.5)
_LONGER = (1.25, 1.5)
_LONGEST_FREEZE_S = 15 * 60.0
"""Freezes of 15 min are in use (Littrup 2009); of heating no longer times than a maker's own are proposed."""
_WHOLE_S = 30.0


def shorter(schedule: tuple[Phase, ...]) -> list[tuple[Phase, ...]]:
    """Return schedules with shorter working phases, the longest first, to the half minute."""
    return _scaled(schedule, _SHORTER)


def longer(schedule: tuple[Phase, ...], *, cold: bool) -> list[tuple[Phase, ...]]:
    """Return schedules with longer freezes, the shortest first; none for heating."""
    if not cold:
        return []
    within = _scaled(schedule, _LONGER)
    return [s for s in within if all(p.duration_s <= _LONGEST_FREEZE_S for p in s if p.kind == "on")]


def _scaled(schedule: tuple[Phase, ...], factors: tuple[float, ...]) -> list[tuple[Phase, ...]]:
    found: dict[tuple[Phase, ...], None] = {}
    for factor in factors:
        scaled = tuple(
            replace(p, duration_s=max(round(p.duration_s * factor / _WHOLE_S), 1) * _WHOLE_S) if p.kind == "on" else p
            for p in schedule
        )
        if scaled != schedule:
            found[scaled] = None
    return list(found)
