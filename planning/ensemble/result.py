"""What many runs of one plan say together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from imaging.geometry import Floats, VoxelGrid
from planning.ensemble.inputs import UncertainInput
from planning.ensemble.member import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class InputEffect:
    """What one input does alone, at the places below which 10 and 90 % of its draws lie.

    Attributes
    ----------
    input : UncertainInput
    low, high : Outcome
    """

    input: UncertainInput
    low: Outcome
    high: Outcome


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Ensemble:
    """Runs of one plan with everything that is not known drawn anew.

    Attributes
    ----------
    grid : VoxelGrid
        Of the maps.
    runs : int
    wanted : int
        As many were asked for; fewer are a beginning.
    extreme_c : mapping of str to ndarray, shape (runs,)
        Coldest or hottest temperature by structure.
    cem43_min : mapping of str to ndarray, shape (runs,)
        Largest dose by structure; empty for cold.
    covered_frac, margin_mm : ndarray, shape (runs,)
        Of the lesion; not a number without a lesion, and for the margin where there is no zone.
    reached_frac : mapping of float to ndarray of float32, shape ``grid.shape_kji``
        Share of the runs in which a place passes a level, by temperature.
    effects : tuple of InputEffect
        Empty until all runs are done.
    inputs : tuple of UncertainInput
    left_out : tuple of str
        What is not varied, in sentences.
    cold : bool
    isotherm_c : float
        What counts for coverage.
    seed : int
    digest : str
        Of the prediction it belongs to.
    """

    grid: VoxelGrid
    runs: int
    wanted: int
    extreme_c: Mapping[str, Floats]
    cem43_min: Mapping[str, Floats]
    covered_frac: Floats
    margin_mm: Floats
    reached_frac: Mapping[float, npt.NDArray[np.float32]]
    effects: tuple[InputEffect, ...]
    inputs: tuple[UncertainInput, ...]
    left_out: tuple[str, ...]
    cold: bool
    isotherm_c: float
    seed: int
    digest: str

    @property
    def whole(self) -> bool:
        """Whether all runs that were asked for are done."""
        return self.runs == self.wanted and bool(self.effects)

    @property
    def covering(self) -> int:
        """In how many runs the whole lesion is covered."""
        return int((self.covered_frac >= 1.0).sum())

    def margin_at_least(self, margin_mm: float) -> int:
        """Return in how many runs the smallest margin is at least so large."""
        return int((np.nan_to_num(self.margin_mm, nan=-np.inf) >= margin_mm).sum())

    def reaching(self, structure_id: str, level_c: float) -> int:
        """Return in how many runs a structure passes a temperature."""
        values = self.extreme_c[structure_id]
        return int((values <= level_c if self.cold else values >= level_c).sum())

    def span_c(self, structure_id: str, outer: float = 0.05) -> tuple[float, float]:
        """Return the extreme temperatures below which 5 and 95 % of the runs lie."""
        low, high = np.quantile(self.extreme_c[structure_id], [outer, 1 - outer])
        return float(low), float(high)

    def margin_span_mm(self, outer: float = 0.05) -> tuple[float, float] | None:
        """Return the smallest margins below which 5 and 95 % of the runs lie; None where some have no zone at all."""
        if np.isnan(self.margin_mm).any() or not len(self.margin_mm):
            return None
        low, high = np.quantile(self.margin_mm, [outer, 1 - outer])
        return float(low), float(high)


def counted_bits(packed: Sequence[npt.NDArray[np.uint8]], shape_kji: tuple[int, int, int]) -> npt.NDArray[np.float32]:
    """Return the share of runs in which every cell is set, from packed bits."""
    count = int(np.prod(shape_kji))
    total = np.zeros(count, np.uint16)
    for bits in packed:
        total += np.unpackbits(bits, count=count)
    return (total / max(len(packed), 1)).astype(np.float32).reshape(shape_kji)
