"""Prediction of temperature and damage around applicators."""

# isort: off
import planning.thermal.threads  # noqa: F401 - before any kernel's threads start

# isort: on
from pathlib import Path

from planning.thermal import advance as _advance
from planning.thermal.applicator import (
    Applicator,
    BipolarPower,
    Laser,
    LinePower,
    Microwave,
    Power,
    PulsedPower,
    TipTemperature,
    Voltage,
    WallTemperature,
    from_device,
)
from planning.thermal.compiled import drop_outdated
from planning.thermal.curing import CureKinetics, Curing, CuringTrace
from planning.thermal.fast import FastZone, fast_extreme
from planning.thermal.grid import simulation_grid
from planning.thermal.request import ApplicatorTrace, ThermalRequest, ThermalResult
from planning.thermal.solver import SOLVER_NAME, SOLVER_VERSION, solve
from planning.thermal.tines import everted_tines, spread_tines, straight_tines

drop_outdated(Path(_advance.advance.stats.cache_path))

__all__ = [
    "SOLVER_NAME",
    "SOLVER_VERSION",
    "Applicator",
    "ApplicatorTrace",
    "BipolarPower",
    "CureKinetics",
    "Curing",
    "CuringTrace",
    "FastZone",
    "Laser",
    "LinePower",
    "Microwave",
    "Power",
    "PulsedPower",
    "ThermalRequest",
    "ThermalResult",
    "TipTemperature",
    "Voltage",
    "WallTemperature",
    "everted_tines",
    "fast_extreme",
    "from_device",
    "simulation_grid",
    "solve",
    "spread_tines",
    "straight_tines",
]
