"""A predicted zone: the most extreme temperature every place sees during the treatment."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt

from imaging.geometry import VoxelGrid
from planning.catalogue.thresholds import Mode


class Fidelity(enum.StrEnum):
    """Which model made a prediction."""

    FAST = "fast model"
    PREVIEW = "preview"
    PHYSICS = "physics"


class ZoneCourse(Protocol):
    """The temperature everywhere through a treatment."""

    @property
    def times_s(self) -> npt.NDArray[np.float64]:
        """Moments that were kept, from the start to the end, shape (n,)."""

    def at_c(self, at_s: float) -> npt.NDArray[np.float32]:
        """Return the temperature at a moment, shape of the zone's grid."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class PredictedZone:
    """What a treatment does to every place of a grid.

    Attributes
    ----------
    grid : VoxelGrid
        In the CT's frame of reference.
    extreme_c : ndarray of float32, shape ``grid.shape_kji``
        Coldest temperature over time for cold, hottest for heat.
    cem43_min : ndarray of float32 or None
        Thermal dose; None for cold, and where the model does not give it.
    mode : Mode
    fidelity : Fidelity
    digest : str
        Over everything the prediction depends on.
    model : str
        Name and version of the model, for the report.
    body_c : float
        Temperature far from the probes.
    times_s : ndarray, shape (n_times,)
        Times of the curves; empty where the model has none.
    curves_c : mapping of str to ndarray, each of shape (n_times,)
        The coldest or hottest temperature of each structure at each time, of places on it that come nearest to harm,
        by structure id; and the temperature of each thermocouple.
    power_w : mapping of str to ndarray, each of shape (n_times,)
        Of every radiofrequency electrode in the step that ends at each time, by probe id.
    impedance_ohm : mapping of str to ndarray, each of shape (n_times,)
        What its generator measures at all electrodes that work together, by probe id; NaN while it is off or waits.
    course : ZoneCourse or None
        The temperature at every moment; None where the model does not give it, and for a zone out of a case file.
    notes : tuple of str
        What the model assumed of tissue and device, in sentences.
    lesion_class : {"lytic", "mixed", "sclerotic", ""}
        What the lesion's density was read as; empty where nobody read it.
    lesion_hu : float or None
        Its mean.
    """

    grid: VoxelGrid
    extreme_c: npt.NDArray[np.float32]
    cem43_min: npt.NDArray[np.float32] | None
    mode: Mode
    fidelity: Fidelity
    digest: str
    model: str
    body_c: float = 37.0
    times_s: npt.NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    curves_c: Mapping[str, npt.NDArray[np.float64]] = field(default_factory=dict)
    power_w: Mapping[str, npt.NDArray[np.float64]] = field(default_factory=dict)
    impedance_ohm: Mapping[str, npt.NDArray[np.float64]] = field(default_factory=dict)
    course: ZoneCourse | None = None
    notes: tuple[str, ...] = ()
    lesion_class: str = ""
    lesion_hu: float | None = None

    @property
    def cold(self) -> bool:
        return self.mode is Mode.COLD
