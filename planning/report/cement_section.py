"""Cement after the ablation: where it goes, when it sets, how warm it makes canal and roots."""

from __future__ import annotations

from planning.catalogue.cements import CementKind, cement_kind
from planning.evaluation.cement import CementVerdict
from planning.model.digest import cement_digest
from planning.quantities import (
    NNBSP,
    dose_text,
    length_text,
    level_text,
    lps_text,
    millilitre_text,
    temperature_text,
    time_text,
)
from planning.report.blocks import Block, Column, Paragraph, Row, Section, Table
from planning.report.model import ReportInput
from planning.report.wording import typeset

_MOST_STRUCTURES = 12


def cement_sections(given: ReportInput) -> tuple[Section, ...]:
    """Return the section on cement; a plan without any has none."""
    if not given.case.plan.cements:
        return ()
    blocks: list[Block] = [_placed(given)]
    verdict = given.cement
    if verdict is None or verdict.digest != cement_digest(given.case, given.case_digest):
        blocks.append(Paragraph(text="Its heat was not predicted for this plan."))
    else:
        blocks += [Paragraph(lead=f.sentence, text=typeset(f.reason), judgement=f.judgement) for f in verdict.findings]
        blocks += [_warmed(verdict), *(Paragraph(text=typeset(note)) for note in verdict.notes)]
    for kind_id in dict.fromkeys(c.kind_id for c in given.case.plan.cements):
        blocks.append(_numbers(cement_kind(kind_id)))
    return (Section(key="cement", title="Cement after the ablation", blocks=tuple(blocks)),)


def _placed(given: ReportInput) -> Table:
    columns = (
        Column(title="cement", share=1.4),
        Column(title="volume", share=2),
        Column(title="injected", share=2.4),
        Column(title="at", share=1),
        Column(title="place", share=2.4),
    )
    rows = tuple(
        Row(
            cells=(
                c.name, f"{millilitre_text(c.volume_ml)}, radius {length_text(c.radius_mm)}",
                f"{c.minutes_after:g}{NNBSP}min after the ablation", level_text(c.temperature_c), lps_text(c.centre_mm),
            )
        )
        for c in given.case.plan.cements
    )  # fmt: skip
    return Table(columns=columns, rows=rows)


def _warmed(verdict: CementVerdict) -> Block:
    if not verdict.warmed:
        return Paragraph(
            text=f"No structure that was judged becomes warmer than the body. {verdict.course.after.model}."
        )
    columns = (
        Column(title="structure", share=2),
        Column(title="judgement", share=2),
        Column(title="hottest °C", share=1.3, right=True),
        Column(title="minutes later", share=1.4, right=True),
        Column(title="CEM43 min", share=1.3, right=True),
        Column(title="in warm tissue °C", share=1.8, right=True),
    )
    rows = tuple(
        Row(
            cells=(
                w.name, w.judgement.word, temperature_text(w.hottest_c, cold=False, unit=False),
                "" if w.at_s is None else time_text(w.at_s), dose_text(w.cem43_min),
                temperature_text(w.alone_c, cold=False, unit=False),
            ),
            marks=((1, w.judgement),),
        )
        for w in verdict.warmed[:_MOST_STRUCTURES]
    )  # fmt: skip
    note = (
        "Hottest from the injection on; in the last column with the same cement in tissue at body temperature. "
        f"{verdict.course.after.model}."
    )
    return Table(columns=columns, rows=rows, note=note)


def _numbers(kind: CementKind) -> Table:
    """Every number of a cement with its source, or that it is assumed."""
    columns = (
        Column(title=kind.name, share=2.6),
        Column(title="value", share=1.6),
        Column(title="where from", share=7),
    )
    named = (
        ("Heat of polymerisation", kind.polymerisation_heat_j_mol, "J/mol"),
        ("Molar mass of the monomer", kind.molar_mass_g_mol, "g/mol"),
        ("Monomer in the mixture", kind.monomer_frac, "of its mass"),
        ("Part of it that reacts", kind.converted_frac, ""),
        ("Half has reacted after", kind.half_time_s, "s"),
        ("at", kind.reference_c, "°C"),
        ("Activation energy", kind.activation_j_mol, "J/mol"),
        ("No faster above", kind.fastest_c, "°C"),
        ("Steepness of the S-curve", kind.order, ""),
        ("Injected at", kind.injected_c, "°C"),
    )
    rows = tuple(
        Row(cells=(words, f"{number.value:g}{NNBSP}{unit}".strip(), typeset(number.source)))
        for words, number, unit in named
    )
    return Table(columns=columns, rows=rows)
