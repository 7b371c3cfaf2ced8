"""What a clicked lesion looks like: its density, what lies beyond its edge, and the bone it sits in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from imaging.errors import ImagingError
from imaging.geometry import Floats
from imaging.labels import Bools
from imaging.later import edt, ndimage
from imaging.segmentation.star_border import star_border
from imaging.segmentation.working_cube import WorkingCube, cube_around
from imaging.volume import Volume

Field = npt.NDArray[np.float32]
Texture = Literal["auto", "even", "mixed"]

# A click below this hit air, gas or fat.
_LOWEST_LESION_HU = -20.0
_SAMPLE_MM = 3.0
_SMOOTHING_MM = 1.2
_FINE_SMOOTHING_MM = 0.6
# An edge is a step of so many deviations of the sample, and at least so many HU, that lasts for this long.
_EDGE_SPREADS = 3.0
_LEAST_EDGE_HU = 25.0
_LASTING_MM = 2.0
_PLATEAU_MM = 4.0
_RAYS = 400
_FEWEST_RAYS = 0.04
# Muscle and organs, enhanced or not, lie here on any calibrated CT.
_SOFT_HU = (10.0, 110.0)
# How far inside bone its marrow is sampled, on how many points at least, and how far above its peak marrow ends.
_DEEP_MM = (5.0, 3.0)
_FEWEST_DEEP = 1500
_DENSE_SPREADS = 3.0
# Cortex is thinner than twice this, dense parts of a lesion are not.
_SHEET_MM = 2.0
# What counts as side by side, and how far around the click it is looked at.
_TEXTURE_MM = 2.5
_MIXED_SAMPLE_MM = 6.5
_LEAST_DENSE_FRAC, _LEAST_SOFT_FRAC, _MOST_PURE_FRAC = 0.12, 0.05, 0.65
_ASIDE_SHARE = 0.45
# What a point says about a mixed lesion. Marrow and sheets speak weakly: a lesion has as dense places between its parts.
_DENSE_VOTE, _LYTIC_VOTE, _MARROW_VOTE, _SHEET_VOTE, _OUTSIDE_VOTE, _FAT_VOTE = 1.0, 0.6, -0.3, -0.2, -0.8, -1.5
# Evidence is sure half-way between border and middle, so that noise inside does not pull the border in.
_GAIN = 2.0
_CLOSINGS_MM = (4.0, 8.0, 12.0, 18.0, 26.0)
_DEPTH_IN_BONE_MM = 4.0


@dataclass(frozen=True, slots=True)
class BoneLevels:
    """Densities around the click: soft tissue ends at ``soft_hu``, marrow at ``dense_hu``, cortex reads ``cortex_hu``."""

    soft_hu: float
    dense_hu: float
    cortex_hu: float

    def shares(self, hu: Field, step_mm: float) -> tuple[Field, Field]:
        """Return which share of every point's surroundings is soft tissue, and which is marrow."""
        sigma = _TEXTURE_MM / step_mm
        soft = ndimage.gaussian_filter((hu < self.soft_hu).astype(np.float32), sigma, truncate=2.5)
        marrow = (hu >= self.soft_hu) & (hu <= self.dense_hu)
        return soft, ndimage.gaussian_filter(marrow.astype(np.float32), sigma, truncate=2.5)


