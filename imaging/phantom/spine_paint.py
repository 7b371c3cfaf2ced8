"""Painting the column: what fills its canal and foramina, its ligaments, discs, joints and bones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from imaging.phantom.canvas import Canvas, Hounsfield
from imaging.phantom.column import Column, canal_room
from imaging.phantom.dimensions import number
from imaging.phantom.lattice import Field
from imaging.phantom.nerves import Course
from imaging.phantom.shapes import Chain, Mirrored, Shape
from imaging.phantom.texture import noise_at
from imaging.phantom.tissues import PhantomLabel
from imaging.phantom.vertebra import Vertebra, disc, ligaments, ribs

_FREE = (PhantomLabel.FAT, PhantomLabel.MUSCLE)
_FORAMEN_FAT_MM = 3.2
_INTO_BODY_MM = 4.0
"""Bodies and discs are painted over the canal: nothing but the canal lies behind them."""
_JOINT_RIM_MM = 1.2
_RIB_CORTEX_MM = 1.2


def paint_column(canvas: Canvas, column: Column, bones: Mapping[str, Shape], roots: Sequence[Course]) -> None:
    """Paint the thoracolumbar spine with its ribs.

    Parameters
    ----------
    canvas : Canvas
    column : Column
    bones : mapping of str to Shape
        The vertebrae by name.
    roots : sequence of Course
        The left roots, which bring fat along through their foramina.
    """
    _paint_spaces(canvas, column, roots)
    for part in ligaments(column):
        canvas.paint(part, PhantomLabel.FASCIA, over=(*_FREE, PhantomLabel.CANAL_FAT))
    names = list(column.stations)
    for n, name in enumerate(names):
        below = column.stations[names[n - 1]] if n else None
        canvas.paint(disc(column.stations[name], below), PhantomLabel.DISC, _disc_hu(canvas.seed))
    for name in names:
        bone = bones[name]
        _paint_joints(canvas, bone)
        _paint_vertebra(canvas, column, name, bone)
    for _, rib in ribs(column):
        for shape in (rib, Mirrored(rib)):
            part_of = canvas.window(shape.box_mm)
            if part_of is not None:
                part_of.paint_bone(shape.distance(part_of.lattice), _RIB_CORTEX_MM, 780.0, 150.0)


def _paint_spaces(canvas: Canvas, column: Column, roots: Sequence[Course]) -> None:
    """Paint fat where the canal and the foramina will be left open."""
    for station in column.stations.values():
        reach = station.body.half_height_mm + station.disc.half_height_mm + 2.0
        canvas.paint(canal_room(station, reach, _INTO_BODY_MM), PhantomLabel.CANAL_FAT)
    for course in roots:
        if course.level not in column.stations:
            continue
        along = np.linalg.norm(course.points - course.ganglion_at, axis=1)
        near = course.points[along < 15.0][::3]
        tunnel = Chain(near, course.ganglion_radii[1] + _FORAMEN_FAT_MM)
        for shape in (tunnel, Mirrored(tunnel)):
            canvas.paint(shape, PhantomLabel.FAT, over=_FREE)


def _disc_hu(seed: int) -> Hounsfield:
    def hu(x: Field, y: Field, z: Field) -> Field:
        return np.float32(82) + np.float32(7) * noise_at(seed + 20, x, y, z, (11.0, 11.0, 7.0))

    return hu


def _paint_joints(canvas: Canvas, bone: Shape) -> None:
    """Paint the cartilage and fluid between articular processes, which bone then narrows to a gap."""
    if not isinstance(bone, Vertebra):
        return
    for hole, process in bone.joints:
        part = canvas.window(hole.box_mm)
        if part is not None:
            gap = np.maximum(hole.distance(part.lattice), process.distance(part.lattice) - np.float32(_JOINT_RIM_MM))
            part.fill(gap - np.float32(0.2), PhantomLabel.CARTILAGE, over=(*_FREE, PhantomLabel.FASCIA))


def _paint_vertebra(canvas: Canvas, column: Column, name: str, bone: Shape) -> None:
    part = canvas.window(bone.box_mm)
    if part is None:
        return
    station = column.stations[name]
    _, v, s = (np.broadcast_to(c, part.hu.shape) for c in station.body.local(part.lattice).xyz)
    arch = np.float32(330) * np.clip((v - np.float32(station.back_v - 1)) / 8, 0, 1)
    half = np.float32(station.body.half_height_mm)
    body = v < np.float32(station.back_v)
    plates = np.float32(210) * np.exp(-((np.maximum(half - np.abs(s), 0) / np.float32(2.0)) ** 2)) * body
    denser = np.asarray(arch + plates, dtype=np.float32)
    part.paint_bone(bone.distance(part.lattice), number("vertebral_cortex_mm"), 700.0, 140.0, denser)
