"""Label maps of other programs: named, brought onto the CT's voxels, or refused; never pasted."""

from __future__ import annotations

import gzip
import json
import struct

import numpy as np
import pytest
import SimpleITK

from imaging.errors import ImagingError
from imaging.files import write_volume
from imaging.geometry import VoxelGrid
from imaging.label_maps import meaning_of, read_map
from imaging.label_maps.names import TOTAL_TASK
from tests.builders.label_maps import (
    COLON,
    GRID,
    L5,
    LEFT_HIP,
    LIVER,
    RIGHT_HIP,
    S1,
    SACRUM,
    bony_ct,
    label_map,
    volume_mm3,
    write_map,
)

CT = bony_ct()
NAMES = {SACRUM: "sacrum", S1: "vertebrae_S1", L5: "vertebrae_L5", LEFT_HIP: "hip_left", RIGHT_HIP: "hip_right", LIVER: "liver"}  # fmt: skip


def ids(found):
    """What was found, in short: ``ilium L``."""
    return [
        " ".join(filter(None, (s.meaning.kind.value, s.meaning.level, s.meaning.side or ""))) for s in found.structures
    ]


def masks(found):
    return dict(zip(ids(found), (s.mask for s in found.structures), strict=True))


def refused(path, code):
    with pytest.raises(ImagingError) as error:
        read_map(path, CT)
    assert error.value.code == code and error.value.hint
    return error.value.message


def changed(path, **pieces):
    """Change bytes of a NIfTI file's header: ``at_252=("hh", 0, 0)``."""
    content = bytearray(path.read_bytes())
    for at, (layout, *values) in pieces.items():
        struct.pack_into("<" + layout, content, int(at[3:]), *values)
    path.write_bytes(content)
    return path


# ---------------------------------------------------------------- names


def test_the_numbers_of_the_task_total():
    assert len(TOTAL_TASK) == 117
    for value, name in {
        1: "spleen", 18: "small_bowel", 21: "urinary_bladder", 25: "sacrum", 26: "vertebrae_S1", 27: "vertebrae_L5",
        43: "vertebrae_T1", 50: "vertebrae_C1", 52: "aorta", 65: "iliac_artery_left", 78: "hip_right", 79: "spinal_cord",
        80: "gluteus_maximus_left", 92: "rib_left_1", 115: "rib_right_12", 117: "costal_cartilages",
    }.items():  # fmt: skip
        assert TOTAL_TASK[value] == name


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("hip_left", "ilium L"), ("Right hip bone", "ilium R"), ("vertebrae_T12", "vertebra T12"), ("L5 vertebra", "vertebra L5"),
        ("vertebrae_S1", "sacrum"), ("spinal_cord", "cord"), ("urinary_bladder", "bladder"), ("Sigmoid colon", "bowel"),
        ("rectum", "bowel"), ("iliac_vena_right", "vessel"), ("left common iliac artery", "vessel"), ("aorta", "vessel"),
        ("body_trunc", "skin"), ("coccyx", "coccyx"),
        ("hip_implant_left", None), ("skin", None), ("L5", None), ("S1", None), ("vertebrae_C7", None), ("gallbladder", None),
        ("vertebra T13", None), ("L4 L5 vertebra", None), ("hip", None), ("left sacrum", None), ("femur_left", None), ("", None),
    ],
)  # fmt: skip
def test_a_name_means_a_structure_only_if_all_its_words_are_known(name, meant):
    meaning = meaning_of(name)
    found = None if meaning is None else " ".join(filter(None, (meaning.kind.value, meaning.level, meaning.side or "")))
    assert found == meant


