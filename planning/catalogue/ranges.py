"""Tissue values within their ranges, one factor of all tissues at a time."""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import replace

from planning.catalogue.tissues import FrozenRecord, SourcedValue, TissueRecord, TissueTable


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


def moved(table: TissueTable, factor: Factor, share: float) -> TissueTable:
    """Return the table with one factor of every tissue moved within its range.

    Parameters
    ----------
    table : TissueTable
    factor : Factor
    share : float
        -1 is the low end, 0 the value itself, 1 the high end. Values without that end stay.
    """
    if factor is Factor.ELECTRICAL_COEFFICIENT:
        risen = moved_value(table.electrical_temperature_coefficient_1_k, share)
        return replace(table, electrical_temperature_coefficient_1_k=risen)
    if factor is Factor.FROZEN_CONDUCTIVITY:
        table = replace(table, ice_conductivity_rise_1_k=moved_value(table.ice_conductivity_rise_1_k, share))
    change = _CHANGES[factor]
    return replace(table, tissues={name: change(record, share) for name, record in table.tissues.items()})


def moved_value(given: SourcedValue, share: float) -> SourcedValue:
    """Return a value moved within its range, as `moved`."""
    end = given.low if share < 0 else given.high
    return given if end is None else replace(given, value=given.value + abs(share) * (end - given.value))


def _conductivity(record: TissueRecord, share: float) -> TissueRecord:
    return replace(record, conductivity_w_mk=moved_value(record.conductivity_w_mk, share))


def _frozen_conductivity(record: TissueRecord, share: float) -> TissueRecord:
    frozen: FrozenRecord | None = record.frozen
    if frozen is None:
        return record
    return replace(record, frozen=replace(frozen, conductivity_w_mk=moved_value(frozen.conductivity_w_mk, share)))


def _perfusion(record: TissueRecord, share: float) -> TissueRecord:
    return replace(record, perfusion_1_s=moved_value(record.perfusion_1_s, share))


def _electrical(record: TissueRecord, share: float) -> TissueRecord:
    return replace(record, electrical_conductivity_s_m=moved_value(record.electrical_conductivity_s_m, share))


_CHANGES: dict[Factor, Callable[[TissueRecord, float], TissueRecord]] = {
    Factor.CONDUCTIVITY: _conductivity,
    Factor.FROZEN_CONDUCTIVITY: _frozen_conductivity,
    Factor.PERFUSION: _perfusion,
    Factor.ELECTRICAL_CONDUCTIVITY: _electrical,
}
