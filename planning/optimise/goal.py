"""How good a plan is, from the temperatures at its places."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from imaging.geometry import Floats
from planning.catalogue.devices import Phase, working_s
from planning.optimise.coarse import BODY_C, Temperatures
from planning.optimise.places import Places

_DOSE_AT_C = 43.0
HALF_COUNTS = 0.2
"""What a place counts that is nearly covered, so that a search sees where it is going."""
A_LIMIT_COSTS, A_KELVIN_COSTS = 0.03, 0.025
A_COST_POINT = 0.004
"""What a point of the cost of a path is worth, as a share of coverage."""


@dataclass(frozen=True, slots=True, eq=False)
class Score:
    """What temperatures come to.

    Attributes
    ----------
    covered_frac : float
    over_k : ndarray, shape (spared structures,)
        How far each structure goes beyond its limit at its worst place; negative within it.
    worst : ndarray of int, shape (spared structures,)
        That place.
    value : float
        Coverage less what broken limits and costly paths take off.
    """

    covered_frac: float
    over_k: Floats
    worst: np.ndarray
    value: float

    @property
    def keeps_limits(self) -> bool:
        return bool((self.over_k < 0).all())


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Goal:
    """What is wanted of the temperatures.

    Attributes
    ----------
    places : Places
    cold : bool
    covered_c : float
        From where on a place is covered.
    guard_k : float
        How far a plan is to stay within every limit.
    ignored : frozenset of int
        Spared structures whose limit does not count: to find out which one binds.
    """

    places: Places
    cold: bool
    covered_c: float
    guard_k: float = 0.0
    ignored: frozenset[int] = frozenset()

    def covered(self, target_c: Floats) -> np.ndarray:
        """Return which places of the target are covered."""
        return np.asarray(target_c <= self.covered_c if self.cold else target_c >= self.covered_c)

    def limits_c(self, schedule: tuple[Phase, ...]) -> Floats:
        """Return what every spared structure may not reach over a schedule: its limit, or less where its dose is the stricter one.

        Notes
        -----
        CEM43 = t 2^(T - 43) from 43 °C on (Sapareto and Dewey 1984); the hottest temperature is taken for the whole time.
        """
        places = self.places
        if self.cold:
            return places.limits_c
        minutes = working_s(schedule) / 60
        with np.errstate(divide="ignore"):
            by_dose_c = _DOSE_AT_C + np.log2(np.maximum(places.dose_limits_min / minutes, 1.0))
        return np.asarray(np.minimum(places.limits_c, by_dose_c))

    def score(self, found: Temperatures, schedule: tuple[Phase, ...], path_cost: float) -> Score:
        """Return how good a plan is."""
        places, sign = self.places, 1.0 if self.cold else -1.0
        over_k = np.full(len(places.spared), -np.inf)
        worst = np.zeros(len(places.spared), int)
        beyond_k = sign * (self.limits_c(schedule)[places.spared_of] - found.spared_c) + self.guard_k
        for n in range(len(places.spared)):
            mine = np.flatnonzero(places.spared_of == n)
            worst[n] = mine[np.argmax(beyond_k[mine])]
            over_k[n] = beyond_k[worst[n]]
        # A limit is not to be reached either.
        over_k = np.where(over_k == 0.0, 1e-9, over_k)
        counted = np.array([n not in self.ignored for n in range(len(over_k))], bool)
        broken = over_k[counted & (over_k > 0)]
        covered_frac = float(self.covered(found.target_c).mean())
        half = np.clip((found.target_c - BODY_C) / (self.covered_c - BODY_C), 0.0, 1.0).mean()
        taken_off = A_LIMIT_COSTS * len(broken) + A_KELVIN_COSTS * broken.sum()
        value = covered_frac + HALF_COUNTS * float(half) - float(taken_off) - A_COST_POINT * path_cost
        ignored_within = np.where(counted, over_k, np.minimum(over_k, -1e-9))
        return Score(covered_frac=covered_frac, over_k=ignored_within, worst=worst, value=value)
