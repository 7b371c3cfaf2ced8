"""Cement that cures: every cell keeps an age of its own, and gives off the heat of what reacted in a step.

The age is an equivalent one (a maturity): seconds at a reference temperature, which run faster where it is warm by
Arrhenius' law, up to a temperature beyond which nobody measured. The share that has reacted is a function of the age alone, 1 - exp(-ln 2 (age / half)^order), so the heat of
a step is the heat of cure times the change of that share, and all of it is given once, however long the steps are.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from imaging.geometry import Floats
from planning.errors import PlanError
from planning.thermal.damage import GAS_CONSTANT_J_MOLK

if TYPE_CHECKING:
    from planning.thermal.bioheat import Bioheat

_KELVIN = 273.15
_MOST_CURED_A_STEP = 0.01
"""No cell reacts by more in a step: one hundredth of the heat of cure warms it by about a degree."""
_SHORTEST_STEP_S = 1e-3
"""Cement that runs away in its own heat need not be followed more finely: its heat is given all the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CureKinetics:
    """How a cement cures.

    Attributes
    ----------
    heat_j_m3 : float
        Given off by what cures wholly.
    half_time_s, reference_c : float
        Age at which half has reacted, at which temperature.
    activation_j_mol : float
        Of the speed at which the age runs.
    fastest_c : float
        Above this temperature the age runs no faster.
    order : float
        Steepness of the S-curve, at least 1.

    Raises
    ------
    PlanError
        ``cure-invalid``, naming the number.
    """

    heat_j_m3: float
    half_time_s: float
    reference_c: float
    activation_j_mol: float
    fastest_c: float
    order: float

    def __post_init__(self) -> None:
        for name, least in (("heat_j_m3", 0.0), ("half_time_s", 1e-3), ("activation_j_mol", 0.0), ("order", 1.0)):
            value = getattr(self, name)
            if not (math.isfinite(value) and value >= least):
                raise _refusal(f"{name} is {value:g}")
        for name in ("reference_c", "fastest_c"):
            value = getattr(self, name)
            if not (math.isfinite(value) and value > -_KELVIN):
                raise _refusal(f"{name} is {value:g}")

    def pace(self, temperature_c: npt.ArrayLike) -> Floats:
        """Return how fast the age runs at temperatures of any shape; 1 at the reference."""
        kelvin = np.clip(np.asarray(temperature_c, float), 1.0 - _KELVIN, self.fastest_c) + _KELVIN
        exponent = self.activation_j_mol / GAS_CONSTANT_J_MOLK * (1 / (self.reference_c + _KELVIN) - 1 / kelvin)
        return np.asarray(np.exp(exponent))

    def cured(self, age_s: npt.ArrayLike) -> Floats:
        """Return the share that has reacted at ages of any shape."""
        return np.asarray(-np.expm1(-math.log(2) * (np.asarray(age_s, float) / self.half_time_s) ** self.order))

    def age_s(self, cured: npt.ArrayLike) -> Floats:
        """Return the age at which a share has reacted; infinite for all of it."""
        left = 1.0 - np.minimum(np.asarray(cured, float), 1.0)
        with np.errstate(divide="ignore"):
            return np.asarray(self.half_time_s * (-np.log(left) / math.log(2)) ** (1 / self.order))

    def seconds_to(self, cured: float, temperature_c: float) -> float:
        """Return the time until a share has reacted at a constant temperature."""
        return float(self.age_s(cured) / self.pace(temperature_c))


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Curing:
    """Cells that cure.

    Attributes
    ----------
    cells : ndarray of int64, shape (n,)
        Flat indices into the grid of the request.
    kinetics : CureKinetics
    age_s : ndarray, shape (n,), or None
        Equivalent age at the start; None where all of it is fresh.

    Raises
    ------
    PlanError
        ``cure-invalid`` if there are no cells, a cell comes twice or an age is impossible.
    """

    cells: npt.NDArray[np.int64]
    kinetics: CureKinetics
    age_s: Floats | None = None

    def __post_init__(self) -> None:
        if self.cells.ndim != 1 or len(self.cells) == 0 or len(np.unique(self.cells)) != len(self.cells):
            raise _refusal("its cells are none, or one comes twice")
        age = self.age_s
        if age is not None and (age.shape != self.cells.shape or not np.isfinite(age).all() or (age < 0).any()):
            raise _refusal("an age is not a number at or above zero for every cell")

    def check_on(self, n_cells: int) -> None:
        """Refuse cells outside a grid of ``n_cells``; raises PlanError ``cure-invalid``."""
        if int(self.cells.min()) < 0 or int(self.cells.max()) >= n_cells:
            raise _refusal("a cell lies outside the grid")


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class CuringTrace:
    """What became of cells that cure.

    Attributes
    ----------
    age_s : ndarray, shape (n_cells,)
        At the end; the start of a prediction that goes on from here.
    cured : ndarray of float32, shape (n_times, n_cells)
        Share that has reacted, at the times of the result.
    hottest_c : ndarray, shape (n_times,)
        Of all cells.
    """

    age_s: Floats
    cured: npt.NDArray[np.float32]
    hottest_c: Floats


class CuringCells:
    """The cells of a running prediction that cure."""

    def __init__(self, curing: Curing, state: Bioheat) -> None:
        self._cells, self._kinetics, self._state = curing.cells, curing.kinetics, state
        self._age_s = np.zeros(len(curing.cells)) if curing.age_s is None else curing.age_s.astype(float)
        self._now_c = state.temperature_at(self._cells)
        self._trend_c_s = np.zeros(len(self._cells))
        self._cured: list[npt.NDArray[np.float32]] = []
        self._hottest_c: list[float] = []
        self._keep()

    @property
    def longest_step_s(self) -> float:
        """The longest step in which no cell reacts by more than a hundredth."""
        kinetics = self._kinetics
        allowed_s = kinetics.age_s(kinetics.cured(self._age_s) + _MOST_CURED_A_STEP) - self._age_s
        return max(float((allowed_s / kinetics.pace(self._now_c)).min()), _SHORTEST_STEP_S)

    def heat(self, dt_s: float) -> tuple[npt.NDArray[np.float32], float]:
        """Let the cells age by a step, and return their heat in W/m³ on the grid, and its factor.

        The temperature in the middle of the step is taken from the trend of the step before.
        """
        kinetics = self._kinetics
        before = kinetics.cured(self._age_s)
        self._age_s = self._age_s + dt_s * kinetics.pace(self._now_c + 0.5 * dt_s * self._trend_c_s)
        field = np.zeros(self._state.request.grid.shape_kji, np.float32)
        field.reshape(-1)[self._cells] = kinetics.heat_j_m3 * (kinetics.cured(self._age_s) - before) / dt_s
        return field, 1.0

    def after_step(self, dt_s: float) -> None:
        """Read the temperature of the cells after a step."""
        now_c = self._state.temperature_at(self._cells)
        self._trend_c_s = (now_c - self._now_c) / dt_s
        self._now_c = now_c
        self._keep()

    def trace(self) -> CuringTrace:
        """Return what became of the cells so far."""
        return CuringTrace(age_s=self._age_s, cured=np.array(self._cured), hottest_c=np.array(self._hottest_c))

    def _keep(self) -> None:
        self._cured.append(self._kinetics.cured(self._age_s).astype(np.float32))
        self._hottest_c.append(float(self._now_c.max()))


def _refusal(reason: str) -> PlanError:
    return PlanError(f"The cure of the cement cannot be computed: {reason}.", code="cure-invalid")
