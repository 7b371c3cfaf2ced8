import re
from dataclasses import replace

import pypdf
import pytest

from app.export import sheet
from app.export.page_flow import PAGE_PX, report_pages
from app.export.pdf_painter import text_width_px
from app.export.report_pdf import write_report
from app.representations.primitives import Label
from imaging.errors import ImagingError
from planning.catalogue.own_thresholds import load_thresholds
from planning.errors import PlanError
from planning.quantities import dose_text, length_text, percent_text, temperature_text
from planning.report.sections import report_sections
from planning.report.wording import STANDING, typeset
from tests.report_case import NAME, UID


@pytest.fixture(autouse=True)
def no_pictures(monkeypatch):
    """The pictures are tested with the sheet."""
    monkeypatch.setattr(sheet, "sheet_pictures", lambda *_: [])


def read(path):
    pdf = pypdf.PdfReader(path)
    return pdf, re.sub(r"\s+", " ", " ".join(page.extract_text() for page in pdf.pages))


def plain(text):
    return re.sub(r"\s+", " ", text)


@pytest.mark.parametrize("name", ["cold_input", "heat_input", "both_sides_input"])
def test_the_pages_hold_what_the_verdict_says(request, tmp_path, name):
    given = request.getfixturevalue(name)
    write_report(tmp_path / "report.pdf", given)
    _, text = read(tmp_path / "report.pdf")
    lesion = given.verdict.lesion
    assert plain(length_text(lesion.margin_mm)) in text and plain(percent_text(lesion.covered_frac)) in text
    for finding in given.verdict.findings:
        assert plain(finding.sentence) in text
    for risk in given.verdict.structures:
        if risk.extreme_c is not None:
            assert temperature_text(risk.extreme_c, cold=given.zone.cold, unit=False) in text
        if risk.cem43_min is not None and risk.level:
            assert dose_text(risk.cem43_min) in text
    sources = {x.source for s in load_thresholds().structures if s.mode is given.zone.mode for x in s.limits}
    for source in sources:
        assert plain(typeset(source)) in text
    for words in (STANDING, given.zone.digest, "ynthetic", "De-identified"):
        assert words in text


def test_nothing_says_whose_it_is_unless_asked_for(cold_input, tmp_path):
    write_report(tmp_path / "plain.pdf", cold_input)
    pdf, text = read(tmp_path / "plain.pdf")
    everything = text + str(pdf.metadata)
    assert NAME not in everything and UID not in everything and NAME.split()[0] not in everything
    write_report(tmp_path / "named.pdf", replace(cold_input, with_identity=True))
    pdf, text = read(tmp_path / "named.pdf")
    assert NAME in text and UID in text
    assert NAME not in str(pdf.metadata)


def test_the_first_page_lies_across_and_the_others_stand(cold_input, tmp_path):
    write_report(tmp_path / "report.pdf", cold_input)
    pdf, _ = read(tmp_path / "report.pdf")
    sizes = [(float(p.mediabox.width), float(p.mediabox.height)) for p in pdf.pages]
    assert sizes[0] == pytest.approx((841.9, 595.4), abs=0.3)
    assert all(size == pytest.approx((595.4, 841.9), abs=0.3) for size in sizes[1:])
    assert len(sizes) >= 3


@pytest.mark.parametrize("name", ["cold_input", "heat_input", "both_sides_input", "bare_input"])
def test_no_text_leaves_a_page(request, name):
    for page in report_pages(report_sections(request.getfixturevalue(name)), "digest"):
        for label in (p for p in page if isinstance(p, Label)):
            wide = text_width_px(label.text, label.size_px, label.weight)
            left = label.x_px - {"left": 0.0, "centre": wide / 2, "right": wide}[label.anchor]
            assert left >= 80 and left + wide <= PAGE_PX[0] - 80, label.text
            assert 40 <= label.y_px <= PAGE_PX[1] - 40


def test_a_stale_zone_is_refused_and_nothing_is_written(cold_input, tmp_path):
    with pytest.raises(PlanError) as refused:
        write_report(tmp_path / "report.pdf", replace(cold_input, case_digest="moved since"))
    assert refused.value.code == "zone-stale"
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_refused(cold_input, tmp_path):
    (tmp_path / "file").write_text("not a folder")
    for target in (tmp_path / "missing" / "report.pdf", tmp_path / "file" / "report.pdf"):
        with pytest.raises(ImagingError) as refused:
            write_report(target, cold_input)
        assert refused.value.code == "report-not-written"
        assert refused.value.hint
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_a_target_that_cannot_be_replaced_leaves_no_part(cold_input, tmp_path):
    target = tmp_path / "report.pdf"
    (target / "inside").mkdir(parents=True)
    with pytest.raises(ImagingError):
        write_report(target, cold_input)
    assert [p.name for p in tmp_path.iterdir()] == ["report.pdf"]
