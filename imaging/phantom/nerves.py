"""The thecal sac and the roots L5 to S5: their true courses, radii and ganglia."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.interpolate import PchipInterpolator

from imaging.geometry import Floats
from imaging.phantom.dimensions import number, row
from imaging.phantom.lumbar import Level, canal_points
from imaging.phantom.sacrum import Sacrum
from imaging.structures import SACRAL_ROOT_LEVELS

_STEP_MM = 1.0


@dataclass(frozen=True, eq=False)
class Course:
    """The course of a left root in the patient frame.

    Attributes
    ----------
    level : str
    points : ndarray, shape (n, 3)
        From the sac to the periphery, about a millimetre apart.
    radii : ndarray, shape (n,)
        Of the nerve, without its ganglion.
    ganglion_at : ndarray, shape (3,)
    ganglion_radii : tuple of float
        Along and across the nerve.
    """

    level: str
    points: Floats
    radii: Floats
    ganglion_at: Floats
    ganglion_radii: tuple[float, float]

    @property
    def bulged_radii(self) -> Floats:
        """Radii with the ganglion as a bulge, shape (n,)."""
        along, across = self.ganglion_radii
        off = np.linalg.norm(self.points - self.ganglion_at, axis=1) / along
        bulge = across * np.sqrt(np.clip(1 - off * off, 0, 1))
        return np.asarray(np.maximum(self.radii, bulge))


def smooth_path(points: Floats) -> Floats:
    """Return a smooth line through points, about a millimetre apart, shape (n, 3)."""
    chord = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
    at = np.linspace(0, chord[-1], int(chord[-1] / _STEP_MM) + 2)
    return np.asarray(PchipInterpolator(chord, points, axis=0)(at))


def sacral_sac(sacrum: Sacrum) -> tuple[Floats, Floats]:
    """Return centreline and radii of the thecal sac in the sacrum, from above S1 to its tip."""
    tip = number("sac_tip_s_mm")
    s = np.array([-4.0, 6.0, 16.0, 26.0, 34.0, 39.0, tip])
    radii = np.array([6.6, 6.2, 5.4, 4.2, 3.0, 2.1, 1.0])
    v = [sacrum.canal_front_v(a) + r + 1.0 for a, r in zip(s, radii, strict=True)]
    return sacrum.curve.to_patient(np.column_stack([np.zeros_like(s), v, s])), radii


def sac_course(sacrum: Sacrum, vertebrae: Sequence[Level]) -> tuple[Floats, Floats]:
    """Return centreline and radii of the thecal sac, from L3 to its tip."""
    lower, radii = sacral_sac(sacrum)
    upper = canal_points(vertebrae)
    points = np.concatenate([upper, lower])
    every = np.concatenate([np.linspace(8.2, 7.2, len(upper)), radii])
    chord = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
    path = smooth_path(points)
    at = np.linspace(0, chord[-1], len(path))
    return path, np.asarray(np.interp(at, chord, every))


def sacral_canal(sacrum: Sacrum) -> tuple[Floats, Floats]:
    """Return centreline and inscribed radii of the sacral canal, from above S1 to the hiatus."""
    s = np.array([-4.0, 8.0, 20.0, 30.0, 45.0, 55.0, 65.0, 75.0, 84.0])
    depth = np.interp(s, row("canal_s_mm"), row("canal_depth_mm"))
    half = np.interp(s, row("canal_s_mm"), row("canal_half_width_mm"))
    radii = depth * half / (half + np.hypot(half, depth))
    v = np.interp(s, row("canal_s_mm"), row("canal_front_v_mm")) + radii
    return sacrum.curve.to_patient(np.column_stack([np.zeros_like(s), v, s])), radii


def canal_course(sacrum: Sacrum, vertebrae: Sequence[Level]) -> tuple[Floats, Floats]:
    """Return centreline and inscribed radii of the bony canal, from L3 to the hiatus."""
    lower, radii = sacral_canal(sacrum)
    upper = canal_points(vertebrae)
    return np.concatenate([upper, lower]), np.concatenate([np.full(len(upper), 9.6), radii])


_PERIPHERY: dict[str, list[tuple[float, float, float]]] = {
    "S1": [(32, 8, -52), (42, 16, -66), (52, 24, -80), (60, 30, -98)],
    "S2": [(33, 22, -62), (44, 24, -74), (53, 27, -84), (59, 32, -98)],
    "S3": [(31, 32, -72), (42, 30, -80), (51, 31, -90), (56, 35, -99)],
    "S4": [(24, 36, -82), (32, 33, -90), (38, 30, -98)],
    "S5": [(22, 38, -101), (27, 33, -108), (30, 28, -114)],
}
"""Where the sacral roots run after their foramina, in front of piriformis and coccygeus; drawn by eye."""


def _sacral(sacrum: Sacrum, level: str, index: int, radius: float) -> Floats:
    """Return the waypoints of a root S1 to S4 from the sac to its ventral foramen."""
    end = row("segment_ends_mm")[index]
    leaves = {"S1": -6.0, "S2": 12.0, "S3": 27.0, "S4": 35.0}[level]
    u0 = {"S1": 5.2, "S2": 4.4, "S3": 3.0, "S4": 2.0}[level]
    tunnel = sacrum.ventral_tunnels[index]
    inside = []
    for s in (leaves, 0.6 * leaves + 0.4 * (end - 9)):
        share = (s - leaves) / (end - 9 - leaves)
        u = u0 + share * (0.46 * sacrum.canal_half_width(s) - u0) + (1.2 if s > leaves else 0.0)
        inside.append((u, sacrum.canal_front_v(s) + radius + 1.2, s))
    return sacrum.curve.to_patient([*inside, *tunnel.points])


def _s5(sacrum: Sacrum) -> Floats:
    front = sacrum.canal_front_v
    uvs = [(0.8, front(40) + 1.6, 40.0), (2.5, front(60) + 1.6, 60.0), (3.2, front(80) + 1.8, 80.0)]
    uvs += [(2.8, 7.0, 95.0), (3.4, 10.5, 101.0), (7.0, 12.0, 106.0), (13.5, 9.5, 111.0), (18.0, 4.0, 113.0)]
    return sacrum.curve.to_patient(uvs)


def _l5(levels: Sequence[Level]) -> Floats:
    l5 = levels[0]
    within = l5.to_patient([(5.5, 22.5, -19), (8.5, 21.0, -9), (13, 19, 4), (20, 15.5, 11), (28, 8, 17)])
    outside = np.array([(36, -9, -2), (43, -14, -16), (48, -10, -34), (50, 4, -54), (55, 19, -76), (61, 28, -97)])
    return np.concatenate([within, outside])


_GANGLION_AT: dict[str, float] = {"S1": 2.45, "S2": 1.1, "S3": 0.4, "S4": 0.2}
"""Place of the ganglion as an index along the tunnel: S1 in the foramen, S2 at its entrance, S3 and S4 in the canal
(EVIDENCE S107)."""


def courses(sacrum: Sacrum, vertebrae: Sequence[Level] | None) -> tuple[Course, ...]:
    """Return the left roots of the patient frame, L5 to S5, or S1 to S5 without vertebrae."""
    out = []
    sizes = dict(zip(SACRAL_ROOT_LEVELS, row("root_diameter_mm"), strict=True))
    bulges = dict(zip(SACRAL_ROOT_LEVELS, row("ganglion_radii_mm"), strict=True))
    for level in SACRAL_ROOT_LEVELS:
        r = sizes[level] / 2
        if level == "L5":
            if vertebrae is None:
                continue
            line = _l5(vertebrae)
            ganglion = vertebrae[0].to_patient([(16.5, 17.5, 7.8)])[0]
        elif level == "S5":
            line = np.concatenate([_s5(sacrum), _PERIPHERY["S5"]])
            ganglion = sacrum.curve.to_patient([(2.2, sacrum.canal_front_v(55) + 1.6, 55.0)])[0]
        else:
            index = int(level[1]) - 1
            line = _sacral(sacrum, level, index, r)
            tunnel = line[-5:]
            line = np.concatenate([line, _PERIPHERY[level]])
            at, part = int(_GANGLION_AT[level]), _GANGLION_AT[level] % 1
            ganglion = tunnel[at] * (1 - part) + tunnel[at + 1] * part
        points = smooth_path(line)
        ganglion = points[np.argmin(np.linalg.norm(points - ganglion, axis=1))]
        radii = np.full(len(points), r)
        out.append(Course(level, points, radii, ganglion, (1.75 * bulges[level], bulges[level])))
    return tuple(out)
