"""The CT as a volume in 3D: what of it is seen, before and behind surfaces, cut, and seen through."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from app.representations import layering
from app.representations.ct_solid import MOST_VOXELS, CtSolid, condensed
from app.representations.furniture3d import furniture3d
from app.representations.primitives import Label
from app.representations.scene3d import Scene3D
from app.representations.volume_look import SURFACES, Cut, Substance, VolumeLook
from imaging.errors import ImagingError
from imaging.geometry import VoxelGrid
from imaging.structures import StructureKind
from imaging.volume import Volume
from planning.model import Probe
from tests.builders.cases import ball, straight_tube
from tests.builders.solids import FRAME, GRID, HEIGHT_MM, PLATE_MM, SIZE_PX, body_with_plate, hidden_lesion, marked

BONE = VolumeLook(substance=Substance.BONE, see_through=False)
BEHIND, FRONT, ABOVE = (0.0, 0.0), (180.0, 0.0), (0.0, 90.0)
NEEDLE = Probe(id="C1", name="C1", device_id="icesphere-1.5", entry_mm=(0.0, 50.0, 0.0), tip_mm=(0.0, 0.0, 0.0))


@pytest.fixture(scope="module")
def volume() -> Volume:
    return body_with_plate()


@pytest.fixture(scope="module")
def picture(volume):
    made = Scene3D()
    made.take_solid(CtSolid(volume))
    yield made
    made.close()


def seen(picture, scene, look=BONE, view=BEHIND, coarse=False) -> np.ndarray:
    picture.update(replace(scene, volume_look=look))
    picture.look((0, 0, 0), *view, HEIGHT_MM)
    return picture.pixels(*SIZE_PX, coarse=coarse).astype(int)


def at(picture, pixels, lps_mm) -> np.ndarray:
    """Mean colour around the place of a point."""
    x, y = np.rint(picture.to_px(lps_mm, *SIZE_PX)[0]).astype(int)
    return pixels[y - 2 : y + 3, x - 2 : x + 3].reshape(-1, 3).mean(axis=0)


def is_pink(colour) -> bool:
    """Whether a colour is the lesion's, which has more blue than green; bone has less."""
    return colour[0] > colour[1] + 20 and colour[2] > colour[1]


def test_bone_is_bright_where_bone_is_and_soft_tissue_takes_the_rest_of_the_body(picture, volume):
    bare = marked(volume=volume)
    bone = seen(picture, bare)
    assert at(picture, bone, (0, 24, 0)).min() > 60 and at(picture, bone, (40, 24, -40)).min() > 60
    assert at(picture, bone, (62, 24, 0)).max() < 5, "muscle is no bone"
    soft = seen(picture, bare, replace(BONE, substance=Substance.SOFT_TISSUE))
    assert at(picture, soft, (62, 50, 0)).max() > 25 and soft[2, 2].max() < 5
    assert seen(picture, bare, SURFACES).max() < 5


def test_a_coarse_picture_shows_the_same(picture, volume):
    bare = marked(volume=volume)
    fine, coarse = (seen(picture, bare, coarse=coarse) for coarse in (False, True))
    assert abs(fine - coarse).mean() < 6


@pytest.mark.parametrize(
    ("cut", "kept_mm", "gone_mm"),
    [(Cut.AXIAL, (0, 24, -30), (0, 24, 30)), (Cut.SAGITTAL, (-30, 24, 0), (30, 24, 0))],
)
def test_a_cut_at_the_crosshair_takes_one_side_away_and_then_the_other(picture, volume, cut, kept_mm, gone_mm):
    bare = marked(volume=volume, place_mm=(0.0, PLATE_MM, 0.0))
    for other, kept, gone in ((False, kept_mm, gone_mm), (True, gone_mm, kept_mm)):
        pixels = seen(picture, bare, replace(BONE, cut=cut, other_side=other))
        assert at(picture, pixels, kept).min() > 40 and at(picture, pixels, gone).max() < 5


def test_a_coronal_cut_takes_away_what_lies_behind_it_and_then_what_lies_before(picture, volume):
    before_plate = marked(volume=volume, place_mm=(0.0, PLATE_MM - 10, 0.0))
    coronal = replace(BONE, cut=Cut.CORONAL)
    assert seen(picture, before_plate, coronal).max() < 5
    kept = seen(picture, before_plate, replace(coronal, other_side=True))
    assert kept == pytest.approx(seen(picture, before_plate), abs=2)