def test_names_come_from_the_file_from_one_beside_it_or_from_the_numbers(tmp_path):
    bare = read_map(write_map(tmp_path / "bare.nii.gz"), CT)
    assert ids(bare) == ["bowel", "bladder", "vessel", "sacrum", "ilium L", "ilium R", "vertebra L5"]
    assert bare.by_number and bare.from_total_segmentator and bare.unused == ("liver",) and not bare.unnamed

    renumbered = np.select([label_map() == v for v in NAMES], range(1, 7), 0).astype(np.float32)
    for name, words in {
        "json.nrrd": json.dumps({"labels": {"background": 0} | {n: i for i, n in enumerate(NAMES.values(), 1)}}),
        "snap.mha": "\n".join(f'{i} 255 0 0 1 1 1 "{n}"' for i, n in enumerate(NAMES.values(), 1)),
        "slicer.nii": "# Color table\n"
        + "\n".join(f"{i} {n} 128 174 128 255" for i, n in enumerate(NAMES.values(), 1)),
    }.items():
        path = write_map(tmp_path / name, labels=renumbered)
        path.with_suffix(".json" if "json" in name else ".txt").write_text(words)
        found = read_map(path, CT)
        assert ids(found) == ["sacrum", "ilium L", "ilium R", "vertebra L5"] and not found.by_number
        assert masks(found)["sacrum"].count == np.isin(label_map(), (SACRUM, S1)).sum()


def test_the_label_table_in_a_nifti_file_is_read(tmp_path):
    path = write_map(tmp_path / "ct.nii", labels=(label_map(only=(SACRUM, LIVER)) > 5).astype(np.uint8) * 3)
    xml = b'<CaretExtension><Label Key="3" Red="1"><![CDATA[sacrum]]></Label></CaretExtension>'
    block = struct.pack("<ii", 8 + 152, 30) + xml.ljust(152, b"\0")
    content = path.read_bytes()
    header = bytearray(content[:352])
    struct.pack_into("<f", header, 108, 352 + len(block))
    header[348] = 1
    named = tmp_path / "named.nii.gz"
    named.write_bytes(gzip.compress(bytes(header) + block + content[352:]))
    found = read_map(named, CT)
    assert ids(found) == ["sacrum"] and not found.by_number
    assert masks(found)["sacrum"].count == (label_map() == SACRUM).sum()


def test_segments_of_3d_slicer_may_overlap_and_be_cropped(tmp_path):
    start, stop = (2, 4, 3), (33, 29, 38)
    cropped, box = GRID.crop(start, stop), tuple(slice(a, b) for a, b in zip(start, stop, strict=True))
    first, second = np.zeros((2, *GRID.shape_kji), np.uint8)
    first[label_map() == SACRUM], first[label_map() == LEFT_HIP] = 1, 2
    second[np.isin(label_map(), (SACRUM, S1))] = 1
    layers = [SimpleITK.GetImageFromArray(part[box]) for part in (first, second)]
    image = SimpleITK.Compose(layers)
    image.SetSpacing(cropped.spacing_ijk_mm.tolist())
    image.SetOrigin(cropped.origin_mm.tolist())
    for n, (name, layer, value) in enumerate((("Sacrum", 0, 1), ("Left ilium", 0, 2), ("L5 vertebra", 1, 1))):
        for what, said in {"Name": name, "ID": f"Segment_{n}", "Layer": layer, "LabelValue": value}.items():
            image.SetMetaData(f"Segment{n}_{what}", str(said))
    SimpleITK.WriteImage(image, str(tmp_path / "drawn.seg.nrrd"))
    found = read_map(tmp_path / "drawn.seg.nrrd", CT)
    assert ids(found) == ["sacrum", "ilium L", "vertebra L5"] and found.resampled_from_mm is None
    assert not found.from_total_segmentator
    assert np.array_equal(masks(found)["sacrum"].array(), label_map() == SACRUM)
    assert np.array_equal(masks(found)["vertebra L5"].array(), second == 1)


def test_a_folder_of_masks(tmp_path):
    for value, name in NAMES.items():
        write_map(tmp_path / f"{name}.nii.gz", labels=(label_map() == value).astype(np.uint8))
    write_map(tmp_path / "colon.nii.gz", labels=np.zeros(GRID.shape_kji, np.uint8))
    (tmp_path / "statistics.json").write_text("{}")
    found = read_map(tmp_path, CT)
    assert ids(found) == ["sacrum", "ilium L", "ilium R", "vertebra L5"] and found.unused == ("liver",)
    assert masks(found)["sacrum"].count == np.isin(label_map(), (SACRUM, S1)).sum()
    write_map(tmp_path / "hip_left.nii.gz")
    assert "different labels" in refused(tmp_path, "label-map-not-labels")


