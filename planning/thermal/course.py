"""The temperature everywhere through a treatment, kept in brief: to look at any moment of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from imaging.geometry import Floats
from planning.catalogue import Phase
from planning.thermal.bioheat import Bioheat, Singles
from planning.thermal.mesh import Mesh

Halves = npt.NDArray[np.float16]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Course:
    """Fields at some moments, on the mesh they were computed on.

    Attributes
    ----------
    times_s : ndarray, shape (n,)
        From the start to the end.
    fields_c : tuple of ndarray of float16, shape of the mesh
        As the cells have it: within a tenth of a degree, and without the profile inside the cells beside a needle.
    mesh : Mesh
    least_c : float
        Nothing is colder than what cools it.
    """

    times_s: Floats
    fields_c: tuple[Halves, ...]
    mesh: Mesh
    least_c: float

    def at_c(self, at_s: float) -> Singles:
        """Return the temperature at a moment, linear in time between the fields.

        Parameters
        ----------
        at_s : float
            A time before the start is the start, one after the end the end.

        Returns
        -------
        ndarray of float32, shape of the zone's grid
        """
        last = len(self.times_s) - 1
        after = min(int(np.searchsorted(self.times_s, at_s)), last)
        before = max(after - 1, 0)
        span_s = self.times_s[after] - self.times_s[before]
        part = np.float32(np.clip((at_s - self.times_s[before]) / span_s, 0.0, 1.0) if span_s > 0 else 1.0)
        first, second = (self.fields_c[n].astype(np.float32) for n in (before, after))
        return np.maximum(self.mesh.on_grid(first + part * (second - first)), np.float32(self.least_c))


def moments_of(schedule: Sequence[Phase], count: int) -> Floats:
    """Return the moments to keep: where phases begin and end, and between, denser after every beginning.

    Parameters
    ----------
    schedule : sequence of Phase
    count : int
        About how many; 0 for none.

    Returns
    -------
    ndarray, shape (n,)
        In seconds from the start, growing.
    """
    if count == 0:
        return np.zeros(0)
    total_s, begin_s, found = sum(p.duration_s for p in schedule), 0.0, [0.0]
    for phase in schedule:
        parts = max(round(count * phase.duration_s / total_s), 2)
        # What was switched on or off is felt at once, and then ever more slowly.
        found += (begin_s + phase.duration_s * (np.arange(1, parts + 1) / parts) ** 1.5).tolist()
        begin_s += phase.duration_s
    return np.array(found)


class CourseRecorder:
    """Keeps the field at the end of the first step past each of some moments, so that no step changes for its sake.

    Parameters
    ----------
    state : Bioheat
    moments_s : ndarray, shape (n,)
        From the start on; none keeps nothing.
    least_c : float
    """

    def __init__(self, state: Bioheat, moments_s: Floats, least_c: float) -> None:
        self._state, self._left, self._least_c = state, list(moments_s), least_c
        self._times_s: list[float] = []
        self._fields: list[Halves] = []

    def record(self, now_s: float) -> None:
        """Keep the field, if a moment has come."""
        if not self._left or now_s < self._left[0] - 1e-6:
            return
        while self._left and self._left[0] <= now_s + 1e-6:
            self._left.pop(0)
        self._times_s.append(now_s)
        self._fields.append(self._state.temperature().astype(np.float16))

    def course(self) -> Course | None:
        """Return what was kept; None if nothing was asked for."""
        if not self._fields:
            return None
        return Course(
            times_s=np.array(self._times_s), fields_c=tuple(self._fields), mesh=self._state.mesh, least_c=self._least_c
        )
