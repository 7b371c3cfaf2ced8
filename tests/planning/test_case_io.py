"""The case file: everything comes back, and whatever goes wrong, the file on disk stays as it was."""

from __future__ import annotations

import errno
import io
import json
import os
import resource
import zipfile
from dataclasses import replace

import numpy as np
import pytest

from imaging.structures import StructureKind, Tube
from planning.case_io import read_case, write_case
from planning.case_io.document import SCHEMA_VERSION
from planning.case_io.zones import zone_to_arrays
from planning.catalogue import Mode, Phase
from planning.errors import CaseFileError
from planning.model.annotation import AnnotationKind
from planning.model.clinical import Intent
from planning.model.digest import shape_digest
from planning.model.naming import make_structure
from planning.operations.annotations import add_annotation
from planning.operations.clinical import change_clinical
from planning.operations.probes import add_probe, set_schedule
from planning.operations.structures import put_structure
from planning.services import prediction_digest
from tests.builders.cases import (
    CRYO,
    ball,
    centred_grid,
    distances_mm,
    empty_case,
    hot_ball,
    ice_ball,
    lesion,
    root,
    straight_tube,
    zone_of,
)

GRID = centred_grid(20)


def full_case(grid=GRID):
    case = empty_case(grid)
    image = replace(
        case.image, slice_thickness_mm=1.25, synthetic=True, findings=("A gap of 3 mm.",), patient_position="HFP"
    )
    case = replace(case, image=image, name="Sakrum Ä – 骶骨")
    case = put_structure(case, lesion(ball(grid, 6.3, (3, -2, 1)), origin="grown", confirmed=False))
    case = put_structure(case, root("S2", "L", straight_tube((5, 0.1, -9.7), (7.3, 1 / 3, 9)), origin="marked"))
    case = put_structure(case, root("S2", "R", Tube(np.random.default_rng(1).normal(size=(7, 3)), np.arange(1.0, 8))))
    case = put_structure(case, make_structure(StructureKind.CANAL, ball(grid, 4, (0, 12, 0))))
    case = add_probe(case, CRYO, (1 / 3, 18, 0), (0, 0.1, 0))
    case = add_probe(case, "iceseed-1.5", (8, 18, 0), (8, 0, 0))
    return set_schedule(case, [Phase(kind="on", duration_s=421.5), Phase(kind="off", duration_s=60)])


def results_of(case):
    cold = zone_of(
        case,
        ice_ball(9),
        centred_grid(15),
        times_s=np.linspace(0, 600, 7),
        curves_c={"root.S2.L": np.linspace(37, -3, 7), "canal": np.full(7, 36.9)},
        notes=("Bone by CT value.", "Ä"),
    )
    hot_grid = centred_grid(12)
    hot = replace(
        zone_of(case, hot_ball(7), hot_grid, Mode.HEAT),
        digest="of-another-plan",
        cem43_min=distances_mm(hot_grid).astype(np.float32),
        body_c=36.5,
        times_s=np.linspace(0, 60, 4),
        power_w={"probe-1": np.array([0.0, 9.5, 8.0, 0.0])},
        impedance_ohm={"probe-1": np.array([np.nan, 55.0, 48.5, np.nan])},
    )
    return {cold.digest: cold, hot.digest: hot}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "plan.sacroplan"


@pytest.fixture
def saved(path):
    case = full_case()
    write_case(path, case, results_of(case))
    return path


def same_structures(a, b):
    bare = [[replace(s, shape=None) for s in case.structures] for case in (a, b)]
    shapes = [[shape_digest(s.shape) for s in case.structures] for case in (a, b)]
    return bare[0] == bare[1] and shapes[0] == shapes[1]


def refused(path, code="case-damaged", word="damaged"):
    before = path.read_bytes()
    with pytest.raises(CaseFileError) as caught:
        read_case(path)
    assert caught.value.code == code
    assert word in str(caught.value)
    assert path.read_bytes() == before
    return caught.value


