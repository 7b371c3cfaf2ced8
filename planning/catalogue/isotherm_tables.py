"""Isotherm tables of a device, as its maker or a paper measured them: imported by file, never shipped."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources.abc import Traversable
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, NamedTuple

from pydantic import Field, model_validator
from pydantic.dataclasses import dataclass

from imaging.errors import DomainError, Finding
from planning.catalogue.devices import Device, Phase, load_devices
from planning.catalogue.toml_file import STRICT, read_values, refusal, refuse_booleans, validated
from planning.catalogue.user_folder import left_out, read_each, user_folder

Millimetres = Annotated[float, Field(gt=0, le=200)]
Text = Annotated[str, Field(min_length=1)]

FOLDER = "isotherms"


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class IsothermRow:
    """The size of one isotherm.

    Attributes
    ----------
    width_mm, length_mm : float
        Across the shaft and along it.
    widest_from_tip_mm : float or None
        Where along the shaft it is widest: from the tip towards the hub, negative ahead of the tip.
    tolerance_mm : float
        How far width and length may be off, either way, as the source says.
    """

    temperature_c: Annotated[float, Field(ge=-196, le=110)]
    width_mm: Millimetres
    length_mm: Millimetres
    widest_from_tip_mm: Annotated[float, Field(ge=-200, le=200)] | None = None
    tolerance_mm: Annotated[float, Field(gt=0, le=50)]

    @model_validator(mode="after")
    def _widest_lies_within(self) -> IsothermRow:
        if self.widest_from_tip_mm is not None and abs(self.widest_from_tip_mm) > self.length_mm:
            raise ValueError("widest_from_tip_mm lies outside the isotherm")
        return self


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class IsothermTable:
    """Isotherms of one device in one medium after one schedule.

    Attributes
    ----------
    device : str
        Id of the device in the catalogue.
    medium : str
        What it was measured in.
    baseline_c : float
        Temperature of the medium before.
    source : str
        Who measured it, and where it is published.
    """

    device: Text
    medium: Text
    baseline_c: Annotated[float, Field(ge=0, le=45)]
    schedule: Annotated[tuple[Phase, ...], Field(min_length=1)]
    isotherms: Annotated[tuple[IsothermRow, ...], Field(min_length=1)]
    source: Text

    @property
    def by_distance(self) -> tuple[IsothermRow, ...]:
        """The rows from the outermost isotherm to the innermost."""
        return tuple(sorted(self.isotherms, key=lambda row: abs(row.temperature_c - self.baseline_c)))

    @model_validator(mode="after")
    def _consistent(self) -> IsothermTable:
        temperatures = [row.temperature_c for row in self.isotherms]
        if len(set(temperatures)) < len(temperatures):
            raise ValueError("isotherms: a temperature is given twice")
        if any(c == self.baseline_c for c in temperatures):
            raise ValueError("isotherms: a temperature equals baseline_c")
        if len({c < self.baseline_c for c in temperatures}) > 1:
            raise ValueError("isotherms: some are colder than baseline_c and some are hotter")
        for outer, inner in pairwise(self.by_distance):
            if inner.width_mm > outer.width_mm or inner.length_mm > outer.length_mm:
                raise ValueError(
                    f"isotherms: {inner.temperature_c:g} °C is larger than {outer.temperature_c:g} °C, inside which it lies"
                )
        return self


def read_isotherm_table(file: Traversable | Path) -> IsothermTable:
    """Return the isotherm table a TOML file describes.

    Raises
    ------
    DomainError
        Naming file, key and reason: what a device file is refused for, a device that is not in the catalogue, or
        isotherms on the wrong side of the baseline for it.
    """
    values = read_values(file)
    refuse_booleans(file.name, values)
    table = validated(file.name, values, IsothermTable)
    source = load_devices().get(table.device)
    if source is None:
        raise refusal(file.name, "device", f"there is no device '{table.device}' in the catalogue")
    _check_side(file.name, table, source)
    return table


def _check_side(name: str, table: IsothermTable, source: Device) -> None:
    colder = table.isotherms[0].temperature_c < table.baseline_c
    if colder != source.is_cold:
        does = "freezes" if source.is_cold else "heats"
        raise refusal(
            name, "isotherms", f"{source.name} {does}, but they are {'colder' if colder else 'hotter'} than baseline_c"
        )


def load_isotherm_tables(device_id: str) -> tuple[IsothermTable, ...]:
    """Return the tables of one device in the user's folder, in order of their files' names."""
    return tuple(t for t in _own(user_folder() / FOLDER).tables.values() if t.device == device_id)


def isotherm_table_findings() -> tuple[Finding, ...]:
    """Return what is wrong with files in the user's folder of isotherm tables."""
    return _own(user_folder() / FOLDER).findings


def reload_isotherm_tables() -> None:
    """Read the user's folder anew."""
    _own.cache_clear()


class _Own(NamedTuple):
    tables: Mapping[Path, IsothermTable]
    findings: tuple[Finding, ...]


@cache
def _own(folder: Path) -> _Own:
    tables, findings = read_each(folder, read_isotherm_table)
    kept: dict[Path, IsothermTable] = {}
    for file, table in tables:
        if same := next((f for f, t in kept.items() if same_measurement(t, table)), None):
            error: DomainError = refusal(
                file.name, "device", f"{same.name} already gives '{table.device}' in this medium after this schedule"
            )
            findings.append(left_out(file, error))
        else:
            kept[file] = table
    return _Own(MappingProxyType(kept), tuple(findings))


def same_measurement(one: IsothermTable, other: IsothermTable) -> bool:
    """Return whether two tables say what the same device does in the same medium after the same schedule."""

    def what(table: IsothermTable) -> tuple[object, ...]:
        return table.device, table.medium, table.baseline_c, table.schedule

    return what(one) == what(other)
