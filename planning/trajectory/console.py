"""The numbers the CT room needs to place a probe."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from planning.model.case import Case, Probe
from planning.model.point import Point
from planning.model.room import MOST_TILT_DEG
from planning.quantities import MINUS, angle_text, coordinate_text, length_text
from planning.trajectory.midline import from_midline_mm

IN_PLANE_DEFINITION = "axial projection, from vertical"
CRANIOCAUDAL_DEFINITION = "shaft to the axial plane"
_NO_TILT_BELOW = 0.05
_ACROSS = 0.999


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsoleNumbers:
    """Depth and angles of one probe.

    Attributes
    ----------
    depth_mm : float
        Skin entry to tip along the shaft.
    in_plane_deg : float
        Angle between the shaft's projection into the axial plane and the anterior-posterior line, positive with
        the hub to the patient's left of the tip.
    craniocaudal_deg : float
        Angle between the shaft and the axial plane, positive with the hub cranial of the tip.
    """

    depth_mm: float
    in_plane_deg: float
    craniocaudal_deg: float

    @property
    def in_plane_text(self) -> str:
        return angle_text(self.in_plane_deg, "hub left", "hub right")

    @property
    def craniocaudal_text(self) -> str:
        return angle_text(self.craniocaudal_deg, "hub cranial", "hub caudal")


def console_numbers(probe: Probe) -> ConsoleNumbers:
    """Return the depth and the two angles of a probe, in patient axes."""
    left, posterior, superior = probe.direction
    return ConsoleNumbers(
        depth_mm=probe.depth_mm,
        in_plane_deg=float(np.degrees(np.arctan2(left, abs(posterior)))),
        craniocaudal_deg=float(np.degrees(np.arcsin(np.clip(superior, -1, 1)))),
    )


def room_numbers(case: Case, probe: Probe) -> list[tuple[str, str, str]]:
    """Return what else the CT room needs: name, value and what the value means.

    Parameters
    ----------
    case : Case
        The middle of the body is that of its canal.
    probe : Probe
    """
    entry, tip = probe.entry_mm, probe.tip_mm
    aside_mm = from_midline_mm(case, entry)
    if aside_mm is None:
        midline = ("not known", "no canal there")
    else:
        midline = (f"{length_text(abs(aside_mm))} {'left' if aside_mm >= 0 else 'right'}", "of the canal's middle")
    along_mm = entry[2] - tip[2]
    way = "cranial" if along_mm > 0 else "caudal"
    return [
        ("Entry from midline", *midline),
        ("Entry slice", _slice_text(case, entry), "table position"),
        ("Reference slice", _slice_text(case, tip), "of the tip, table position"),
        ("Entry from reference", f"{length_text(abs(along_mm))} {way}", "along the table"),
        ("Tilt for one slice", _tilt_text(probe), f"{case.plan.room.gantry_tilt_deg:.0f}° is set".replace("-", MINUS)),
    ]


def _slice_text(case: Case, at_mm: Point) -> str:
    """The table position of a slice, and its number counted from the feet where slices lie across the table."""
    grid = case.image.grid
    position = coordinate_text(2, at_mm[2])
    across = np.asarray(grid.lps_from_ijk)[:3, 2]
    if abs(across[2]) < _ACROSS * float(np.linalg.norm(across)):
        return position
    count = grid.shape_kji[0]
    index = int(np.clip(round(float(grid.to_ijk(np.asarray(at_mm, float)[None])[0, 2])), 0, count - 1))
    return f"{position}, {index + 1 if across[2] > 0 else count - index} of {count}"


def _tilt_text(probe: Probe) -> str:
    """The tilt of the gantry whose slices a shaft lies in."""
    _, posterior, superior = probe.direction
    steep = abs(posterior) < _NO_TILT_BELOW
    wanted_deg = 90.0 if steep else float(np.degrees(np.arctan(superior / posterior)))
    if abs(wanted_deg) > MOST_TILT_DEG:
        return f"beyond {MOST_TILT_DEG:.0f}°"
    return f"{wanted_deg:.0f}°".replace("-", MINUS)


def tip_distances_mm(probes: Sequence[Probe]) -> list[float]:
    """Return the distances between the tips of some probes, each to each."""
    pairs = itertools.combinations(probes, 2)
    return [float(np.linalg.norm(np.subtract(a.tip_mm, b.tip_mm))) for a, b in pairs]


def tips_apart_text(probes: Sequence[Probe]) -> str:
    """Return the distances between the tips of some probes in words: ``R1–R2 12.3 mm, R1–R3 15.0 mm``."""
    pairs = zip(itertools.combinations(probes, 2), tip_distances_mm(probes), strict=True)
    return ", ".join(f"{a.name}–{b.name} {length_text(mm)}" for (a, b), mm in pairs)