def test_everything_comes_back(saved):
    case = full_case()
    again, results = read_case(saved)
    assert same_structures(case, again)
    assert again.plan == case.plan
    assert again.name == case.name
    assert again.image.grid.same_as(case.image.grid)
    assert replace(again.image, grid=case.image.grid) == case.image
    assert prediction_digest(again) == prediction_digest(case)
    assert set(results) == set(results_of(case))


def test_zones_come_back_with_dose_and_curves(saved):
    for digest, zone in results_of(full_case()).items():
        again = read_case(saved)[1][digest]
        assert again.grid.same_as(zone.grid)
        assert np.array_equal(again.extreme_c, zone.extreme_c) and again.extreme_c.dtype == np.float32
        assert (again.cem43_min is None) == (zone.cem43_min is None)
        if zone.cem43_min is not None:
            assert np.array_equal(again.cem43_min, zone.cem43_min)
        assert np.array_equal(again.times_s, zone.times_s)
        assert set(again.curves_c) == set(zone.curves_c)
        assert all(np.array_equal(again.curves_c[name], curve) for name, curve in zone.curves_c.items())
        for again_w, kept_w in ((again.power_w, zone.power_w), (again.impedance_ohm, zone.impedance_ohm)):
            assert set(again_w) == set(kept_w)
            assert all(np.array_equal(again_w[name], curve, equal_nan=True) for name, curve in kept_w.items())
        for key in ("mode", "fidelity", "digest", "model", "body_c", "notes"):
            assert getattr(again, key) == getattr(zone, key)


def test_a_bare_case_comes_back(path):
    write_case(path, empty_case(GRID))
    case, results = read_case(path)
    assert (case.structures, case.plan.probes, case.plan.schedule, results) == ((), (), None, {})


def test_saving_twice_leaves_one_file_with_the_second(saved):
    write_case(saved, replace(full_case(), name="Second"))
    assert read_case(saved)[0].name == "Second"
    assert [p.name for p in saved.parent.iterdir()] == [saved.name]


# Damage


@pytest.mark.parametrize("share", [0.0, 0.01, 0.25, 0.5, 0.75, 0.99])
def test_a_file_that_was_cut_off_is_refused_and_left_alone(saved, share):
    whole = saved.read_bytes()
    saved.write_bytes(whole[: int(share * len(whole))])
    assert "earlier copy" in refused(saved).hint


def test_a_file_without_its_last_byte_is_refused(saved):
    saved.write_bytes(saved.read_bytes()[:-1])
    refused(saved)


def test_no_flipped_bit_goes_unnoticed(path):
    """A flip either is refused as damage or lies where no content is: times, attributes, comments."""
    small = centred_grid(6)
    case = put_structure(empty_case(small), lesion(ball(small, 3)))
    case = put_structure(case, root("S2", "L", straight_tube((1, 0, -4), (1, 0, 4))))
    zone = zone_of(case, ice_ball(3), centred_grid(2), times_s=np.arange(3.0), curves_c={"root.S2.L": np.arange(3.0)})
    write_case(path, case, {zone.digest: zone})
    whole = path.read_bytes()
    seen = 0
    for at in range(0, len(whole), 5):
        flipped = bytearray(whole)
        flipped[at] ^= 1 << (at % 8)
        path.write_bytes(flipped)
        try:
            again, results = read_case(path)
        except CaseFileError as error:
            assert error.code == "case-damaged"
            seen += 1
        else:
            assert same_structures(case, again) and again.image.digest == case.image.digest
            assert np.array_equal(results[zone.digest].extreme_c, zone.extreme_c)
        assert path.read_bytes() == bytes(flipped)
    assert seen > 0.5 * len(whole) / 5


@pytest.mark.parametrize(("offset", "bit"), [(8, 0x01), (8, 0x20), (10, 0x04), (10, 0x01), (10, 0x60)])
def test_a_flip_in_the_archives_directory_is_refused(saved, offset, bit):
    """Flags for a password and patched data, and ways to compress that nobody wrote."""
    content = bytearray(saved.read_bytes())
    content[content.index(b"PK\x01\x02") + offset] ^= bit
    saved.write_bytes(content)
    refused(saved)


