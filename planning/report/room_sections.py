"""What the CT room needs: probes, angles, coordinates and the schedule."""

from __future__ import annotations

from imaging.volume import Volume
from planning.catalogue.devices import device
from planning.catalogue.rules import load_path_rules
from planning.errors import PlanError
from planning.evaluation.generators import MEANING, generator_courses
from planning.model.case import Case, Probe
from planning.model.generator import Sharing
from planning.model.naming import sharing_text
from planning.quantities import MINUS, length_text, lps_text, time_text
from planning.report.blocks import Block, Column, Facts, Paragraph, PlacingCard, Row, Section, Table
from planning.report.model import ReportInput
from planning.report.wording import is_cold, phase_word
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


def probes_section(case: Case, volume: Volume) -> Section:
    """How the probes are placed: one card each, in the order of placement, then ends and generators."""
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
    cards = [_card(case, volume, number, probe) for number, probe in enumerate(case.plan.in_order, start=1)]
    blocks: tuple[Block, ...] = (said, *cards, _cortex_note(), _ends(case), *_shared_generators(case))
    return Section(key="room", title="CT room", blocks=blocks, own_page=True)


def _card(case: Case, volume: Volume, number: int, probe: Probe) -> PlacingCard:
    """Numbers, drawn angles and checkpoints of one probe."""
    numbers = console_numbers(probe)
    met: tuple[tuple[str, str, str], ...] = ()
    try:
        way = passage(case, volume, probe)
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


def _ends(case: Case) -> Table:
    """Entry and tip of every probe in the CT's coordinates."""
    columns = (
        Column(title="in order", share=0.8),
        Column(title="device", share=2.4),
        Column(title="entry", share=2.4, right=True),
        Column(title="tip", share=2.4, right=True),
    )
    rows = tuple(
        Row(cells=(p.name, device(p.device_id).name, lps_text(p.entry_mm), lps_text(p.tip_mm)))
        for p in case.plan.in_order
    )
    note = "Coordinates of the CT the plan was made on; L left, R right, P back, A front, S head, I foot."
    return Table(columns=columns, rows=rows, note=note)


def _shared_generators(case: Case) -> tuple[Table, ...]:
    """Which probes share a generator and how they work at it; nothing where every probe has its own."""
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
    """The phases, whether the plan or the device sets them, and what generators give in them."""
    blocks: tuple[Block, ...] = (schedule_facts(given.case), *_generator_courses(given))
    return Section(key="schedule", title="Schedule", blocks=blocks)


def schedule_facts(case: Case) -> Facts:
    """The phases, and whether the plan or the device sets them."""
    rows, start_s, cold = [], 0.0, is_cold(case)
    for phase in case.plan.phases:
        stop_s = start_s + phase.duration_s
        span = f"{time_text(phase.duration_s)}, from {time_text(start_s)} to {time_text(stop_s)} min"
        rows.append((phase_word(phase, cold=cold).capitalize(), span))
        start_s = stop_s
    rows.append(("Set by", "the plan" if case.plan.schedule is not None else "the first probe's device"))
    return Facts(rows=tuple(rows))


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
