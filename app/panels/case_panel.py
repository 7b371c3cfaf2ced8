"""Step 1: which CT this is and what is wrong with it, what is known of the patient, and what speaks for which treatment."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout

from app.controllers.deciding import Deciding
from app.controllers.session import Session
from app.panels.base import Panel, RunCommand
from app.panels.clinical_section import ClinicalSection
from app.panels.decision_section import AfterwardsSection, DecisionSection
from app.panels.outcome_section import OutcomeSection
from app.panels.sins_section import SinsSection
from app.widgets.basics import Section, button, clear, judgement_label, row, text
from app.widgets.facts import Facts
from planning.evaluation import Judgement

_POSITIONS = {
    "HFS": "Supine, head first",
    "HFP": "Prone, head first",
    "FFS": "Supine, feet first",
    "FFP": "Prone, feet first",
}


_KINDS = {"dicom": "DICOM", "nifti": "NIfTI", "nrrd": "NRRD"}


class CasePanel(Panel):
    """Open a CT or a case; its geometry and findings, clinical facts, decision support, and how it went."""

    def __init__(self, session: Session, run: RunCommand) -> None:
        super().__init__("Case", session, run)
        acts = self.add_section(Section())
        opening = button("Open CT…", lambda: run("open-ct"), primary=True, icon_name="folder-open")
        acts.add(row(opening, button("Open case…", lambda: run("open-case")), button("Save", lambda: run("save")), 1))
        acts.add(row(button("Demo case", lambda: run("demo")), 1))
        about = self.add_section(Section("CT"))
        self._facts = Facts()
        about.add(self._facts)
        found = self.add_section(Section("Findings"))
        self._findings = QVBoxLayout()
        self._findings.setSpacing(6)
        found.add(self._findings)
        self._deciding = Deciding(session, self._show_clinical)
        self.clinical = ClinicalSection(session)
        self.sins = SinsSection(session)
        self.decision = DecisionSection()
        self.afterwards = AfterwardsSection()
        self.outcome = OutcomeSection(session, run)
        for section in (self.clinical, self.sins, self.decision, self.afterwards, self.outcome):
            self.add_section(section)

    def _show_clinical(self) -> None:
        """Bring the parts on the patient up to date."""
        decision = self._deciding.decision()
        facts = None if decision is None else decision.facts
        self.clinical.refresh(facts, self._deciding.looks)
        self.sins.refresh(facts)
        if decision is not None or self.session.case is None:
            # While a lesion is measured anew, what was said of it before stands.
            self.decision.refresh(decision)
            self.afterwards.refresh(decision)
        self.outcome.refresh()

    def refresh(self) -> None:
        self._show_clinical()
        case = self.session.case
        clear(self._findings)
        if case is None:
            self.say("Open a CT folder, a NIfTI or NRRD file, or the demo case.")
            self._facts.show_rows([])
            self._findings.addWidget(text("None: no CT is open.", "label"))
            return
        image = case.image
        self.say(image.description or "A CT without a description")
        k, j, i = image.grid.shape_kji
        x, y, z = image.grid.spacing_ijk_mm
        thickness = "not given" if image.slice_thickness_mm is None else f"{image.slice_thickness_mm:.2f} mm"
        self._facts.show_rows(
            [
                ("Voxels", f"{i} × {j} × {k}", ""),
                ("Spacing", f"{x:.3f} × {y:.3f} × {z:.2f} mm", ""),
                ("Slice thickness", thickness, ""),
                ("Position", _POSITIONS.get(image.patient_position, image.patient_position or "not given"), ""),
                ("Kind", f"{_KINDS.get(image.kind, image.kind)}{', synthetic' if image.synthetic else ''}", ""),
                ("Saved as", self.session.path.name if self.session.path else "not saved yet", ""),
            ]
        )
        findings = list(image.findings)
        if image.patient_position.endswith("S"):
            findings.append("Acquired supine; needles usually go in prone. Skin, bowel and table heights will differ.")
        for message in findings:
            mark = judgement_label(Judgement.CAUTION)
            self._findings.addLayout(row(mark, text(message, wrap=True)))
        if not findings:
            self._findings.addWidget(text("None: the slices are evenly spaced and upright.", "label"))
