"""Masks: which voxels of a grid belong to a structure.

A mask is immutable and made of cubic bricks, so an edit makes a new mask that shares every untouched brick with the
old one. A brush stroke on a whole pelvis costs the few bricks it touched, in time and in undo memory, and two
masks may overlap (a root inside a lesion is the case that matters).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from imaging.errors import GeometryError
from imaging.geometry import Floats, VoxelGrid

Bools = npt.NDArray[np.bool_]
BrickIndex = tuple[int, int, int]

BRICK = 32


@dataclass(frozen=True, slots=True)
class Box:
    """A block of voxels: ``array[start:stop]`` in k, j, i order; empty if any stop is not above its start."""

    start_kji: tuple[int, int, int]
    stop_kji: tuple[int, int, int]

    @property
    def shape_kji(self) -> tuple[int, int, int]:
        k, j, i = (max(b - a, 0) for a, b in zip(self.start_kji, self.stop_kji, strict=True))
        return (k, j, i)

    @property
    def empty(self) -> bool:
        return 0 in self.shape_kji

    @property
    def slices(self) -> tuple[slice, slice, slice]:
        k, j, i = (slice(a, b) for a, b in zip(self.start_kji, self.stop_kji, strict=True))
        return (k, j, i)

    def grown(self, voxels: int, shape_kji: tuple[int, int, int]) -> Box:
        """Return the box grown on all sides, clipped to an array of ``shape_kji``."""
        start = tuple(max(a - voxels, 0) for a in self.start_kji)
        stop = tuple(min(b + voxels, n) for b, n in zip(self.stop_kji, shape_kji, strict=True))
        return Box((start[0], start[1], start[2]), (stop[0], stop[1], stop[2]))

    @classmethod
    def whole(cls, shape_kji: tuple[int, int, int]) -> Box:
        """Return the box of a whole array."""
        return cls((0, 0, 0), shape_kji)

    @classmethod
    def around(cls, grid: VoxelGrid, low_mm: npt.ArrayLike, high_mm: npt.ArrayLike) -> Box:
        """Return the smallest box of ``grid`` that holds all points between two LPS corners."""
        low, high = np.asarray(low_mm, float), np.asarray(high_mm, float)
        corners = np.array(np.meshgrid(*zip(low, high, strict=True), indexing="ij")).reshape(3, -1).T
        ijk = grid.to_ijk(corners)
        start = np.clip(np.floor(ijk.min(axis=0)), 0, None).astype(int)[::-1]
        stop = np.minimum(np.ceil(ijk.max(axis=0)).astype(int)[::-1] + 1, grid.shape_kji)
        return cls((int(start[0]), int(start[1]), int(start[2])), (int(stop[0]), int(stop[1]), int(stop[2])))


class _Brick:
    """A read-only cube of voxels that knows its count, its digest and its span."""

    __slots__ = ("_digest", "_span", "count", "voxels")

    def __init__(self, voxels: Bools) -> None:
        self.voxels = voxels
        self.voxels.setflags(write=False)
        self.count = int(np.count_nonzero(voxels))
        self._digest: bytes | None = None
        self._span: tuple[BrickIndex, BrickIndex] | None = None

    @property
    def span(self) -> tuple[BrickIndex, BrickIndex]:
        """First voxel, and the one after the last, along k, j and i."""
        if self._span is None:
            filled = np.array(np.nonzero(self.voxels))
            (k, j, i), (k1, j1, i1) = filled.min(axis=1).tolist(), (filled.max(axis=1) + 1).tolist()
            self._span = (k, j, i), (k1, j1, i1)
        return self._span

    @property
    def digest(self) -> bytes:
        if self._digest is None:
            self._digest = hashlib.blake2b(np.packbits(self.voxels).data, digest_size=16).digest()
        return self._digest


class Mask:
    """An immutable set of voxels of a grid.

    Make one with `from_array` or `empty`; change it with `with_box`, `union` or `minus`, which return a new one.
    """

    __slots__ = ("__dict__", "_bricks", "grid")

    def __init__(self, grid: VoxelGrid, bricks: Mapping[BrickIndex, _Brick]) -> None:
        self.grid = grid
        self._bricks: Mapping[BrickIndex, _Brick] = MappingProxyType(dict(bricks))

    @classmethod
    def empty(cls, grid: VoxelGrid) -> Mask:
        """Return the mask of ``grid`` without any voxel."""
        return cls(grid, {})

    @classmethod
    def from_array(
        cls, grid: VoxelGrid, array: npt.NDArray[np.generic], start_kji: tuple[int, int, int] = (0, 0, 0)
    ) -> Mask:
        """Return the mask of the non-zero voxels of an array.

        Parameters
        ----------
        grid : VoxelGrid
        array : ndarray, shape (k, j, i)
        start_kji : tuple of int
            Where the array begins in the grid.

        Raises
        ------
        GeometryError
            If the array does not fit into the grid.
        """
        stop = tuple(a + n for a, n in zip(start_kji, array.shape, strict=True))
        return cls.empty(grid).with_box(Box(start_kji, (stop[0], stop[1], stop[2])), array != 0)

    @cached_property
    def count(self) -> int:
        """Number of voxels in the mask."""
        return sum(brick.count for brick in self._bricks.values())

    @property
    def volume_mm3(self) -> float:
        return self.count * self.grid.voxel_volume_mm3

    @cached_property
    def digest(self) -> str:
        """Identity of the voxels and their grid; unchanged bricks are not read again."""
        sha = hashlib.blake2b(digest_size=16)
        sha.update(repr((self.grid.shape_kji, self.grid.frame_uid)).encode())
        sha.update(np.round(self.grid.lps_from_ijk, 6).tobytes())
        for index in sorted(self._bricks):
            sha.update(repr(index).encode() + self._bricks[index].digest)
        return sha.hexdigest()

    @cached_property
    def box(self) -> Box:
        """The smallest box around the mask; an empty box for an empty mask. Unchanged bricks are not read again."""
        if not self._bricks:
            return Box((0, 0, 0), (0, 0, 0))
        base = np.array(list(self._bricks)) * BRICK
        spans = np.array([brick.span for brick in self._bricks.values()])
        start, stop = (base + spans[:, 0]).min(axis=0).tolist(), (base + spans[:, 1]).max(axis=0).tolist()
        return Box((start[0], start[1], start[2]), (stop[0], stop[1], stop[2]))

    def array(self, box: Box | None = None) -> Bools:
        """Return a dense copy of the mask, whole or in ``box``, shape ``box.shape_kji``."""
        box = box or Box.whole(self.grid.shape_kji)
        out = np.zeros(box.shape_kji, dtype=bool)
        for index in _bricks_of(box):
            brick = self._bricks.get(index)
            if brick is not None:
                to_box, to_brick = _overlap(index, box)
                out[to_box] = brick.voxels[to_brick]
        return out

    def with_box(self, box: Box, array: npt.NDArray[np.bool_]) -> Mask:
        """Return this mask with the voxels in ``box`` replaced by ``array``.

        Raises
        ------
        GeometryError
            If the box does not lie in the grid or the array does not have its shape.
        """
        if array.shape != box.shape_kji:
            raise GeometryError(
                f"An array of {array.shape} voxels does not fit a box of {box.shape_kji}.",
                code="mask-box-mismatch",
            )
        if min(box.start_kji) < 0 or any(b > n for b, n in zip(box.stop_kji, self.grid.shape_kji, strict=True)):
            raise GeometryError("The edit reaches outside the image.", code="mask-outside-grid")
        bricks = dict(self._bricks)
        for index in _bricks_of(box):
            to_box, to_brick = _overlap(index, box)
            new = array[to_box]
            old = bricks.get(index)
            if old is None:
                if not new.any():
                    continue
                voxels = np.zeros((BRICK, BRICK, BRICK), dtype=bool)
            else:
                if np.array_equal(old.voxels[to_brick], new):
                    continue
                voxels = old.voxels.copy()
            voxels[to_brick] = new
            if voxels.any():
                bricks[index] = _Brick(voxels)
            else:
                bricks.pop(index, None)
        return Mask(self.grid, bricks)

    def union(self, other: Mask) -> Mask:
        """Return the voxels that are in either mask, sharing the bricks only one of them has."""
        self.grid.require_same(other.grid, "The second mask")
        bricks = dict(self._bricks)
        for index, brick in other._bricks.items():
            mine = bricks.get(index)
            bricks[index] = brick if mine is None else _Brick(mine.voxels | brick.voxels)
        return Mask(self.grid, bricks)

    def minus(self, other: Mask) -> Mask:
        """Return the voxels of this mask that are not in ``other``."""
        self.grid.require_same(other.grid, "The second mask")
        bricks = dict(self._bricks)
        for index in bricks.keys() & other._bricks.keys():
            voxels = bricks[index].voxels & ~other._bricks[index].voxels
            if voxels.any():
                bricks[index] = _Brick(voxels)
            else:
                del bricks[index]
        return Mask(self.grid, bricks)

    def contains(self, lps_mm: npt.ArrayLike) -> Bools:
        """Whether the voxels that hold points of shape (n, 3) are in the mask."""
        return self.contains_voxels(voxels_of(self.grid, lps_mm))

    def contains_voxels(self, kji: npt.NDArray[np.int64]) -> Bools:
        """Whether voxels are in the mask: indices of shape (n, 3), also such outside the grid."""
        found = np.zeros(len(kji), np.bool_)
        start, stop = self.box.start_kji, self.box.stop_kji
        # Most points of a way lie in none of the bricks, and the others in few.
        near = np.flatnonzero(((kji >= start) & (kji < stop)).all(axis=1))
        if not len(near):
            return found
        of_brick, voxel = np.divmod(kji[near], BRICK)
        numbers = of_brick @ (1, 1 << 20, 1 << 40)
        for number in np.unique(numbers):
            mine = np.flatnonzero(numbers == number)
            k, j, i = of_brick[mine[0]].tolist()
            brick = self._bricks.get((k, j, i))
            if brick is not None:
                found[near[mine]] = brick.voxels[tuple(voxel[mine].T)]
        return found

    def points_mm(self) -> Floats:
        """Return the LPS centres of all voxels of the mask, shape (n, 3)."""
        if self.box.empty:
            return np.zeros((0, 3))
        kji = np.argwhere(self.array(self.box)) + np.array(self.box.start_kji)
        return self.grid.to_lps(kji[:, ::-1])

    def unshared_bytes(self, seen: set[int]) -> int:
        """Return the memory of the bricks not yet in ``seen`` (by identity), and add them to it."""
        fresh = [b for b in self._bricks.values() if id(b) not in seen]
        seen.update(id(b) for b in fresh)
        return len(fresh) * BRICK**3


def voxels_of(grid: VoxelGrid, lps_mm: npt.ArrayLike) -> npt.NDArray[np.int64]:
    """Return the indices (k, j, i) of the voxels that hold points of shape (n, 3); -1 outside the grid."""
    points = np.atleast_2d(np.asarray(lps_mm, float))
    kji = np.rint(grid.to_ijk(points)).astype(np.int64)[:, ::-1]
    return np.where(grid.contains(points)[:, None], kji, -1)


def _bricks_of(box: Box) -> Iterable[BrickIndex]:
    if box.empty:
        return
    ranges = [range(a // BRICK, (b - 1) // BRICK + 1) for a, b in zip(box.start_kji, box.stop_kji, strict=True)]
    for k in ranges[0]:
        for j in ranges[1]:
            for i in ranges[2]:
                yield (k, j, i)


def _overlap(index: BrickIndex, box: Box) -> tuple[tuple[slice, ...], tuple[slice, ...]]:
    """Slices of a box-shaped array and of a brick that address the voxels both have."""
    to_box, to_brick = [], []
    for n, a, b in zip(index, box.start_kji, box.stop_kji, strict=True):
        low, high = max(a, n * BRICK), min(b, (n + 1) * BRICK)
        to_box.append(slice(low - a, high - a))
        to_brick.append(slice(low - n * BRICK, high - n * BRICK))
    return tuple(to_box), tuple(to_brick)
