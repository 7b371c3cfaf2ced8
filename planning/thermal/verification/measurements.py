"""Published measurements next to what the planner predicts for them.

What a paper's abstract does not say (the active length of a probe, the generator's settings) is taken from the device
catalogue and named in the source. A measurement that is missed stays in the table as missed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import numpy as np
from scipy.ndimage import map_coordinates

from imaging.geometry import Floats, VoxelGrid
from imaging.progress import no_progress
from planning.catalogue import Phase, device, load_tissues
from planning.thermal.applicator import Applicator, TipTemperature, WallTemperature, from_device
from planning.thermal.grid import simulation_grid
from planning.thermal.request import ThermalRequest
from planning.thermal.solver import solve
from planning.thermal.verification.device_cases import GEL
from planning.thermal.verification.rows import Comparison, at_most, compare
from planning.thermal.verification.zones import zone_outline, zone_size
from planning.tissue import Medium, medium_of, uniform_fields

_LITTRUP = "Littrup 2009, agar at 39 °C, 15 min, argon probes; active length {length:g} mm and wall {wall:g} °C assumed; ± 5 mm"
_COOLED = "internally cooled 2 cm tip, 12 min, bovine liver ex vivo; catalogue's Cool-tip; zone: 50 °C; ± 4 mm"
_COOLED_ALIVE = "internally cooled 2 cm tip, 12 min, pig liver in vivo; catalogue's Cool-tip; zone: 50 °C; ± 4 mm"
_DOG = "Tillotson 1989, dog bone, 5 mm tip, 80-90 °C, 4-6 min: 9-13 mm (literature knowledge); zone: 50 °C"
_AGAR_C, _PROBE_MM, _WALL_C, _KILL_C = 39.0, 40.0, -140.0, -30.0
_ROOM_C = 22.0
_REACH_MM = 40.0
_LATTICE_MM = np.arange(0.0, 38.0, 0.25)


def agar_phantom() -> list[Comparison]:
    """E1: width of the -30 °C zone of one and of two cryoprobes."""
    source = _LITTRUP.format(length=_PROBE_MM, wall=_WALL_C)
    one, thin, two = _lethal_mm((2.4,)), _lethal_mm((1.7,)), _lethal_mm((2.4, 2.4))
    case = "E1 cryoprobes in agar"
    return [
        _measured(case, "-30 °C diameter, one probe 2.4 mm", one[0], "mm", 12.0, 5.0, source),
        _measured(case, "-30 °C diameter, two probes 20 mm apart", two[0], "mm", 33.0, 5.0, source),
        _measured(case, "-30 °C diameter of 1.7 mm against 2.4 mm", 100 * thin[0] / one[0], "%", 84.0, 10.0, source),
        at_most(case, "ice edge beyond -30 °C, one probe", one[1], "mm", 10.0, source, kind="measurement"),
    ]


def cooled_electrode() -> list[Comparison]:
    """E2: zone of a cooled electrode in liver, ex vivo and alive."""
    liver = medium_of(load_tissues(), "liver")
    case = "E2 cooled RF electrode in liver"
    rows = []
    for name, medium, start_c, source, (long_mm, short_mm) in (
        ("ex vivo", _bloodless(liver), _ROOM_C, _COOLED + f"; starts at {_ROOM_C:g} °C", (30.1, 26.2)),
        ("in vivo", liver, 37.0, _COOLED_ALIVE, (26.2, 20.0)),
    ):
        electrode = from_device(device("cool-tip-20"), (0.0, 0.0, -10.0), (0.0, 0.0, 90.0))
        size = _heated_mm(electrode, medium, start_c, 720.0)
        rows.append(_measured(case, f"length, {name}", size[1], "mm", long_mm, 4.0, source))
        rows.append(_measured(case, f"width, {name}", size[0], "mm", short_mm, 4.0, source))
    return rows


def electrode_in_bone() -> list[Comparison]:
    """Necrosis around a small electrode held at 85 °C in the bone of a dog."""
    electrode = Applicator(
        id="electrode",
        tip_mm=np.array([0.0, 0.0, -2.5]),
        direction=np.array([0.0, 0.0, 1.0]),
        diameter_mm=1.07,
        active_length_mm=5.0,
        drive=TipTemperature(c=85.0, max_power_w=20.0),
    )
    width, _ = _heated_mm(electrode, medium_of(load_tissues(), "cancellous_bone"), 37.0, 300.0)
    return [_measured("5 mm electrode at 85 °C in bone", "diameter", width, "mm", 11.0, 2.0, _DOG)]


CASES: tuple[Callable[[], list[Comparison]], ...] = (agar_phantom, cooled_electrode, electrode_in_bone)


def _measured(
    case: str, quantity: str, value: float, unit: str, expected: float, tolerance: float, source: str
) -> Comparison:
    return compare(case, quantity, value, unit, expected, tolerance, source, kind="measurement", relative=False)


def _bloodless(medium: Medium) -> Medium:
    return replace(medium, perfusion_1_s=0.0, metabolic_w_m3=0.0)


@cache
def _lethal_mm(diameters_mm: tuple[float, ...]) -> tuple[float, float]:
    """Width of the -30 °C zone of probes side by side, and how far the ice goes beyond it."""
    apart = 20.0 * (np.arange(len(diameters_mm)) - 0.5 * (len(diameters_mm) - 1))
    probes = tuple(
        Applicator(
            id=f"probe {n}",
            tip_mm=np.array([x, 0.0, -0.5 * _PROBE_MM]),
            direction=np.array([0.0, 0.0, 1.0]),
            diameter_mm=diameter,
            active_length_mm=_PROBE_MM,
            drive=WallTemperature(c=_WALL_C),
        )
        for n, (x, diameter) in enumerate(zip(apart, diameters_mm, strict=True))
    )
    grid, final_c = _end_c(probes, GEL, _AGAR_C, 900.0)
    ray = _at(grid, final_c, _LATTICE_MM[:, None] * np.array([1.0, 0.0, 0.0]))[None, :, None]
    lethal, ice = (float(zone_outline(ray, _LATTICE_MM, c, cold=True)[0, 0]) for c in (_KILL_C, 0.0))
    return 2 * lethal, ice - lethal


def _heated_mm(electrode: Applicator, medium: Medium, start_c: float, time_s: float) -> tuple[float, float]:
    """Width and length of what has reached 50 °C at the end; the axis is that of z."""
    grid, final_c = _end_c((electrode,), medium, start_c, time_s)
    z = np.concatenate([-_LATTICE_MM[:0:-1], _LATTICE_MM])
    r, at_z = np.meshgrid(_LATTICE_MM, z, indexing="ij")
    size = zone_size(_at(grid, final_c, np.stack([r, 0 * r, at_z], axis=-1))[None], _LATTICE_MM, z, 50.0, cold=False)
    return size.width_mm, size.length_mm


def _end_c(
    applicators: tuple[Applicator, ...], medium: Medium, start_c: float, time_s: float
) -> tuple[VoxelGrid, Floats]:
    grid = simulation_grid(applicators, "verification", 1.0, _REACH_MM)
    result = solve(
        ThermalRequest(
            fields=uniform_fields(grid, medium),
            applicators=applicators,
            schedule=(Phase(kind="on", duration_s=time_s),),
            body_c=start_c,
            blood_c=start_c,
        ),
        no_progress(),
    )
    return grid, np.asarray(result.extreme_c, float)


def _at(grid: VoxelGrid, field: Floats, points_mm: Floats) -> Floats:
    return np.asarray(map_coordinates(field, np.moveaxis(grid.to_ijk(points_mm)[..., ::-1], -1, 0), order=1))
