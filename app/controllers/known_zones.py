"""Predictions that need not be made again."""

from __future__ import annotations

from collections.abc import Iterable

from planning.model import Case
from planning.model.zone import PredictedZone
from planning.plans import current_zones

_OTHERS_KEPT = 8


class KnownZones:
    """Predictions by digest: those of the case's plans, and the latest of other states of it, which undo brings back.

    Parameters
    ----------
    zones : iterable of PredictedZone
    """

    def __init__(self, zones: Iterable[PredictedZone] = ()) -> None:
        # In the order in which they came.
        self._by_digest = {zone.digest: zone for zone in zones}

    def __contains__(self, digest: str) -> bool:
        return digest in self._by_digest

    def get(self, digest: str) -> PredictedZone | None:
        """Return a prediction, or None where it is not known."""
        return self._by_digest.get(digest)

    def of_plans(self, case: Case) -> dict[str, PredictedZone]:
        """Return the predictions, by digest, that belong to a plan of the case as it is."""
        return current_zones(case, self._by_digest)

    def keep(self, zone: PredictedZone, case: Case | None) -> None:
        """Keep a prediction, and forget the oldest that no plan of the case needs."""
        self._by_digest.pop(zone.digest, None)
        self._by_digest[zone.digest] = zone
        needed = self.of_plans(case) if case is not None else {}
        others = [digest for digest in self._by_digest if digest not in needed]
        for digest in others[: max(len(others) - _OTHERS_KEPT, 0)]:
            del self._by_digest[digest]