@dataclass(frozen=True, eq=False)
class LesionLook:
    """What the click and rays from it say.

    Attributes
    ----------
    seed_mm : ndarray, shape (3,)
    levels : BoneLevels
    low_hu, middle_hu, high_hu : float
        An even lesion: half-way to what lies beyond the edge, below and above; infinite where nothing does.
    mixed : bool
        Dense parts, marrow and lytic parts lie side by side; the three densities above are then those at the click.
    reach_mm : float
        How far from the click the lesion is to be sought.
    """

    seed_mm: Floats
    levels: BoneLevels
    low_hu: float
    middle_hu: float
    high_hu: float
    mixed: bool
    reach_mm: float

    @property
    def dense(self) -> bool:
        """Whether the click lies in what is denser than marrow."""
        return self.middle_hu > self.levels.dense_hu

    def evidence(self, cube: WorkingCube) -> Field:
        """Return for every point between -1 (surely not) and 1 (surely) whether it is part of an even lesion."""
        hu = cube.smoothed(_FINE_SMOOTHING_MM)
        value = np.full_like(hu, _GAIN)
        if np.isfinite(self.low_hu):
            value = np.minimum(value, (hu - self.low_hu) * (_GAIN / (self.middle_hu - self.low_hu)))
        if np.isfinite(self.high_hu):
            value = np.minimum(value, (self.high_hu - hu) * (_GAIN / (self.high_hu - self.middle_hu)))
        value = np.clip(value, -1, 1)
        value[~cube.inside] = -1
        return np.asarray(value, dtype=np.float32)

    def votes(self, cube: WorkingCube, bone: Bools) -> Field:
        """Return what every point by itself says for (above 0) or against its being part of a mixed lesion.

        Parameters
        ----------
        cube : WorkingCube
        bone : ndarray of bool
            See `bone_envelope`: what is as soft as a lytic part speaks for the lesion within bone only.
        """
        return _votes(cube, self.levels, bone)

    def bone_envelope(self, cube: WorkingCube) -> Bools:
        """Return the bone with everything it encloses or enclosed before its cortex was destroyed.

        The bone is closed as little as is needed for the click to lie in it.
        """
        return _envelope(cube, self.levels, self.seed_mm)


def look_at(
    volume: Volume, seed_mm: Floats, furthest_mm: float, tolerance_hu: float | None = None, texture: Texture = "auto"
) -> LesionLook:
    """Return what a lesion looks like from a click.

    Parameters
    ----------
    volume : Volume
    seed_mm : ndarray, shape (3,)
    furthest_mm : float
        How far to look.
    tolerance_hu : float, optional
        Half-width of the accepted band, instead of what lies around; the lesion then counts as even.
    texture : str
        ``even`` or ``mixed``, or ``auto`` to let the surroundings of the click decide.

    Raises
    ------
    ImagingError
        ``seed-in-air``.
    """
    cube = cube_around(volume, seed_mm, furthest_mm)
    smooth = cube.smoothed(_SMOOTHING_MM)
    away_mm = cube.distance_mm(seed_mm)
    sample = smooth[away_mm <= max(_SAMPLE_MM, 1.1 * cube.step_mm)]
    middle_hu = float(np.median(sample))
    if middle_hu < _LOWEST_LESION_HU:
        raise ImagingError(
            f"At the click the CT reads {middle_hu:.0f} HU, which is air or fat and not a lesion.",
            code="seed-in-air",
            hint="Click inside the lesion.",
        )
    levels = _levels(smooth, cube)
    mixed = tolerance_hu is None and _is_mixed(cube, away_mm, levels, texture)
    if mixed:
        border = star_border(cube, _votes(cube, levels, _envelope(cube, levels, seed_mm)), seed_mm)
        low_hu = high_hu = middle_hu
        reach_mm = float(away_mm[border.within_mm > 0].max(initial=0.0))
    else:
        spread_hu = float(np.median(np.abs(sample - np.median(sample)))) * 1.4826
        edge_hu = tolerance_hu or max(_EDGE_SPREADS * spread_hu, _LEAST_EDGE_HU)
        is_dense = tolerance_hu is None and middle_hu > levels.dense_hu
        if is_dense:
            # Spots of a dense lesion are no edge before they read like marrow.
            edge_hu = max(edge_hu, middle_hu - levels.dense_hu)
        low_hu, high_hu, reach_mm = _beyond(smooth, cube, seed_mm, middle_hu, edge_hu)
        if is_dense:
            high_hu = np.inf
        if tolerance_hu is not None:
            low_hu, high_hu = middle_hu - tolerance_hu, middle_hu + tolerance_hu
    reach_mm = float(np.clip(1.25 * reach_mm + 10, 16, furthest_mm))
    return LesionLook(seed_mm, levels, low_hu, middle_hu, high_hu, mixed, reach_mm)