def test_a_file_that_is_no_archive_is_refused(path):
    path.write_text("This is a letter.")
    refused(path)


def test_an_archive_that_is_no_case_is_refused(path):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("letter.txt", "Dear colleague")
    refused(path)


def test_a_missing_file_is_refused_by_name(path):
    with pytest.raises(CaseFileError, match="no case file") as caught:
        read_case(path)
    assert caught.value.code == "case-missing"


def rewritten(path, change, members=None):
    """Write the archive again, soundly, with its document or members changed."""
    with zipfile.ZipFile(path) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    document = json.loads(content["case.json"])
    change(document)
    content["case.json"] = json.dumps(document).encode()
    content |= members or {}
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in content.items():
            archive.writestr(name, data)


def test_a_file_of_the_first_version_opens_without_what_it_did_not_know(saved):
    def as_before(d):
        d.update(schema_version=1)
        for key in ("pockets", "thermocouples"):
            d.pop(key)

    before = read_case(saved)[0]
    rewritten(saved, as_before)
    assert read_case(saved)[0].plan == before.plan


def annotated(case):
    right, down = (1.0, 0.0, 0.0), (0.0, 0.6, -0.8)
    square = [(0, 0, 0), (5, 0, 0), (5, 3, -4), (0, 3, -4)]
    points = {
        "distance": square[:2],
        "angle": square[:3],
        "ellipse": square[::2],
        "polygon": square,
        "arrow": square[:2],
    }
    for kind, places in points.items():
        case = add_annotation(case, AnnotationKind(kind), places, right, down)
    return add_annotation(case, AnnotationKind.NOTE, square[:1], right, down, "Gefäß – hier")


def test_measurements_and_notes_come_back_and_files_from_before_them_have_none(saved):
    case = annotated(read_case(saved)[0])
    write_case(saved, case)
    assert read_case(saved)[0].annotations == case.annotations and len(case.annotations) == 6
    assert {a.kind for a in case.annotations} == set(AnnotationKind)

    def as_before(d):
        d.update(schema_version=7)
        d.pop("annotations")

    rewritten(saved, as_before)
    again = read_case(saved)[0]
    assert again.annotations == () and again.plan == case.plan


BAD_ANNOTATIONS = {
    "a kind that is none": (lambda a: a[0].update(kind="circle"), "kind"),
    "a polygon of two corners": (
        lambda a: a[3].update(points_mm=a[3]["points_mm"][:2]),
        "annotation-4: it needs at least 3",
    ),
    "a point off the plane": (
        lambda a: a[1]["points_mm"][0].__setitem__(2, 9.0),
        "annotation-2: its points do not lie",
    ),
    "axes that are no unit vectors": (lambda a: a[2].update(right=[2, 0, 0]), "annotation-3: its plane"),
    "a point that is no number": (lambda a: a[5].update(points_mm=[[None, 0, 0]]), "points_mm"),
    "a key nobody knows": (lambda a: a[5].update(weather="fine"), "weather"),
    "a colour nobody knows": (lambda a: a[5].update(colour="mauve"), "colour"),
    "two of one id": (lambda a: a[1].update(id="annotation-1"), "an id is given twice"),
}


@pytest.mark.parametrize("name", BAD_ANNOTATIONS)
def test_a_measurement_that_does_not_hold_together_is_refused_by_name(saved, name):
    write_case(saved, annotated(read_case(saved)[0]))
    twist, word = BAD_ANNOTATIONS[name]
    rewritten(saved, lambda d: twist(d["annotations"]))
    assert word in refused(saved).context["reason"]


def test_clinical_facts_are_kept_and_what_nobody_said_stays_unsaid(saved):
    case = read_case(saved)[0]
    assert case.clinical.intent is None
    for intent in Intent:
        write_case(saved, change_clinical(case, intent=intent))
        assert read_case(saved)[0].clinical.intent is intent


