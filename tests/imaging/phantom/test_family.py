"""The parameters make a family: each takes effect, bad ones are refused, the same ones give the same phantom."""

import dataclasses

import numpy as np
import pytest

from imaging.errors import DomainError
from imaging.phantom import (
    DEMO,
    SMALL,
    Lesion,
    PhantomError,
    PhantomLabel,
    PhantomParameters,
    Screw,
    cached_phantom,
    make_phantom,
)
from imaging.progress import Cancelled, Progress
from imaging.structures import Side, StructureKind

TINY = dataclasses.replace(SMALL, shape_kji=(44, 52, 78), spacing_ijk_mm=(5.0, 5.0, 5.0), lesions=())


def _tiny(**changes):
    return make_phantom(dataclasses.replace(TINY, **changes))


@pytest.fixture(scope="module")
def tiny():
    return make_phantom(TINY)


def test_it_says_that_it_is_synthetic(small):
    assert small.volume.provenance.synthetic
    assert small.volume.provenance.kind == "phantom"
    assert "ynthetic" in small.volume.provenance.description
    assert small.volume.provenance.patient_position == "HFS"


def test_same_parameters_same_phantom(tiny):
    again = make_phantom(TINY)
    assert again.volume.digest == tiny.volume.digest
    assert np.array_equal(again.labels, tiny.labels)


def test_another_seed_another_noise_and_bowel(tiny):
    other = _tiny(seed=2)
    assert other.volume.digest != tiny.volume.digest
    assert other.mask(StructureKind.BOWEL).digest != tiny.mask(StructureKind.BOWEL).digest
    assert np.array_equal(other.roots["S1.L"].points_mm, tiny.roots["S1.L"].points_mm)


def test_noise_and_blur(tiny):
    quiet = _tiny(noise_hu=0.0)
    inside = tiny.labels == PhantomLabel.MUSCLE
    added = tiny.volume.hu.astype(float) - quiet.volume.hu
    assert 0.4 * TINY.noise_hu < added[inside].std() < TINY.noise_hu
    soft = _tiny(noise_hu=0.0, blur_mm=3.0)
    assert np.abs(np.diff(soft.volume.hu, axis=2)).mean() < np.abs(np.diff(quiet.volume.hu, axis=2)).mean()


def test_size_scales_the_patient(tiny):
    bigger = _tiny(size_scale=1.1, shape_kji=(50, 60, 90), lesions=(Lesion(diameters_mm=(30, 30, 30)),))
    assert bigger.lesions[0].volume_mm3 == pytest.approx(bigger.lesions[0].ellipsoid_mm3, rel=0.15)
    assert bigger.lesions[0].ellipsoid_mm3 == pytest.approx(np.pi / 6 * 30**3)
    assert bigger.roots["S2.L"].length_mm == pytest.approx(1.1 * tiny.roots["S2.L"].length_mm, rel=0.01)
    assert bigger.roots["S2.L"].radii_mm[0] == pytest.approx(1.1 * tiny.roots["S2.L"].radii_mm[0])


def test_sex_changes_pelvis_and_organs(tiny):
    male = _tiny(sex="M")
    hip = [np.ptp(p.mask(StructureKind.BONE).points_mm()[:, 0]) for p in (tiny, male)]
    assert hip[1] < hip[0]
    assert np.array_equal(np.unique(male.labels), np.unique(tiny.labels))


def test_lumbarised_s1_has_its_own_disc(tiny):
    other = _tiny(anomaly="lumbarised_s1")
    low = tiny.roots["S1.L"].points_mm[:, 2].max() - 25
    assert other.label_mask(PhantomLabel.DISC).points_mm()[:, 2].min() < low - 5
    assert other.label_mask(PhantomLabel.DISC).count > tiny.label_mask(PhantomLabel.DISC).count


def test_sacralised_l5_is_joined_to_the_sacrum(tiny):
    other = _tiny(anomaly="sacralised_l5")
    added = other.mask(StructureKind.BONE).array() & ~tiny.mask(StructureKind.BONE).array()
    added = tiny.volume.grid.to_lps(np.argwhere(added)[:, ::-1])
    assert (np.abs(added[:, 0]) < 60).all() and (added[:, 2] > -12).all()
    assert len(added) > 20


