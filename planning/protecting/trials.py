"""A plan run again with other pockets or a shorter schedule, in long steps, corrected by its prediction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from imaging.distance import sample
from imaging.geometry import Floats
from imaging.progress import Progress, no_progress
from imaging.volume import Volume
from planning.catalogue import Phase
from planning.model.case import Case
from planning.model.protection import Pocket
from planning.model.zone import PredictedZone
from planning.services import SimulatedBox, simulated_box, thermal_request, to_the_end
from planning.thermal import ThermalRequest, solve

POCKETS_MM, STOPS_MM = 1.0, 2.0
"""On cells of 2 mm the few millimetres of a pocket are lost: a nerve was off by 4 K. What follows a stop needs no finer ones."""
_PLACES, _FOLLOWED, _APART_MM = 600, 60, 1.0
_CHANGES_NOTHING = "pocket-not-modelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What a structure feels without and with something.

    Attributes
    ----------
    structure_id, name : str
    without_c, with_c : float
        Its coldest or hottest temperature.
    """

    structure_id: str
    name: str
    without_c: float
    with_c: float

    @property
    def change_k(self) -> float:
        return self.with_c - self.without_c


class Trials:
    """Runs of one plan that differ in little.

    Parameters
    ----------
    case : Case
    volume : Volume
    zone : PredictedZone
        The plan's own: what a run differs from a like run of the plan as it is is added to it.
    places_mm : mapping of str to ndarray, shape (n, 3)
        Where structures are read, by id.
    """

    def __init__(self, case: Case, volume: Volume, zone: PredictedZone, places_mm: Mapping[str, Floats]) -> None:
        self._case, self._zone = case, zone
        self._volume, self._boxes = volume, dict[float, SimulatedBox]()
        self._places = {name: _gravest(points, zone) for name, points in places_mm.items()}
        self._predicted_c = {
            name: sample(zone.extreme_c, zone.grid, points, outside=zone.body_c)
            for name, points in self._places.items()
        }
        self._own_c: dict[str, Floats] | None = None

    @property
    def as_it_is_c(self) -> dict[str, float]:
        """The coldest or hottest temperature of every structure in the plan as it is: that of its prediction."""
        return {name: self._worst(read_c) for name, read_c in self._predicted_c.items()}

    def extremes_c(self, pockets: Sequence[Pocket], progress: Progress | None = None) -> dict[str, float] | None:
        """Return the coldest or hottest temperature of every structure with other pockets.

        None where the last of them changes nothing: there is nothing that gives way to it.
        """
        progress = progress or no_progress()
        request = thermal_request(self._case.with_plan(pockets=tuple(pockets)), self._box(POCKETS_MM))
        told = [f.message for f in request.fields.findings if f.code == _CHANGES_NOTHING]
        if pockets and any(message.startswith(f"{pockets[-1].name} changes nothing") for message in told):
            return None
        if self._own_c is None:
            self._own_c = self._run(thermal_request(self._case, self._box(POCKETS_MM)), progress)
        found = self._run(request, progress)
        return {
            name: self._worst(self._predicted_c[name] + read_c - self._own_c[name]) for name, read_c in found.items()
        }

    def followed(self, structure_id: str) -> Floats:
        """Return places of a structure whose worst is that of the structure at any time, shape (n, 3)."""
        places = self._places[structure_id]
        return places[:: max(len(places) // _FOLLOWED, 1)]

    def stopped(self, schedule: tuple[Phase, ...], points_mm: Floats, progress: Progress) -> tuple[Floats, Floats]:
        """Return times, shape (t,), and temperatures of points, shape (t, n), of the plan with a shorter schedule."""
        request = thermal_request(self._case, self._box(STOPS_MM))
        request = to_the_end(
            self._case.with_plan(schedule=schedule),
            replace(request, schedule=schedule, record_points_mm=points_mm, resolution="preview"),
        )
        result = solve(request, progress)
        return result.times_s, result.recorded_c

    def _box(self, spacing_mm: float) -> SimulatedBox:
        if spacing_mm not in self._boxes:
            self._boxes[spacing_mm] = simulated_box(self._case, self._volume, spacing_mm)
        return self._boxes[spacing_mm]

    def _run(self, request: ThermalRequest, progress: Progress) -> dict[str, Floats]:
        """Temperatures at the places of every structure."""
        result = solve(to_the_end(self._case, replace(request, resolution="preview")), progress.part(0.0, 0.0))
        grid, body_c = request.grid, self._zone.body_c
        return {name: sample(result.extreme_c, grid, points, outside=body_c) for name, points in self._places.items()}

    def _worst(self, read_c: Floats) -> float:
        return float(read_c.min() if self._zone.cold else read_c.max())


def _gravest(points: Floats, zone: PredictedZone) -> Floats:
    """The places, a millimetre apart, that come nearest to harm, which is where pockets matter."""
    _, first = np.unique(np.floor(points / _APART_MM).astype(int), axis=0, return_index=True)
    points = points[first]
    read_c = sample(zone.extreme_c, zone.grid, points, outside=zone.body_c)
    return points[np.argsort(read_c if zone.cold else -read_c)[:_PLACES]]
