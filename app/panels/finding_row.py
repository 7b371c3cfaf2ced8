"""A finding as a row: its glyph, its sentence, and the reason below."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.widgets.basics import Row, judgement_label, shortened, text
from planning.evaluation.finding import RiskFinding


def finding_row(finding: RiskFinding, act: Callable[[], object], *, whole: bool = False) -> Row:
    """Return the row of a finding; unless it is to stand ``whole``, a long reason is cut. A click calls ``act``."""
    holder = QWidget()
    lines = QVBoxLayout(holder)
    lines.setContentsMargins(0, 0, 0, 0)
    lines.setSpacing(1)
    lines.addWidget(text(finding.sentence, wrap=True))
    if finding.reason:
        reason = text(finding.reason if whole else shortened(finding.reason), "label", wrap=True)
        reason.setToolTip(finding.reason)
        lines.addWidget(reason)
    mark = judgement_label(finding.judgement)
    if finding.reason:
        mark.setAlignment(Qt.AlignmentFlag.AlignTop)
    line = Row(mark, holder)
    line.layout().setStretch(1, 1)
    line.clicked.connect(lambda: act())
    return line
