"""The truth of a phantom with the whole spine agrees with its voxels, and the pelvis stays what it was."""

import dataclasses

import numpy as np
import pytest

from imaging.phantom import (
    DEMO,
    SMALL,
    Contrast,
    Lesion,
    PhantomError,
    PhantomLabel,
    PhantomParameters,
    make_phantom,
)
from imaging.structures import SACRAL_ROOT_LEVELS, Side, StructureKind

LEVELS = ("T11", "T12", "L1", "L2", "L3", "L4", "L5")
BONE = (PhantomLabel.CORTEX, PhantomLabel.TRABECULAR)
SPINE = PhantomParameters(
    shape_kji=(118, 80, 90),
    spacing_ijk_mm=(2.0, 2.0, 2.0),
    centre_mm=(0.0, -10.0, 108.0),
    top_level="T11",
    noise_hu=4.0,
    lesions=(Lesion(kind="lytic", site="L2", side=Side.LEFT, diameters_mm=(18.0, 18.0, 16.0)),),
)


@pytest.fixture(scope="module")
def spine():
    return make_phantom(SPINE)


def _labels_at(phantom, points_mm):
    grid = phantom.volume.grid
    shown = np.asarray(points_mm)[grid.contains(points_mm)]
    i, j, k = np.rint(grid.to_ijk(shown)).astype(int).T
    return phantom.labels[k, j, i]


def test_every_root_of_the_spine_and_of_the_sacrum_is_there(spine):
    names = [*LEVELS[:-1], *SACRAL_ROOT_LEVELS]
    assert list(spine.roots) == [f"{name}.{side}" for name in names for side in Side]
    for name, tube in spine.roots.items():
        assert (tube.points_mm[:, 0] > 0).all() == name.endswith("L")
    tops = [spine.roots[f"{name}.L"].points_mm[0, 2] for name in names]
    assert tops == sorted(tops, reverse=True)


@pytest.mark.parametrize("level", ["L2", "L3", "L4", "L5"])
@pytest.mark.parametrize("side", list(Side))
def test_the_voxels_on_a_root_are_nerve(spine, level, side):
    found = _labels_at(spine, spine.roots[f"{level}.{side}"].points_mm)
    assert np.mean(np.isin(found, (PhantomLabel.ROOT, PhantomLabel.GANGLION))) > 0.6
    assert not np.isin(found, BONE).any()


def test_cord_sac_and_canal_are_where_their_tubes_are(spine):
    assert (_labels_at(spine, spine.cord.points_mm[:-4]) == PhantomLabel.CORD).all()
    below = spine.cord.points_mm[-1, 2] - 6.0
    sac = spine.thecal_sac.points_mm
    assert not (_labels_at(spine, sac[sac[:, 2] < below]) == PhantomLabel.CORD).any()
    found = _labels_at(spine, sac[:-3])
    assert np.isin(found, (PhantomLabel.THECAL_SAC, PhantomLabel.CORD)).mean() > 0.97
    assert not np.isin(_labels_at(spine, spine.canal.points_mm), BONE).any()
    whole = spine.mask(StructureKind.THECAL_SAC)
    assert spine.label_mask(PhantomLabel.CORD).minus(whole).count == 0
    assert whole.minus(spine.mask(StructureKind.CANAL)).count == 0


def test_vertebrae_have_voxels_of_their_own(spine):
    assert spine.bone_names == ("T10", *LEVELS, "sacrum")
    masks = {name: spine.bone_mask(name) for name in spine.bone_names}
    heights = [masks[name].points_mm()[:, 2].mean() for name in spine.bone_names]
    assert heights == sorted(heights, reverse=True)
    total = sum(mask.count for mask in masks.values())
    together = masks["T10"]
    for mask in masks.values():
        together = together.union(mask)
    assert together.count == total
    for name in LEVELS:
        # Lumbar vertebrae have some 50 to 90 ml with their arch, the last thoracic ones less.
        assert 25_000 < masks[name].volume_mm3 < 95_000
    bone = spine.mask(StructureKind.BONE)
    near = [p for p in bone.minus(together).points_mm() if abs(p[0]) < 20.0]
    assert len(near) < 0.01 * bone.count
    inside = spine.lesion_mask().minus(masks["L2"]).count
    assert inside < 0.02 * spine.lesion_mask().count


