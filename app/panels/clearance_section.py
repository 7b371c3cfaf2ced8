"""How near the selected probe comes to everything, and what the rules say of its way."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout

from app.controllers.session import Session
from app.controllers.ways import Ways
from app.theme import judgement_pixmap
from app.widgets.basics import Mark, Row, Section, clear, judgement_label, row, text
from planning.catalogue.rules import load_path_rules
from planning.model import Probe
from planning.model.judgement import Judgement
from planning.quantities import length_text
from planning.trajectory.clearance import Clearance
from planning.trajectory.judging import PathFinding, PathJudgement, judgement_of

_NEAREST = 7
_MEASURED = "mm, surface to surface"


class ClearanceSection(Section):
    """Distances of one probe, nearest first, and what forbids or cautions.

    Parameters
    ----------
    session : Session
    ways : Ways
    """

    def __init__(self, session: Session, ways: Ways) -> None:
        super().__init__("Shaft to", _MEASURED)
        self._session, self._ways = session, ways
        self._probe: Probe | None = None
        self._lines = [_Line(session) for _ in range(_NEAREST)]
        lines = QVBoxLayout()
        lines.setSpacing(0)
        for line in self._lines:
            lines.addWidget(line)
        self.add(lines)
        self._wait = text("", "label")
        self.add(self._wait)
        self._said = QVBoxLayout()
        self._said.setSpacing(4)
        self.add(self._said)
        self._findings: tuple[PathFinding, ...] | None = None
        ways.changed.connect(self._refresh)

    def show_probe(self, probe: Probe | None) -> None:
        """Show the distances of a probe; without one the section is not there."""
        self._probe = probe
        self.setVisible(probe is not None)
        self._refresh()

    def _refresh(self) -> None:
        if self._probe is None:
            return
        judged = self._ways.latest(self._probe)
        self._wait.setVisible(judged is None or not judged.near)
        self._wait.setText("Measuring …" if judged is None else "Nothing that can come to harm is outlined.")
        near = () if judged is None else judged.near
        for n, line in enumerate(self._lines):
            line.show_clearance(near[n] if n < len(near) else None, self._probe)
        self._say(judged)

    def _say(self, judged: PathJudgement | None) -> None:
        """The findings as sentences; made anew only when they differ."""
        findings = () if judged is None else judged.findings
        if findings == self._findings:
            return
        self._findings = findings
        clear(self._said)
        for finding in findings:
            words = text(
                finding.sentence, "secondary" if finding.judgement >= Judgement.CAUTION else "label", wrap=True
            )
            words.setToolTip(finding.source)
            line = row(judgement_label(finding.judgement), words)
            line.setStretch(1, 1)
            self._said.addLayout(line)


class _Line(Row):
    """One distance; its labels are filled anew, for a drag changes them many times a second."""

    def __init__(self, session: Session) -> None:
        self._glyph = Mark()
        self._glyph.setFixedWidth(18)
        self._name, self._value = text(), text("", "section", right=True)
        self._limit = text("", "label", right=True)
        self._limit.setFixedWidth(80)
        super().__init__(self._glyph, self._name, self._value, self._limit)
        self.tighten(1)
        self._at: Clearance | None = None
        self._judgement: Judgement | None = None
        self.clicked.connect(lambda: self._at and session.view.reveal(self._at.other_at_mm))

    def show_clearance(self, found: Clearance | None, probe: Probe) -> None:
        """Show a distance, or nothing."""
        self._at = found
        self.setVisible(found is not None)
        if found is None:
            return
        rules = load_path_rules()
        judgement = judgement_of(found, probe.depth_mm, rules)
        if judgement is not self._judgement:
            self._judgement = judgement
            self._glyph.show_drawn(lambda: judgement_pixmap(judgement))
        ruled = None if found.kind is None else rules.limit_of(found.kind)
        limit = rules.limits["probes"] if ruled is None else ruled[1]
        level = limit.caution if limit.caution is not None else limit.alarm
        self._name.setText(f"{found.name} (tines)" if found.by_tines else found.name)
        self._value.setText(length_text(found.distance_mm, unit=False))
        self._limit.setText("only contact" if level is None else f"≥\u202f{level:g}\u202fmm")
        self._limit.setToolTip(limit.source)
        self.setToolTip(f"{length_text(found.depth_mm)} below the skin: {judgement.word}. Click to see the place.")
