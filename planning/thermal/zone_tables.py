"""Zone tables: the solver's own answer for one device in one medium, as extreme temperature over (r, z)."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from imaging.geometry import Floats
from imaging.later import ndimage
from imaging.progress import Progress
from planning.catalogue import Device, Phase, device, load_tissues
from planning.catalogue.devices import builtin_devices
from planning.catalogue.user_folder import user_folder
from planning.errors import PlanError, ZoneTableMissing
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


def load_table(device_id: str) -> ZoneTable:
    """Return the table of one device: the one that ships with the program, or the one made for a device of the user's.

    Raises
    ------
    PlanError
        ``zone-table-missing`` or ``zone-table-invalid``; ``device-unknown``.
    """
    if device_id in builtin_devices():
        return _shipped(device_id)
    table = _own_table(device(device_id), user_folder() / _FOLDER)
    if table is None:
        raise _missing(device_id, "It is computed once, in the background, before the first prediction.")
    return table


def has_table(device_id: str) -> bool:
    """Return whether a device has a table, or only gets one before its first prediction."""
    return device_id in builtin_devices() or _own_table(device(device_id), user_folder() / _FOLDER) is not None


def ensure_table(device_id: str, progress: Progress) -> None:
    """Compute the table of a device of the user's if it has none, and keep it in the user's folder.

    Raises
    ------
    Cancelled, SolverError
    """
    if has_table(device_id):
        return
    source, folder = device(device_id), user_folder() / _FOLDER
    table = make_table(source, progress)
    _made[folder, device_id, _identity(source)] = table
    # Where nothing can be written the table lasts until the program ends.
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        part = folder / f".{device_id}.part"
        part.write_bytes(_to_bytes(table, _identity(source)))
        part.replace(folder / f"{device_id}.npz")


_FOLDER = "zones"
_made: dict[tuple[Path, str, str], ZoneTable] = {}


def _own_table(source: Device, folder: Path) -> ZoneTable | None:
    """The table of a device of the user's, if there is one of the device as it is now and of this solver."""
    key = folder, source.id, _identity(source)
    file = folder / f"{source.id}.npz"
    if key not in _made and file.is_file():
        try:
            table, identity = _from_bytes(file.read_bytes(), source.id)
        except (PlanError, OSError):
            return None  # It is made anew.
        if identity == key[2]:
            _made[key] = table
    return _made.get(key)


def _identity(source: Device) -> str:
    """What the table of a device depends on."""
    parts = (
        source.diameter_mm, source.active_length_mm, source.pole_gap_mm, source.drive, source.default_schedule,
        SOLVER_NAME, SOLVER_VERSION, load_tissues()[REFERENCE_TISSUE], *([source.tines] if source.tines else []),
    )  # fmt: skip
    return hashlib.blake2b(repr(parts).encode(), digest_size=16).hexdigest()


@cache
def _shipped(device_id: str) -> ZoneTable:
    file = resource(_FOLDER, f"{device_id}.npz")
    if not file.is_file():
        raise _missing(device_id, "Wait for the solver's zone, or compute the device's table.")
    return _from_bytes(file.read_bytes(), device_id)[0]


def _missing(device_id: str, hint: str) -> ZoneTableMissing:
    return ZoneTableMissing(
        f"There is no drag estimate of the device '{device_id}' yet.", code="zone-table-missing", hint=hint
    )


def _from_bytes(content: bytes, device_id: str) -> tuple[ZoneTable, str]:
    """A stored table, and the identity of the device it was made for."""
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as data:
            about = json.loads(str(data["about"]))
            table = data["extreme_c"].astype(np.float32)
        identity = about.pop("identity", "")
        phases = tuple(
            Phase(kind=kind, duration_s=seconds, wall_c=wall[0] if wall else None)
            for kind, seconds, *wall in about.pop("schedule")
        )
        loaded = ZoneTable(schedule=phases, extreme_c=table, **about)
    except (ValueError, KeyError, TypeError, OSError, EOFError, BadZipFile) as error:
        raise PlanError(
            f"The zone table of '{device_id}' cannot be read: {error}.", code="zone-table-invalid"
        ) from error
    if loaded.device_id != device_id or not np.isfinite(table).all():
        raise PlanError(f"The zone table of '{device_id}' is not its own.", code="zone-table-invalid")
    return loaded, identity


def _to_bytes(table: ZoneTable, identity: str = "") -> bytes:
    about = {
        **({"identity": identity} if identity else {}),
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
        total += ndimage.map_coordinates(field, to_ijk(points)[..., ::-1].reshape(-1, 3).T, order=1).reshape(
            total.shape
        )
    return (total / _ANGLES).astype(np.float32)