def test_a_file_of_a_newer_version_says_so(saved):
    rewritten(saved, lambda d: d.update(schema_version=SCHEMA_VERSION + 1, something_new=True))
    assert "Update sacroplan" in refused(saved, "case-newer", "newer version").hint


def deep(document, *keys):
    for key in keys:
        document = document[key]
    return document


TWISTS = {
    "unknown key": lambda d: d.update(patient="X"),
    "unknown key of a probe": lambda d: d["probes"][0].update(power_w=3),
    "version is a word": lambda d: d.update(schema_version="one"),
    "version is missing": lambda d: d.pop("schema_version"),
    "version is true": lambda d: d.update(schema_version=True),
    "version zero": lambda d: d.update(schema_version=0),
    "no image": lambda d: d.pop("image"),
    "unknown kind": lambda d: d["structures"][0].update(kind="spleen"),
    "a root with no shape": lambda d: d["structures"][1].update(tube=None),
    "a structure with two shapes": lambda d: d["structures"][0].update(tube=d["structures"][1]["tube"]),
    "two structures of one id": lambda d: d["structures"][3].update(id="lesion"),
    "two probes of one id": lambda d: d["probes"][1].update(id=d["probes"][0]["id"]),
    "mask of another size": lambda d: d["structures"][0]["mask"].update(stop_kji=[30, 30, 30]),
    "mask outside the CT": lambda d: d["structures"][0]["mask"].update(start_kji=[40, 40, 40], stop_kji=[53, 53, 53]),
    "mask with a negative start": lambda d: d["structures"][0]["mask"].update(start_kji=[-5, 0, 0]),
    "mask too large for any memory": lambda d: d["structures"][0]["mask"].update(stop_kji=[10**6] * 3),
    "mask that is not there": lambda d: d["structures"][0]["mask"].update(member="masks/999.npy"),
    "singular grid": lambda d: d["image"]["grid"].update(lps_from_ijk=[[0.0] * 4] * 4),
    "grid without voxels": lambda d: d["image"]["grid"].update(shape_kji=[0, 4, 4]),
    "ragged matrix": lambda d: d["image"]["grid"].update(lps_from_ijk=[[1.0], [1.0, 2.0]]),
    "tube of one point": lambda d: d["structures"][1]["tube"].update(points_mm=[[0, 0, 0]], radii_mm=[1]),
    "tube with a negative radius": lambda d: d["structures"][1]["tube"].update(radii_mm=[1, -1]),
    "radii that do not fit": lambda d: d["structures"][1]["tube"].update(radii_mm=[1, 1, 1]),
    "phase of no time": lambda d: d["schedule"][0].update(duration_s=0),
    "phase of another kind": lambda d: d["schedule"][0].update(kind="boil"),
    "a result that is not there": lambda d: d["results"].append("nowhere"),
}


@pytest.mark.parametrize("name", TWISTS)
def test_a_document_that_does_not_hold_together_is_refused(saved, name):
    rewritten(saved, TWISTS[name])
    refused(saved, word="case file")


@pytest.mark.parametrize("document", [b"[1, 2]", b"null", b"{", b"\xff\xfe\x00", b"[" * 100_000])
def test_a_document_that_is_no_document_is_refused(saved, document):
    rewritten(saved, lambda d: None, {"case.json": document})
    refused(saved, word="case file")


def npz(**arrays):
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def pickled(value):
    buffer = io.BytesIO()
    np.save(buffer, np.array(value, dtype=object), allow_pickle=True)
    return buffer.getvalue()


class Trap:
    """Makes a folder when it is unpickled."""

    def __init__(self, folder):
        self.folder = str(folder)

    def __reduce__(self):
        return os.mkdir, (self.folder,)


def test_no_pickle_is_ever_opened(saved, tmp_path):
    sprung = tmp_path / "sprung"
    rewritten(saved, lambda d: None, {"masks/000.npy": pickled([Trap(sprung)])})
    refused(saved)
    assert not sprung.exists()


