"""Thermal damage from temperature curves: equivalent minutes at 43 °C and Arrhenius sets.

The models disagree by orders of magnitude between 45 and 50 °C: conservative ones (CEM43, BHK cells) serve risk, liver
and 50 °C serve efficacy. A result always names the set it used.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from imaging.geometry import Floats

GAS_CONSTANT_J_MOLK = 8.314462618
DOSE_FROM_C, DOSE_UP_TO_C = 39.0, 90.0
"""Where the solver counts dose: below, an hour adds less than a quarter of an equivalent minute; above, as much as here."""
ABLATION_CEM43_MIN = 240.0
"""Dose taken for complete coagulation (literature knowledge, high confidence)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrheniusSet:
    """Frequency factor and activation energy of one tissue."""

    name: str
    frequency_1_s: float
    activation_j_mol: float
    use: str
    source: str

    def rate_1_s(self, temperature_c: npt.ArrayLike) -> Floats:
        """Return the damage rate at temperatures of any shape."""
        kelvin = np.asarray(temperature_c, float) + 273.15
        exponent = np.log(self.frequency_1_s) - self.activation_j_mol / (GAS_CONSTANT_J_MOLK * kelvin)
        return np.asarray(np.exp(exponent))

    def seconds_to_damage(self, temperature_c: float, omega: float = 1.0) -> float:
        """Return the time at a constant temperature until the damage integral reaches ``omega``."""
        return float(omega / self.rate_1_s(temperature_c))


ARRHENIUS_SETS = MappingProxyType(
    {
        s.name: s
        for s in (
            ArrheniusSet(
                name="liver",
                frequency_1_s=7.39e39,
                activation_j_mol=2.577e5,
                use="efficacy",
                source="Jacques 1996 (literature knowledge, high confidence)",
            ),
            ArrheniusSet(
                name="cell",
                frequency_1_s=2.984e80,
                activation_j_mol=5.064e5,
                use="risk",
                source="BHK cells, Borrelli 1990 (literature knowledge, high confidence)",
            ),
            ArrheniusSet(
                name="skin",
                frequency_1_s=3.1e98,
                activation_j_mol=6.28e5,
                use="risk",
                source="Henriques 1947 (literature knowledge, high confidence)",
            ),
        )
    }
)


def cem43_rate(temperature_c: npt.ArrayLike) -> Floats:
    """Return equivalent minutes at 43 °C per minute; R is 0.5 from 43 °C up and 0.25 below."""
    t = np.asarray(temperature_c, float)
    return np.asarray(np.where(t >= 43.0, np.exp2(t - 43.0), np.power(4.0, t - 43.0)))


def cem43(times_s: npt.ArrayLike, temperature_c: npt.ArrayLike) -> Floats:
    """Return the cumulative equivalent minutes at 43 °C of curves.

    Parameters
    ----------
    times_s : array_like, shape (n,)
    temperature_c : array_like, shape (n, ...)

    Returns
    -------
    ndarray, shape (...)
        Exact for temperatures that change linearly between two times on one side of 43 °C.
    """
    return _integral(np.asarray(times_s, float) / 60.0, cem43_rate(temperature_c))


def arrhenius(times_s: npt.ArrayLike, temperature_c: npt.ArrayLike, parameters: ArrheniusSet) -> Floats:
    """Return the damage integral of curves, shapes as in `cem43`; 1 is 63 % damage."""
    return _integral(np.asarray(times_s, float), parameters.rate_1_s(temperature_c))


def _integral(times: Floats, rate: Floats) -> Floats:
    """Integral of a rate that changes exponentially between samples."""
    a, b = rate[:-1], rate[1:]
    dt = np.diff(times).reshape(-1, *[1] * (rate.ndim - 1))
    log = np.log(np.maximum(b, 1e-300) / np.maximum(a, 1e-300))
    flat = np.abs(log) < 1e-6
    mean = np.where(flat, 0.5 * (a + b), (b - a) / np.where(flat, 1.0, log))
    return np.asarray((mean * dt).sum(axis=0))
