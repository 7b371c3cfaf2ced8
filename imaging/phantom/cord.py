"""Canal, thecal sac, spinal cord and the roots T11 to L5 of the whole column: their true courses."""

from __future__ import annotations

import numpy as np

from imaging.geometry import Floats
from imaging.phantom.column import Column, Station
from imaging.phantom.dimensions import number
from imaging.phantom.nerves import Course, sacral_canal, sacral_sac, smooth_path
from imaging.phantom.sacrum import Sacrum

_SHARE = (-0.8, 0.8)
"""Where in a vertebra its points of the midline stand, in halves of its height."""

_FIRST_STRAND = "L1"

# Where the roots run after their foramina, in the patient frame: below the rib, across quadratus lumborum, within the
# psoas, over the wing of the sacrum; drawn by eye.
_BELOW_RIB = {
    "T11": ((14.0, 12.0, -4.0), (26.0, 19.0, -7.0), (44.0, 22.0, -13.0), (62.0, 17.0, -24.0)),
    "T12": ((14.0, 11.0, -9.0), (26.0, 16.0, -13.0), (44.0, 19.0, -20.0), (62.0, 15.0, -31.0)),
}
"""Offsets from where a thoracic root has left its foramen."""

_OUTSIDE = {
    "L1": ((40.0, -8.0, -18.0), (56.0, -2.0, -28.0), (72.0, 0.0, -40.0)),
    "L2": ((33.0, -16.0, -20.0), (41.0, -20.0, -36.0), (47.0, -24.0, -54.0)),
    "L3": ((35.0, -16.0, -20.0), (43.0, -20.0, -38.0), (50.0, -27.0, -58.0)),
    "L4": ((37.0, -14.0, -20.0), (44.0, -17.0, -38.0), (48.0, -17.0, -56.0)),
}
"""Distance from the midline, and how far in front of and below the ganglion."""

_OVER_THE_WING = ((36, -9, -2), (43, -14, -16), (48, -10, -34), (50, 4, -54), (55, 19, -76), (61, 28, -97))


def _midline(station: Station, v: float) -> Floats:
    half = station.body.half_height_mm
    return station.body.to_patient([(0.0, v, share * half) for share in _SHARE])


def _sac_v(station: Station) -> float:
    """``v`` of the middle of the sac, which lies on the front wall of the canal."""
    return station.canal_v - 0.5 * station.of("canal_sagittal_mm") + 0.8 + station.of("sac_radius_mm")


def canal_course(column: Column, sacrum: Sacrum) -> tuple[Floats, Floats]:
    """Return centreline and inscribed radii of the bony canal, from the top to the hiatus."""
    points, radii = [], []
    for station in column.downwards:
        points.append(_midline(station, station.canal_v))
        radii += [0.5 * min(station.of("canal_sagittal_mm"), station.of("canal_width_mm")) - 0.3] * len(_SHARE)
    lower, lower_radii = sacral_canal(sacrum)
    return np.concatenate([*points, lower]), np.concatenate([radii, lower_radii])


def sac_course(column: Column, sacrum: Sacrum) -> tuple[Floats, Floats]:
    """Return centreline and radii of the thecal sac, from the top to its tip."""
    points = [_midline(station, _sac_v(station)) for station in column.downwards]
    radii = np.repeat([s.of("sac_radius_mm") for s in column.downwards], len(_SHARE))
    lower, lower_radii = sacral_sac(sacrum)
    return _smooth(np.concatenate([*points, lower]), np.concatenate([radii, lower_radii]))


def cord_course(column: Column) -> tuple[Floats, Floats] | None:
    """Return centreline and radii of the spinal cord down to the tip of the conus; None below L1."""
    points, radii = [], []
    for station in column.downwards:
        radius = station.of("cord_radius_mm")
        if radius <= 0:
            continue
        half, v = station.body.half_height_mm, _sac_v(station)
        last = station.name == "L1"
        at = (-half, number("conus_tip_s_mm")) if last else (-half, half)
        points.append(station.body.to_patient([(0.0, v, s) for s in at]))
        radii += [radius, 0.6] if last else [radius, radius]
    return _smooth(np.concatenate(points), np.array(radii)) if points else None


def _smooth(points: Floats, radii: Floats) -> tuple[Floats, Floats]:
    chord = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
    path = smooth_path(points)
    return path, np.asarray(np.interp(np.linspace(0, chord[-1], len(path)), chord, radii))