def test_rotation_turns_patient_and_truth_but_not_the_table(tiny):
    turned = _tiny(rotation_deg=(0.0, 0.0, 12.0))
    c, s = np.cos(np.deg2rad(12)), np.sin(np.deg2rad(12))
    turn = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])
    assert np.allclose(turned.roots["S1.L"].points_mm, tiny.roots["S1.L"].points_mm @ turn.T)
    i, j, k = np.rint(turned.volume.grid.to_ijk(turned.canal.points_mm[6:10])).astype(int).T
    assert not np.isin(turned.labels[k, j, i], (PhantomLabel.CORTEX, PhantomLabel.TRABECULAR)).any()
    table = turned.label_mask(PhantomLabel.TABLE).points_mm()
    assert abs(table[:, 0].mean()) < 3


def test_prone_turns_the_image_and_puts_the_table_in_front(tiny):
    prone = _tiny(patient_position="HFP")
    assert np.allclose(np.diag(prone.volume.grid.directions), (-1, -1, 1))
    assert prone.volume.provenance.patient_position == "HFP"
    assert prone.label_mask(PhantomLabel.TABLE).points_mm()[:, 1].max() < -90
    assert tiny.label_mask(PhantomLabel.TABLE).points_mm()[:, 1].min() > 60
    assert np.array_equal(prone.roots["S2.L"].points_mm, tiny.roots["S2.L"].points_mm)
    gas = [p.label_mask(PhantomLabel.BOWEL_GAS).points_mm()[:, 1].mean() for p in (prone, tiny)]
    assert gas[0] > gas[1]


@pytest.mark.parametrize("position", ["HFS", "HFP"])
def test_a_lesion_on_the_left_is_at_positive_x(position):
    sides = {Side.LEFT: 1, Side.RIGHT: -1}
    made = _tiny(patient_position=position, lesions=tuple(Lesion(site="S2", side=side) for side in sides))
    for n, sign in enumerate(sides.values()):
        assert sign * made.lesions[n].centre_mm[0] > 20
        assert (sign * made.lesion_mask(n).points_mm()[:, 0] > 10).all()


def test_lesion_volume_is_that_of_its_ellipsoid(small):
    truth = small.lesions[0]
    assert truth.volume_mm3 == pytest.approx(truth.ellipsoid_mm3, rel=0.12)
    assert truth.mask.volume_mm3 == truth.volume_mm3
    assert np.linalg.norm(truth.mask.points_mm().mean(axis=0) - truth.centre_mm) < 2.0
    assert truth.mask.minus(small.mask(StructureKind.LESION)).count == 0
    gap = small.roots["S2.L"].signed_distance_mm(truth.mask.points_mm()).min()
    assert gap < 5.0


def test_lesion_kinds_differ_in_density():
    lesions = tuple(
        Lesion(kind=kind, centre_mm=centre, diameters_mm=(24, 24, 24))
        for kind, centre in (("lytic", (45, 22, -22)), ("sclerotic", (-45, 22, -22)), ("mixed", (0, -14, 21)))
    )
    made = _tiny(lesions=lesions, noise_hu=0.0)
    lytic, sclerotic, mixed = (np.median(made.volume.hu[made.lesion_mask(n).array()]) for n in range(3))
    assert lytic < 90 < mixed < sclerotic
    assert 450 < sclerotic < 900


