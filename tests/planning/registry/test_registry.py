"""The registry: rows from case files, a cohort as series tell it, CSV, and files that cannot be read."""

from __future__ import annotations

import csv
import io
import statistics
from pathlib import Path

import pytest

from planning.case_io import write_case
from planning.errors import CaseFileError
from planning.model.clinical import Intent
from planning.model.course import Complication, Course, PainScale
from planning.operations.cement import add_cement
from planning.operations.clinical import change_clinical, change_course
from planning.operations.probes import add_probe
from planning.operations.protection import add_pocket
from planning.operations.structures import put_structure
from planning.registry.cohort import Distribution, cohort_of
from planning.registry.rows import RegistryRow, read_registry, row_of
from planning.registry.table import COLUMNS, csv_text, write_csv
from tests.builders.cases import CRYO, RF, ball, centred_grid, empty_case, lesion

GRID = centred_grid(20)


def treated(device=CRYO, **course):
    case = put_structure(empty_case(GRID), lesion(ball(GRID, 6)))
    case = add_probe(case, device, (0, 18, 0), (0, 0, 0))
    return change_course(case, **course) if course else case


def row(**changes):
    values = {
        "file": Path("a.sacroplan"), "name": "A", "size_mm": None, "place": "", "intent": None, "modality": None,
        "protected": None, "consolidated": None, "course": Course(),
    }  # fmt: skip
    return RegistryRow(**(values | changes))


def words(cohort):
    return {e.name: e.words.replace("\u202f", " ") for e in cohort.entries}


def test_a_row_is_what_plan_and_lesion_say():
    case = add_pocket(treated(), "co2", (0, 10, 0), 3)
    found = row_of(case, Path("x"))
    assert (found.modality, found.protected, found.consolidated) == ("cryoablation", True, False)
    assert found.size_mm == pytest.approx(13, abs=0.6)
    cemented = row_of(add_cement(treated(RF), (0, 0, 0), 2), Path("x"))
    assert (cemented.modality, cemented.protected, cemented.consolidated) == ("RFA", False, True)
    planless = row_of(empty_case(GRID), Path("x"))
    assert planless.modality is planless.protected is planless.consolidated is planless.size_mm is None


def test_a_cohort_is_told_as_series_do():
    sizes = [19.0, 38.0, 57.0]
    pains = [(8, 2), (6, 5), (None, 1)]
    rows = [
        row(
            size_mm=size, intent=Intent.PALLIATIVE, modality="RFA" if size < 30 else "cryoablation", protected=size > 20,
            course=Course(
                pain_scale=PainScale.NPRS, pain_before=before, pain_after=after,
                complication=Complication.NONE if size < 30 else Complication.SHORT_STAY,
            ),
        )
        for size, (before, after) in zip(sizes, pains, strict=True)
    ]  # fmt: skip
    told = words(cohort_of([*rows, row()]))
    assert told["Largest diameter"] == "38.0 ± 19.0 mm (median 38.0, range 19.0 to 57.0), n = 3, 1 missing"
    assert (
        told["Modality: RFA"] == "1/3 (33 %), 1 missing" and told["Modality: cryoablation"] == "2/3 (67 %), 1 missing"
    )
    assert told["Protection"] == "2/3 (67 %), 1 missing"
    assert told["Consolidation"] == "not assessed (4 missing)"
    assert told["NPRS before"].startswith("7.0 ± 1.4 (median 7.0") and told["NPRS before"].endswith("n = 2, 2 missing")
    assert told["NPRS change"].startswith("−3.5 ± 3.5")
    assert told["NPRS lower by 2 or more"] == "1/2 (50 %), 2 missing"
    assert told["Any complication"] == "2/3 (67 %), 1 missing" and told["CIRSE grade 2"] == "2/3 (67 %), 1 missing"
    assert told["Local control"] == "not assessed (4 missing)"
    assert "VAS before" not in told and "CIRSE grade 1" not in told


def test_scales_are_never_mixed_and_one_case_has_no_deviation():
    scales = [
        row(course=Course(pain_scale=scale, pain_before=value))
        for scale, value in ((PainScale.NPRS, 8), (PainScale.VAS, 2.5))
    ]
    told = words(cohort_of(scales))
    assert told["NPRS before"] == "8.0 (median 8.0, range 8.0 to 8.0), n = 1"
    assert told["VAS before"] == "2.5 (median 2.5, range 2.5 to 2.5), n = 1"


def test_numbers_are_those_of_the_statistics_library():
    values = (3.0, 1.0, 4.0, 1.0, 5.0, 9.0)
    found = Distribution(name="x", unit="", missing=0, values=values)
    assert found.mean == pytest.approx(statistics.mean(values)) and found.median == 3.5
    assert found.deviation == pytest.approx(statistics.stdev(values))


def test_a_folder_is_read_and_what_cannot_be_read_is_named(tmp_path):
    for n, name in enumerate(("a", "b")):
        write_case(tmp_path / f"{name}.sacroplan", treated(pain_scale="NPRS", pain_before=5 + n))
    (tmp_path / "cut.sacroplan").write_bytes((tmp_path / "a.sacroplan").read_bytes()[:200])
    (tmp_path / ".half.sacroplan").write_bytes(b"")
    (tmp_path / "notes.txt").write_text("no case")
    found = read_registry([tmp_path, tmp_path / "a.sacroplan"])
    assert [r.file.name for r in found.rows] == ["a.sacroplan", "b.sacroplan"]
    assert [(u.file.name, "damaged" in u.reason) for u in found.unreadable] == [("cut.sacroplan", True)]
    for place in (tmp_path / "nowhere", tmp_path / "empty"):
        (tmp_path / "empty").mkdir(exist_ok=True)
        with pytest.raises(CaseFileError) as refused:
            read_registry([place])
        assert refused.value.code == "registry-empty"


def test_csv_has_units_in_its_header_and_no_name_unless_asked_for(tmp_path):
    case = change_clinical(
        treated(pain_scale="VAS", pain_before=6.5, complication="none", local_control=False), intent="curative"
    )
    found = [row_of(case, Path("x")), row(name="=SUM(A1)")]
    lines = list(csv.DictReader(io.StringIO(csv_text(found))))
    assert tuple(lines[0]) == COLUMNS and [line["case"] for line in lines] == ["1", "2"]
    first = lines[0]
    assert (first["pain_scale"], first["pain_before_0_10"], first["pain_after_0_10"]) == ("VAS", "6.5", "")
    assert (first["complication_cirse"], first["local_control"], first["intent"]) == ("none", "no", "curative")
    assert float(first["largest_diameter_mm"]) == pytest.approx(13, abs=0.6)
    assert all(value == "" for key, value in lines[1].items() if key != "case")
    named = list(csv.DictReader(io.StringIO(csv_text(found, with_identity=True))))
    assert [line["case"] for line in named] == ["A case", "'=SUM(A1)"]
    write_csv(tmp_path / "r.csv", found)
    assert (tmp_path / "r.csv").read_text(encoding="utf-8-sig") == csv_text(found)


def test_csv_that_cannot_be_written_leaves_the_old_one(tmp_path):
    with pytest.raises(CaseFileError) as refused:
        write_csv(tmp_path / "nowhere" / "r.csv", [row()])
    assert refused.value.code == "registry-not-saved"
    assert not list(tmp_path.iterdir())
