"""The fast model of a search: the thermal engine itself, on cells of 4 mm, always on the same box.

Electrodes and probes are sources below the grid, so that zones hold their size on wide cells: volumes within a few per
cent of the prediction's, with all that probes do to each other, twenty times as fast. What it is off at a place is learned
from predictions of the plans that were found.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from imaging.distance import sample
from imaging.geometry import Floats, VoxelGrid
from imaging.progress import Progress
from imaging.volume import Volume
from planning import services
from planning.catalogue import Phase
from planning.model.case import Case, Probe
from planning.optimise.places import Places
from planning.thermal import solve
from planning.thermal.grid import DEFAULT_REACH_MM

SPACING_MM = 4.0
BODY_C = 37.0


@dataclass(frozen=True, slots=True, eq=False)
class Temperatures:
    """The coldest or hottest that places get.

    Attributes
    ----------
    target_c : ndarray, shape (targets,)
    spared_c : ndarray, shape (spared places,)
    """

    target_c: Floats
    spared_c: Floats


class CoarseModel:
    """Predicts many plans of one case.

    Parameters
    ----------
    case : Case
        With the probes that every plan has.
    volume : Volume
    places : Places
        Where the temperature is wanted.
    longest_mm : float
        Of the active parts.
    """

    def __init__(self, case: Case, volume: Volume, places: Places, longest_mm: float) -> None:
        self._case, self._places = case, places
        kept = [np.array([p.tip_mm, p.tip_mm + longest_mm * p.direction]) for p in case.plan.probes]
        shown = np.concatenate([places.targets.target_mm, *kept])
        # An active part whose middle lies in the target reaches half its length beyond.
        reach_mm = DEFAULT_REACH_MM + longest_mm / 2
        low, high = shown.min(axis=0) - reach_mm, shown.max(axis=0) + reach_mm
        shape_kji = tuple(int(n) for n in (np.ceil((high - low) / SPACING_MM) + 1)[::-1])
        grid = VoxelGrid.axis_aligned(shape_kji, SPACING_MM, low, case.image.grid.frame_uid)  # type: ignore[arg-type]
        self._box = services.box_on(case, volume, grid)

    def temperatures(self, probes: Sequence[Probe], schedule: tuple[Phase, ...], progress: Progress) -> Temperatures:
        """Return what some probes, besides those that are kept, do.

        Raises
        ------
        Cancelled, SolverError
        """
        if not probes and not self._case.plan.probes:
            return Temperatures(
                *(np.full(len(p), BODY_C) for p in (self._places.targets.target_mm, self._places.spared_mm))
            )
        case = self._case.with_plan(probes=(*self._case.plan.probes, *probes), schedule=schedule)
        request = replace(services.thermal_request(case, self._box), resolution="preview")
        result = solve(request, progress)
        return self.read(result.extreme_c, request.grid, request.body_c)

    def read(self, extreme_c: np.ndarray, grid: VoxelGrid, body_c: float) -> Temperatures:
        """Return what a field says of the places."""
        target_c, spared_c = (
            sample(extreme_c, grid, places_mm, outside=body_c)
            for places_mm in (self._places.targets.target_mm, self._places.spared_mm)
        )
        return Temperatures(np.asarray(target_c, float), np.asarray(spared_c, float))
