"""`device`: list devices, check and add files of the user's own, compare a device's isotherm table with the physics."""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from app.cli.common import Answer, Subparsers, add_act, add_acts, progress_for
from planning.catalogue import Device, device, load_devices
from planning.catalogue.devices import user_device_files
from planning.catalogue.isotherm_tables import IsothermTable, load_isotherm_tables
from planning.catalogue.user_files import add_file, check_file, user_file_findings
from planning.errors import PlanError
from planning.quantities import level_text, size_text
from planning.thermal.zone_sizes import TableComparison, ZoneSize, compare
from planning.thermal.zone_tables import ensure_table, has_table, load_table


def add_commands(commands: Subparsers) -> None:
    """Add the commands of this file."""
    acts = add_acts(commands, "device", "list devices; check, add or compare files of your own")
    add_act(acts, "list", "list all devices, your own too, and what is wrong with files in your folder", _list)
    checking = add_act(acts, "check", "say whether a device file or an isotherm table can be used", _check)
    adding = add_act(acts, "add", "copy a device file or an isotherm table into your folder", _add)
    adding.add_argument("--replace", action="store_true", help="replace one of your own that is already there")
    for act in (checking, adding):
        act.add_argument("file", type=Path, metavar="FILE", help="TOML file; see docs/devices.md")
    comparing = add_act(acts, "compare", "show a device's isotherm tables beside the physics", _compare)
    comparing.add_argument("id", help="id of the device, see 'device list'")


def warn_of_findings() -> None:
    """Say on standard error which files of the user's were left out."""
    for finding in user_file_findings():
        print(f"sacroplan: {finding.message}", file=sys.stderr)


def device_values(source: Device) -> dict[str, Any]:
    """Return what ``--json`` says of a device."""
    return {
        "id": source.id, "name": source.name, "maker": source.maker, "family": source.family,
        "diameter_mm": source.diameter_mm, "active_length_mm": source.active_length_mm,
        "shaft_length_mm": source.shaft_length_mm, "spacing_mm": source.spacing_mm, "tines": None if source.tines is None else asdict(source.tines),
        "assumptions": dict(source.assumptions),
    }  # fmt: skip


def device_line(source: Device) -> str:
    """Return a device in a line."""
    size = f"Ø {source.diameter_mm:g} mm, active {source.active_length_mm:g} mm"
    if source.tines is not None:
        size += f", {source.tines.words}"
    return f"{source.id:<20}{source.label:<46}{source.family.value:<14}{size}"


def _list(arguments: argparse.Namespace) -> Answer:
    own = user_device_files()
    values, lines = [], []
    for source in load_devices().values():
        tables, file = load_isotherm_tables(source.id), own.get(source.id)
        values.append(
            {
                **device_values(source), "built_in": file is None, "file": None if file is None else str(file),
                "isotherm_tables": len(tables), "drag_estimate": has_table(source.id),
            }
        )  # fmt: skip
        remarks = ["your own"] * (file is not None) + ["isotherm table"] * bool(tables)
        lines.append(device_line(source) + "".join(f"  [{r}]" for r in remarks))
    findings = user_file_findings()
    lines += [f"Left out: {f.message}" for f in findings]
    return Answer({"devices": values, "findings": [{"file": f.where, "message": f.message} for f in findings]}, lines)


def _check(arguments: argparse.Namespace) -> Answer:
    return _read(check_file(arguments.file), "can be used")


def _add(arguments: argparse.Namespace) -> Answer:
    read = check_file(arguments.file)
    kept = add_file(arguments.file, replace=arguments.replace)
    answer = _read(read, "was added")
    return Answer({**answer.values, "file": str(kept)}, [*answer.lines, str(kept)])


def _read(read: Device | IsothermTable, what: str) -> Answer:
    if isinstance(read, Device):
        assumed = ", ".join(read.assumptions) or "nothing"
        lines = [f"Device {read.id} {what}.", device_line(read), f"Assumed, without a source: {assumed}."]
        return Answer({"kind": "device", **device_values(read)}, lines)
    isotherms = [row.temperature_c for row in read.by_distance]
    lines = [
        f"Isotherm table of {read.device} {what}: {', '.join(map(level_text, isotherms))} in {read.medium}.",
        f"Source: {read.source}",
    ]
    return Answer({"kind": "isotherms", "device": read.device, "isotherms_c": isotherms, "source": read.source}, lines)


def _compare(arguments: argparse.Namespace) -> Answer:
    source = device(arguments.id)
    tables = load_isotherm_tables(source.id)
    if not tables:
        raise PlanError(
            f"There is no isotherm table of {source.name}.",
            code="isotherm-table-missing",
            hint="Add one with 'sacroplan device add FILE'; its format is in docs/devices.md.",
        )
    ensure_table(source.id, progress_for(arguments))
    zone = load_table(source.id)
    compared = [compare(table, zone) for table in tables]
    lines: list[str] = []
    for one in compared:
        lines += [*_lines(one), ""]
    return Answer({"device": source.id, "solver": zone.solver, "tables": [_values(c) for c in compared]}, lines[:-1])


def _lines(compared: TableComparison) -> list[str]:
    table = compared.table
    lines = [f"{table.device} in {table.medium}. Source: {table.source}"]
    lines.append(f"{'isotherm':<12}{'table, W × L':<28}physics, W × L")
    for one in compared.rows:
        by_table = f"{size_text(one.row.width_mm, one.row.length_mm)} ± {one.row.tolerance_mm:g} mm"
        lines.append(f"{level_text(one.row.temperature_c):<12}{by_table:<28}{_size(one.physics)}")
    return [*lines, *(one.words for one in compared.rows), *compared.notes]


def _size(size: ZoneSize) -> str:
    if size.widest_from_tip_mm is None:
        return "not reached"
    return f"{'more than ' if size.cut else ''}{size_text(size.width_mm, size.length_mm)} mm"


def _values(compared: TableComparison) -> dict[str, Any]:
    table = compared.table
    return {
        "medium": table.medium, "baseline_c": table.baseline_c, "source": table.source, "notes": compared.notes,
        "isotherms": [
            {
                "temperature_c": one.row.temperature_c, "tolerance_mm": one.row.tolerance_mm,
                "table": {
                    "width_mm": one.row.width_mm, "length_mm": one.row.length_mm,
                    "widest_from_tip_mm": one.row.widest_from_tip_mm,
                },
                "physics": {
                    "width_mm": one.physics.width_mm, "length_mm": one.physics.length_mm,
                    "widest_from_tip_mm": one.physics.widest_from_tip_mm,
                },
                "differs": one.differs, "words": one.words,
            }
            for one in compared.rows
        ],
    }  # fmt: skip