def test_a_foramen_is_open_in_the_voxels_too(spine):
    assert [(f.level, f.side) for f in spine.neural_foramina] == [(n, s) for n in LEVELS for s in Side]
    assert len(spine.foramina) == 16
    for foramen in spine.neural_foramina:
        assert (foramen.centre_mm[0] > 0) == (foramen.side is Side.LEFT)
        assert 3.0 < foramen.radius_mm < foramen.height_mm / 2 + 0.1
        if spine.in_view([foramen.centre_mm])[0]:
            assert _labels_at(spine, [foramen.centre_mm])[0] not in (*BONE, PhantomLabel.DISC)
        ganglion = next(g for g in spine.ganglia if (g.level, g.side) == (foramen.level, foramen.side))
        assert np.linalg.norm(ganglion.centre_mm - foramen.centre_mm) < 3.0


def test_the_trunk_is_not_empty(spine):
    shares = {label: np.mean(spine.labels == label) for label in PhantomLabel}
    assert shares[PhantomLabel.MUSCLE] > 0.15
    for label in ("ABDOMINAL_ORGAN", "ARTERY", "VEIN", "BOWEL_WALL", "DISC", "CARTILAGE", "FASCIA", "LUNG"):
        assert shares[PhantomLabel[label]] > 1e-4, label


def test_a_spine_cut_off_lower_down_has_less():
    lumbar = dataclasses.replace(SPINE, top_level="L2", shape_kji=(10, 20, 20), lesions=())
    made = make_phantom(lumbar)
    assert next(iter(made.roots)) == "L2.L"
    assert made.bone_names[0] == "L1"
    assert [f.level for f in made.neural_foramina][::2] == ["L2", "L3", "L4", "L5"]
    assert made.cord is not None
    assert make_phantom(dataclasses.replace(lumbar, top_level="L3")).cord is None


def test_the_pelvis_knows_its_bones_too(small):
    assert small.bone_names == ("L3", "L4", "L5", "sacrum")
    masks = [small.bone_mask(name) for name in small.bone_names]
    heights = [mask.points_mm()[:, 2].mean() for mask in masks]
    assert heights == sorted(heights, reverse=True)
    assert masks[2].union(masks[3]).count == masks[2].count + masks[3].count
    assert small.lesion_mask().minus(masks[3]).count < 0.35 * small.lesion_mask().count
    assert small.neural_foramina == ()
    with pytest.raises(PhantomError) as refusal:
        small.bone_mask("T11")
    assert refusal.value.code == "phantom-no-such-bone"


def test_contrast_brightens_vessels_and_not_bone(spine):
    other = make_phantom(dataclasses.replace(SPINE, contrast=Contrast.PORTAL_VENOUS))
    assert np.array_equal(other.labels, spine.labels)

    def rise(label):
        chosen = spine.labels == label
        return np.median(other.volume.hu[chosen].astype(int) - spine.volume.hu[chosen])

    assert rise(PhantomLabel.ARTERY) > 60
    assert rise(PhantomLabel.ABDOMINAL_ORGAN) > 40
    assert abs(rise(PhantomLabel.TRABECULAR)) < 2
    assert abs(rise(PhantomLabel.FAT)) < 2


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda: PhantomParameters(top_level="T9"), "phantom-top-level"),
        (lambda: PhantomParameters(top_level="L4"), "phantom-top-level"),
        (lambda: PhantomParameters(contrast="arterial"), "phantom-contrast"),
        (lambda: PhantomParameters(lesions=(Lesion(site="L2"),)), "phantom-lesion-level"),
        (lambda: PhantomParameters(top_level="L1", lesions=(Lesion(site="T12"),)), "phantom-lesion-level"),
    ],
)
def test_what_cannot_be_is_refused(make, code):
    with pytest.raises(PhantomError) as refusal:
        make()
    assert refusal.value.code == code


def test_digests_of_the_pelvis_last():
    """Caches and frames of reference are named by them: a parameter added later must not change them."""
    assert PhantomParameters().digest.startswith("b05fc6025003aa69")
    assert DEMO.digest.startswith("2353f836b1890297")
    assert dataclasses.replace(SMALL, top_level="L2").digest != SMALL.digest
    assert dataclasses.replace(SMALL, contrast="portal_venous").digest != SMALL.digest