# ---------------------------------------------------------------- another grid


def turned(degrees, spacing_mm):
    a = np.radians(degrees)
    axes = np.array([[np.cos(a), -np.sin(a), 0], [np.sin(a), np.cos(a), 0], [0, 0, 1]])
    return VoxelGrid.along_axes(axes, np.full(3, -85.0), np.full(3, 85.0), spacing_mm, "another")


def test_the_same_voxels_in_another_order_are_taken_one_by_one(tmp_path):
    matrix = GRID.lps_from_ijk @ np.array([[0, -1.0, 0, 39], [1, 0, 0, 0], [0, 0, -1, 35], [0, 0, 0, 1]])
    other = VoxelGrid(shape_kji=(36, 40, 30), lps_from_ijk=matrix, frame_uid="another")
    found = read_map(write_map(tmp_path / "turned.nii.gz", other), CT)
    assert found.resampled_from_mm is None
    assert np.array_equal(masks(found)["bowel"].array(), label_map() == COLON)


@pytest.mark.parametrize(("degrees", "spacing_mm", "least_dice"), [(7, 1.7, 0.92), (25, 2.5, 0.93), (10, 5.0, 0.85)])
def test_other_voxels_are_resampled_at_their_true_place_and_volume(tmp_path, degrees, spacing_mm, least_dice):
    found = read_map(write_map(tmp_path / "other.nrrd", turned(degrees, spacing_mm)), CT)
    assert found.resampled_from_mm == pytest.approx((spacing_mm,) * 3)
    for name, values in {"sacrum": (SACRUM, S1), "ilium L": (LEFT_HIP,), "bowel": (COLON,)}.items():
        mask = masks(found)[name]
        truth = np.isin(label_map(), values)
        dice = 2 * (mask.array() & truth).sum() / (mask.count + truth.sum())
        assert dice > least_dice
        assert mask.volume_mm3 == pytest.approx(volume_mm3(*values), rel=0.08)


def test_labels_beside_the_ct_are_named_as_missed(tmp_path):
    wide = VoxelGrid.axis_aligned((60, 30, 40), 3.0, (-58.5, -43.5, -124.5), "another")
    labels = label_map(wide)
    labels[:10][labels[:10] == 0] = 29
    found = read_map(write_map(tmp_path / "wide.nrrd", wide, labels), CT)
    assert found.missed == ("vertebrae_L3",)


# ---------------------------------------------------------------- what is refused


def test_a_map_of_something_else_is_refused(tmp_path):
    def moved(*by_mm):
        matrix = GRID.lps_from_ijk.copy()
        matrix[:3, 3] += by_mm
        return write_map(
            tmp_path / "moved.nii.gz",
            VoxelGrid(shape_kji=GRID.shape_kji, lps_from_ijk=matrix, frame_uid="a"),
            label_map(),
        )

    assert "20 %" in refused(moved(0, 0, 86), "label-map-elsewhere")
    assert "% would be 8 mm away" in refused(moved(0, 0, 9), "label-map-not-on-bone")
    swapped = label_map()
    swapped[label_map() == LEFT_HIP], swapped[label_map() == RIGHT_HIP] = RIGHT_HIP, LEFT_HIP
    assert "right" in refused(write_map(tmp_path / "swapped.nii.gz", labels=swapped), "label-map-sides")
    soft = write_map(tmp_path / "sacrum.nii.gz", labels=label_map(only=(COLON,)))
    assert "0 %" in refused(soft, "label-map-not-on-bone")