def test_no_pickle_in_a_result_is_ever_opened(saved, tmp_path):
    sprung = tmp_path / "sprung"
    member = f"results/{prediction_digest(full_case())}.npz"
    rewritten(saved, lambda d: None, {member: npz(about=np.array([Trap(sprung)], dtype=object))})
    refused(saved)
    assert not sprung.exists()


def zone_with(**changes):
    zone = results_of(full_case())[prediction_digest(full_case())]
    arrays = zone_to_arrays(zone) | changes
    return npz(**{name: array for name, array in arrays.items() if array is not None})


@pytest.mark.parametrize(
    "changes",
    [
        {"extreme_c": np.zeros((3, 3, 3), np.float32)},
        {"extreme_c": None},
        {"times_s": None},
        {"about": np.array("[]")},
        {"about": np.array("no json")},
        {"cem43_min": np.zeros((3, 3, 3), np.float32)},
        {"curve:canal": np.zeros(5)},
        {"power:probe-1": np.zeros(5)},
        {"impedance:probe-1": np.zeros(5)},
    ],
    ids=lambda c: ", ".join(c),
)
def test_a_zone_whose_arrays_do_not_fit_is_refused(saved, changes):
    rewritten(saved, lambda d: None, {f"results/{prediction_digest(full_case())}.npz": zone_with(**changes)})
    refused(saved)


# Saving


def not_saved(path, word, **changes):
    with pytest.raises(CaseFileError) as caught:
        write_case(path, replace(full_case(), **changes))
    assert caught.value.code == "case-not-saved"
    assert word in str(caught.value)
    return caught.value


def test_a_full_disk_keeps_the_old_file_byte_for_byte(saved, monkeypatch):
    before = saved.read_bytes()

    def full(_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert "old file is untouched" in not_saved(saved, "No space left on device").hint
    assert saved.read_bytes() == before
    assert [p.name for p in saved.parent.iterdir()] == [saved.name]


@pytest.mark.parametrize("largest_bytes", [0, 1000, 3000])
def test_a_write_the_system_cuts_short_keeps_the_old_file(saved, largest_bytes):
    """The kernel itself refuses to let a file grow: what a full disk does, without needing one."""
    before = saved.read_bytes()
    assert len(before) > 3000
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest_bytes, hard))
    try:
        with pytest.raises(CaseFileError) as caught:
            write_case(saved, full_case(), results_of(full_case()))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert caught.value.code == "case-not-saved"
    assert saved.read_bytes() == before
    assert [p.name for p in saved.parent.iterdir()] == [saved.name]


def test_a_case_that_cannot_be_written_leaves_nothing_behind(saved):
    before = saved.read_bytes()
    case = full_case()
    broken = {"no such digest": replace(results_of(case)[prediction_digest(case)], body_c=object())}
    with pytest.raises(TypeError):
        write_case(saved, case, broken)
    assert saved.read_bytes() == before
    assert [p.name for p in saved.parent.iterdir()] == [saved.name]


def test_a_folder_that_does_not_exist_is_refused(tmp_path):
    not_saved(tmp_path / "nowhere" / "plan.sacroplan", "No such file or directory")
    assert list(tmp_path.iterdir()) == []


def test_a_path_that_is_a_folder_is_refused(tmp_path):
    folder = tmp_path / "plan.sacroplan"
    folder.mkdir()
    not_saved(folder, "plan.sacroplan")
    assert [p.name for p in tmp_path.iterdir()] == [folder.name]


def test_the_old_case_can_be_read_until_the_new_one_is_complete(saved, monkeypatch):
    seen = []
    fsync = os.fsync

    def looked_at(number):
        seen.append(read_case(saved)[0].name)
        fsync(number)

    monkeypatch.setattr(os, "fsync", looked_at)
    write_case(saved, replace(full_case(), name="New"))
    assert seen[0] == full_case().name
    assert read_case(saved)[0].name == "New"
