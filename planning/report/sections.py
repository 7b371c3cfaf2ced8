"""The report as sections in reading order: what it means, where to go, and what all of it rests on."""

from __future__ import annotations

from planning.report.blocks import Report
from planning.report.cement_section import cement_sections
from planning.report.decision_section import decision_sections
from planning.report.device_section import device_section
from planning.report.model import ReportInput, require_reportable
from planning.report.protection_section import protection_section
from planning.report.result_sections import (
    exposure_section,
    findings_section,
    isotherm_section,
    lesion_section,
    margin_section,
    others_section,
    pelvic_section,
    roots_section,
)
from planning.report.room_sections import probes_section, schedule_section
from planning.report.source_sections import (
    image_section,
    model_section,
    provenance_section,
    threshold_section,
)
from planning.report.sureness_section import sureness_section
from planning.report.wording import alert_text, subtitle_text, title_text


def report_sections(given: ReportInput) -> Report:
    """Return the report of a plan.

    Parameters
    ----------
    given : ReportInput

    Raises
    ------
    PlanError
        ``zone-stale`` or ``zone-not-physics``: such results are never reported.
    """
    require_reportable(given)
    sections = (
        pelvic_section(given),
        lesion_section(given),
        findings_section(given),
        roots_section(given),
        others_section(given),
        exposure_section(given),
        margin_section(given),
        sureness_section(given),
        isotherm_section(given),
        probes_section(given.case, given.volume),
        protection_section(given.case, given.verdict, given.advice),
        *decision_sections(given.case),
        *cement_sections(given),
        schedule_section(given),
        threshold_section(given),
        device_section(given),
        model_section(given),
        image_section(given),
        provenance_section(given),
    )
    return Report(
        title=title_text(given),
        subtitle=subtitle_text(given.case, with_identity=given.with_identity),
        alert=alert_text(given.verdict),
        sections=sections,
    )
