"""Gas and fluid that protect, and thermocouples: where they lie, and what they will read."""

from __future__ import annotations

from planning.catalogue.agents import agent
from planning.evaluation import Verdict
from planning.model import Case
from planning.quantities import length_text, level_text, lps_text, temperature_text, time_text, volume_text
from planning.report.blocks import Column, Paragraph, Row, Section, Table
from planning.report.wording import is_cold, typeset


def protection_section(case: Case, verdict: Verdict | None) -> Section:
    """Pockets with their sources, thermocouples with their readings where a zone was judged; nothing of either is said."""
    blocks: list[Paragraph | Table] = []
    if case.plan.pockets:
        blocks.append(_pockets(case))
    if case.plan.thermocouples:
        blocks.append(_places(case) if verdict is None else _readings(verdict, cold=is_cold(case)))
    if not blocks:
        blocks.append(Paragraph(text="The plan has no gas or fluid that protects, and no thermocouple."))
    return Section(key="protection", title="Protection", blocks=tuple(blocks))


def _pockets(case: Case) -> Table:
    columns = (
        Column(title="pocket", share=1.2),
        Column(title="size", share=2.2),
        Column(title="given at", share=1.6),
        Column(title="place", share=2.2),
        Column(title="for", share=4),
    )
    rows = []
    for pocket in case.plan.pockets:
        kind = agent(pocket.agent_id)
        at = "body temperature" if pocket.temperature_c is None else level_text(pocket.temperature_c)
        rows.append(
            Row(
                cells=(
                    pocket.name, f"radius {length_text(pocket.radius_mm)}, {volume_text(pocket.volume_mm3)}",
                    f"{at}, circulating" if pocket.circulating else at, lps_text(pocket.start_mm),
                    typeset(f"{kind.use} {kind.source}"),
                )
            )
        )  # fmt: skip
    note = "Soft tissue gives way to a pocket in the model; bone and organs keep their place, and nothing is moved."
    return Table(columns=columns, rows=tuple(rows), note=note)


def _places(case: Case) -> Table:
    columns = (Column(title="thermocouple", share=1.5), Column(title="place", share=9))
    rows = tuple(Row(cells=(t.name, lps_text(t.position_mm))) for t in case.plan.thermocouples)
    return Table(columns=columns, rows=rows)


def _readings(verdict: Verdict, *, cold: bool) -> Table:
    columns = (
        Column(title="thermocouple", share=1.5),
        Column(title="place", share=2.5),
        Column(title="coldest" if cold else "hottest", share=1.5, right=True),
        Column(title="at", share=1, right=True),
        Column(title="judged as a root", share=4),
    )
    rows = tuple(
        Row(
            cells=(
                reading.name, lps_text(reading.position_mm), temperature_text(reading.extreme_c, cold=cold),
                "" if reading.at_s is None else time_text(reading.at_s), reading.judgement.word,
            )
        )
        for reading in verdict.thermocouples
    )  # fmt: skip
    return Table(columns=columns, rows=rows)