def strands_below(column: Column) -> float:
    """Return the height (z) below which the sac holds the cauda equina."""
    station = column.stations.get(_FIRST_STRAND)
    return np.inf if station is None else station.body.centre_yz_mm[1]


def foramen_height_mm(column: Column, name: str) -> float:
    """Return the height of the foramen below a vertebra, from pedicle to pedicle; below L5 to the endplate of S1."""
    upper = column.stations[name]
    high = (0.0, upper.back_v + 4.0, upper.pedicle_lower_s)
    if name == "L5":
        low = upper.disc.to_patient([(0.0, upper.back_v + 4.0, upper.disc.half_height_mm)])[0]
    else:
        lower = column.downwards[column.downwards.index(upper) + 1]
        top = lower.pedicle_s - 0.5 * lower.of("pedicle_height_mm")
        low = lower.body.to_patient([(0.0, lower.back_v + 4.0, top)])[0]
    return float(np.linalg.norm(upper.body.to_patient([high])[0] - low))


def foramen_point(station: Station) -> Floats:
    """Return the middle of the left neural foramen below a vertebra, in the patient frame."""
    radius = 0.5 * station.of("foramen_width_mm")
    u, v, s = _ganglion_u(station), _ganglion_v(station), station.pedicle_lower_s + radius + 0.6
    return np.asarray(station.body.to_patient([(u, v + 0.3, s)])[0])


def _ganglion_s(station: Station) -> float:
    """``s`` of the ganglion, which hangs below the pedicle."""
    return station.pedicle_lower_s + station.of("spinal_ganglion_radius_mm") + 1.6


def _ganglion_u(station: Station) -> float:
    """``u`` of the ganglion: below the middle of the pedicle, of a broad one below its inner part."""
    inwards = 2.6 if station.name == "L5" else 4.5
    return 0.5 * station.of("canal_width_mm") + min(0.5 * station.of("pedicle_width_mm"), inwards)


def _ganglion_v(station: Station) -> float:
    """``v`` of the ganglion: between body and joint; at L5 farther forward, for the sacrum's facet stands close behind."""
    if station.name == "L5":
        return station.back_v + 0.8
    return station.back_v + 0.5 * station.of("foramen_width_mm")


def _root(station: Station) -> Course:
    radius = 0.5 * station.of("spinal_root_diameter_mm")
    bulge = station.of("spinal_ganglion_radius_mm")
    u, s = _ganglion_u(station), _ganglion_s(station)
    v = _ganglion_v(station)
    sac = station.of("sac_radius_mm")
    leaves_u = 0.72 * sac
    leaves_s = s - (u - leaves_u) / np.tan(np.deg2rad(station.of("root_angle_deg")))
    recess_u = 0.5 * station.of("canal_width_mm") - radius - 0.8
    share = (recess_u - leaves_u) / (u - leaves_u)
    # A little lower than straight: the root goes round the lower inner edge of the pedicle.
    recess_s = leaves_s + share * (s - leaves_s) + 1.8
    recess_v = max(station.back_v + radius + 0.8, v - 0.4)
    inside = [(leaves_u, _sac_v(station), leaves_s), (recess_u, recess_v, recess_s), (u, v, s)]
    outer = station.pedicle_u + 0.5 * station.of("pedicle_width_mm")
    if station.name == "L5":
        inside += [(20.0, v - 2.3, s + 3.6), (28.0, 8.0, 17.0)]
        line = np.concatenate([station.body.to_patient(inside), np.array(_OVER_THE_WING, float)])
    elif station.thoracic:
        inside += [(outer + 2.5, v + 1.0, s + 2.0)]
        start = station.body.to_patient([inside[-1]])[0]
        line = np.concatenate([station.body.to_patient(inside), start + np.array(_BELOW_RIB[station.name])])
    else:
        inside += [(outer + 3.0, v - 2.5, s + 3.5)]
        at = station.body.to_patient([(0.0, v, s)])[0]
        line = np.concatenate([station.body.to_patient(inside), at + np.array(_OUTSIDE[station.name])])
    points = smooth_path(line)
    ganglion = station.body.to_patient([(u, v, s)])[0]
    ganglion = points[np.argmin(np.linalg.norm(points - ganglion, axis=1))]
    return Course(station.name, points, np.full(len(points), radius), ganglion, (1.75 * bulge, bulge))


def courses(column: Column) -> tuple[Course, ...]:
    """Return the left roots of the column from the top level down to L5, in the patient frame."""
    return tuple(_root(column.stations[name]) for name in column.nerve_levels)
