"""The way of a needle through bone, against plates and balls whose surfaces are known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from imaging.errors import DomainError
from imaging.geometry import VoxelGrid
from imaging.labels import Mask
from imaging.structures import StructureKind
from imaging.volume import Provenance, Volume
from planning.catalogue.rules import load_path_rules, read_path_rules
from planning.errors import PlanError
from planning.model.case import Case, ImageReference, Probe
from planning.model.naming import make_structure
from planning.trajectory.passage import Passed, checkpoints, passage, way_text

HALF_MM, CORTEX_MM = 12.0, 4.0


def grid(spacing_mm=(0.8, 0.8, 1.0), size_mm=90.0):
    shape = tuple(int(size_mm / s) for s in spacing_mm[::-1])
    return VoxelGrid.axis_aligned(shape, spacing_mm, (-size_mm / 2,) * 3, "f")


def case_of(hu, bone, on, *, kind=StructureKind.SACRUM, confirmed=True):
    volume = Volume(hu=hu.astype(np.int16), grid=on, provenance=Provenance(kind="phantom"))
    mask = Mask.from_array(on, bone)
    case = Case(name="plate", image=ImageReference.of(volume, "plate"))
    return replace(case, structures=(make_structure(kind, mask, confirmed=confirmed),)), volume


def plate(normal, on=None, **kwargs):
    """Muscle with a plate of bone across its middle: cortex on both faces, cancellous between."""
    on = on or grid()
    k, j, i = np.indices(on.shape_kji)
    away = np.abs(on.to_lps(np.stack([i, j, k], axis=-1)) @ normal)
    hu = np.where(away <= HALF_MM, np.where(away >= HALF_MM - CORTEX_MM, 900, 180), 50)
    return case_of(hu, away <= HALF_MM, on, **kwargs)


def probe(entry_mm, tip_mm):
    return Probe(id="p", name="C1", device_id="icerod-1.5", entry_mm=tuple(entry_mm), tip_mm=tuple(tip_mm))


POSTERIOR = np.array([0.0, 1.0, 0.0])


def test_a_square_way_through_a_plate():
    case, volume = plate(POSTERIOR)
    found = passage(case, volume, probe((0, 40, 0), (0, -30, 0)))
    first, second = found.crossings
    assert (
        first.inwards
        and not second.inwards
        and (first.bone, first.face, second.face) == ("Sacrum", "posterior", "anterior")
    )
    assert first.depth_mm == pytest.approx(40 - HALF_MM, abs=0.5) and second.depth_mm == pytest.approx(
        40 + HALF_MM, abs=0.5
    )
    assert first.angle_deg == pytest.approx(0, abs=1.5) and second.angle_deg == pytest.approx(0, abs=1.5)
    kinds = [s.passed for s in found.stretches]
    assert kinds == [Passed.SOFT, Passed.CORTEX, Passed.CANCELLOUS, Passed.CORTEX, Passed.SOFT]
    assert found.length_mm(Passed.CORTEX) == pytest.approx(2 * CORTEX_MM, abs=1.5)
    assert found.drilled_mm == pytest.approx(2 * HALF_MM, abs=1.0)


@pytest.mark.parametrize("spacing_mm", [(0.8, 0.8, 1.0), (0.9, 0.9, 3.0)])
@pytest.mark.parametrize("tilt_deg", [0, 25, 50])
@pytest.mark.parametrize("angle_deg", [0, 20, 45, 65])
def test_angle_and_length_of_an_oblique_way(spacing_mm, tilt_deg, angle_deg):
    tilt = np.radians(tilt_deg)
    normal = np.array([0.0, np.cos(tilt), np.sin(tilt)])
    across = np.array([1.0, 0.0, 0.0])
    case, volume = plate(normal, grid(spacing_mm))
    shaft = np.cos(np.radians(angle_deg)) * normal + np.sin(np.radians(angle_deg)) * across
    found = passage(case, volume, probe(36 * shaft, -36 * shaft))
    assert [c.inwards for c in found.crossings] == [True, False]
    for crossing in found.crossings:
        assert crossing.angle_deg == pytest.approx(angle_deg, abs=4)
    assert found.drilled_mm == pytest.approx(
        2 * HALF_MM / np.cos(np.radians(angle_deg)), abs=2.0 * max(spacing_mm) + 0.5
    )


def test_a_way_that_ends_in_bone_goes_in_and_not_out():
    case, volume = plate(POSTERIOR)
    found = passage(case, volume, probe((0, 40, 0), (0, 0, 0)))
    assert [c.inwards for c in found.crossings] == [True]
    assert found.stretches[-1].passed is Passed.CANCELLOUS and found.stretches[-1].to_mm == pytest.approx(40)


def test_stretches_cover_the_way_without_gaps():
    case, volume = plate(np.array([0.0, 0.8, 0.6]))
    found = passage(case, volume, probe((5, 40, 10), (-7, -30, -12)))
    ends = [(s.from_mm, s.to_mm) for s in found.stretches]
    assert ends[0][0] == 0 and ends[-1][1] == pytest.approx(found.depth_mm)
    assert [a[1] for a in ends[:-1]] == pytest.approx([b[0] for b in ends[1:]])


def test_beside_bone_there_is_nothing_to_cross():
    case, volume = plate(POSTERIOR)
    found = passage(case, volume, probe((-30, 40, 0), (30, 16, 0)))
    assert found.crossings == () and found.drilled_mm == 0 and checkpoints(found) == []


def test_grazing_a_ball_the_angle_is_steep():
    on = grid()
    k, j, i = np.indices(on.shape_kji)
    r = np.linalg.norm(on.to_lps(np.stack([i, j, k], axis=-1)), axis=-1)
    case, volume = case_of(np.where(r <= 15, 600, 40), r <= 15, on)
    found = passage(case, volume, probe((12, 35, 0), (12, -35, 0)))
    assert [c.angle_deg for c in found.crossings] == pytest.approx([np.degrees(np.arcsin(12 / 15))] * 2, abs=4)


def test_a_lytic_lesion_in_the_way_is_told_and_not_taken_for_a_surface():
    on = grid()
    k, j, i = np.indices(on.shape_kji)
    at = on.to_lps(np.stack([i, j, k], axis=-1))
    hole = np.linalg.norm(at, axis=-1) <= 7
    bone = (np.abs(at[..., 1]) <= HALF_MM) & ~hole
    case, volume = case_of(np.where(bone, 600, 40), bone, on)
    lesion = make_structure(StructureKind.LESION, Mask.from_array(on, hole))
    marked = replace(case, structures=(*case.structures, lesion))
    found = passage(marked, volume, probe((0, 40, 0), (0, 0, 0)))
    assert [c.words for c in found.crossings] == ["into Sacrum, posterior face", "out of Sacrum into Lesion"]
    assert found.crossings[1].angle_deg is None and found.stretches[-1].passed is Passed.LESION
    assert found.length_mm(Passed.LESION) == pytest.approx(7, abs=0.8) and "in lesion" in way_text(found)
    through = passage(marked, volume, probe((0, 40, 0), (0, -40, 0)))
    assert through.crossings[2].words == "out of Lesion into Sacrum"


def test_the_words_name_depth_bone_face_and_angle():
    case, volume = plate(POSTERIOR)
    words = checkpoints(passage(case, volume, probe((0, 40, 0), (0, -30, 0))))
    assert words[0].endswith("into Sacrum, posterior face, 0° to its normal.")
    assert words[1].startswith("At 51.7") and "out of Sacrum, anterior face" in words[1]


def test_named_bones_come_before_all_bone_and_unconfirmed_ones_are_named():
    case, volume = plate(POSTERIOR, confirmed=False)
    everything = make_structure(StructureKind.BONE, case.structures[0].shape)
    both = replace(case, structures=(*case.structures, everything))
    found = passage(both, volume, probe((0, 40, 0), (0, -30, 0)))
    assert {c.bone for c in found.crossings} == {"Sacrum"} and found.unconfirmed == ("Sacrum",)


def test_bone_without_a_name_is_never_taken_for_soft_tissue():
    on = grid()
    k, j, i = np.indices(on.shape_kji)
    y = on.to_lps(np.stack([i, j, k], axis=-1))[..., 1]
    near, far = (y > 10) & (y < 25), (y > -25) & (y < 0)
    case, volume = case_of(np.where(near | far, 600, 40), near, on)
    both = replace(
        case, structures=(make_structure(StructureKind.BONE, Mask.from_array(on, near | far)), *case.structures)
    )
    found = passage(both, volume, probe((0, 40, 0), (0, -40, 0)))
    assert [(c.bone, c.inwards) for c in found.crossings] == [
        ("Sacrum", True), ("Sacrum", False), ("Bone", True), ("Bone", False),
    ]  # fmt: skip
    assert found.drilled_mm == pytest.approx(40, abs=2)


def test_where_a_name_ends_within_bone_there_is_no_surface():
    on = grid()
    k, j, i = np.indices(on.shape_kji)
    y = on.to_lps(np.stack([i, j, k], axis=-1))[..., 1]
    named, every = (y > 5) & (y < 20), (y > -20) & (y < 20)
    case, volume = case_of(np.where(every, 600, 40), named, on)
    both = replace(case, structures=(*case.structures, make_structure(StructureKind.BONE, Mask.from_array(on, every))))
    found = passage(both, volume, probe((0, 40, 0), (0, -40, 0)))
    assert [(c.bone, c.inwards) for c in found.crossings] == [("Sacrum", True), ("Sacrum", False), ("Bone", False)]
    assert found.drilled_mm == pytest.approx(40, abs=2)


def test_without_bone_it_is_refused():
    case, volume = plate(POSTERIOR)
    with pytest.raises(PlanError, match="No bone is outlined") as caught:
        passage(replace(case, structures=()), volume, probe((0, 40, 0), (0, -30, 0)))
    assert caught.value.code == "no-bone" and caught.value.hint


def test_the_border_of_cortex_has_a_source():
    assert "350" in load_path_rules().cortex_above_hu.source


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "cortex_above_hu"),
        ("[cortex_above_hu]\nvalue = 350\nsource = ''\n", "source"),
        ("[cortex_above_hu]\nvalue = nan\nsource = 'x'\n", "value"),
        ("[cortex_above_hounsfield]\nvalue = 350\nsource = 'x'\n", "cortex_above_hounsfield"),
    ],
)
def test_a_file_of_rules_that_cannot_be_is_refused_by_key(tmp_path, text, word):
    file = tmp_path / "paths.toml"
    file.write_text(text)
    with pytest.raises(DomainError, match=word):
        read_path_rules(file)
