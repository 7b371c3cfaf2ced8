"""The truth that comes with a phantom agrees with its voxels."""

import dataclasses

import numpy as np
import pytest

from imaging.phantom import SMALL, Anomaly, Lesion, PhantomLabel, make_phantom
from imaging.phantom.anatomy import Anatomy
from imaging.phantom.canvas import Canvas
from imaging.phantom.lattice import Lattice
from imaging.phantom.tissues import LABELS_OF
from imaging.structures import SACRAL_ROOT_LEVELS, Side, StructureKind

ALL_ROOTS = [f"{level}.{side}" for level in SACRAL_ROOT_LEVELS for side in "LR"]
BONE = (PhantomLabel.CORTEX, PhantomLabel.TRABECULAR)


def _bones_at(points_mm):
    """The label at patient points when only bones and discs are painted."""
    anatomy = Anatomy(SMALL)
    labels = []
    for point in points_mm:
        lattice = Lattice((1, 1, 1), np.eye(3), np.asarray(point, float))
        canvas = Canvas.empty(lattice, 0.5, SMALL.seed)
        anatomy.paint_bones(canvas)
        labels.append(int(canvas.labels[0, 0, 0]))
    return labels


@pytest.mark.parametrize("level", SACRAL_ROOT_LEVELS)
def test_a_root_never_runs_through_bone(level):
    course = next(c for c in Anatomy(SMALL).roots if c.level == level)
    points = course.points[::4]
    inside = [p.round(1).tolist() for p, n in zip(points, _bones_at(points), strict=True) if n in BONE]
    assert inside == []


@pytest.mark.parametrize("name", [name for name in ALL_ROOTS if name[:2] not in ("S4", "S5")])
def test_the_voxels_on_a_root_are_nerve(small, name):
    """S4 and S5 are thinner than the voxels of the small phantom."""
    tube = small.roots[name]
    i, j, k = np.rint(small.volume.grid.to_ijk(tube.points_mm)).astype(int).T
    found = small.labels[k, j, i]
    assert np.mean(np.isin(found, (PhantomLabel.ROOT, PhantomLabel.GANGLION))) > 0.6


def test_all_roots_are_there_and_on_their_side(small):
    assert sorted(small.roots) == sorted(ALL_ROOTS)
    for name, tube in small.roots.items():
        assert (tube.points_mm[:, 0] > 0).all() == name.endswith("L")
        assert tube.length_mm > 60


@pytest.mark.parametrize("level", ["S1", "S2", "S3", "S4"])
@pytest.mark.parametrize("side", list(Side))
def test_a_root_passes_its_own_ventral_foramen(small, level, side):
    foramen = next(f for f in small.foramina if (f.level, f.side, f.ventral) == (level, side, True))
    distances = {
        name: np.linalg.norm(tube.points_mm - foramen.centre_mm, axis=1).min() for name, tube in small.roots.items()
    }
    assert min(distances, key=distances.__getitem__) == f"{level}.{side}"
    assert distances[f"{level}.{side}"] < foramen.radius_mm


def test_four_pairs_of_ventral_and_dorsal_foramina(small):
    assert len(small.foramina) == 16
    for ventral, dorsal in zip(small.foramina[:8], small.foramina[8:], strict=True):
        assert (ventral.level, ventral.side) == (dorsal.level, dorsal.side)
        assert dorsal.centre_mm[1] > ventral.centre_mm[1] + 8
        assert ventral.radius_mm > dorsal.radius_mm


def test_foramina_are_holes_in_bone(small):
    anatomy = Anatomy(SMALL)
    tunnels = (*anatomy.sacrum.ventral_tunnels, *anatomy.sacrum.dorsal_tunnels)
    points = [p for t in tunnels for p in anatomy.curve.to_patient(t.points)]
    assert not set(_bones_at(points)) & set(BONE)


