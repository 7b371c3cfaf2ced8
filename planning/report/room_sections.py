"""What the CT room needs: probes, angles, coordinates, schedule, and what is known of the devices."""

from __future__ import annotations

from planning.catalogue.devices import CryoDrive, Device, LaserDrive, MicrowaveDrive, device
from planning.catalogue.rules import load_path_rules
from planning.errors import PlanError
from planning.evaluation.generators import MEANING, generator_courses
from planning.model.case import Probe
from planning.model.generator import Sharing
from planning.model.naming import sharing_text
from planning.quantities import MINUS, NNBSP, length_text, level_text, lps_text, seconds_text, time_text
from planning.report.blocks import Block, Column, Facts, Paragraph, PlacingCard, Row, Section, Table
from planning.report.model import ReportInput
from planning.report.wording import devices_of, phase_word, phases_of, typeset
from planning.trajectory.angle_views import angle_views
from planning.trajectory.console import (
    CRANIOCAUDAL_DEFINITION,
    IN_PLANE_DEFINITION,
    console_numbers,
    room_numbers,
    tips_apart_text,
)
from planning.trajectory.passage import passage, way_text

_CLUSTER_NOTE = (
    "For comparison, the tips of a cluster on the market lie 5 mm apart (AJR 2000, doi 10.2214/ajr.175.5.1751263)."
)
VIEW_ASPECT = 1.34
_OBLIQUE = 1e-6
ANGLES_NOTE = f"In plane: {IN_PLANE_DEFINITION}. Craniocaudal: {CRANIOCAUDAL_DEFINITION}."


def probes_section(given: ReportInput) -> Section:
    """The sheet for the CT room: one card a probe, in the order of placement, then ends and generators."""
    case = given.case
    order = ", then ".join(p.name for p in case.plan.in_order)
    tilt = f"{case.plan.room.gantry_tilt_deg:g}°".replace("-", MINUS)
    lead = f"Placed in this order: {order}." if len(case.plan.probes) > 1 else ""
    aside = abs(case.plan.room.posture.up[0]) > _OBLIQUE
    turned = " Vertical means the CT's front–back line, which is not upright as the patient lies." if aside else ""
    said = Paragraph(
        lead=lead,
        text=(
            f"The patient lies {case.plan.room.posture.value}; the gantry is tilted by {tilt}. The reference slice is that of the "
            f"tip. Slices are told by the table position of the CT the plan was made on, and counted from the feet. {ANGLES_NOTE}{turned}"
        ),
    )
    cards = [_card(given, number, probe) for number, probe in enumerate(case.plan.in_order, start=1)]
    blocks: tuple[Block, ...] = (said, *cards, _cortex_note(), _ends(given), *_shared_generators(given))
    return Section(key="room", title="CT room", blocks=blocks, own_page=True)


def _card(given: ReportInput, number: int, probe: Probe) -> PlacingCard:
    """Numbers, drawn angles and checkpoints of one probe."""
    case, numbers = given.case, console_numbers(probe)
    met: tuple[tuple[str, str, str], ...] = ()
    try:
        way = passage(case, given.volume, probe)
    except PlanError as error:
        words = f"{error}"
    else:
        words = f"{way_text(way)}."
        met = tuple(
            (length_text(c.depth_mm), c.words, "" if c.angle_deg is None else f"{c.angle_deg:.0f}° to its normal")
            for c in way.crossings
        )
        if way.unconfirmed:
            words += f" Not confirmed: {', '.join(way.unconfirmed)}."
    facts = (
        ("Depth, skin to tip", length_text(numbers.depth_mm)),
        ("In plane", numbers.in_plane_text),
        ("Craniocaudal", numbers.craniocaudal_text),
        *((name, value) for name, value, _ in room_numbers(case, probe)),
    )
    return PlacingCard(
        title=f"{number}. {probe.name}, {device(probe.device_id).name}", views=angle_views(case, probe, VIEW_ASPECT),
        facts=facts, way=f"On the way: {words}", checkpoints=met,
    )  # fmt: skip


def _cortex_note() -> Paragraph:
    """What the cards' figures and checkpoints rest on."""
    return Paragraph(
        text=(
            f"Bone counts as cortex from {load_path_rules().cortex_above_hu.value:g} HU, an assumption for the sacrum. The midline is "
            "the middle of the canal at the level of the entry. Tilt for one slice is that which holds the whole shaft in one "
            "slice. Drawn: skin in the slice of the entry, bone grey and lesion pink in that of the tip; the dashed line is the one "
            "the angle is measured from."
        )
    )


def _ends(given: ReportInput) -> Table:
    """Entry and tip of every probe in the CT's coordinates."""
    columns = (
        Column(title="in order", share=0.8),
        Column(title="device", share=2.4),
        Column(title="entry", share=2.4, right=True),
        Column(title="tip", share=2.4, right=True),
    )
    rows = tuple(
        Row(cells=(p.name, device(p.device_id).name, lps_text(p.entry_mm), lps_text(p.tip_mm)))
        for p in given.case.plan.in_order
    )
    note = "Coordinates of the CT the plan was made on; L left, R right, P back, A front, S head, I foot."
    return Table(columns=columns, rows=rows, note=note)


def _shared_generators(given: ReportInput) -> tuple[Table, ...]:
    """Which probes share a generator and how they work at it; nothing where every probe has its own."""
    case = given.case
    if not case.plan.generators:
        return ()
    columns = (
        Column(title="generator", share=0.7),
        Column(title="electrodes that share it", share=4.5),
        Column(title="tips apart", share=4),
    )
    rows = []
    for number, shared in enumerate(case.plan.generators, start=1):
        members = [p for p in case.plan.probes if p.id in shared.probe_ids]
        rows.append(Row(cells=(str(number), sharing_text(case, shared), tips_apart_text(members))))
    together = any(g.how is Sharing.TOGETHER for g in case.plan.generators)
    note = "Electrodes that are not listed have a generator of their own." + (f" {_CLUSTER_NOTE}" if together else "")
    return (Table(columns=columns, rows=tuple(rows), note=note),)


def schedule_section(given: ReportInput) -> Section:
    """The phases, and whether the plan or the device sets them."""
    rows, start_s = [], 0.0
    for phase in phases_of(given.case):
        stop_s = start_s + phase.duration_s
        span = f"{time_text(phase.duration_s)}, from {time_text(start_s)} to {time_text(stop_s)} min"
        rows.append((phase_word(phase, given.zone).capitalize(), span))
        start_s = stop_s
    own = given.case.plan.schedule is not None
    rows.append(("Set by", "the plan" if own else "the first probe's device"))
    return Section(key="schedule", title="Schedule", blocks=(Facts(rows=tuple(rows)), *_generator_courses(given)))


def _generator_courses(given: ReportInput) -> tuple[Table, ...]:
    """Power, energy and impedance of every radiofrequency generator; nothing where there is none."""
    columns = (
        Column(title="generator of", share=2),
        Column(title="power, energy", share=2),
        Column(title="impedance", share=1.5),
        Column(title="energy of each electrode", share=4),
    )
    rows = tuple(
        Row(cells=(c.probes, c.power_text, c.impedance_text, c.share_text))
        for c in generator_courses(given.case, given.zone)
    )
    return (Table(columns=columns, rows=rows, note=MEANING),) if rows else ()


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
