from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from PIL import Image

from app.export import sheet
from app.export.page_text import SMALL_PX
from app.export.pdf_painter import text_width_px
from app.export.sheet import SHEET_PX, sheet_primitives, write_sheet_png
from app.representations.primitives import Label, Path, Picture
from planning.errors import PlanError
from planning.model.zone import Fidelity
from planning.operations.plans import copy_plan
from planning.plans import approve_plan
from planning.quantities import length_text, percent_text, temperature_text
from tests.report_case import NAME, UID

INPUTS = ("cold_input", "heat_input", "both_sides_input", "bare_input", "approved_input", "fallen_input")


def box(label):
    wide = text_width_px(label.text, label.size_px, label.weight)
    left = label.x_px - {"left": 0.0, "centre": wide / 2, "right": wide}[label.anchor]
    return left, label.y_px - label.size_px * 0.38, left + wide, label.y_px + label.size_px * 0.38


@pytest.fixture(scope="module")
def approved_input(cold_input):
    """The second of two plans, approved, with nothing confirmed."""
    case = copy_plan(cold_input.case)
    case = replace(case, structures=tuple(replace(s, confirmed=False) for s in case.structures))
    case = approve_plan(case, cold_input.verdict, "Anne B. Reader", datetime(2026, 3, 5, 14, 30, tzinfo=UTC), ())
    return replace(cold_input, case=case)


@pytest.fixture(scope="module")
def fallen_input(approved_input):
    """As much as can have changed since it was approved."""
    confirmed = tuple(replace(s, confirmed=not s.confirmed) for s in approved_input.case.structures)
    return replace(approved_input, case=replace(approved_input.case, structures=confirmed))


@pytest.fixture(scope="module")
def drawn(request):
    """The sheet of each input, but for its pictures."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sheet, "sheet_pictures", lambda *_: [])
        return {name: sheet_primitives(request.getfixturevalue(name)) for name in INPUTS}


@pytest.mark.parametrize("name", INPUTS)
def test_nothing_leaves_the_page(drawn, name):
    for primitive in drawn[name]:
        if isinstance(primitive, Label):
            left, top, right, bottom = box(primitive)
            assert left >= 30 and right <= SHEET_PX[0] - 30 and top >= 15 and bottom <= SHEET_PX[1] - 10, primitive.text
        elif isinstance(primitive, Path):
            for points in primitive.lines:
                assert (points >= 0).all() and (points <= SHEET_PX).all()


@pytest.mark.parametrize("name", INPUTS)
def test_no_two_labels_overlap(drawn, name):
    labels = [p for p in drawn[name] if isinstance(p, Label)]
    boxes = np.array([box(label) for label in labels])
    for n, (left, top, right, bottom) in enumerate(boxes):
        rest = boxes[n + 1 :]
        hit = (rest[:, 0] < right) & (left < rest[:, 2]) & (rest[:, 1] < bottom) & (top < rest[:, 3])
        assert not hit.any(), (labels[n].text, labels[n + 1 + int(np.argmax(hit))].text)


def test_the_head_says_who_approved_or_that_it_fell(drawn):
    heads = {
        name: next(p.text for p in drawn[name] if isinstance(p, Label) and "Conference sheet." in p.text)
        for name in drawn
    }
    assert "Plan 2 of 2. Approved by Anne B. Reader on 2026-03-05 14:30." in heads["approved_input"]
    assert "The approval by Anne B. Reader fell:" in heads["fallen_input"]
    assert "pprov" not in heads["cold_input"] and all("on the left of axial images" in head for head in heads.values())


@pytest.mark.parametrize("name", INPUTS)
def test_text_is_large_enough_to_read(drawn, name):
    small = {p.text for p in drawn[name] if isinstance(p, Label) and p.size_px < SMALL_PX}
    assert small <= {"!", "?"}


def test_numbers_are_the_verdicts(drawn, cold_input):
    texts = [p.text for p in drawn["cold_input"] if isinstance(p, Label)]
    lesion = cold_input.verdict.lesion
    assert length_text(lesion.margin_mm) in texts
    assert any(t.startswith(percent_text(lesion.covered_frac)) for t in texts)
    for risk in cold_input.verdict.structures:
        if risk.level:
            assert temperature_text(risk.extreme_c, cold=True, unit=False) in texts


def test_both_sides_at_risk_stand_in_the_first_line(drawn, both_sides_input):
    labels = [p for p in drawn["both_sides_input"] if isinstance(p, Label)]
    assert min(labels, key=lambda p: p.y_px).text == both_sides_input.verdict.pelvic.sentence


def test_what_finds_no_room_is_counted(drawn):
    texts = [p.text for p in drawn["both_sides_input"] if isinstance(p, Label)]
    assert any(t.endswith("more in the report") for t in texts)
    assert any("1 more in the report" in t for t in texts)


def test_no_identity_on_the_sheet(drawn):
    said = " ".join(p.text for p in drawn["cold_input"] if isinstance(p, Label))
    assert NAME not in said and UID not in said and "De-identified" in said and "ynthetic" in said


def test_png_has_the_exact_size(cold_input, tmp_path):
    path = tmp_path / "sheet.png"
    write_sheet_png(path, cold_input)
    with Image.open(path) as image:
        assert image.size == SHEET_PX
        grey = np.asarray(image.convert("L"))
    assert grey[4, 4] == 255 and grey[200:560, 100:400].mean() < 120
    assert [p.name for p in tmp_path.iterdir()] == ["sheet.png"]


def test_pictures_are_four_of_one_size(cold_input, bare_input, monkeypatch):
    from app.export import sheet_pictures

    monkeypatch.setattr(sheet_pictures, "_from_behind", lambda *_: [])
    made = sheet_pictures.sheet_pictures(cold_input, 400, 1)
    assert len(made) == 4
    assert len(sheet_pictures.sheet_pictures(bare_input, 400, 1)) == 4
    assert {(p.picture.width_px, p.picture.height_px, p.picture.pixels.shape) for p in made} == {
        (400, 400, (320, 320, 3))
    }
    assert all(isinstance(p.picture, Picture) for p in made)


def test_a_fast_zone_is_refused(cold_input, tmp_path):
    fast = replace(cold_input, zone=replace(cold_input.zone, fidelity=Fidelity.FAST))
    with pytest.raises(PlanError, match="fast model"):
        write_sheet_png(tmp_path / "sheet.png", fast)
    assert list(tmp_path.iterdir()) == []