def test_numbers_that_cannot_be_those_of_the_task_total_are_refused(tmp_path):
    version_1 = np.select([label_map() == v for v in (L5, S1, SACRUM)], (18, 25, 92), 0).astype(np.uint8)
    path = write_map(tmp_path / "v1.nii.gz", labels=version_1)
    assert "100 % of its bowel is as dense as bone" in refused(path, "label-names-missing")
    assert "none of them is a bone" in refused(
        write_map(tmp_path / "soft.nii.gz", labels=label_map(only=(COLON,))), "label-names-missing"
    )
    assert "liver" in refused(write_map(tmp_path / "liver.nii.gz", labels=label_map(only=(LIVER,))), "label-map-no-use")
    path.with_name("v1.json").write_text('{"18": "vertebrae_L5", "92": "sacrum"}')
    assert read_map(path, CT).unnamed == (25,)
    for words in ("[]", "{", '{"sacrum": "spine"}', "{}"):
        path.with_name("v1.json").write_text(words)
        assert "names none" in refused(path, "label-names-unreadable")


def test_what_is_no_label_map_is_refused(tmp_path):
    values = label_map().astype(np.float32)
    path = tmp_path / "map.nii"
    assert "below 0" in refused(write_map(path, labels=CT.hu - 300), "label-map-not-labels")
    many = np.arange(values.size, dtype=np.int32).reshape(values.shape)
    assert "1000" in refused(write_map(path, labels=many), "label-map-not-labels")
    assert "whole numbers" in refused(write_map(path, labels=values * 0.37), "label-map-not-labels")
    values[3, 3, 3] = np.nan
    for name in ("map.nii", "map.nii.gz", "map.nrrd"):
        assert "NaN" in refused(write_map(tmp_path / name, labels=values), "label-map-nan")
    empty = np.zeros(GRID.shape_kji, np.uint8)
    assert "empty" in refused(write_map(path, labels=empty), "label-map-empty")
    for name, image in {
        "flat.nii": SimpleITK.GetImageFromArray(label_map()[5]),
        "series.nii": SimpleITK.JoinSeries([SimpleITK.GetImageFromArray(label_map())] * 2),
        "slice.nii": SimpleITK.GetImageFromArray(label_map()[5:6]),
        "colours.nrrd": SimpleITK.GetImageFromArray(np.stack([label_map()] * 3, axis=-1), isVector=True),
    }.items():
        SimpleITK.WriteImage(image, str(tmp_path / name))
        refused(tmp_path / name, "label-map-dimensions")


def test_a_file_that_does_not_say_where_it_lies_is_refused(tmp_path):
    path = write_map(tmp_path / "map.nii")
    assert "where its voxels lie" in refused(changed(path, at_252=("hh", 0, 0)), "label-map-unplaced")
    sheared = (3.0, 1.5, 0, 0, 0, 3.0, 0, 0, 0, 0, 3.0, 0)
    assert "right angles" in refused(changed(path, at_252=("hh", 0, 1), at_280=("12f", *sheared)), "image-axes")
    flat = write_map(tmp_path / "map.nrrd")
    flat.write_bytes(flat.read_bytes().replace(b"(0,3,0)", b"(3,0,0)"))
    assert "coincide" in refused(flat, "image-axes")
    coarse = VoxelGrid.axis_aligned((14, 12, 15), 8.0, (-58, -44, -52), "another")
    assert "8 × 8 × 8 mm" in refused(write_map(tmp_path / "coarse.nii.gz", coarse), "label-map-coarse")


def test_what_cannot_be_read_is_refused(tmp_path):
    path = tmp_path / "map.nii.gz"
    path.write_text("no volume")
    refused(path, "file-unreadable")
    refused(tmp_path / "gone.nii.gz", "file-missing")
    (tmp_path / "empty").mkdir()
    assert "holds no masks" in refused(tmp_path / "empty", "label-map-missing")
    write_volume(tmp_path / "empty" / "sacrum.nii.gz", np.zeros(GRID.shape_kji, np.uint8), GRID)
    refused(tmp_path / "empty", "label-map-empty")
    image = SimpleITK.GetImageFromArray(label_map())
    image.SetMetaData("Segment0_Name", "sacrum")
    image.SetMetaData("Segment0_LabelValue", "one")
    SimpleITK.WriteImage(image, str(tmp_path / "odd.seg.nrrd"))
    refused(tmp_path / "odd.seg.nrrd", "label-names-unreadable")
