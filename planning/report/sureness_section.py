"""How sure the report's verdict is, from many runs with everything that is not known drawn anew."""

from __future__ import annotations

from planning.ensemble.findings import MARGIN, method_text, swings
from planning.quantities import length_text, temperature_text
from planning.report.blocks import Column, Paragraph, Row, Section, Table
from planning.report.model import ReportInput
from planning.report.wording import typeset


def sureness_section(given: ReportInput) -> Section:
    """What may turn out otherwise, and what matters most; where the runs were not made it says so."""
    blocks: list[Paragraph | Table] = []
    found = given.sureness
    if found is None or found.digest != given.case_digest:
        blocks.append(Paragraph(text="How sure this is was not computed for this plan."))
        return Section(key="sureness", title="How sure", blocks=tuple(blocks))
    blocks += [Paragraph(lead=f.sentence, text=f.reason, judgement=f.judgement) for f in found.findings]
    if not found.findings:
        blocks.append(Paragraph(text="No structure reaches a level in any run."))
    cold = found.ensemble.cold
    figures = [(MARGIN, "smallest margin")] if given.verdict.lesion is not None else []
    graver = sorted(
        (r for r in given.verdict.structures if r.id in found.ensemble.extreme_c), key=lambda r: -r.judgement
    )
    figures += [(r.id, f"{r.name}, {'coldest' if cold else 'hottest'}") for r in graver[:1]]
    for figure, title in figures:
        rows = []
        for swing in swings(found.ensemble, figure, 5):
            ends = [
                length_text(value) if figure == MARGIN else temperature_text(value, cold=cold)
                for value in (swing.low, swing.high)
            ]
            rows.append(Row(cells=(swing.input.words, *ends)))
        columns = (
            Column(title=f"what moves it most: {title}", share=4), Column(title="one low in ten", share=1.6, right=True),
            Column(title="one high in ten", share=1.6, right=True),
        )  # fmt: skip
        if rows:
            blocks.append(Table(columns=columns, rows=tuple(rows)))
    blocks.append(Paragraph(text=typeset(method_text(found.ensemble))))
    return Section(key="sureness", title="How sure", blocks=tuple(blocks))
