"""Where one CT may lie in another: every shift at once, for a set of turns."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from imaging.affine_sampling import sample_linear
from imaging.geometry import Floats
from imaging.later import fft, ndimage, transform
from imaging.progress import Progress
from imaging.registration.bone_image import BRIGHTEST_HU, SPACING_MM, BoneImage

_COARSE = 3
"""Voxels of the skeleton along each side of one cell."""
_STEP_DEG = 12.0
_LEAST_SHARE = 0.4
"""Of the smaller CT's bone that must lie within the other: less is no overlap to register on."""
_PEAKS = 3
_APART_MM, _APART_DEG = 10.0, 16.0
_PLACE_MM, _AT_ONE_PLACE = 18.0, 3
_SOFT_HU = 80.0

UPRIGHT: Floats = np.eye(3)
FLIPS: tuple[Floats, ...] = (np.diag([-1.0, -1.0, 1.0]), np.diag([-1.0, 1.0, -1.0]))
"""Supine called prone, and head first called feet first."""

Cells = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Start:
    """One place to begin from.

    Attributes
    ----------
    target_from_source : ndarray, shape (4, 4)
        LPS.
    likeness : float
        Correlation of both skeletons where they overlap, at most 1.
    """

    target_from_source: Floats
    likeness: float


def starts(
    target: BoneImage, source: BoneImage, flips: tuple[Floats, ...], most: int, progress: Progress
) -> list[Start]:
    """Return the likeliest places of one skeleton in another, best first, each apart from the others.

    Parameters
    ----------
    target, source : BoneImage
    flips : tuple of ndarray, shape (3, 3)
        `UPRIGHT`, or `FLIPS` for a patient who lies the other way round in the file.
    most : int
        How many.
    progress : Progress

    Raises
    ------
    Cancelled
    """
    step_mm = _COARSE * SPACING_MM
    fixed = _cells(target)
    centre = source.bone_points_mm.mean(axis=0)
    axes = target.grid.directions
    corners = target.grid.to_lps(np.full(3, (_COARSE - 1) / 2))
    turns = [turn @ flip for flip in flips for turn in _turns(rolled=flip is UPRIGHT)]
    moving = _Turned(source, axes, step_mm, centre, turns)
    sizes = zip(fixed[0].shape, moving.shape_kji, strict=True)
    spectra = _Spectra(fixed, tuple(fft.next_fast_len(a + b, real=True) for a, b in sizes))
    found: list[Start] = []
    for n, turn in enumerate(turns):
        progress.report(n / len(turns), "Comparing the bones")
        values, seen = moving.at(turn)
        likeness = spectra.likeness(values, seen)
        for at, score in _peaks(likeness, fixed[0].shape):
            matrix = np.eye(4)
            matrix[:3, :3] = turn
            place = corners + axes @ ((np.array(at) + moving.middle)[::-1] * step_mm)
            matrix[:3, 3] = place - turn @ centre
            found.append(Start(matrix, score))
    return _apart(sorted(found, key=lambda s: -s.likeness), centre, most)


def _turns(*, rolled: bool) -> Iterator[Floats]:
    """Turns by up to a step about each axis; of a patient the other way round those about the long axis are left to refining."""
    steps = (0.0, -_STEP_DEG, _STEP_DEG)
    for angles in itertools.product(steps, steps, steps if rolled else (0.0,)):
        yield np.asarray(transform.Rotation.from_euler("xyz", angles, degrees=True).as_matrix())


def _density(hu: Cells) -> Cells:
    return np.asarray(np.clip((hu - _SOFT_HU) / (BRIGHTEST_HU - _SOFT_HU), 0, 1), np.float32)


