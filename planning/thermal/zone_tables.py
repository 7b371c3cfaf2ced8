"""Zone tables: the solver's own answer for one device in one medium, as extreme temperature over (r, z)."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.ndimage import map_coordinates

from imaging.geometry import Floats
from imaging.progress import Progress
from planning.catalogue import Device, Phase, device, load_tissues
from planning.errors import PlanError
from planning.thermal.applicator import from_device
from planning.thermal.grid import simulation_grid
from planning.thermal.request import ThermalRequest
from planning.thermal.solver import SOLVER_NAME, SOLVER_VERSION, solve
from planning.tissue import medium_of, uniform_fields
from resources import resource

REFERENCE_TISSUE = "lytic_metastasis"
STEP_MM = 0.5
_REACH_MM, _MARGIN_MM = 34.0, 40.0
_ANGLES = 8


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ZoneTable:
    """Extreme temperature around one device over one schedule.

    Attributes
    ----------
    extreme_c : ndarray of float32, shape (n_r, n_z)
        At radius ``STEP_MM * i`` and ``z_start_mm + STEP_MM * j`` from the tip towards the hub.
    tissue, solver, version : str
        What it was computed in and with.
    """

    device_id: str
    schedule: tuple[Phase, ...]
    tissue: str
    solver: str
    version: str
    body_c: float
    z_start_mm: float
    extreme_c: npt.NDArray[np.float32]


def make_table(source: Device, progress: Progress, tissue: str = REFERENCE_TISSUE) -> ZoneTable:
    """Compute the zone table of one device with its default schedule.

    Raises
    ------
    Cancelled, SolverError
    """
    probe = from_device(source, (0.0, 0.0, 0.0), (0.0, 0.0, 100.0))
    grid = simulation_grid((probe,), "zone-table", 1.0, _MARGIN_MM)
    fields = uniform_fields(grid, medium_of(load_tissues(), tissue))
    request = ThermalRequest(fields=fields, applicators=(probe,), schedule=source.default_schedule)
    extreme = solve(request, progress).extreme_c
    z_start = -_REACH_MM
    z = np.arange(z_start, source.active_length_mm + _REACH_MM + 0.01, STEP_MM)
    r = np.arange(0.0, _REACH_MM + 0.01, STEP_MM)
    return ZoneTable(
        device_id=source.id,
        schedule=source.default_schedule,
        tissue=tissue,
        solver=SOLVER_NAME,
        version=SOLVER_VERSION,
        body_c=request.body_c,
        z_start_mm=float(z_start),
        extreme_c=_azimuthal_mean(extreme, grid.to_ijk, r, z),
    )


def regenerate(folder: Path, device_ids: Iterable[str], progress: Progress) -> None:
    """Compute the tables of some devices anew and write them into a folder."""
    ids = list(device_ids)
    for n, device_id in enumerate(ids):
        table = make_table(device(device_id), progress.part(n / len(ids), (n + 1) / len(ids)))
        (folder / f"{device_id}.npz").write_bytes(_to_bytes(table))


@cache
def load_table(device_id: str) -> ZoneTable:
    """Return the table that ships with the program for one device.

    Raises
    ------
    PlanError
        ``zone-table-missing`` or ``zone-table-invalid``.
    """
    file = resource("zones", f"{device_id}.npz")
    if not file.is_file():
        raise PlanError(
            f"There is no fast model of the device '{device_id}'.",
            code="zone-table-missing",
            hint="Wait for the solver's zone, or compute the device's table.",
        )
    try:
        with np.load(io.BytesIO(file.read_bytes()), allow_pickle=False) as data:
            about = json.loads(str(data["about"]))
            table = data["extreme_c"].astype(np.float32)
        phases = tuple(
            Phase(kind=kind, duration_s=seconds, wall_c=wall[0] if wall else None)
            for kind, seconds, *wall in about.pop("schedule")
        )
        loaded = ZoneTable(schedule=phases, extreme_c=table, **about)
    except (ValueError, KeyError, TypeError, OSError) as error:
        raise PlanError(
            f"The zone table of '{device_id}' cannot be read: {error}.", code="zone-table-invalid"
        ) from error
    if loaded.device_id != device_id or not np.isfinite(table).all():
        raise PlanError(f"The zone table of '{device_id}' is not its own.", code="zone-table-invalid")
    return loaded


def _to_bytes(table: ZoneTable) -> bytes:
    about = {
        "device_id": table.device_id,
        "schedule": [
            [p.kind, p.duration_s] if p.wall_c is None else [p.kind, p.duration_s, p.wall_c] for p in table.schedule
        ],
        "tissue": table.tissue,
        "solver": table.solver,
        "version": table.version,
        "body_c": table.body_c,
        "z_start_mm": table.z_start_mm,
    }
    buffer = io.BytesIO()
    np.savez_compressed(buffer, about=np.array(json.dumps(about)), extreme_c=table.extreme_c.astype(np.float16))
    return buffer.getvalue()


def _azimuthal_mean(field: npt.NDArray[np.float32], to_ijk: object, r: Floats, z: Floats) -> npt.NDArray[np.float32]:
    """Mean over angles of a field around the z axis, shape (n_r, n_z)."""
    assert callable(to_ijk)
    total = np.zeros((len(r), len(z)))
    for angle in 2 * np.pi * np.arange(_ANGLES) / _ANGLES:
        points = np.empty((len(r), len(z), 3))
        points[..., 0], points[..., 1] = r[:, None] * np.cos(angle), r[:, None] * np.sin(angle)
        points[..., 2] = z[None, :]
        total += map_coordinates(field, to_ijk(points)[..., ::-1].reshape(-1, 3).T, order=1).reshape(total.shape)
    return (total / _ANGLES).astype(np.float32)
