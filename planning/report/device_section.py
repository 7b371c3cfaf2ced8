"""What is known of the devices of a plan: every number with its source, or the reason it was assumed."""

from __future__ import annotations

from planning.catalogue.devices import CryoDrive, Device, LaserDrive, MicrowaveDrive
from planning.quantities import NNBSP, level_text, seconds_text, time_text
from planning.report.blocks import Column, Paragraph, Row, Section, Table
from planning.report.model import ReportInput
from planning.report.wording import devices_of, typeset


def device_section(given: ReportInput) -> Section:
    """Every number of the devices with its source, or the reason it was assumed."""
    columns = (Column(title="number", share=2.2), Column(title="value", share=2.0), Column(title="where from", share=7))
    blocks: list[Paragraph | Table] = []
    for applicator, probes in devices_of(given.case):
        blocks.append(Paragraph(lead=f"{applicator.label}: {', '.join(probes)}.", text=typeset(applicator.notes)))
        rows = [
            Row(cells=(words, value, _origin(applicator, key))) for key, words, value in _device_numbers(applicator)
        ]
        blocks.append(Table(columns=columns, rows=tuple(rows)))
        blocks.append(Paragraph(text=f"{applicator.zone_note[:1].upper()}{applicator.zone_note[1:]}."))
    return Section(key="devices", title="Devices: numbers, sources and assumptions", blocks=tuple(blocks))


def _origin(applicator: Device, key: str) -> str:
    if key in applicator.sources:
        return typeset(applicator.sources[key])
    return f"Assumed. {typeset(applicator.assumptions[key])}"


def _device_numbers(applicator: Device) -> list[tuple[str, str, str]]:
    """Key, words and value of every number that has a source or an assumption."""
    names = {"on": "freeze", "off": "thaw"} if applicator.is_cold else {"on": "heat", "off": "pause"}
    names["thaw"] = "active thaw"
    schedule = ", ".join(f"{names[p.kind]} {time_text(p.duration_s)}" for p in applicator.default_schedule)
    numbers = [
        ("diameter_mm", "Shaft diameter", f"{applicator.diameter_mm:g}{NNBSP}mm"),
        ("active_length_mm", "Active length", f"{applicator.active_length_mm:g}{NNBSP}mm"),
        ("default_schedule", "Usual schedule", schedule),
    ]
    if applicator.pole_gap_mm is not None:
        numbers.append(("pole_gap_mm", "Gap between the poles", f"{applicator.pole_gap_mm:g}{NNBSP}mm"))
    if applicator.shaft_length_mm is not None:
        numbers.append(("shaft_length_mm", "Shaft length", f"{applicator.shaft_length_mm:g}{NNBSP}mm"))
    if applicator.spacing_mm is not None:
        numbers.append(("spacing_mm", "Apart from each other, at least", f"{applicator.spacing_mm:g}{NNBSP}mm"))
    if (tines := applicator.tines) is not None:
        numbers.append(("tines.count", "Tines", f"{tines.count}, {tines.shape}"))
        numbers.append(("tines.deployed_diameter_mm", "Deployed diameter", f"{tines.deployed_diameter_mm:g}{NNBSP}mm"))
        numbers.append(("tines.diameter_mm", "Diameter of a tine", f"{tines.diameter_mm:g}{NNBSP}mm"))
        if tines.reach_mm is not None:
            numbers.append(("tines.reach_mm", "Reach ahead of the tip", f"{tines.reach_mm:g}{NNBSP}mm"))
    drive = applicator.drive
    if isinstance(drive, CryoDrive):
        numbers.append(("drive.wall_temperature_c", "Temperature of its wall", level_text(drive.wall_temperature_c)))
        if drive.wall_curve:
            curve = ", ".join(f"{level_text(p.wall_c)} after {time_text(p.after_s)}" for p in drive.wall_curve)
            numbers.append(("drive.wall_curve", "On the way there", curve))
        if drive.cooling_power_w is not None:
            numbers.append(("drive.cooling_power_w", "Cooling power", f"{drive.cooling_power_w:g}{NNBSP}W"))
        return numbers
    if isinstance(drive, (LaserDrive, MicrowaveDrive)):
        numbers.append(("drive.power_w", "Power into the tissue", f"{drive.power_w:g}{NNBSP}W"))
        numbers.append(("drive.penetration_mm", "Penetration depth", f"{drive.penetration_mm:g}{NNBSP}mm"))
        if isinstance(drive, MicrowaveDrive) and drive.cooled_c is not None:
            numbers.append(("drive.cooled_c", "Cooled surface", level_text(drive.cooled_c)))
        return numbers
    power = "Held power" if drive.target_c is None else "Largest power"
    numbers.append(("drive.max_power_w", power, f"{drive.max_power_w:g}{NNBSP}W"))
    if drive.target_c is not None:
        numbers.append(("drive.target_c", "Held temperature", level_text(drive.target_c)))
    if drive.cooled_c is not None:
        numbers.append(("drive.cooled_c", "Cooled surface", level_text(drive.cooled_c)))
    if drive.impedance_rise_ohm is not None and drive.pause_s is not None:
        numbers.append(("drive.impedance_rise_ohm", "Rise that ends a pulse", f"{drive.impedance_rise_ohm:g}{NNBSP}Ω"))
        numbers.append(("drive.pause_s", "Pause after a pulse", seconds_text(drive.pause_s)))
    return numbers
