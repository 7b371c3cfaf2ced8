"""Is the thermal engine fast? Whole treatments against their budgets, and its work against the memory's bandwidth."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from statistics import median

import numpy as np
import numpy.typing as npt
from numba import njit, prange

from imaging.geometry import VoxelGrid
from imaging.progress import no_progress
from planning.catalogue import Phase, load_tissues
from planning.thermal.applicator import Applicator, Drive, TipTemperature, WallTemperature
from planning.thermal.bioheat import Bioheat
from planning.thermal.mesh import make_mesh
from planning.thermal.properties import ICE_ROWS
from planning.thermal.request import ThermalRequest
from planning.thermal.solver import solve
from planning.thermal.verification import VerificationRow
from planning.thermal.wells import make_wells
from planning.tissue import Medium, TissueFields, medium_of
from planning.tissue.bone import bone_media

_CRYO = (Phase(kind="on", duration_s=600.0), Phase(kind="off", duration_s=480.0), Phase(kind="on", duration_s=600.0))
_RF = (Phase(kind="on", duration_s=720.0),)
# A stage reads seven float32 fields of a cell (content, the two changes before, the first rate, half resistivity, its slope
# and one over the heat capacity), and writes one; in planes with ice also its properties, and its medium.
_BYTES_OF_UPDATE = 7 * 4 + 4
_BYTES_OF_ICE = len(ICE_ROWS) * 4 + 1
_COPY_BYTES = 128 * 2**20
_STATM = Path("/proc/self/statm")
_PAGE_BYTES = 4096
_SPREAD_MM = 7.0


def thermal_bench_rows(size_mm: float = 120.0, repeats: int = 3) -> list[VerificationRow]:
    """Measure the engine, after one run that compiles its kernels.

    Parameters
    ----------
    size_mm : float
        Edge of the cube of the cryoablation; that of radiofrequency is 20 mm less. Budgets hold for 120.
    repeats : int
        Each time is the median of this many.
    """
    cryo = _request(size_mm, 1.0, _CRYO, WallTemperature(c=-140.0), probes=4)
    rf = _request(size_mm - 20.0, 1.0, _RF, TipTemperature(c=90.0, max_power_w=50.0), probes=1)
    preview = replace(_request(size_mm, 2.0, _CRYO, WallTemperature(c=-140.0), probes=4), resolution="preview")
    copy_gb_s = _copy_gb_s(repeats)
    updates_1_s, bytes_each = _updates_1_s(cryo, repeats)
    share = updates_1_s * bytes_each / 1e9 / copy_gb_s
    memory = max(_bytes_per_cell(cryo), _bytes_per_cell(rf))
    return [
        _time(f"cryoablation 10-8-10 min, four probes, {size_mm:g} mm cube at 1 mm", _solve_s(cryo, repeats), 6.0),
        _time(f"radiofrequency 12 min, {size_mm - 20:g} mm cube at 1 mm", _solve_s(rf, repeats), 3.0),
        _time(f"preview of the same cryoablation at 2 mm, {size_mm:g} mm cube", _solve_s(preview, repeats), 0.15),
        VerificationRow(
            name="memory copy, read and write, all threads",
            value=copy_gb_s,
            unit="GB/s",
            target="none",
            met=math.isfinite(copy_gb_s),
            source="the yardstick of the next row",
        ),
        VerificationRow(
            name="solver traffic over memory copy, all physics on",
            value=share,
            unit="ratio",
            target="≥ 0.5",
            met=share >= 0.5,
            source=f"{updates_1_s / 1e6:.0f} million cell updates a second in bone with ice, {bytes_each:.0f} bytes each",
        ),
        VerificationRow(
            name="peak memory of a prediction",
            value=memory,
            unit="bytes a cell",
            target="≤ 40",
            met=memory <= 40.0,
            source="resident memory over that before, the larger of the two treatments",
        ),
    ]


def _time(name: str, seconds: float, target_s: float) -> VerificationRow:
    return VerificationRow(
        name=name,
        value=seconds,
        unit="s",
        target=f"≤ {target_s:g}",
        met=seconds <= target_s,
        source="median; lytic lesion in a bone of mixed density, muscle and fluid around",
    )


def _request(
    size_mm: float, spacing_mm: float, schedule: tuple[Phase, ...], drive: Drive, *, probes: int
) -> ThermalRequest:
    """A lytic lesion in a bone whose density changes from voxel to voxel, beside a canal with fluid."""
    applicators = tuple(_probe(name, drive, probes) for name in range(probes))
    return ThermalRequest(fields=_fields(_cube(size_mm, spacing_mm)), applicators=applicators, schedule=schedule)


def _cube(size_mm: float, spacing_mm: float) -> VoxelGrid:
    n = round(size_mm / spacing_mm)
    low = -0.5 * spacing_mm * (n - 1)
    return VoxelGrid.axis_aligned((n, n, n), spacing_mm, (low, low, low), "bench")


def _fields(grid: VoxelGrid) -> TissueFields:
    table = load_tissues()
    bones = bone_media(table)
    media: tuple[Medium, ...] = (
        medium_of(table, "muscle"), medium_of(table, "lytic_metastasis"), medium_of(table, "csf"), *bones,
    )  # fmt: skip
    k, j, i = np.indices(grid.shape_kji)
    x, y, z = np.moveaxis(grid.to_lps(np.stack([i, j, k], axis=-1)), -1, 0)
    medium = np.zeros(grid.shape_kji, np.uint8)
    bone = (np.abs(x) < 45) & (np.abs(y) < 25) & (np.abs(z) < 45)
    medium[bone] = np.random.default_rng(0).integers(5, 3 + len(bones), int(bone.sum()))
    medium[x**2 + y**2 + z**2 < 15**2] = 1
    medium[(np.abs(x + 25) < 5) & (np.abs(y - 10) < 6)] = 2
    return TissueFields(grid=grid, medium=medium, media=media)


def _probe(number: int, drive: Drive, of: int) -> Applicator:
    """One probe in the middle, or four at the corners of a square."""
    x, y = (0.0, 0.0) if of == 1 else (_SPREAD_MM * (-1) ** number, _SPREAD_MM * (-1) ** (number // 2))
    length_mm = 25.0 if isinstance(drive, WallTemperature) else 10.0
    return Applicator(
        id=f"p{number}", tip_mm=np.array([x, y, -length_mm / 2]), direction=np.array([0.1, 0.2, 1.0]), diameter_mm=1.5,
        active_length_mm=length_mm, drive=drive,
    )  # fmt: skip


def _solve_s(request: ThermalRequest, repeats: int) -> float:
    times = []
    for n in range(repeats + 1):
        began = time.perf_counter()
        solve(request, no_progress())
        if n > 0:
            times.append(time.perf_counter() - began)
    return median(times)


def _updates_1_s(request: ThermalRequest, repeats: int) -> tuple[float, float]:
    """Cell updates a second in the midst of the first freeze, over the whole box, and the mean bytes an update touches."""
    request = replace(request, resolution="everywhere")
    state = Bioheat(request, make_mesh(request), make_wells(request.grid, request.applicators))
    state.drive.held[:], state.drive.wall_c[:] = True, -140.0
    for dt_s in (1.0, 5.0, 20.0, 40.0, 40.0):
        state.step(dt_s)
    state.open_whole()
    rates = []
    for _ in range(repeats):
        began, before = time.perf_counter(), state.stages_done
        state.step(10.0)
        rates.append((state.stages_done - before) / (time.perf_counter() - began))
    icy = (state.temperature() < float(state.table.high_c.max())).any(axis=(1, 2)).mean()
    return math.prod(request.grid.shape_kji) * median(rates), _BYTES_OF_UPDATE + _BYTES_OF_ICE * float(icy)


@njit(nogil=True, parallel=True)
def _copy(source, target):  # type: ignore[no-untyped-def]
    for n in prange(len(source)):
        target[n] = source[n]


def _copy_gb_s(repeats: int) -> float:
    source: npt.NDArray[np.float32] = np.ones(_COPY_BYTES // 4, np.float32)
    target = np.empty_like(source)
    _copy(source, target)
    times = []
    for _ in range(max(repeats, 5)):
        began = time.perf_counter()
        _copy(source, target)
        times.append(time.perf_counter() - began)
    return 2 * _COPY_BYTES / 1e9 / median(times)


def _bytes_per_cell(request: ThermalRequest) -> float:
    """Most resident memory of one prediction over that before it; not a number where the system does not tell.

    Measured in a process of its own: this one has memory to spare from what ran before.
    """
    if not _STATM.exists():
        return math.nan
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as other:
        return other.submit(_measure_bytes, request).result() / math.prod(request.grid.shape_kji)


def _measure_bytes(request: ThermalRequest) -> float:
    small = replace(request, fields=_fields(_cube(50.0, 1.0)))
    solve(replace(small, schedule=(Phase(kind="on", duration_s=3.0),)), no_progress())
    with _peak_bytes() as peak:
        solve(request, no_progress())
    return peak[1] - peak[0]


@contextmanager
def _peak_bytes() -> Iterator[list[float]]:
    """Watch the resident memory: at the beginning, and at most."""
    done = threading.Event()
    seen = [_resident_bytes(), 0.0]

    def watch() -> None:
        while not done.wait(0.002):
            seen[1] = max(seen[1], _resident_bytes())

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield seen
    finally:
        done.set()
        thread.join()


def _resident_bytes() -> float:
    return float(_STATM.read_text().split()[1]) * _PAGE_BYTES