def _levels(smooth: Field, cube: WorkingCube) -> BoneLevels:
    """Where soft tissue ends and marrow ends around the click, from the peaks of their densities."""
    seen = smooth[cube.inside]
    soft = seen[(seen > _SOFT_HU[0]) & (seen < _SOFT_HU[1])]
    soft_hu = float(np.median(soft)) if soft.size else float(np.mean(_SOFT_HU))
    bone = smooth > soft_hu + 2 * _LEAST_EDGE_HU
    depth_mm = edt.edt(bone, anisotropy=cube.anisotropy)
    # Away from cortex, whose blur reaches into the marrow; less far where bones are slender.
    deep = next((d for mm in _DEEP_MM if (d := smooth[(depth_mm > mm) & cube.inside]).size >= _FEWEST_DEEP), None)
    if deep is None:
        return BoneLevels(soft_hu + 2 * _LEAST_EDGE_HU, np.inf, np.inf)
    counts, edges = np.histogram(deep, np.arange(soft_hu, max(float(deep.max()), soft_hu + 200), 8.0))
    counts = ndimage.gaussian_filter1d(counts.astype(float), 2.0)
    # The lowest peak that stands out is marrow; a dense lesion may make a higher one above it.
    peaks = np.flatnonzero((counts >= 0.3 * counts.max()) & (counts >= ndimage.maximum_filter1d(counts, 5)))
    peak = int(peaks[0])
    # Only the lower flank tells its spread: above it marrow passes into denser bone.
    below = np.flatnonzero(counts[: peak + 1] < counts[peak] / 2)
    half_width_hu = 8.0 * (peak - below[-1] if below.size else peak + 1)
    marrow_hu = float(edges[peak] + 4.0)
    dense_hu = marrow_hu + max(_DENSE_SPREADS * half_width_hu / 1.18, 2 * _LEAST_EDGE_HU)
    cortex_hu = float(np.quantile(smooth[bone & cube.inside], 0.97))
    return BoneLevels((soft_hu + marrow_hu) / 2, dense_hu, max(cortex_hu, dense_hu))


def _is_mixed(cube: WorkingCube, away_mm: Field, levels: BoneLevels, texture: Texture) -> bool:
    """Whether dense, soft and marrow lie side by side around the click."""
    if texture != "auto":
        return texture == "mixed"
    hu = cube.smoothed(_FINE_SMOOTHING_MM)
    near = away_mm <= _MIXED_SAMPLE_MM
    thick_frac = float(_thick(hu, levels, cube.step_mm)[near].mean())
    soft, marrow = levels.shares(hu, cube.step_mm)
    pure_frac = float(np.median(np.maximum(soft, marrow)[near]))
    # Beside a dense lesion marrow lies on one side; within a mixed one what is not dense lies all around.
    rest = np.argwhere(near & (hu < levels.dense_hu)) - (np.array(hu.shape) - 1) / 2
    aside_mm = float(np.linalg.norm(rest.mean(axis=0))) * cube.step_mm if len(rest) else np.inf
    one_sided = (
        aside_mm > _ASIDE_SHARE * _MIXED_SAMPLE_MM and float(np.mean(hu[near] < levels.soft_hu)) < _LEAST_SOFT_FRAC
    )
    return not (thick_frac < _LEAST_DENSE_FRAC or pure_frac > _MOST_PURE_FRAC or one_sided)


def _votes(cube: WorkingCube, levels: BoneLevels, bone: Bools) -> Field:
    hu = cube.smoothed(_FINE_SMOOTHING_MM)
    votes = np.full(hu.shape, _MARROW_VOTE, np.float32)
    votes[hu < levels.soft_hu] = _LYTIC_VOTE
    votes[hu > levels.dense_hu] = _SHEET_VOTE
    votes[_thick(hu, levels, cube.step_mm)] = _DENSE_VOTE
    votes[~bone] = _OUTSIDE_VOTE
    votes[(hu < _LOWEST_LESION_HU) | ~cube.inside] = _FAT_VOTE
    return votes


