"""The true nerves and openings of a phantom in LPS."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

import numpy as np

from imaging.geometry import Floats
from imaging.phantom.anatomy import Anatomy
from imaging.phantom.cord import foramen_height_mm, foramen_point
from imaging.phantom.model import Foramen, Ganglion, NeuralForamen
from imaging.phantom.posture import Posture
from imaging.phantom.sacrum import FORAMEN_LEVELS
from imaging.structures import Side, Tube

_SIDES: tuple[tuple[Side, float], ...] = ((Side.LEFT, 1.0), (Side.RIGHT, -1.0))


def _mirrored(points: Floats, sign: float) -> Floats:
    return np.asarray(points * np.array([sign, 1.0, 1.0]))


def _size(posture: Posture) -> float:
    return posture.parameters.size_scale


def root_tubes(anatomy: Anatomy, posture: Posture) -> Mapping[str, Tube]:
    """Return the roots of both sides by ``level.side``."""
    tubes = {}
    for course in anatomy.roots:
        for side, sign in _SIDES:
            points = posture.to_lps(_mirrored(course.points, sign))
            tubes[f"{course.level}.{side}"] = Tube(points, course.bulged_radii * _size(posture))
    return MappingProxyType(tubes)


def canal_tube(anatomy: Anatomy, posture: Posture) -> Tube:
    points, radii = anatomy.canal
    return Tube(posture.to_lps(points), radii * _size(posture))


def cord_tube(anatomy: Anatomy, posture: Posture) -> Tube | None:
    """Return the spinal cord, if the spine reaches up to it."""
    if anatomy.cord is None:
        return None
    points, radii = anatomy.cord
    return Tube(posture.to_lps(points), radii * _size(posture))


def sac_tube(anatomy: Anatomy, posture: Posture) -> Tube:
    points, radii = anatomy.sac
    return Tube(posture.to_lps(points), radii * _size(posture))


def ganglia(anatomy: Anatomy, posture: Posture) -> tuple[Ganglion, ...]:
    """Return the ganglia of both sides."""
    size = _size(posture)
    return tuple(
        Ganglion(
            level=course.level,
            side=side,
            centre_mm=posture.to_lps(_mirrored(course.ganglion_at, sign)),
            radius_along_mm=course.ganglion_radii[0] * size,
            radius_across_mm=course.ganglion_radii[1] * size,
        )
        for course in anatomy.roots
        for side, sign in _SIDES
    )


def foramina(anatomy: Anatomy, posture: Posture) -> tuple[Foramen, ...]:
    """Return the ventral and dorsal foramina S1 to S4 of both sides."""
    return tuple(_foramina(anatomy, posture))


def _foramina(anatomy: Anatomy, posture: Posture) -> Iterable[Foramen]:
    sacrum, size = anatomy.sacrum, _size(posture)
    ventral_mouths = [(tunnel.points[3], tunnel.radii[3]) for tunnel in sacrum.ventral_tunnels]
    dorsal_mouths = [(sacrum.dorsal_mouth(tunnel), tunnel.radii[1]) for tunnel in sacrum.dorsal_tunnels]
    for ventral, mouths in ((True, ventral_mouths), (False, dorsal_mouths)):
        for level, (at, radius) in zip(FORAMEN_LEVELS, mouths, strict=True):
            point = sacrum.curve.to_patient([at])[0]
            for side, sign in _SIDES:
                yield Foramen(level, side, ventral, posture.to_lps(_mirrored(point, sign)), radius * size)


def neural_foramina(anatomy: Anatomy, posture: Posture) -> tuple[NeuralForamen, ...]:
    """Return the foramina between the vertebrae of a whole spine, of both sides."""
    column, size = anatomy.column, _size(posture)
    if column is None:
        return ()
    out = []
    for name in column.nerve_levels:
        station = column.stations[name]
        point, radius = foramen_point(station), 0.5 * station.of("foramen_width_mm")
        for side, sign in _SIDES:
            centre = posture.to_lps(_mirrored(point, sign))
            out.append(NeuralForamen(name, side, centre, radius * size, foramen_height_mm(column, name) * size))
    return tuple(out)
