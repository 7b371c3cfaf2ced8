"""What radiofrequency generators hold: one regulator for every way of control.

A regulator is asked before every step how much power its electrodes dissipate in it, and remembers what it needs for
that. What it meets (the impedance, and the hottest place) comes with the question.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from planning.thermal.applicator import BipolarPower, Power, PulsedPower, RfDriveKind, TipTemperature, Voltage

_HORIZON_S = 6.0
"""The regulator of a temperature aims to reach it in this time."""
_GROWTH, _FIRST_PART = 1.15, 0.002
_TOO_HOT_K, _BACK_OFF = 2.0, 0.7
"""Above the target by this much the power falls by this factor a step, whatever the loss seen."""
_RAMP_S = 30.0
"""Generators raise their power from nothing to full in about this time."""
_PULSE_STEP_S, _PAUSE_STEP_S = 0.5, 2.0
"""Steps of a pulse, in which tissue may begin to boil at any time, and of the pause after it."""


class Hottest(NamedTuple):
    """The place that a temperature is held at: what the grid says, its warming in K/s per W, its near field in K/W."""

    c: float
    rate_k_s_w: float
    near_k_w: float


@dataclass(frozen=True, slots=True)
class Load:
    """What a generator meets before a step.

    Attributes
    ----------
    conductance_s : float
        Between its poles, or to the far electrode.
    hottest : callable
        Finds the hottest place, given the power in W that was dissipated last.
    """

    conductance_s: float
    hottest: Callable[[float], Hottest]


class Regulator(Protocol):
    """How a generator decides on its power."""

    @property
    def longest_step_s(self) -> float:
        """The longest step that follows what the generator does."""
        ...

    def power_w(self, load: Load, dt_s: float) -> float:
        """Return the power dissipated in the coming step of ``dt_s``."""
        ...

    def rest(self) -> None:
        """Take note that the electrodes are idle for a while."""
        ...

    def stop(self) -> None:
        """Forget everything, as when the generator is switched off."""
        ...


def regulator_of(drive: RfDriveKind) -> Regulator:
    """Return a regulator that knows nothing yet."""
    if isinstance(drive, Voltage):
        return _Held(lambda conductance_s: drive.v_rms**2 * conductance_s)
    if isinstance(drive, PulsedPower):
        return _Pulses(drive)
    if isinstance(drive, (Power, BipolarPower)):
        return _Held(lambda _: drive.w)
    return _Temperature(drive)


class _Held:
    """Voltage or power, whatever happens."""

    longest_step_s = math.inf

    def __init__(self, power_w_at: Callable[[float], float]) -> None:
        self._power_w_at = power_w_at

    def power_w(self, load: Load, dt_s: float) -> float:
        return self._power_w_at(load.conductance_s)

    def rest(self) -> None:
        pass

    def stop(self) -> None:
        pass


class _Pulses:
    """Power until the impedance has risen over the lowest of the pulse, then nothing for a while, and again.

    The baseline is the lowest impedance since the pulse began: the tissue cools in the pause, so that the lowest of
    an earlier pulse would end the next one at once.
    """

    def __init__(self, drive: PulsedPower) -> None:
        self._drive = drive
        self._lowest_ohm, self._pause_left_s = math.inf, 0.0

    @property
    def longest_step_s(self) -> float:
        return min(self._pause_left_s, _PAUSE_STEP_S) if self._pause_left_s > 0 else _PULSE_STEP_S

    def power_w(self, load: Load, dt_s: float) -> float:
        ohm = 1.0 / load.conductance_s
        if self._pause_left_s <= 0:
            self._lowest_ohm = min(self._lowest_ohm, ohm)
            if ohm - self._lowest_ohm < self._drive.rise_ohm:
                return self._drive.w
            self._lowest_ohm, self._pause_left_s = math.inf, self._drive.pause_s
        left_s = self._pause_left_s - dt_s
        self._pause_left_s = left_s if left_s > 1e-6 else 0.0
        return 0.0

    def rest(self) -> None:
        self.stop()

    def stop(self) -> None:
        self._lowest_ohm, self._pause_left_s = math.inf, 0.0


class _Temperature:
    """Power that brings the hottest place to its target within the horizon.

    The place's temperature is what the grid says plus a near-field rise of ``near`` K/W that follows the power at
    once; the grid warms by ``rate`` K/s per W, less the loss seen in the last step.
    """

    longest_step_s = math.inf

    def __init__(self, drive: TipTemperature) -> None:
        self._drive = drive
        self._power_w, self._watched_c, self._loss_k_s, self._last_dt_s = 0.0, math.nan, 0.0, 1.0

    def power_w(self, load: Load, dt_s: float) -> float:
        drive = self._drive
        watched_c, rate, near = load.hottest(self._power_w)
        horizon = max(_HORIZON_S, dt_s)
        if not math.isnan(self._watched_c):
            seen = (watched_c - self._watched_c) / self._last_dt_s - rate * self._power_w
            self._loss_k_s += 0.5 * (seen - self._loss_k_s)
        self._watched_c, self._last_dt_s = watched_c, dt_s
        power = (drive.c - watched_c - horizon * self._loss_k_s) / (near + rate * horizon)
        most = min(self._power_w + drive.max_power_w * dt_s / _RAMP_S, drive.max_power_w)
        if drive.cooled_c is not None:
            # the hottest place wanders: raise the power gently, and lower it at once
            most = min(most, _GROWTH * self._power_w + _FIRST_PART * drive.max_power_w)
            if watched_c > drive.c + _TOO_HOT_K:
                most = min(most, _BACK_OFF * self._power_w)
        self._power_w = min(max(power, 0.0), most)
        return self._power_w

    def rest(self) -> None:
        # The power is kept, to go on from; what was seen before the rest says nothing about the loss after it.
        self._watched_c = math.nan

    def stop(self) -> None:
        self._power_w, self._watched_c = 0.0, math.nan
