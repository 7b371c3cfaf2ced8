"""One patient: the solids of all structures in the patient frame, and painting them in order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from imaging.geometry import Floats
from imaging.phantom import abdomen, cord, lumbar, nerves, vertebra
from imaging.phantom.canvas import Canvas
from imaging.phantom.column import Column
from imaging.phantom.curve import SpineCurve
from imaging.phantom.dimensions import number, row
from imaging.phantom.hip import HIP, femur, hip_joint
from imaging.phantom.lattice import Field
from imaging.phantom.parameters import Anomaly, PhantomParameters, Sex
from imaging.phantom.sacrum import Sacrum
from imaging.phantom.shapes import Chain, Mirrored, Shape, Union
from imaging.phantom.soft import (
    MUSCLES,
    PELVIC_TRUNK,
    paint_compartments,
    paint_ligaments,
    paint_muscles,
    paint_trunk,
    trunk_distances,
)
from imaging.phantom.spine_paint import paint_column
from imaging.phantom.tissues import HU, PhantomLabel
from imaging.phantom.viscera import paint_bowel, paint_pelvic_organs, paint_vessels

_COCCYX = ((115.5, 11.5, 4.0, 6.4), (126.2, 7.6, 3.7, 5.9), (135.0, 5.4, 3.3, 4.9), (142.0, 3.8, 2.8, 3.8))
"""Position along the axis, half width, half thickness and half height of the coccygeal vertebrae; drawn by eye."""

_LEAN = {Sex.FEMALE: 1.0, Sex.MALE: 0.72}


@lru_cache(maxsize=4)
def _curve(bend: float) -> SpineCurve:
    slope = number("sacral_slope_deg")
    return SpineCurve(row("curve_s_mm"), tuple(slope - bend * a for a in row("curve_below_slope_deg")))


@dataclass(frozen=True, eq=False)
class Anatomy:
    """Everything in the patient frame that follows from the parameters."""

    parameters: PhantomParameters

    @property
    def prone(self) -> bool:
        return self.parameters.patient_position == "HFP"

    @cached_property
    def curve(self) -> SpineCurve:
        return _curve(1.0 if self.parameters.sex is Sex.FEMALE else 0.9)

    @cached_property
    def sacrum(self) -> Sacrum:
        return Sacrum(self.curve, self.parameters.anomaly is Anomaly.LUMBARISED_S1)

    @cached_property
    def column(self) -> Column | None:
        """The thoracolumbar spine, if it was asked for."""
        return Column(self.parameters.top_level) if self.parameters.whole_spine else None

    @cached_property
    def vertebrae(self) -> Sequence[lumbar.Level]:
        """Frames of the vertebral bodies, from L5 upwards."""
        if self.column is not None:
            return self.column.bodies
        return lumbar.lumbar_levels(number("sacral_slope_deg"))[0]

    @cached_property
    def bones(self) -> Mapping[str, Shape]:
        """The vertebrae by name, from L5 upwards, and the ``sacrum``."""
        joined = self.parameters.anomaly is Anomaly.SACRALISED_L5
        out: dict[str, Shape] = {}
        if self.column is not None:
            out |= vertebra.vertebrae(self.column, self.curve, joined_l5=joined)
        else:
            out |= {level.name: lumbar.vertebra(level) for level in self.vertebrae}
            if joined:
                out["L5"] = Union((out["L5"], lumbar.wide_transverse(self.vertebrae[0])))
        out["sacrum"] = self.sacrum
        return out

    @cached_property
    def coccyx(self) -> Shape:
        """The coccygeal vertebrae, joined to one bone."""
        parts = []
        for s, half, thick, high in _COCCYX:
            ends = self.curve.to_patient([(-half + thick, 0, s), (half - thick, 0, s)])
            mid = self.curve.to_patient([(0, 0, s - high + thick), (0, 0, s + high - thick)])
            parts.append(Union((Chain(ends, thick), Chain(mid, thick)), 4.0))
        return Union(parts, 4.0)

    @cached_property
    def discs(self) -> Sequence[lumbar.Level]:
        return lumbar.lumbar_levels(number("sacral_slope_deg"))[1]

    @cached_property
    def roots(self) -> tuple[nerves.Course, ...]:
        """The left roots, from above downwards."""
        if self.column is not None:
            return (*cord.courses(self.column), *nerves.courses(self.sacrum, None))
        return nerves.courses(self.sacrum, self.vertebrae)

    @cached_property
    def sac(self) -> tuple[Floats, Floats]:
        if self.column is not None:
            return cord.sac_course(self.column, self.sacrum)
        return nerves.sac_course(self.sacrum, self.vertebrae)

    @cached_property
    def cord(self) -> tuple[Floats, Floats] | None:
        return cord.cord_course(self.column) if self.column is not None else None

    @cached_property
    def canal(self) -> tuple[Floats, Floats]:
        if self.column is not None:
            return cord.canal_course(self.column, self.sacrum)
        return nerves.canal_course(self.sacrum, self.vertebrae)

    def paint(self, canvas: Canvas) -> None:
        """Paint the healthy patient without nerves, which go over lesions."""
        trunk = canvas.window((np.array([-192.0, -146.0, -500.0]), np.array([192.0, 98.0, 500.0])))
        if trunk is None:
            return
        canvas = trunk
        lean = _LEAN[self.parameters.sex]
        spine = self.column is not None
        rows = abdomen.TALL_TRUNK if spine else PELVIC_TRUNK
        body, fascia = trunk_distances(canvas, prone=self.prone, lean=lean, rows=rows)
        paint_trunk(canvas, body, fascia)
        paint_compartments(canvas, fascia)
        if spine:
            abdomen.paint_chest_wall(canvas, fascia)
        paint_muscles(canvas, abdomen.MUSCLES if spine else MUSCLES)
        paint_ligaments(canvas, short=spine)
        paint_vessels(canvas)
        paint_pelvic_organs(canvas, self.parameters.sex)
        if spine:
            abdomen.paint_organs(canvas, fascia, prone=self.prone)
        paint_bowel(canvas, prone=self.prone)
        self.paint_bones(canvas)

    def paint_bones(self, canvas: Canvas) -> None:
        """Paint vertebrae, discs, sacrum, hip bones, femora and coccyx."""
        self._paint_lumbar(canvas)
        self._paint_sacrum(canvas)
        self._paint_hips(canvas)
        self._paint_coccyx(canvas)

    def _paint_lumbar(self, canvas: Canvas) -> None:
        if self.column is not None:
            paint_column(canvas, self.column, self.bones, self.roots)
            return
        for level in (*self.vertebrae, *self.discs):
            canvas.paint(lumbar.canal_room(level), PhantomLabel.CANAL_FAT)
        for level in self.discs:
            canvas.paint(lumbar.disc(level), PhantomLabel.DISC)
        for level in self.vertebrae:
            shape = lumbar.vertebra(level)
            part = canvas.window(shape.box_mm)
            if part is not None:
                _, v, _ = level.local(part.lattice).xyz
                arch = np.float32(330) * np.clip((np.broadcast_to(v, part.hu.shape) - np.float32(17)) / 8, 0, 1)
                denser = np.asarray(arch, dtype=np.float32)
                part.paint_bone(shape.distance(part.lattice), 1.3, 680.0, 140.0, denser)
        if self.parameters.anomaly is Anomaly.SACRALISED_L5:
            wide = lumbar.wide_transverse(self.vertebrae[0])
            part = canvas.window(wide.box_mm)
            if part is not None:
                part.paint_bone(wide.distance(part.lattice), 1.2, 640.0, 120.0)

    def _paint_sacrum(self, canvas: Canvas) -> None:
        part = canvas.window(self.sacrum.box_mm)
        if part is None:
            return
        lattice = part.lattice
        u, v, s = (np.broadcast_to(c, lattice.shape_kji) for c in self.curve.local(lattice))
        canal = np.maximum(self.sacrum.canal_distance(u, v, s), -s - np.float32(6))
        free = (PhantomLabel.FAT, PhantomLabel.MUSCLE)
        part.fill(np.maximum(canal, s - np.float32(92)), PhantomLabel.CANAL_FAT, over=free)
        uncut = self.sacrum.distance(lattice, cut=False)
        for side in (HIP, Mirrored(HIP)):
            joint = np.maximum(uncut, side.distance(lattice) - np.float32(3.4))
            part.fill(joint, PhantomLabel.CARTILAGE)
        bone = self.sacrum.distance(lattice)
        part.paint_bone(bone, number("sacral_cortex_mm"), 680.0, 128.0, self._marrow(u, v, s))
        if self.sacrum.lumbarised:
            gap = self.sacrum.disc_distance(u, v, s) - np.float32(0.3)
            body = np.maximum(np.abs(u) - np.float32(19), np.abs(v) - np.float32(13))
            part.fill(np.maximum(gap, body), PhantomLabel.DISC)

    def _marrow(self, u: Field, v: Field, s: Field) -> Field:
        """Denser marrow in the bodies and in the upper facets, and the scars of the fused discs."""
        front = np.interp(s, row("canal_s_mm"), row("canal_front_v_mm")).astype(np.float32)
        within = 1 / (1 + np.exp((np.abs(u) - np.float32(16)) / np.float32(2.5)))
        within = within / (1 + np.exp(np.clip(v - front, -30, 30)))
        facets = np.clip((v - np.float32(16)) / 8, 0, 1) * np.clip((np.float32(9) - s) / 8, 0, 1)
        extra = np.float32(70) * within + np.float32(330) * facets
        for end in row("segment_ends_mm")[:4]:
            off = s - np.float32(end)
            plates = np.exp(-(((np.abs(off) - np.float32(1.9)) / np.float32(0.8)) ** 2))
            scar = np.exp(-((off / np.float32(1.2)) ** 2))
            extra = extra + (np.float32(290) * plates - np.float32(90) * scar) * within
        return np.asarray(extra, dtype=np.float32)

    def _paint_hips(self, canvas: Canvas) -> None:
        thigh = femur()
        for joint in (hip_joint(), Mirrored(hip_joint())):
            canvas.paint(joint, PhantomLabel.CARTILAGE)
        for shape, cortex, marrow in ((HIP, number("hip_cortex_mm"), 95.0), (thigh, 1.8, 180.0)):
            for part_shape in (shape, Mirrored(shape)):
                part = canvas.window(part_shape.box_mm)
                if part is not None:
                    part.paint_bone(part_shape.distance(part.lattice), cortex, 900.0, marrow)

    def _paint_coccyx(self, canvas: Canvas) -> None:
        part = canvas.window(self.coccyx.box_mm)
        if part is not None:
            part.paint_bone(self.coccyx.distance(part.lattice), 1.0, 520.0, 90.0)

    def paint_nerves(self, canvas: Canvas) -> None:
        """Paint thecal sac with its rootlets, roots and ganglia."""
        points, radii = (part[::3] for part in self.sac)
        canvas.paint(Chain(points, radii), PhantomLabel.THECAL_SAC)
        inside = (PhantomLabel.THECAL_SAC,)
        if self.column is not None:
            keep = points[:, 2] < cord.strands_below(self.column)
            points, radii = points[keep], radii[keep]
        for turn in (-2.4, -1.2, 0.0, 1.2, 2.4):
            off = np.column_stack([np.sin(turn) * radii, 0.75 * np.abs(np.cos(turn / 3)) * radii, np.zeros(len(radii))])
            strand = Chain(points[:-2] + 0.62 * off[:-2], 0.7)
            canvas.paint(strand, PhantomLabel.THECAL_SAC, HU[PhantomLabel.ROOT], over=inside)
        if self.cord is not None:
            canvas.paint(Chain(*(part[::3] for part in self.cord)), PhantomLabel.CORD, over=inside)
        for course in self.roots:
            thin = np.unique(np.append(np.arange(0, len(course.points), 3), len(course.points) - 1))
            tube = Chain(course.points[thin], course.radii[thin])
            near = np.linalg.norm(course.points - course.ganglion_at, axis=1) < course.ganglion_radii[0] + 1
            swelling = Chain(course.points[near], course.bulged_radii[near])
            for flip in (False, True):
                canvas.paint(Mirrored(tube) if flip else tube, PhantomLabel.ROOT)
                canvas.paint(Mirrored(swelling) if flip else swelling, PhantomLabel.GANGLION)