def _cells(image: BoneImage) -> tuple[Cells, Cells]:
    """Density of bone, and what is seen, in cells."""
    n = [size // _COARSE * _COARSE for size in image.bone.shape]

    def means(values: npt.NDArray[np.floating]) -> Cells:
        part = values[: n[0], : n[1], : n[2]]
        blocks = part.reshape(n[0] // _COARSE, _COARSE, n[1] // _COARSE, _COARSE, n[2] // _COARSE, _COARSE)
        return np.asarray(blocks.mean(axis=(1, 3, 5), dtype=np.float32))

    seen = means(image.seen.astype(np.float32))
    return means(np.where(image.seen, _density(image.hu), np.float32(0))), seen


class _Turned:
    """The source in cells along the target's axes, turned about the middle of its bone."""

    def __init__(
        self, source: BoneImage, axes: Floats, step_mm: float, centre_mm: Floats, turns: Sequence[Floats]
    ) -> None:
        self._source, self._axes, self._step_mm, self._centre = source, axes, step_mm, centre_mm
        sigma = 0.5 * _COARSE
        self._density = ndimage.gaussian_filter(np.where(source.seen, _density(source.hu), np.float32(0)), sigma)
        self._seen = source.seen.astype(np.float32)
        ends = np.array(list(itertools.product(*((0, n - 1) for n in source.grid.shape_kji[::-1]))))
        corners = source.grid.to_lps(ends) - centre_mm
        reach = np.max([np.abs(corners @ turn.T @ axes).max(axis=0) for turn in turns], axis=0)[::-1]
        cells = 2 * np.ceil(reach / step_mm).astype(int) + 1
        self.shape_kji = (int(cells[0]), int(cells[1]), int(cells[2]))
        self.middle = (cells - 1) / 2

    def at(self, turn: Floats) -> tuple[Cells, Cells]:
        """Return density and what is seen after a turn, of shape ``shape_kji``."""
        cells_from = (self._axes * self._step_mm)[:, ::-1]  # k, j, i
        to_ijk = self._source.grid.ijk_from_lps
        matrix = (to_ijk[:3, :3] @ turn.T @ cells_from)[::-1]
        middle = (to_ijk[:3, :3] @ self._centre + to_ijk[:3, 3])[::-1]
        offset = middle - matrix @ self.middle
        seen = sample_linear(self._seen, matrix, offset, self.shape_kji, 0.0)
        return sample_linear(self._density, matrix, offset, self.shape_kji, 0.0) * (seen > 0), seen


class _Spectra:
    """Correlation with the target at every shift, only of what both see (Padfield's masked correlation)."""

    def __init__(self, fixed: tuple[Cells, Cells], shape: tuple[int, ...]) -> None:
        values, seen = fixed
        self._shape = shape
        self._values, self._squares, self._seen = (fft.rfftn(part, shape) for part in (values, values**2, seen))

    def likeness(self, values: Cells, seen: Cells) -> Cells:
        """Return it for every shift of the moving cells' corner."""
        moving, squares, shown = (np.conj(fft.rfftn(part, self._shape)) for part in (values, values**2, seen))

        def sums(a: npt.NDArray[np.complex64], b: npt.NDArray[np.complex64]) -> Cells:
            return np.asarray(fft.irfftn(a * b, self._shape))

        n = np.maximum(sums(self._seen, shown), 1.0)
        of_fixed, of_moving = sums(self._values, shown), sums(self._seen, moving)
        spread = np.maximum(sums(self._squares, shown) - of_fixed**2 / n, 0) * np.maximum(
            sums(self._seen, squares) - of_moving**2 / n, 0
        )
        both = sums(self._values, moving) - of_fixed * of_moving / n
        enough = of_moving > _LEAST_SHARE * float(values.sum())
        return np.where(enough, both / np.sqrt(np.maximum(spread, 1e-3)), 0).astype(np.float32)


def _peaks(likeness: Cells, fixed_shape: tuple[int, ...]) -> Iterator[tuple[tuple[int, ...], float]]:
    """The highest values with their shifts in cells; those past the target's end are shifts back."""
    left = likeness.copy()
    for _ in range(_PEAKS):
        at = np.unravel_index(int(left.argmax()), left.shape)
        score = float(left[at])
        if score <= 0:
            return
        sizes = zip(at, fixed_shape, left.shape, strict=True)
        yield tuple(int(a) if a < fixed else int(a) - n for a, fixed, n in sizes), score
        left[tuple(slice(max(int(a) - 3, 0), int(a) + 4) for a in at)] = 0


def _apart(found: list[Start], centre_mm: Floats, most: int) -> list[Start]:
    kept: list[Start] = []
    for one in found:
        away = [difference(one.target_from_source, other.target_from_source, centre_mm) for other in kept]
        # Turns at one place must not crowd out other places: one of them may be as likely.
        here = sum(moved_mm <= _PLACE_MM for moved_mm, _ in away)
        if here < _AT_ONE_PLACE and all(mm > _APART_MM or deg > _APART_DEG for mm, deg in away):
            kept.append(one)
        if len(kept) == most:
            break
    return kept


def difference(a: Floats, b: Floats, at_mm: Floats) -> tuple[float, float]:
    """Return by how much two rigid placements differ: millimetres at a point of the source, and degrees."""
    point = np.append(at_mm, 1.0)
    moved = float(np.linalg.norm((a @ point - b @ point)[:3]))
    turn = transform.Rotation.from_matrix(a[:3, :3] @ b[:3, :3].T)
    return moved, float(np.degrees(turn.magnitude()))