def test_thecal_sac_ends_at_mid_s2(small):
    s1, s2 = (next(f for f in small.foramina if f.level == n and f.ventral) for n in ("S1", "S2"))
    tip = small.thecal_sac.points_mm[-1]
    assert s2.centre_mm[2] < tip[2] < s1.centre_mm[2] + 6
    assert small.thecal_sac.radii_mm[-1] < 0.25 * small.thecal_sac.radii_mm.max()


def test_ganglia_lie_on_their_roots(small):
    assert len(small.ganglia) == 12
    for ganglion in small.ganglia:
        tube = small.roots[f"{ganglion.level}.{ganglion.side}"]
        assert np.linalg.norm(tube.points_mm - ganglion.centre_mm, axis=1).min() < 1.0
    largest = max(small.ganglia, key=lambda g: g.radius_across_mm)
    assert largest.level == "S1"


def test_canal_holds_no_bone(small):
    i, j, k = np.rint(small.volume.grid.to_ijk(small.canal.points_mm)).astype(int).T
    inside = (k >= 0) & (k < small.labels.shape[0])
    assert not np.isin(small.labels[k[inside], j[inside], i[inside]], BONE).any()


def test_every_structure_has_voxels(small):
    kinds = LABELS_OF.keys() - {StructureKind.METAL, StructureKind.CORD}
    assert {kind for kind in kinds if small.mask(kind).count == 0} == set()
    body = small.mask(StructureKind.SKIN)
    assert body.minus(small.label_mask(PhantomLabel.SKIN)).count > 0.8 * body.count
    assert small.mask(StructureKind.METAL).count == 0


def test_every_label_but_a_few_is_used(small):
    absent = set(PhantomLabel) - set(np.unique(small.labels))
    only_above = {PhantomLabel.CORD, PhantomLabel.ABDOMINAL_ORGAN, PhantomLabel.LUNG}
    assert absent <= {PhantomLabel.METAL} | only_above


@pytest.mark.parametrize(
    ("label", "low", "high"),
    [
        (PhantomLabel.FAT, -120, -85),
        (PhantomLabel.MUSCLE, 35, 65),
        (PhantomLabel.URINE, -5, 20),
        (PhantomLabel.TRABECULAR, 60, 350),
        (PhantomLabel.LESION, 25, 90),
        (PhantomLabel.AIR, -1005, -960),
    ],
)
def test_hounsfield_units_of_the_tissues(small, label, low, high):
    assert low < float(np.median(small.volume.hu[small.labels == label])) < high


def test_the_pelvis_is_symmetric_without_its_lesion(small):
    x = small.volume.grid.to_lps(np.stack([np.arange(128), np.zeros(128), np.zeros(128)], axis=1))[:, 0]
    assert np.allclose(x, -x[::-1])
    bone = np.isin(small.labels, BONE) | (small.labels == PhantomLabel.LESION)
    assert np.mean(bone != bone[:, :, ::-1]) < 2e-3


def test_anomaly_none_by_default():
    assert SMALL.anomaly is Anomaly.NONE


def test_an_osteoid_osteoma_is_a_dark_nidus_in_dense_bone():
    lesion = Lesion(kind="osteoid osteoma", site="ala", diameters_mm=(9.0, 9.0, 9.0))
    base = dataclasses.replace(
        SMALL, spacing_ijk_mm=(1.0, 1.0, 1.0), shape_kji=(40, 60, 60), centre_mm=(44.0, 17.0, -14.5)
    )
    plain, sick = make_phantom(base), make_phantom(dataclasses.replace(base, lesions=(lesion,)))
    nidus = sick.lesion_mask()
    around = np.asarray(sick.lesions[0].centre_mm) + np.array([[6.0, 0, 0], [-6.0, 0, 0], [0, 0, 6.0], [0, 0, -6.0]])
    assert nidus.volume_mm3 == pytest.approx(np.pi / 6 * 9**3, rel=0.15)
    assert sick.volume.hu_at(np.asarray(sick.lesions[0].centre_mm)) == pytest.approx(110, abs=60)
    denser = [sick.volume.hu_at(p) - plain.volume.hu_at(p) for p in around]
    assert min(denser) > 150, "bone around the nidus is not dense"
