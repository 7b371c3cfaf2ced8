"""Distances between points, surfaces and fields, in millimetres and below a voxel."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.typing as npt

from imaging.geometry import Floats, VoxelGrid
from imaging.kept_for import kept_for
from imaging.later import ndimage, spatial
from imaging.surface import Mesh
from imaging.triangle_distance import closest_of_candidates

# How many triangles with the nearest centroids are tried for the closest point.
_CANDIDATES = 12
# Of so many points one bounds the distance of all.
_LOOKED_AT_FIRST = 64
_HAIR_MM = 1e-6
# Pairs of point and triangle measured in one go.
_PAIRS_AT_ONCE = 36_000


def closest_points(mesh: Mesh, points_mm: npt.ArrayLike) -> tuple[Floats, Floats]:
    """Return the closest point of a surface to each point.

    Parameters
    ----------
    mesh : Mesh
        With at least one triangle.
    points_mm : array_like, shape (n, 3)

    Returns
    -------
    closest_mm : ndarray, shape (n, 3)
    distance_mm : ndarray, shape (n,)
        Unsigned.
    """
    return _closest(mesh, np.atleast_2d(np.asarray(points_mm, float)))[:2]


def _closest(mesh: Mesh, points: Floats) -> tuple[Floats, Floats, npt.NDArray[np.int64]]:
    """The closest points of a surface, their distances, and the triangles they lie on."""
    count = min(_CANDIDATES, len(mesh.triangles))
    at_once = max(_PAIRS_AT_ONCE // count, 1)
    parts = [points[n : n + at_once] for n in range(0, len(points), at_once)]
    _centroid_tree(mesh)
    if len(parts) < 2:
        found = [_closest_of_few(mesh, part, count) for part in parts]
    else:
        # Neither the tree nor the arithmetic holds the interpreter's lock.
        with ThreadPoolExecutor() as pool:
            found = list(pool.map(lambda part: _closest_of_few(mesh, part, count), parts))
    if not found:
        return np.empty((0, 3)), np.empty(0), np.empty(0, np.int64)
    closest, distance_mm, triangles = (np.concatenate(column) for column in zip(*found, strict=True))
    return closest, distance_mm, triangles


def _closest_of_few(mesh: Mesh, points: Floats, count: int) -> tuple[Floats, Floats, npt.NDArray[np.int64]]:
    """As `_closest`, in one go."""
    _, candidates = _centroid_tree(mesh).query(points, k=count)
    closest, distance_mm, chosen = np.empty((len(points), 3)), np.empty(len(points)), np.empty(len(points), np.int64)
    closest_of_candidates(
        np.ascontiguousarray(points), np.ascontiguousarray(mesh.points_mm), np.ascontiguousarray(mesh.triangles),
        np.asarray(candidates).reshape(len(points), count), closest, distance_mm, chosen,
    )  # fmt: skip
    return closest, distance_mm, chosen


def _behind(mesh: Mesh, points: Floats, closest: Floats, triangles: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Whether points lie behind the surface at their closest places.

    The normal there is that of the corners, each the mean of the triangles around it by their angles, so that it tells
    the side at edges and corners too (Baerentzen and Aanaes 2005).
    """
    corners = mesh.triangles[triangles]
    a, b, c = (mesh.points_mm[corners[:, n]] for n in range(3))
    whole = np.linalg.norm(np.cross(b - a, c - a), axis=1)
    parts = [np.linalg.norm(np.cross(p - closest, q - closest), axis=1) for p, q in ((b, c), (c, a), (a, b))]
    weights = np.stack(parts, axis=1) / np.maximum(whole, 1e-18)[:, None]
    normal = np.einsum("nm,nmi->ni", weights, _corner_normals(mesh)[corners])
    return np.asarray(np.einsum("ni,ni->n", points - closest, normal) < 0)


@kept_for
def _corner_normals(mesh: Mesh) -> Floats:
    """Normals of all corners, out of the mesh."""
    corners = mesh.points_mm[mesh.triangles]
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-18)
    found = np.zeros_like(mesh.points_mm)
    for n in range(3):
        one, other = (corners[:, (n + m) % 3] - corners[:, n] for m in (1, 2))
        lengths = np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1)
        angle = np.arccos(np.clip(np.einsum("ni,ni->n", one, other) / np.maximum(lengths, 1e-18), -1.0, 1.0))
        for axis in range(3):
            found[:, axis] += np.bincount(mesh.triangles[:, n], angle * normal[:, axis], len(found))
    return found


def smallest_signed_distance_mm(mesh: Mesh, points_mm: npt.ArrayLike, inside: npt.NDArray[np.bool_]) -> float:
    """Return the smallest signed distance of any point to a surface, negative for points inside.

    Parameters
    ----------
    mesh : Mesh
        With at least one triangle.
    points_mm : array_like, shape (n, 3)
        At least one.
    inside : ndarray of bool, shape (n,)
        Which points lie inside the surface.

    Returns
    -------
    float
        Exact: only points that can hold the minimum are measured against triangles, the others against centroids.
    """
    return nearest_place(mesh, points_mm, inside)[0]


