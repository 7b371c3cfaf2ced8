"""`edit` and `measure` on a case file; refusals name what is wrong and leave the file as it is."""

from __future__ import annotations

import numpy as np
import pytest

from imaging.phantom.tissues import PhantomLabel
from imaging.structures import StructureKind
from planning.case_io import read_case
from tests.e2e.conftest import text_of


@pytest.fixture
def marked(command_line, phantom_folder, small_phantom, tmp_path):
    """A case file with lesion, bowel beside it, and a root."""
    path = tmp_path / "plan.sacroplan"
    command_line.ok("new", phantom_folder, path)
    command_line.ok("lesion", path, "--seed", text_of(small_phantom.lesions[0].centre_mm))
    command_line.ok("edit", "margin", path, "lesion", "--mm", 6, "--as", "bowel")
    points = [text_of(p) for p in small_phantom.roots["S2.L"].points_mm[::12]]
    command_line.ok(
        "structure", path, "--tube", "root", "--level", "S2", "--side", "L", "--radius", 2, "--points", *points
    )
    return path


def test_margin_says_what_was_achieved_and_keeps_clear(command_line, marked):
    before = read_case(marked)[0].structure("lesion").volume_mm3
    made = command_line.ok("edit", "margin", marked, "lesion", "--mm", 4, "--clear-of", "root.S2.L=3")
    assert made["achieved_mm"] == pytest.approx(4, abs=0.5) and made["volume_mm3"] > 1.5 * before
    case = read_case(marked)[0]
    away_mm = case.structure("root.S2.L").shape.signed_distance_mm(case.structure("lesion").shape.points_mm())
    assert away_mm.min() > 3
    overlapping = case.structure("bowel").volume_mm3
    command_line.ok("edit", "margin", marked, "lesion", "--mm", 1, "--take-from", "bowel")
    assert read_case(marked)[0].structure("bowel").volume_mm3 < overlapping


def test_every_edit_of_a_painted_structure(command_line, marked):
    shapes = [read_case(marked)[0].structure("bowel").shape.digest]
    for words in (
        # what is left of bone and marrow is ragged, in pieces and has holes
        ("threshold", "--hu", 130, 3000),
        ("islands",),
        ("fill-holes",),
        ("smooth", "--mm", 3),
        ("combine", "--with", "lesion", "--how", "union"),
        ("cut", "--outline", "-200,-200,0", "200,-200,0", "200,25,0", "-200,25,0", "--along", "0,0,1"),
    ):
        said = command_line.ok("edit", words[0], marked, "bowel", *words[1:])
        shape = read_case(marked)[0].structure("bowel").shape
        assert said["volume_mm3"] == pytest.approx(shape.volume_mm3)
        shapes.append(shape.digest)
    assert len(set(shapes)) >= 6


def test_a_root_is_mirrored_followed_and_widened(command_line, marked, small_phantom):
    made = command_line.ok("edit", "mirror", marked, "root.S2.L", "--midline", "0,-30,0", "0,60,0")
    assert made["id"] == "root.S2.R"
    case = read_case(marked)[0]
    assert not case.structure("root.S2.R").confirmed
    assert case.structure("root.S2.R").shape.points_mm[:, 0] == pytest.approx(
        -case.structure("root.S2.L").shape.points_mm[:, 0]
    )
    command_line.ok("edit", "nerve", marked, "root.S2.L")
    assert len(read_case(marked)[0].structure("root.S2.L").shape.points_mm) > 10
    command_line.ok("edit", "radius", marked, "root.S2.L", "--point", 2, "--mm", 3.5)
    assert read_case(marked)[0].structure("root.S2.L").shape.radii_mm[1] == 3.5


def test_measure(command_line, marked):
    found = {s["id"]: s for s in command_line.ok("measure", marked)["structures"]}
    assert set(found) == {"lesion", "bowel", "root.S2.L"}
    lesion = found["lesion"]
    assert 20 < lesion["slice_short_mm"] <= lesion["slice_long_mm"] <= lesion["long_mm"] + 1 < 40
    assert 0 < lesion["hu"]["median"] < 90
    assert lesion["distances_mm"]["bowel"] == 0
    assert np.isfinite(found["root.S2.L"]["length_mm"])
    only = command_line.ok("measure", marked, "root.S2.L")["structures"]
    assert [s["id"] for s in only] == ["root.S2.L"]


def test_locked_structures_and_wrong_words_are_refused_and_the_file_stays(command_line, marked):
    assert command_line.ok("edit", "lock", marked, "lesion")["locked"]
    before = marked.read_bytes()
    for words, told in (
        (("edit", "smooth", marked, "lesion"), "Lesion is locked"),
        (("edit", "margin", marked, "bowel", "--mm", 2, "--take-from", "lesion"), "Lesion is locked"),
        (("lesion", marked, "--seed", "0,0,9999"), "outside the CT"),
        (("edit", "smooth", marked, "root.S2.L"), "is a centreline"),
        (("edit", "nerve", marked, "lesion"), "is no centreline"),
        (("edit", "radius", marked, "root.S2.L", "--point", 99, "--mm", 1), "number 99"),
        (("edit", "margin", marked, "bowel", "--mm", 90), "90 mm"),
        (("edit", "margin", marked, "bowel", "--mm", 3, "--clear-of", "lesion=x"), "ID=MM"),
        (("edit", "smooth", marked, "nothing"), "no structure 'nothing'"),
        (("measure", marked, "nothing"), "no structure 'nothing'"),
    ):
        assert told in command_line.refused(*words)
        assert marked.read_bytes() == before
    assert not command_line.ok("edit", "unlock", marked, "lesion")["locked"]
    command_line.ok("edit", "smooth", marked, "lesion")