def _envelope(cube: WorkingCube, levels: BoneLevels, seed_mm: Floats) -> Bools:
    bone = cube.smoothed(_SMOOTHING_MM) > levels.soft_hu
    to_bone_mm = edt.edt(~bone, anisotropy=cube.anisotropy)
    at = tuple(np.rint(cube.grid.to_ijk(seed_mm)).astype(int)[::-1])
    closed = bone
    for radius_mm in _CLOSINGS_MM:
        closed = edt.edt(to_bone_mm <= radius_mm, anisotropy=cube.anisotropy) > radius_mm
        closed |= bone
        if closed[at] and edt.edt(closed, anisotropy=cube.anisotropy)[at] >= _DEPTH_IN_BONE_MM:
            return np.asarray(closed)
    return np.ones_like(bone) if not closed[at] else np.asarray(closed)


def _thick(hu: Field, levels: BoneLevels, step_mm: float) -> Bools:
    """What is dense and no sheet."""
    dense = hu > (2 * levels.dense_hu + levels.cortex_hu) / 3
    core = edt.edt(dense, anisotropy=(step_mm,) * 3) > _SHEET_MM
    if not core.any():
        return np.asarray(core)
    return np.asarray(dense & (edt.edt(~core, anisotropy=(step_mm,) * 3) <= 1.2 * _SHEET_MM))


def _beyond(
    smooth: Field, cube: WorkingCube, seed_mm: Floats, middle_hu: float, edge_hu: float
) -> tuple[float, float, float]:
    """Half-way to what rays meet beyond the edge, below and above, and how far they go to it."""
    n = np.arange(_RAYS) + 0.5
    tilt, turn = np.arccos(1 - 2 * n / _RAYS), np.pi * (1 + np.sqrt(5)) * n
    ways = np.stack([np.cos(tilt), np.sin(tilt) * np.sin(turn), np.sin(tilt) * np.cos(turn)], axis=1)
    seed_kji = cube.grid.to_ijk(seed_mm)[::-1]
    # Half a step of the cube at a time, so that windows along a ray are as long as they should be.
    step_mm = cube.step_mm / 2
    steps = np.arange(2, min(cube.hu.shape) - 1) / 2
    at = seed_kji[:, None, None] + ways.T[:, :, None] * steps
    profile = ndimage.map_coordinates(smooth, at, order=1, mode="nearest") - middle_hu
    lasting, plateau = (max(round(mm / step_mm), 1) for mm in (_LASTING_MM, _PLATEAU_MM))
    left = np.abs(profile) > edge_hu
    lasts = ndimage.minimum_filter1d(left.astype(np.uint8), lasting, axis=1, origin=-((lasting - 1) // 2)) > 0
    ends = lasts.any(axis=1)
    first = np.where(ends, lasts.argmax(axis=1), len(steps) - 1)
    rows = np.flatnonzero(ends)
    up = profile[rows, first[rows]] > 0
    window = np.minimum(first[rows, None] + np.arange(plateau), len(steps) - 1)
    values = np.take_along_axis(profile[rows], window, axis=1)
    above, below = values[up].max(axis=1), values[~up].min(axis=1)
    fewest = _FEWEST_RAYS * _RAYS
    high_hu = middle_hu + float(np.quantile(above, 0.15)) / 2 if len(above) > fewest else np.inf
    low_hu = middle_hu + float(np.quantile(below, 0.85)) / 2 if len(below) > fewest else -np.inf
    reach_mm = float(steps[int(np.quantile(first[rows], 0.9))] if rows.size else steps[-1]) * cube.step_mm
    return low_hu, high_hu, reach_mm
