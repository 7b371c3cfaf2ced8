"""A plane through the patient and the rectangle of it that a view shows."""

from __future__ import annotations

import enum
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from imaging.geometry import Floats, VoxelGrid
from planning.quantities import coordinate_text

# An edge that leans by twelve degrees towards another direction names it too.
_OBLIQUE = 0.2
_LETTERS = (("L", "R"), ("P", "A"), ("S", "I"))


class Plane(enum.StrEnum):
    """The three standard planes."""

    AXIAL = "axial"
    SAGITTAL = "sagittal"
    CORONAL = "coronal"

    @property
    def normal_axis(self) -> int:
        """Index of the LPS axis across the plane."""
        return {Plane.AXIAL: 2, Plane.SAGITTAL: 0, Plane.CORONAL: 1}[self]


class NeedlePlane(enum.StrEnum):
    """The planes of a needle: two along its shaft, at right angles, and one across it."""

    ALONG_A = "along A"
    ALONG_B = "along B"
    ACROSS = "across"

    @property
    def letter(self) -> str:
        """Short name of a plane along the shaft."""
        return self.value[-1]


def plane_axes(plane: Plane, grid: VoxelGrid) -> tuple[Floats, Floats]:
    """Return the unit vectors of screen-right and screen-down in LPS, each of shape (3,).

    Axial slices stand as acquired, as on the CT console: a prone scan is shown prone. Coronal slices keep the
    axial left and right; head is up in coronal and sagittal.
    """
    i_axis, j_axis = grid.directions[:, 0], grid.directions[:, 1]
    left = np.array([-1.0 if i_axis[0] < -0.5 else 1.0, 0.0, 0.0])
    posterior = np.array([0.0, -1.0 if j_axis[1] < -0.5 else 1.0, 0.0])
    caudal = np.array([0.0, 0.0, -1.0])
    return {
        Plane.AXIAL: (left, posterior),
        Plane.SAGITTAL: (np.array([0.0, 1.0, 0.0]), caudal),
        Plane.CORONAL: (left, caudal),
    }[plane]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class SliceFrame:
    """Which part of a plane is on which pixels.

    Attributes
    ----------
    plane : Plane or NeedlePlane
    centre_mm : ndarray, shape (3,)
        LPS point in the middle of the picture; it lies on the plane.
    right, down : ndarray, shape (3,)
        Unit vectors of the screen in LPS.
    width_px, height_px : int
        Size in logical pixels.
    mm_per_px : float
    """

    plane: Plane | NeedlePlane
    centre_mm: Floats
    right: Floats
    down: Floats
    width_px: int
    height_px: int
    mm_per_px: float

    @classmethod
    def of(
        cls, plane: Plane, grid: VoxelGrid, centre_mm: npt.ArrayLike, width_px: int, height_px: int, mm_per_px: float
    ) -> SliceFrame:
        """Return the frame of a standard plane through a point."""
        right, down = plane_axes(plane, grid)
        return cls(
            plane=plane, centre_mm=np.asarray(centre_mm, float), right=right, down=down,
            width_px=width_px, height_px=height_px, mm_per_px=mm_per_px,
        )  # fmt: skip

    @property
    def normal(self) -> Floats:
        # By hand: np.cross is made for arrays of vectors, and this is asked for every outline of every paint.
        (a, b, c), (d, e, f) = self.right.tolist(), self.down.tolist()
        return np.array([b * f - c * e, c * d - a * f, a * e - b * d])

    @property
    def place(self) -> tuple[float, ...]:
        """Plane, middle and scale as numbers that can be compared, without the size in pixels."""
        return (*self.centre_mm.tolist(), *self.right.tolist(), *self.down.tolist(), self.mm_per_px)

    @property
    def is_of_needle(self) -> bool:
        """Whether it is no standard plane, but one along or across a needle."""
        return isinstance(self.plane, NeedlePlane)

    @property
    def position_mm(self) -> float:
        """LPS coordinate of a standard plane along its normal axis."""
        assert isinstance(self.plane, Plane)
        return float(self.centre_mm[self.plane.normal_axis])

    @property
    def position_text(self) -> str:
        """Position of a standard plane as in a view's title: ``I 765.1 mm``."""
        assert isinstance(self.plane, Plane)
        return coordinate_text(self.plane.normal_axis, self.position_mm)

    @property
    def edge_letters(self) -> tuple[str, str, str, str]:
        """Orientation letters of the left, right, top and bottom edge."""
        return _letter(-self.right), _letter(self.right), _letter(-self.down), _letter(self.down)

    def to_px(self, lps_mm: npt.ArrayLike) -> Floats:
        """Project points of shape (..., 3) onto the picture, shape (..., 2)."""
        offset = np.asarray(lps_mm, float) - self.centre_mm
        middle = np.array([self.width_px / 2, self.height_px / 2])
        return np.asarray(np.stack([offset @ self.right, offset @ self.down], axis=-1) / self.mm_per_px + middle)

    def to_lps(self, px: npt.ArrayLike) -> Floats:
        """Return the points of the plane under pixels of shape (..., 2), shape (..., 3)."""
        offset = (np.asarray(px, float) - [self.width_px / 2, self.height_px / 2]) * self.mm_per_px
        return np.asarray(self.centre_mm + offset[..., :1] * self.right + offset[..., 1:] * self.down)

    def height_mm(self, lps_mm: npt.ArrayLike) -> Floats:
        """Return the signed distance of points of shape (..., 3) from the plane."""
        return np.asarray((np.asarray(lps_mm, float) - self.centre_mm) @ self.normal)


def _letter(direction: Floats) -> str:
    """Letters of the one or two patient directions a screen edge points to, the nearer one first."""
    order = np.argsort(-np.abs(direction))
    letters = [_LETTERS[axis][0 if direction[axis] > 0 else 1] for axis in order if abs(direction[axis]) > _OBLIQUE]
    return "".join(letters[:2])