def test_a_bladder_by_a_point_is_added_unconfirmed(command_line, marked, small_phantom):
    bladder = small_phantom.mask(StructureKind.BLADDER)
    middle = bladder.points_mm().mean(axis=0)
    made = command_line.ok("edit", "organ", marked, "bladder", "--at", text_of(middle))
    assert made["volume_mm3"] == pytest.approx(bladder.volume_mm3, rel=0.15) and made["open_frac"] < 0.3
    found = read_case(marked)[0].structure("bladder")
    assert not found.confirmed
    before = marked.read_bytes()
    assert "bladder, bowel, vessel" in command_line.refused("edit", "organ", marked, "lesion", "--at", text_of(middle))
    muscle = small_phantom.label_mask(PhantomLabel.MUSCLE).points_mm()
    assert "muscle" in command_line.refused(
        "edit", "organ", marked, "vessel", "--at", text_of(muscle[len(muscle) // 2])
    )
    assert marked.read_bytes() == before


def test_structures_are_drawn_by_points(command_line, marked, small_phantom):
    centre = np.array(small_phantom.lesions[0].centre_mm)
    far = text_of(centre + [0, -60, 0])
    first = command_line.ok("edit", "paint", marked, "bladder", "--points", far, "--radius", 9)
    ball_mm3 = 4 / 3 * np.pi * 9**3
    assert first["volume_mm3"] == pytest.approx(ball_mm3, rel=0.15)
    disc = ("--points", far, "--radius", 6, "--disc-across", "0,0,1", "--erase")
    assert 0 < command_line.ok("edit", "paint", marked, "bladder", *disc)["volume_mm3"] < first["volume_mm3"]
    command_line.ok(
        "edit", "paint", marked, "vessel", "--points", text_of(centre), "--radius", 25, "--keep-off", "lesion", "root.S2.L",
        "--hu", 0, 400,
    )  # fmt: skip
    case = read_case(marked)[0]
    vessel, lesion = (case.structure(name).shape for name in ("vessel", "lesion"))
    assert vessel.minus(lesion).count == vessel.count > 0
    assert not case.structure("root.S2.L").shape.contains(vessel.points_mm()).any()
    angles = np.linspace(0, 2 * np.pi, 6, endpoint=False)
    around = [text_of(centre + [11 * np.cos(a), 11 * np.sin(a), 0]) for a in angles]
    outlined = command_line.ok("edit", "outline", marked, "metal", "--points", *around)["volume_mm3"]
    assert 0.5 < outlined / (3 * np.pi * 11**2) < 2
    assert command_line.ok("edit", "outline", marked, "metal", "--points", *around, "--erase")["volume_mm3"] == 0
    border = text_of(centre + [11, 0, 0])
    assert command_line.ok("edit", "level", marked, "cord", "--at", border)["volume_mm3"] > 0


def test_a_piece_goes_and_a_point_moves(command_line, marked, small_phantom):
    centre = np.array(small_phantom.lesions[0].centre_mm)
    one, other = text_of(centre + [0, -60, 0]), text_of(centre + [30, -60, 0])
    for place in (one, other):
        both = command_line.ok("edit", "paint", marked, "bladder", "--points", place, "--radius", 7)
    left = command_line.ok("edit", "islands", marked, "bladder", "--without-at", one)
    assert left["volume_mm3"] == pytest.approx(both["volume_mm3"] / 2, rel=0.1)
    assert read_case(marked)[0].structure("bladder").shape.contains(centre + [30, -60, 0])[0]
    place = read_case(marked)[0].structure("root.S2.L").shape.points_mm[1] + [2, 3, 4]
    command_line.ok("edit", "point", marked, "root.S2.L", "--point", 2, "--to", text_of(place))
    assert read_case(marked)[0].structure("root.S2.L").shape.points_mm[1] == pytest.approx(place, abs=0.01)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("point", "lesion", "--point", 1, "--to", "0,0,0"), "Lesion is no centreline"),
        (("point", "root.S2.L", "--point", 99, "--to", "0,0,0"), "none of number 99"),
        (("paint", "root.S2.L", "--points", "0,0,0", "--radius", 3), "S2 L is a centreline"),
        (("outline", "lesion", "--points", "900,0,0", "0,0,0", "0,9,0"), "outside the CT"),
        (("level", "lesion", "--at", "900,0,0"), "outside the CT"),
        (("islands", "lesion", "--without-at", "900,0,0"), "not on the structure"),
    ],
)
def test_drawing_that_cannot_be_done_is_refused(command_line, marked, words, said):
    before = marked.read_bytes()
    assert said in command_line.refused("edit", words[0], marked, *words[1:])
    assert marked.read_bytes() == before
