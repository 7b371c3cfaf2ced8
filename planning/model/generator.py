"""Radiofrequency generators that several probes of a plan share."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Sharing(enum.StrEnum):
    """How the electrodes of one generator work."""

    TOGETHER = "together"
    IN_TURN = "in turn"
    BETWEEN = "between shafts"


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedGenerator:
    """One generator of several electrodes; a probe that no generator names has one of its own.

    Attributes
    ----------
    id : str
        ``generator-1``.
    how : Sharing
        Together at one potential as a cluster, each for a time in turn, or with the current between the shafts.
    probe_ids : tuple of str
        Its electrodes, two or more, in the plan's order; that is the order of turns.
    against_ids : tuple of str
        Between shafts: those of them that the others are driven against.
    dwell_s : float or None
        In turn: how long each works.
    """

    id: str
    how: Sharing
    probe_ids: tuple[str, ...]
    against_ids: tuple[str, ...] = ()
    dwell_s: float | None = None

    @property
    def one_side_ids(self) -> tuple[str, ...]:
        """The electrodes that are not on the other side."""
        return tuple(p for p in self.probe_ids if p not in self.against_ids)

    @property
    def fault(self) -> str:
        """Why its parts do not make a generator, whatever the probes are; empty where they do."""
        ids, against = set(self.probe_ids), set(self.against_ids)
        if len(ids) != len(self.probe_ids) or len(against) != len(self.against_ids):
            return "a probe is named twice"
        if len(ids) < 2:
            return "a generator is shared by two probes or more"
        if (self.how is Sharing.IN_TURN) != (self.dwell_s is not None):
            return "a dwell time belongs to electrodes in turn, and only to them"
        if (self.how is Sharing.BETWEEN) != bool(against) or not against < ids:
            return "current between shafts needs an electrode on either side, and nothing else has sides"
        return ""

    def without(self, probe_id: str) -> SharedGenerator | None:
        """Return the generator of the electrodes that are left; None where they are too few or all on one side."""
        left = SharedGenerator(
            id=self.id, how=self.how, probe_ids=tuple(p for p in self.probe_ids if p != probe_id),
            against_ids=tuple(p for p in self.against_ids if p != probe_id), dwell_s=self.dwell_s,
        )  # fmt: skip
        return None if left.fault else left