def test_a_screw_is_metal_where_it_was_put():
    screw = Screw(entry_mm=(50.0, 62.0, 5.0), tip_mm=(10.0, 8.0, -12.0), diameter_mm=8.0)
    made = make_phantom(
        dataclasses.replace(
            TINY, shape_kji=(20, 90, 128), spacing_ijk_mm=(3.0, 3.0, 3.0), centre_mm=(0, 0, 0), screws=(screw,)
        )
    )
    metal = made.mask(StructureKind.METAL)
    middle = (np.array(screw.entry_mm) + screw.tip_mm) / 2
    assert metal.contains(middle).all()
    assert made.volume.hu_at(middle) > 1800
    assert made.volume.hu.max() <= 3071


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda: PhantomParameters(spacing_ijk_mm=(0.2, 1, 1)), "phantom-spacing-ijk-mm"),
        (lambda: PhantomParameters(spacing_ijk_mm=(1, 1, 6)), "phantom-spacing-ijk-mm"),
        (lambda: PhantomParameters(shape_kji=(0, 10, 10)), "phantom-shape"),
        (lambda: PhantomParameters(shape_kji=(4000, 4000, 4000)), "phantom-shape"),
        (lambda: PhantomParameters(size_scale=2.0), "phantom-size-scale"),
        (lambda: PhantomParameters(size_scale=float("nan")), "phantom-size-scale"),
        (lambda: PhantomParameters(rotation_deg=(0, 0, 90)), "phantom-rotation-deg"),
        (lambda: PhantomParameters(noise_hu=-1), "phantom-noise-hu"),
        (lambda: PhantomParameters(blur_mm=9), "phantom-blur-mm"),
        (lambda: PhantomParameters(seed=-1), "phantom-seed"),
        (lambda: PhantomParameters(patient_position="FFS"), "phantom-position"),
        (lambda: PhantomParameters(sex="X"), "phantom-sex"),
        (lambda: PhantomParameters(anomaly="other"), "phantom-anomaly"),
        (lambda: PhantomParameters(centre_mm=(0, 0, float("inf"))), "phantom-point"),
        (lambda: Lesion(kind="cystic"), "phantom-lesion-kind"),
        (lambda: Lesion(site="T3"), "phantom-lesion-site"),
        (lambda: Lesion(diameters_mm=(0, 1, 1)), "phantom-lesion-size"),
        (lambda: Screw(entry_mm=(0, 0, 0), tip_mm=(0, 0, 0)), "phantom-screw-length"),
        (lambda: Screw(entry_mm=(0, 0, 0), tip_mm=(0, 40, 0), diameter_mm=0), "phantom-screw-diameter"),
    ],
)
def test_bad_parameters_are_refused_by_name(make, code):
    with pytest.raises(PhantomError) as refusal:
        make()
    assert isinstance(refusal.value, DomainError)
    assert refusal.value.code == code


def test_no_lesion_of_that_number(tiny):
    with pytest.raises(PhantomError) as refusal:
        tiny.lesion_mask(0)
    assert refusal.value.code == "phantom-no-such-lesion"


def test_making_can_be_cancelled():
    progress = Progress()
    progress.cancel()
    with pytest.raises(Cancelled):
        make_phantom(TINY, progress)


def test_the_demo_is_what_its_name_says():
    assert DEMO.shape_kji[1:] == (512, 512)
    assert DEMO.patient_position == "HFS"
    assert (DEMO.lesions[0].kind, DEMO.lesions[0].site, DEMO.lesions[0].side) == ("lytic", "S2", Side.LEFT)


def test_cache_returns_the_same_and_survives_damage(tmp_path, tiny, monkeypatch):
    made = []
    monkeypatch.setattr("imaging.phantom.cache.make_phantom", lambda p, g: made.append(p) or tiny)
    first = cached_phantom(TINY, tmp_path)
    second = cached_phantom(TINY, tmp_path)
    assert len(made) == 1
    assert first.volume.digest == second.volume.digest == tiny.volume.digest
    assert second.volume.provenance.synthetic
    assert np.array_equal(second.labels, tiny.labels)
    assert second.mask(StructureKind.BONE).digest == tiny.mask(StructureKind.BONE).digest

    (file,) = tmp_path.iterdir()
    whole = file.read_bytes()
    flipped = bytearray(whole)
    flipped[len(whole) // 2] ^= 0xFF
    for damaged in (b"", whole[: len(whole) // 3], bytes(flipped), b"not a zip file"):
        file.write_bytes(damaged)
        assert cached_phantom(TINY, tmp_path).volume.digest == tiny.volume.digest
    assert len(made) == 5
    assert [p.suffix for p in tmp_path.iterdir()] == [".npz"]


def test_a_cache_that_cannot_be_written_is_no_error(tmp_path, tiny, monkeypatch):
    monkeypatch.setattr("imaging.phantom.cache.make_phantom", lambda p, g: tiny)
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    assert cached_phantom(TINY, blocked / "cache").volume.digest == tiny.volume.digest
