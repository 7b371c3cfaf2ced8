"""Content, temperature and conductivity belong together, in ice and out of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from imaging.geometry import VoxelGrid
from imaging.progress import no_progress
from planning.catalogue import Phase, load_tissues
from planning.thermal import ThermalRequest, solve
from planning.thermal.kernels import temperatures
from planning.thermal.properties import REFERENCE_C, property_table
from planning.tissue import Medium, TissueFields, medium_of, uniform_fields
from planning.tissue.bone import bone_media
from planning.tissue.medium import Frozen

TISSUES = load_tissues()
MEDIA = (medium_of(TISSUES, "muscle"), medium_of(TISSUES, "csf"), bone_media(TISSUES)[4], medium_of(TISSUES, "gas"))
TABLE = property_table(MEDIA)
T = np.linspace(-180.0, 130.0, 311)


@pytest.mark.parametrize("n", range(len(MEDIA)))
def test_the_kernels_temperature_of_a_content_is_the_one_it_was_made_of(n):
    medium = np.full((1, 1, len(T)), n, np.uint8)
    out = np.empty((1, 1, len(T)), np.float32)
    temperatures(TABLE.content(T[None, None], medium), medium, TABLE.for_kernels(), out)
    assert out[0, 0] == pytest.approx(T, abs=0.01)


def test_content_of_thawed_tissue_is_its_temperature():
    warm = T[(T > 0) & (T < 100)]
    assert TABLE.content(warm, np.zeros(len(warm), int)) == pytest.approx(warm)


def test_content_falls_by_the_heat_capacity_of_ice_which_falls_itself():
    muscle = MEDIA[0]
    assert muscle.frozen is not None and muscle.frozen.heat_capacity_fall_1_k > 0
    t = np.array([-60.0, -60.1])
    step = -float(np.diff(TABLE.content(t, np.zeros(2, int)))[0]) / 0.1 * TABLE.c_warm[0]
    below = -60.05 - muscle.frozen.freezing_low_c
    c = muscle.frozen.specific_heat_j_kgk * (1 + muscle.frozen.heat_capacity_fall_1_k * below)
    assert step == pytest.approx(muscle.density_kg_m3 * c, rel=0.01)


@pytest.mark.parametrize("n", range(len(MEDIA) - 1))
def test_the_integral_of_conductivity_has_its_inverse_and_its_slope(n):
    media = np.full(len(T), n)
    integral = TABLE.conductivity_integral(T, media)
    assert TABLE.temperature_of_integral(integral, media) == pytest.approx(T, abs=1e-6)
    thawed = T > 0
    slope = np.gradient(integral, T)
    assert slope[thawed] == pytest.approx(TABLE.k_at(T[thawed], media[thawed]), rel=1e-3)


def slab(k_rise_1_k=0.0, ice_rise_1_k=0.0):
    ice = Frozen(
        conductivity_w_mk=2.0, specific_heat_j_kgk=1800.0, latent_heat_j_kg=0.0, freezing_low_c=-2.0,
        freezing_high_c=-1.0, conductivity_rise_1_k=ice_rise_1_k,
    )  # fmt: skip
    return Medium(
        name="slab", density_kg_m3=1000.0, specific_heat_j_kgk=1000.0, conductivity_w_mk=1.0,
        conductivity_rise_1_k=k_rise_1_k, frozen=ice,
    )  # fmt: skip


def settled_c(medium, cold_c, n=24):
    """A slab between a plate held at a temperature and the same slab mirrored, with the heat that comes in at body heat."""
    grid = VoxelGrid.axis_aligned((n, 3, 3), 1.0, (0, 0, 0), "f")
    index = np.zeros(grid.shape_kji, np.uint8)
    index[0], index[-1] = 1, 1
    plate = replace(medium, name="plate", held=True)
    start = np.full(grid.shape_kji, 37.0)
    start[0] = cold_c
    result = solve(
        ThermalRequest(
            fields=TissueFields(grid=grid, medium=index, media=(medium, plate)), applicators=(), boundary="insulated",
            schedule=(Phase(kind="off", duration_s=6000.0),), initial_c=start, stasis_cem43_min=None,
        ),
        no_progress(),
    )  # fmt: skip
    return result.final_c[:, 1, 1]


def test_conductivity_of_thawed_tissue_follows_temperature():
    """Closed form: with k = 1 + a (T - 37) the settled profile has a straight integral of k."""
    a = 0.01
    t = settled_c(slab(k_rise_1_k=a), 97.0)
    over = t - REFERENCE_C
    straight = over + 0.5 * a * over**2
    assert straight == pytest.approx(np.linspace(straight[0], straight[-1], len(t)), abs=0.05)
    assert not np.allclose(t, np.linspace(t[0], t[-1], len(t)), atol=1.0)


def test_conductivity_of_ice_follows_temperature():
    """The same in ice, within one medium, by Kirchhoff's average at every face."""
    medium = slab(ice_rise_1_k=0.01)
    t = settled_c(medium, -120.0)
    integral = property_table((medium,)).conductivity_integral(t.astype(float), np.zeros(len(t), int))
    assert integral == pytest.approx(np.linspace(integral[0], integral[-1], len(t)), rel=0.01, abs=0.5)


def test_blood_and_metabolism_are_exact_however_long_the_step():
    medium = replace(MEDIA[0], perfusion_1_s=0.01, metabolic_w_m3=5000.0)
    grid = VoxelGrid.axis_aligned((6, 6, 6), 1.0, (0, 0, 0), "f")
    result = solve(
        ThermalRequest(
            fields=uniform_fields(grid, medium), applicators=(), boundary="insulated",
            schedule=(Phase(kind="off", duration_s=100.0),), initial_c=np.full(grid.shape_kji, 30.0),
        ),
        no_progress(),
    )  # fmt: skip
    expected = property_table((medium,)).unperturbed_c(30.0, 37.0, 100.0)[0]
    assert result.final_c == pytest.approx(expected, abs=1e-3)
    assert result.energy_balance_error_pct < 0.01
