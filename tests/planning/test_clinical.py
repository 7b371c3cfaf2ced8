"""Clinical facts and course: said, refused and kept in the case file."""

from __future__ import annotations

import json
import zipfile

import pytest

from planning.case_io import read_case, write_case
from planning.errors import CaseFileError, PlanError
from planning.model.clinical import Appearance, CanalExtension, Clinical
from planning.model.course import Complication, Course, PainScale
from planning.operations.clinical import change_clinical, change_course, change_sins
from planning.store import Change
from tests.builders.cases import empty_case

COURSE = {
    "pain_scale": "NPRS", "pain_before": 7, "pain_after": 3, "pain_after_weeks": 4.5, "karnofsky_before_pct": 60,
    "karnofsky_after_pct": 80, "complication": "2", "local_control": True, "local_control_months": 12,
}  # fmt: skip


def told():
    case = change_clinical(
        empty_case(), intent="palliative", appearance="lytic", canal="1b", fracture=True, hardware=False
    )
    case = change_sins(case, location="rigid", pain="mechanical", collapse="over-half")
    return change_course(case, **COURSE)


def test_words_become_what_the_model_keeps_and_none_takes_them_back():
    case = told()
    said = case.clinical
    assert (said.appearance, said.canal, said.fracture, said.hardware) == (
        Appearance.LYTIC, CanalExtension.SAC, True, False,
    )  # fmt: skip
    assert said.course.complication is Complication.SHORT_STAY and said.course.pain_change == -4
    assert change_clinical(case, appearance=None).clinical.appearance is None
    assert said.sins.alignment is None and Clinical().course == Course()
    assert Change.between(case, change_sins(case, alignment="normal")) is Change.CLINICAL


@pytest.mark.parametrize(
    ("change", "values", "code", "words"),
    [
        (change_clinical, {"colour": "red"}, "clinical-fact-unknown", "no fact 'colour'"),
        (change_clinical, {"sins": None}, "clinical-fact-unknown", "no fact 'sins'"),
        (change_clinical, {"intent": "cure"}, "clinical-value-unknown", "'cure' is no value of 'intent'"),
        (change_clinical, {"canal": "4"}, "clinical-value-unknown", "'4' is no value of 'canal'"),
        (change_clinical, {"fracture": "yes"}, "clinical-value-unknown", "'yes' is no value of 'fracture'"),
        (change_sins, {"pain": "much"}, "clinical-value-unknown", "'much' is no value of 'pain'"),
        (change_course, {"complication": "0"}, "clinical-value-unknown", "'0' is no value of 'complication'"),
        (change_course, {"complication": "7"}, "clinical-value-unknown", "'7' is no value of 'complication'"),
        (change_course, {"pain_before": "seven"}, "clinical-value-unknown", "'seven' is no value"),
        (change_course, {"pain_before": True}, "clinical-value-unknown", "'True' is no value"),
        (change_course, {"pain_before": 11}, "course-invalid", "run from 0 to 10"),
        (change_course, {"pain_after": -1}, "course-invalid", "run from 0 to 10"),
        (change_course, {"pain_after": float("nan")}, "course-invalid", "run from 0 to 10"),
        (change_course, {"pain_before": 6.5}, "course-invalid", "NPRS has whole numbers only"),
        (change_course, {"pain_scale": None}, "course-invalid", "its scale is not said"),
        (change_course, {"karnofsky_after_pct": 75}, "course-invalid", "in tens"),
        (change_course, {"karnofsky_after_pct": 110}, "course-invalid", "in tens"),
        (change_course, {"pain_after_weeks": -2}, "course-invalid", "-2 weeks cannot be"),
        (change_course, {"local_control_months": float("inf")}, "course-invalid", "inf months cannot be"),
    ],
)
def test_what_cannot_be_is_refused_by_name(change, values, code, words):
    with pytest.raises(PlanError) as refused:
        change(told(), **values)
    assert refused.value.code == code and words in refused.value.message and refused.value.hint


def test_half_points_are_for_vas():
    case = change_course(empty_case(), pain_scale="VAS", pain_before=6.5)
    assert (case.clinical.course.pain_scale, case.clinical.course.pain_before) == (PainScale.VAS, 6.5)


def test_every_grade_has_words():
    assert [c.words.split(":")[0] for c in Complication] == ["no complication", *"123456"]


def test_the_case_file_keeps_all_of_it_and_refuses_what_cannot_be(tmp_path):
    path = tmp_path / "a.sacroplan"
    write_case(path, told())
    assert read_case(path)[0].clinical == told().clinical
    with zipfile.ZipFile(path) as archive:
        values = json.loads(archive.read("case.json"))
    for key, bad in (("pain_before", 12), ("complication", "9"), ("pain_scale", None), ("unheard", 1)):
        spoilt = json.loads(json.dumps(values))
        spoilt["clinical"]["course"][key] = bad
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("case.json", json.dumps(spoilt))
        with pytest.raises(CaseFileError, match="damaged"):
            read_case(path)


def test_a_file_that_only_knows_the_intent_opens(tmp_path):
    path = tmp_path / "a.sacroplan"
    write_case(path, change_clinical(empty_case(), intent="curative"))
    with zipfile.ZipFile(path) as archive:
        values = json.loads(archive.read("case.json"))
    values["clinical"] = {"intent": "curative"}
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("case.json", json.dumps(values))
    assert read_case(path)[0].clinical == change_clinical(empty_case(), intent="curative").clinical
