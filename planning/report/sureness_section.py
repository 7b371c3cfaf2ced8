"""How sure the report's verdict is, from the ranges of tissue values."""

from __future__ import annotations

from planning.evaluation.sureness import effects_text
from planning.report.blocks import Column, Paragraph, Row, Section, Table
from planning.report.model import ReportInput

_METHOD = (
    "Every tissue value that carries a range was run at both ends through the solver, one property at a time on a 2 mm grid, and "
    "the changes were added up as if all values lay at their worse end together. Not in it: where the needles really go, "
    "the wall temperature and power of the devices, and how structures were drawn."
)


def sureness_section(given: ReportInput) -> Section:
    """What may turn out otherwise; where the ranges were not run it says so."""
    blocks: list[Paragraph | Table] = []
    found = given.sureness
    if found is None or found.digest != given.case_digest:
        blocks.append(Paragraph(text="The ranges of tissue values were not run for this plan."))
    else:
        columns = (Column(title="at the ends of the ranges", share=6), Column(title="judged at the worse end", share=2))
        rows = tuple(Row(cells=(f.sentence, f.judgement.word)) for f in found.findings)
        if rows:
            blocks.append(Table(columns=columns, rows=rows))
        else:
            blocks.append(Paragraph(text="No structure reaches a level at either end of the ranges."))
        blocks += [Paragraph(text=effects_text(found.effects)), Paragraph(text=_METHOD)]
    return Section(key="sureness", title="How sure", blocks=tuple(blocks))
