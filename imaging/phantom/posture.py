"""How the patient lies in the scanner: from the patient frame to LPS, the image grid, and the table."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from imaging.geometry import Floats, VoxelGrid
from imaging.phantom.canvas import Canvas
from imaging.phantom.lattice import Lattice
from imaging.phantom.parameters import PhantomParameters, Sex
from imaging.phantom.tissues import PhantomLabel

_SEX_SCALE = {Sex.FEMALE: (1.0, 1.0, 1.0), Sex.MALE: (0.97, 1.0, 1.05)}
"""Pelvis of a man: narrower and higher; drawn by eye."""

_TABLE_GAP_MM = 1.5
_TABLE_THICK_MM = 30.0
_TABLE_HALF_WIDTH_MM = 215.0
_TABLE_ARC_MM = 900.0
_BACK_Y_MM, _FRONT_Y_MM = 91.0, -126.5


@dataclass(frozen=True, eq=False)
class Posture:
    """The patient on the table."""

    parameters: PhantomParameters

    @cached_property
    def scale(self) -> Floats:
        """Millimetres in LPS per millimetre of the patient frame, along x, y, z."""
        return np.array(_SEX_SCALE[self.parameters.sex]) * self.parameters.size_scale

    @cached_property
    def lps_from_patient(self) -> Floats:
        """Linear map from the patient frame to LPS, shape (3, 3); the origin is common."""
        turn = np.eye(3)
        for axis, degrees in enumerate(self.parameters.rotation_deg):
            c, s = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
            a, b = (axis + 1) % 3, (axis + 2) % 3
            step = np.eye(3)
            step[a, a], step[a, b], step[b, a], step[b, b] = c, -s, s, c
            turn = step @ turn
        return np.asarray(turn @ np.diag(self.scale))

    def to_lps(self, points: npt.ArrayLike) -> Floats:
        """Map points (..., 3) of the patient frame to LPS."""
        return np.asarray(np.asarray(points, float) @ self.lps_from_patient.T)

    def to_patient(self, lps_mm: npt.ArrayLike) -> Floats:
        """Map LPS points (..., 3) to the patient frame."""
        return np.asarray(np.asarray(lps_mm, float) @ np.linalg.inv(self.lps_from_patient).T)

    @cached_property
    def grid(self) -> VoxelGrid:
        """The image: rows and columns as a scanner shows them, turned by half a circle for a prone patient."""
        p = self.parameters
        facing = -1.0 if p.patient_position == "HFP" else 1.0
        matrix = np.eye(4)
        matrix[:3, :3] = np.diag(np.array([facing, facing, 1.0]) * np.array(p.spacing_ijk_mm))
        middle = (np.array(p.shape_kji[::-1]) - 1) / 2
        matrix[:3, 3] = np.array(p.centre_mm) - matrix[:3, :3] @ middle
        frame = int(hashlib.sha256(b"frame" + p.digest.encode()).hexdigest()[:30], 16)
        return VoxelGrid(shape_kji=p.shape_kji, lps_from_ijk=matrix, frame_uid=f"2.25.{frame}")

    def lattice(self, start_k: int, stop_k: int, per_slice: int) -> Lattice:
        """Return the sample points of some slices, ``per_slice`` of them through each slice."""
        matrix = self.grid.lps_from_ijk[:3, :3]
        to_patient = np.linalg.inv(self.lps_from_patient)
        steps = to_patient @ matrix[:, ::-1]
        first = start_k - (per_slice - 1) / (2 * per_slice)
        offset = to_patient @ (matrix @ np.array([0.0, 0.0, first]) + self.grid.origin_mm)
        steps = steps * np.array([1.0 / per_slice, 1.0, 1.0])
        _, rows, columns = self.grid.shape_kji
        return Lattice(((stop_k - start_k) * per_slice, rows, columns), steps, offset)

    def paint_table(self, canvas: Canvas, start_k: int, stop_k: int, per_slice: int) -> None:
        """Paint the table top: a curved shell with a foam core, under the patient but not turned with them."""
        grid, p = self.grid, self.parameters
        _, rows, columns = grid.shape_kji
        x = (grid.origin_mm[0] + grid.lps_from_ijk[0, 0] * np.arange(columns)).astype(np.float32)[None, :]
        y = (grid.origin_mm[1] + grid.lps_from_ijk[1, 1] * np.arange(rows)).astype(np.float32)[:, None]
        prone = p.patient_position == "HFP"
        down = -y if prone else y
        size = self.scale[1] * (1 + 0.12 * sum(abs(np.sin(np.deg2rad(a))) for a in p.rotation_deg))
        top = np.float32((-_FRONT_Y_MM if prone else _BACK_Y_MM) * size + _TABLE_GAP_MM)
        depth = down - top + x * x / np.float32(2 * _TABLE_ARC_MM)
        half = np.float32(_TABLE_THICK_MM / 2)
        shell = np.maximum(np.abs(depth - half) - half, np.abs(x) - np.float32(_TABLE_HALF_WIDTH_MM))
        distance = np.broadcast_to(shell.astype(np.float32), canvas.hu.shape)
        empty = (PhantomLabel.AIR,)
        canvas.fill(distance, PhantomLabel.TABLE, 60.0, over=empty)
        canvas.fill(distance + np.float32(2.2), PhantomLabel.TABLE, -945.0, over=(PhantomLabel.TABLE,))
