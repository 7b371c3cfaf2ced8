"""Gas and fluid that protect, and thermocouples: where they lie, and what they will read."""

from __future__ import annotations

from planning.catalogue.agents import agent
from planning.evaluation import Verdict
from planning.model import Case
from planning.model.protection import Pocket, Thermocouple, tip_of, way_length_mm
from planning.protecting import ProtectionAdvice
from planning.protecting.wording import METHOD, helpless_text, pocket_text
from planning.quantities import length_text, level_text, lps_text, temperature_text, time_text, volume_text
from planning.report.blocks import Column, Paragraph, Row, Section, Table
from planning.report.wording import is_cold, typeset


def protection_section(case: Case, verdict: Verdict | None, advice: ProtectionAdvice | None = None) -> Section:
    """Pockets with their sources, thermocouples with their readings where a zone was judged; nothing of either is said.

    What protects, and when to stop, stands below where it was tried.
    """
    blocks: list[Paragraph | Table] = []
    if case.plan.pockets:
        blocks.append(_pockets(case))
    if case.plan.thermocouples:
        blocks.append(_places(case) if verdict is None else _readings(case, verdict, cold=is_cold(case)))
    if not blocks:
        blocks.append(Paragraph(text="The plan has no gas or fluid that protects, and no thermocouple."))
    if advice is not None and advice.tried:
        blocks += _advice(case, advice, cold=is_cold(case))
    return Section(key="protection", title="Protection", blocks=tuple(blocks))


def _place_text(placed: Pocket | Thermocouple) -> str:
    """Where something lies, and the way of its needle."""
    length_mm, at = way_length_mm(placed), lps_text(tip_of(placed))
    if length_mm is None or placed.entry_mm is None:
        return at
    return f"{at}; {length_text(length_mm)} deep, in by the skin at {lps_text(placed.entry_mm)}"


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
                    f"{at}, circulating" if pocket.circulating else at, _place_text(pocket),
                    typeset(f"{kind.use} {kind.source}"),
                )
            )
        )  # fmt: skip
    note = "Soft tissue gives way to a pocket in the model; bone and organs keep their place, and nothing is moved."
    return Table(columns=columns, rows=tuple(rows), note=note)


def _advice(case: Case, advice: ProtectionAdvice, *, cold: bool) -> list[Paragraph | Table]:
    """What the plan's pockets do, what else would help, and when to stop."""
    blocks: list[Paragraph | Table] = []
    if advice.differences:
        columns = (
            Column(title="structure", share=2),
            Column(title="without", share=1, right=True),
            Column(title="with", share=1, right=True),
            Column(title="", share=6),
        )
        rows = tuple(
            Row(cells=(d.name, temperature_text(d.without_c, cold=cold), temperature_text(d.with_c, cold=cold), ""))
            for d in advice.differences
        )
        blocks.append(Table(columns=columns, rows=rows, note="Without and with the plan's gas and fluid."))
    blocks += [Paragraph(text=rule.sentence) for rule in advice.stops]
    blocks += [Paragraph(text=typeset(source)) for source in dict.fromkeys(rule.source for rule in advice.stops)]
    best = {p.for_name: p for p in reversed(advice.pockets)}
    blocks += [
        Paragraph(text=f"Would help {name}: {pocket_text(proposal, cold=cold)}.") for name, proposal in best.items()
    ]
    blocks += [Paragraph(text=words) for words in (helpless_text(case, advice), METHOD) if words]
    return blocks


def _places(case: Case) -> Table:
    columns = (Column(title="thermocouple", share=1.5), Column(title="place", share=9))
    rows = tuple(Row(cells=(t.name, _place_text(t))) for t in case.plan.thermocouples)
    return Table(columns=columns, rows=rows)


def _readings(case: Case, verdict: Verdict, *, cold: bool) -> Table:
    places = {t.id: _place_text(t) for t in case.plan.thermocouples}
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
                reading.name, places[reading.id], temperature_text(reading.extreme_c, cold=cold),
                "" if reading.at_s is None else time_text(reading.at_s), reading.judgement.word,
            )
        )
        for reading in verdict.thermocouples
    )  # fmt: skip
    return Table(columns=columns, rows=rows)
