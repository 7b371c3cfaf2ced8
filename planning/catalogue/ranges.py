"""Tissue values at the ends of their ranges, one factor at a time."""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import replace
from typing import Literal

from planning.catalogue.tissues import FrozenRecord, SourcedValue, TissueRecord, TissueTable

End = Literal["low", "high"]


class Factor(enum.StrEnum):
    """A property whose literature disagrees, in all tissues together."""

    CONDUCTIVITY = "thermal conductivity"
    FROZEN_CONDUCTIVITY = "thermal conductivity of ice"
    PERFUSION = "perfusion"
    ELECTRICAL_CONDUCTIVITY = "electrical conductivity"
    ELECTRICAL_COEFFICIENT = "rise of the electrical conductivity with temperature"


COLD_FACTORS = (Factor.CONDUCTIVITY, Factor.FROZEN_CONDUCTIVITY, Factor.PERFUSION)
"""What matters to ice."""
HEAT_FACTORS = (
    Factor.CONDUCTIVITY, Factor.PERFUSION, Factor.ELECTRICAL_CONDUCTIVITY, Factor.ELECTRICAL_COEFFICIENT
)  # fmt: skip
"""What matters to radiofrequency."""


def at_end(table: TissueTable, factor: Factor, end: End) -> TissueTable:
    """Return the table with one factor of every tissue at an end of its range; values without a range stay."""
    if factor is Factor.ELECTRICAL_COEFFICIENT:
        moved = moved_to(table.electrical_temperature_coefficient_1_k, end)
        return replace(table, electrical_temperature_coefficient_1_k=moved)
    if factor is Factor.FROZEN_CONDUCTIVITY:
        table = replace(table, ice_conductivity_rise_1_k=moved_to(table.ice_conductivity_rise_1_k, end))
    change = _CHANGES[factor]
    return replace(table, tissues={name: change(record, end) for name, record in table.tissues.items()})


def moved_to(given: SourcedValue, end: End) -> SourcedValue:
    """Return a value at an end of its range; one without that end stays."""
    limit = given.low if end == "low" else given.high
    return given if limit is None else replace(given, value=limit)


def _conductivity(record: TissueRecord, end: End) -> TissueRecord:
    return replace(record, conductivity_w_mk=moved_to(record.conductivity_w_mk, end))


def _frozen_conductivity(record: TissueRecord, end: End) -> TissueRecord:
    frozen: FrozenRecord | None = record.frozen
    if frozen is None:
        return record
    return replace(record, frozen=replace(frozen, conductivity_w_mk=moved_to(frozen.conductivity_w_mk, end)))


def _perfusion(record: TissueRecord, end: End) -> TissueRecord:
    return replace(record, perfusion_1_s=moved_to(record.perfusion_1_s, end))


def _electrical(record: TissueRecord, end: End) -> TissueRecord:
    return replace(record, electrical_conductivity_s_m=moved_to(record.electrical_conductivity_s_m, end))


_CHANGES: dict[Factor, Callable[[TissueRecord, End], TissueRecord]] = {
    Factor.CONDUCTIVITY: _conductivity,
    Factor.FROZEN_CONDUCTIVITY: _frozen_conductivity,
    Factor.PERFUSION: _perfusion,
    Factor.ELECTRICAL_CONDUCTIVITY: _electrical,
}
