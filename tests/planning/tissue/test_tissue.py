"""Labels win over Hounsfield units, and what is guessed is said."""

from __future__ import annotations

import numpy as np
import pytest

from imaging.geometry import VoxelGrid
from imaging.structures import BONES, StructureKind
from planning.errors import PlanError
from planning.tissue import Medium, TissueFields, tissue_fields, uniform_fields
from planning.tissue.bone import bone_volume_fraction, bruggeman_s_m

GRID = VoxelGrid.axis_aligned((4, 4, 4), 1.0, (0, 0, 0), "f")


def name_at(fields, k=0, j=0, i=0):
    return fields.media[int(fields.medium[k, j, i])].name


def mask(*kji):
    out = np.zeros(GRID.shape_kji, bool)
    out[kji] = True
    return out


@pytest.mark.parametrize(("hu", "name"), [(-900, "Gas"), (-100, "Fat"), (40, "Muscle"), (400, "Bone"), (1600, "Bone")])
def test_hu_classes(hu, name):
    assert name_at(tissue_fields(GRID, np.full(GRID.shape_kji, float(hu)), {})).startswith(name)


def test_denser_bone_conducts_current_less():
    hu = np.full(GRID.shape_kji, 300.0)
    hu[0, 0, 1] = 1400.0
    fields = tissue_fields(GRID, hu, {})
    spongy, compact = (fields.media[int(fields.medium[0, 0, i])] for i in (0, 1))
    assert compact.electrical_conductivity_s_m < spongy.electrical_conductivity_s_m


@pytest.mark.parametrize(("fraction", "sigma"), [(0.0, 0.298), (0.3, 0.180), (0.6, 0.078), (0.9, 0.027)])
def test_bruggeman_reproduces_the_evidence(fraction, sigma):
    assert bruggeman_s_m(fraction) == pytest.approx(sigma, abs=6e-4)


def test_volume_fraction_is_bounded_and_rises():
    f = bone_volume_fraction(np.array([-200.0, 100.0, 500.0, 3000.0]))
    assert f[0] == 0 and f[-1] == 1 and (np.diff(f) > 0).all()


@pytest.mark.parametrize(("hu", "kind"), [(40.0, "lytic"), (180.0, "mixed"), (500.0, "sclerotic")])
def test_lesion_class_comes_with_a_finding(hu, kind):
    fields = tissue_fields(GRID, np.full(GRID.shape_kji, hu), {StructureKind.LESION: mask(1, 1, 1)})
    assert kind in name_at(fields, 1, 1, 1).lower()
    finding = next(f for f in fields.findings if f.code == "lesion-class-heuristic")
    assert "heuristic" in finding.message and finding.values["class"] == kind


def test_root_wins_over_lesion_and_metal_over_all():
    everywhere = np.ones(GRID.shape_kji, bool)
    fields = tissue_fields(
        GRID,
        np.full(GRID.shape_kji, 50.0),
        {
            StructureKind.LESION: everywhere,
            StructureKind.ROOT: mask(slice(0, 2)),
            StructureKind.METAL: mask(0, 0, 0),
        },
    )
    assert [name_at(fields, k) for k in (0, 1, 2)] == ["Metal implant (titanium alloy)", "Nerve", "Lytic metastasis"]


def test_canal_is_fat_or_fluid_by_hu():
    hu = np.full(GRID.shape_kji, 15.0)
    hu[0] = -90.0
    fields = tissue_fields(GRID, hu, {StructureKind.CANAL: np.ones(GRID.shape_kji, bool)})
    assert (name_at(fields, 0), name_at(fields, 1)) == ("Fat", "Cerebrospinal fluid")


@pytest.mark.parametrize("kind", sorted(BONES))
def test_marrow_within_any_bone_is_bone(kind):
    fields = tissue_fields(GRID, np.full(GRID.shape_kji, 20.0), {kind: mask(0, 0, 1)})
    assert name_at(fields, 0, 0, 1).startswith("Bone") and name_at(fields).startswith("Muscle")


def test_cord_and_trunk_are_nerve_and_the_fat_of_the_canal_is_fat():
    structures = {
        StructureKind.CANAL: mask(0, 0, slice(0, 2)),
        StructureKind.EPIDURAL_FAT: mask(0, 0, 0),
        StructureKind.CORD: mask(0, 0, 1),
        StructureKind.NERVE: mask(0, 0, 2),
    }
    fields = tissue_fields(GRID, np.full(GRID.shape_kji, 20.0), structures)
    assert [name_at(fields, 0, 0, i) for i in range(3)] == ["Fat", "Nerve", "Nerve"]


def test_vessel_is_held_at_blood_temperature():
    fields = tissue_fields(GRID, np.full(GRID.shape_kji, 50.0), {StructureKind.VESSEL: mask(0, 0, 0)})
    assert fields.media[int(fields.medium[0, 0, 0])].held


def test_voxels_outside_the_ct_are_a_finding():
    hu = np.full(GRID.shape_kji, 40.0)
    hu[0] = np.nan
    fields = tissue_fields(GRID, hu, {})
    finding = next(f for f in fields.findings if f.code == "grid-leaves-ct")
    assert finding.values["fraction"] == pytest.approx(0.25)


def test_array_of_another_shape_is_refused():
    with pytest.raises(PlanError, match="root"):
        tissue_fields(GRID, np.zeros(GRID.shape_kji), {StructureKind.ROOT: np.zeros((2, 2, 2), bool)})


@pytest.mark.parametrize("key", ["density_kg_m3", "conductivity_w_mk"])
@pytest.mark.parametrize("value", [0.0, -1.0, float("nan")])
def test_impossible_medium_is_refused(key, value):
    good = {"name": "gel", "density_kg_m3": 1000.0, "specific_heat_j_kgk": 3600.0, "conductivity_w_mk": 0.5}
    with pytest.raises(PlanError, match=key):
        Medium(**{**good, key: value})


def test_fields_refuse_an_index_without_a_medium():
    medium = Medium(name="gel", density_kg_m3=1000, specific_heat_j_kgk=3600, conductivity_w_mk=0.5)
    assert uniform_fields(GRID, medium).media == (medium,)
    with pytest.raises(PlanError, match="medium 1 of 1"):
        TissueFields(grid=GRID, medium=np.ones(GRID.shape_kji, np.uint8), media=(medium,))