def nearest_place(
    mesh: Mesh,
    points_mm: npt.ArrayLike,
    inside: npt.NDArray[np.bool_],
    taken_off_mm: npt.ArrayLike = 0.0,
    *,
    by_surface: bool = False,
) -> tuple[float, int, Floats]:
    """Return which of some points comes nearest to a surface, or lies deepest inside, and where.

    Parameters
    ----------
    mesh, points_mm, inside
        As of `smallest_signed_distance_mm`.
    taken_off_mm : array_like, shape (n,)
        What every point may still come nearer: the point is looked for that has the least left.
    by_surface : bool
        ``inside`` is that of voxels, and the smooth surface itself tells what lies inside it.

    Returns
    -------
    signed_mm : float
        The signed distance of that point, with nothing taken off.
    index : int
        Of the point it is measured from.
    closest_mm : ndarray, shape (3,)
        The place on the surface.
    """
    points = np.atleast_2d(np.asarray(points_mm, float))
    off_mm = np.broadcast_to(np.asarray(taken_off_mm, float), len(points))
    reach_mm = largest_reach_mm(mesh)
    # Where voxels and surface may differ nothing is known yet.
    unknown_mm = 4 * reach_mm if by_surface else 0.0
    rough_mm = _rough_signed_mm(mesh, points, inside, off_mm, 2 * reach_mm, unknown_mm)
    # A surface lies no farther than the nearest middle of a triangle, and nearer by a triangle's reach at most.
    best = int((rough_mm - off_mm).argmin())
    at_most_mm = float(_closest(mesh, points[[best]])[1][0]) * (-1 if inside[best] else 1) - off_mm[best]
    if by_surface:
        at_most_mm = (rough_mm - off_mm).min() + reach_mm
    at_least_mm = np.where(inside, rough_mm, rough_mm - reach_mm) - off_mm
    within = at_least_mm <= at_most_mm + _HAIR_MM
    within |= np.abs(rough_mm) <= unknown_mm
    possible = np.flatnonzero(within)
    closest, exact_mm, triangles = _closest(mesh, points[possible])
    is_inside = _behind(mesh, points[possible], closest, triangles) if by_surface else inside[possible]
    signed_mm = np.where(is_inside, -exact_mm, exact_mm)
    n = int((signed_mm - off_mm[possible]).argmin())
    return float(signed_mm[n]), int(possible[n]), closest[n]


def _rough_signed_mm(
    mesh: Mesh, points: Floats, inside: npt.NDArray[np.bool_], off_mm: Floats, reach_mm: float, unknown_mm: float
) -> Floats:
    """Signed distance of points to the nearest middle of a triangle; infinite where it is too far to matter.

    The best of a few points bounds how far the others need to be looked for.
    """
    tree = _centroid_tree(mesh)
    rough_mm = np.full(len(points), np.inf)
    rough_mm[inside] = -tree.query(points[inside])[0]
    outside = np.flatnonzero(~inside)
    if len(outside) == 0:
        return rough_mm
    middle, radius_mm = _bounding_ball(mesh)
    from_ball_mm = np.linalg.norm(points[outside] - middle, axis=1) - radius_mm
    count = min(_LOOKED_AT_FIRST, len(outside))
    few = outside[np.argpartition(from_ball_mm - off_mm[outside], count - 1)[:count]]
    rough_mm[few] = tree.query(points[few])[0]
    bound_mm = max((rough_mm - off_mm).min() + reach_mm + off_mm.max(), unknown_mm)
    if bound_mm > 0:
        near = outside[from_ball_mm <= bound_mm]
        near_mm = tree.query(points[near], distance_upper_bound=bound_mm + _HAIR_MM)[0]
        rough_mm[near] = np.minimum(rough_mm[near], near_mm)
    return rough_mm


def rough_distance_mm(mesh: Mesh, points_mm: npt.ArrayLike) -> Floats:
    """Return the distance of points of shape (n, 3) to the nearest middle of a triangle: never less than to the surface."""
    return np.asarray(_centroid_tree(mesh).query(np.atleast_2d(np.asarray(points_mm, float)))[0])


@kept_for
def _centroid_tree(mesh: Mesh) -> spatial.cKDTree:
    middles = mesh.points_mm[mesh.triangles].mean(axis=1)
    # Asked once or twice: a tree that is built fast, of leaves that are read in one go.
    return spatial.cKDTree(middles, leafsize=32, balanced_tree=False, compact_nodes=False)


@kept_for
def _bounding_ball(mesh: Mesh) -> tuple[Floats, float]:
    """Middle and radius of a ball that holds the surface."""
    low, high = mesh.points_mm.min(axis=0), mesh.points_mm.max(axis=0)
    middle = (low + high) / 2
    return middle, float(np.linalg.norm(mesh.points_mm - middle, axis=1).max())


@kept_for
def largest_reach_mm(mesh: Mesh) -> float:
    """Return how far any corner lies from its triangle's middle, at most."""
    corners = mesh.points_mm[mesh.triangles]
    return float(np.linalg.norm(corners - corners.mean(axis=1, keepdims=True), axis=2).max())


def sample(field: npt.NDArray[np.floating], grid: VoxelGrid, points_mm: npt.ArrayLike, outside: float) -> Floats:
    """Return a field at points by trilinear interpolation.

    Parameters
    ----------
    field : ndarray, shape ``grid.shape_kji``
    grid : VoxelGrid
    points_mm : array_like, shape (n, 3)
    outside : float
        What a point outside the grid reads.

    Returns
    -------
    ndarray, shape (n,)
    """
    ijk = grid.to_ijk(np.atleast_2d(np.asarray(points_mm, float)))
    return np.asarray(
        ndimage.map_coordinates(field, ijk[:, ::-1].T, order=1, mode="constant", cval=outside, output=np.float64)
    )
