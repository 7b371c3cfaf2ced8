"""Lesions and screws of the patient."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from imaging.geometry import Floats
from imaging.phantom.anatomy import Anatomy
from imaging.phantom.canvas import Canvas
from imaging.phantom.lattice import Field
from imaging.phantom.parameters import OSTEOID_OSTEOMA, VERTEBRAE, Lesion
from imaging.phantom.shapes import Chain, ellipsoid_distance
from imaging.phantom.texture import noise_at
from imaging.phantom.tissues import PhantomLabel
from imaging.structures import Side

_ON_THE_SACRUM = {
    "S1": (35.0, 6.0, 20.0),
    "S2": (32.5, 1.0, 47.0),
    "S3": (27.0, 4.0, 66.0),
    "S4": (21.0, 3.0, 84.0),
    "S5": (12.0, 1.5, 99.0),
    "ala": (44.0, 4.0, 22.0),
}
"""Middle of the named sites on the left, in u, v, s."""

_NIDUS_HU, _REACTION_HU, _REACTION_MM = 110.0, 720.0, 7.0
"""An osteoid osteoma: osteoid and vessels, little of it mineral, in bone that is dense around it and less so farther out."""

_REPLACED = (
    PhantomLabel.CORTEX,
    PhantomLabel.TRABECULAR,
    PhantomLabel.FAT,
    PhantomLabel.MUSCLE,
    PhantomLabel.CARTILAGE,
    PhantomLabel.DISC,
    PhantomLabel.CANAL_FAT,
)


def site_point(anatomy: Anatomy, lesion: Lesion) -> Floats:
    """Return the middle of a lesion's named site in the patient frame."""
    if lesion.site in _ON_THE_SACRUM:
        point = anatomy.curve.to_patient([_ON_THE_SACRUM[lesion.site]])[0]
    elif lesion.site in VERTEBRAE:
        frame = next(level for level in anatomy.vertebrae if level.name == lesion.site)
        point = frame.to_patient([(11.0, -1.0, 0.0)])[0]
    else:
        point = np.array([71.0, 6.0, -30.0])
    sign = 1.0 if lesion.side is Side.LEFT else -1.0
    return np.asarray(point * np.array([sign, 1.0, 1.0]))


@dataclass(frozen=True, eq=False)
class Growth:
    """A lesion placed in the patient frame, with a slightly uneven outline."""

    lesion: Lesion
    centre: Floats
    radii: Floats
    seed: int

    @property
    def box_mm(self) -> tuple[Floats, Floats]:
        reach = self.radii + _REACTION_MM + 1.0
        return self.centre - reach, self.centre + reach

    def distance(self, canvas: Canvas) -> Field:
        """Signed distance at every voxel of a canvas."""
        uneven = noise_at(self.seed + 6, *canvas.lattice.xyz, (15.0, 15.0, 15.0))
        swing = min(1.3, 0.1 * float(self.radii.min()))
        smooth = ellipsoid_distance(*canvas.lattice.xyz, self.centre, self.radii)
        return np.asarray(smooth + np.float32(swing) * uneven, dtype=np.float32)

    def paint(self, canvas: Canvas) -> None:
        """Replace tissue by the lesion; gut, vessels and air stay."""
        part = canvas.window(self.box_mm)
        if part is None:
            return
        distance = self.distance(part)
        bone = np.isin(part.labels, (PhantomLabel.CORTEX, PhantomLabel.TRABECULAR))
        was = part.hu.copy()

        def hu(x: Field, y: Field, z: Field) -> Field:
            fine = noise_at(self.seed + 1, x, y, z, (3.0, 3.0, 3.0))
            coarse = noise_at(self.seed + 7, x, y, z, (9.0, 9.0, 9.0))
            if self.lesion.kind == "lytic":
                return np.asarray(np.float32(42) + np.float32(5) * coarse)
            if self.lesion.kind == "sclerotic":
                return np.asarray(np.float32(690) + np.float32(60) * fine + np.float32(50) * coarse)
            if self.lesion.kind == OSTEOID_OSTEOMA:
                return np.asarray(np.float32(_NIDUS_HU) + np.float32(12) * fine)
            dense = 1 / (1 + np.exp(-3 * coarse))
            return np.asarray(np.float32(45) + np.float32(560) * dense + np.float32(30) * fine, dtype=np.float32)

        part.fill(distance, PhantomLabel.LESION, hu, over=_REPLACED)
        if self.lesion.kind == "lytic":
            rim = bone & (distance > 0) & (distance < np.float32(3.0))
            part.hu[rim] = np.maximum(part.hu[rim] - np.float32(40), np.minimum(was[rim], np.float32(60)))
        if self.lesion.kind == OSTEOID_OSTEOMA:
            rim = bone & (distance > 0) & (distance < np.float32(_REACTION_MM))
            dense = np.float32(_REACTION_HU) * (1 - distance[rim] / np.float32(_REACTION_MM))
            part.hu[rim] = np.maximum(part.hu[rim], dense)


@dataclass(frozen=True, eq=False)
class Implant:
    """A screw in the patient frame: shaft and head."""

    entry: Floats
    tip: Floats
    diameter_mm: float

    def paint(self, canvas: Canvas) -> None:
        r = self.diameter_mm / 2
        axis = (self.tip - self.entry) / np.linalg.norm(self.tip - self.entry)
        canvas.paint(Chain([self.entry, self.tip - axis * r * 0.6], r), PhantomLabel.METAL)
        head = Chain([self.entry - axis * r, self.entry + axis * r * 0.4], 1.7 * r)
        canvas.paint(head, PhantomLabel.METAL)