def test_a_wedge_opens_along_the_needle_to_whoever_looks(picture, volume):
    scene = marked(hidden_lesion(), volume=volume, probes=[NEEDLE])
    open_to_above = replace(BONE, cut=Cut.NEEDLE)
    for elevation in (50.0, -50.0):
        view = (0.0, elevation)
        whole, cut = seen(picture, scene, BONE, view), seen(picture, scene, open_to_above, view)
        up = np.sign(elevation)
        beside, inside = (48, 24, -40 * up), (22, 22, 24 * up)
        assert at(picture, cut, beside).min() > 40, "bone beside the wedge stays"
        assert at(picture, whole, inside).min() > 40 and at(picture, cut, inside).max() < 25
        assert is_pink(at(picture, cut, (0, 0, 8 * up))) and not is_pink(at(picture, whole, (0, 0, 8 * up)))
    assert (seen(picture, marked(volume=volume), open_to_above) == seen(picture, marked(volume=volume))).all(), (
        "without a needle nothing is cut"
    )


def test_along_the_shaft_a_wedge_still_opens(picture, volume):
    scene = marked(volume=volume, probes=[NEEDLE])
    cut = seen(picture, scene, replace(BONE, cut=Cut.NEEDLE))
    assert at(picture, cut, (0, 24, 30)).max() < 25 < 40 < at(picture, cut, (0, 24, -40)).min()


def test_bone_hides_the_lesion_until_it_is_seen_through(picture, volume):
    scene = marked(hidden_lesion(), volume=volume)
    hidden = seen(picture, scene)
    through = seen(picture, scene, replace(BONE, see_through=True))
    assert not is_pink(at(picture, hidden, (0, 0, 0))) and is_pink(at(picture, through, (0, 0, 0)))
    beside = at(picture, through, (40, 24, 40))
    assert beside == pytest.approx(at(picture, hidden, (40, 24, 40)), abs=1)
    assert is_pink(at(picture, seen(picture, scene, view=FRONT), (0, 0, 0))), "from the front nothing hides it"


@pytest.mark.parametrize(("behind_mm", "tinted"), [(40, True), (0, False)])
def test_what_is_translucent_lies_before_or_behind_the_volume(picture, volume, behind_mm, tinted):
    canal = StructureKind.CANAL, straight_tube((0, behind_mm, -20), (0, behind_mm, 20), 8.0)
    bare, veiled = (seen(picture, marked(*shapes, volume=volume)) for shapes in ((), (canal,)))
    change = abs(at(picture, veiled, (0, behind_mm, 0)) - at(picture, bare, (0, behind_mm, 0))).max()
    assert change > 4 if tinted else change < 1


def test_a_volume_takes_the_place_of_the_bones_surfaces_once_it_is_there(volume):
    plate = StructureKind.BONE, ball(GRID, 12, (0, 20, 0))
    scene = marked(plate, volume=volume)
    made = Scene3D()
    try:
        alone = seen(made, scene, SURFACES)
        assert (seen(made, scene) == alone).all() and not made.casts, "it is not there yet"
        made.take_solid(CtSolid(volume))
        cast = seen(made, scene)
        assert made.casts and (cast != alone).any()
        assert at(made, cast, (40, 24, 40)).min() > 40
        other = replace(scene, volume=body_with_plate())
        seen(made, other)
        assert not made.casts, "the volume of another CT is not shown"
    finally:
        made.close()


def test_the_title_says_what_is_shown_and_cut_and_what_is_still_being_made(picture, volume):
    def said(scene, look) -> set[str]:
        seen(picture, scene, look)
        shown = replace(scene, volume_look=look)
        return {mark.text for mark in furniture3d(shown, picture, SIZE_PX, BEHIND) if isinstance(mark, Label)}

    axial, along = replace(BONE, cut=Cut.AXIAL), replace(BONE, cut=Cut.NEEDLE)
    bare, other = marked(volume=volume), marked(volume=body_with_plate())
    assert "bone, axial cut" in said(bare, axial) and "bone, axial cut: being made" in said(other, axial)
    assert "bone" in said(bare, along), "without a needle nothing is cut"
    assert "bone, cut along the needle" in said(marked(volume=volume, probes=[NEEDLE]), along)
    assert not [words for words in said(bare, SURFACES) if "surfaces" in words]


def test_cuts_take_bone_away_from_surfaces_too_and_leave_the_lesion(picture):
    bone = StructureKind.BONE, ball(GRID, 14, (0, 30, 20))
    scene = marked(bone, (StructureKind.LESION, ball(GRID, 12, (0, 0, 30))), probes=[NEEDLE])
    whole = seen(picture, scene, SURFACES)
    assert at(picture, whole, (10, 44, 20)).max() > 30
    axial, wedge = (seen(picture, scene, VolumeLook(cut=cut), (0.0, 40.0)) for cut in (Cut.AXIAL, Cut.NEEDLE))
    for cut in (axial, wedge):
        assert is_pink(at(picture, cut, (0, 0, 42)))
        assert (
            at(picture, cut, (0, 44, 20)).max()
            < at(picture, seen(picture, scene, SURFACES, (0.0, 40.0)), (0, 44, 20)).max()
        )


def test_a_click_meets_the_volume_or_what_is_seen_through_it(picture, volume):
    scene = marked(hidden_lesion(), volume=volume)
    seen(picture, scene)
    middle = SIZE_PX[0] / 2, SIZE_PX[1] / 2
    assert picture.pick(*middle, *SIZE_PX) == pytest.approx([0, PLATE_MM + 4, 0], abs=3)
    assert picture.pick(2, 2, *SIZE_PX) is None
    seen(picture, scene, replace(BONE, see_through=True))
    assert picture.pick(*middle, *SIZE_PX) == pytest.approx([0, 10, 0], abs=3)
    seen(picture, scene, replace(BONE, cut=Cut.AXIAL))
    assert picture.pick(*middle, *SIZE_PX) is not None
    x, y = picture.to_px((20, 24, 30), *SIZE_PX)[0]
    assert picture.pick(x, y, *SIZE_PX) is None, "what is cut away cannot be clicked"


def test_a_large_ct_is_averaged_in_its_place_and_the_table_left_out():
    whole = body_with_plate(table=True)
    fine = Volume(hu=whole.hu.repeat(4, axis=2), grid=narrow(whole.grid, 4), provenance=whole.provenance)
    small = condensed(fine)
    assert max(small.hu.shape) <= MOST_VOXELS < max(fine.hu.shape)
    for lps_mm in ((0, PLATE_MM, 0), (40, PLATE_MM, -40), (0, 0, 60), (-60, -40, 0)):
        assert small.hu_at(lps_mm) == pytest.approx(whole.hu_at(lps_mm), abs=60)
    assert small.grid.bounds_mm[1][1] < 60, "the table lies behind"


def narrow(grid: VoxelGrid, times: int) -> VoxelGrid:
    """The grid with so many times more columns over the same place."""
    matrix = np.array(grid.lps_from_ijk)
    matrix[:3, 0] /= times
    matrix[:3, 3] -= matrix[:3, 0] * (times - 1) / 2
    k, j, i = grid.shape_kji
    return VoxelGrid(shape_kji=(k, j, i * times), lps_from_ijk=matrix, frame_uid=FRAME)


def test_what_is_too_small_for_a_body_is_shown_as_it_is_and_a_single_layer_refused():
    whole = body_with_plate()
    piece = Volume(hu=whole.hu[38:42, 38:42, 38:42], grid=GRID_OF_PIECE, provenance=whole.provenance)
    assert (condensed(piece).hu == piece.hu).all()
    _, j, i = whole.hu.shape
    layer = VoxelGrid(shape_kji=(1, j, i), lps_from_ijk=whole.grid.lps_from_ijk, frame_uid=FRAME)
    with pytest.raises(ImagingError) as refused:
        CtSolid(Volume(hu=whole.hu[:1], grid=layer, provenance=whole.provenance))
    assert refused.value.code == "ct-too-thin" and refused.value.hint


GRID_OF_PIECE = VoxelGrid(shape_kji=(4, 4, 4), lps_from_ijk=GRID.lps_from_ijk, frame_uid=FRAME)


def test_layers_are_put_together_as_they_lie():
    def layer(*rgba):
        return np.array([[rgba]], np.float32)

    clear, solid, veil = layer(0, 0, 0, 0), layer(100, 100, 100, 255), layer(0, 0, 100, 128)
    assert layering.within(solid, veil, clear)[0, 0, :3] == pytest.approx([49.8, 49.8, 149.8], abs=0.5), "before it"
    assert layering.within(solid, veil, solid)[0, 0, :3] == pytest.approx([100, 100, 100], abs=0.5), "behind it"
    half = layer(50, 50, 50, 127.5)
    between = layering.within(half + solid * 0.5, veil, half)[0, 0]
    assert between[2] == pytest.approx(50 + 0.5 * (100 + 50 - 0.5 * 0.004), rel=0.2) and between[0] < between[2]
    assert layering.over(solid, veil)[0, 0, :3] == pytest.approx([49.8, 49.8, 149.8], abs=0.5)
