"""A lesion by one click: lytic, sclerotic or mixed, in its bone or beyond it, with a size that can be changed at once.

Nothing is taken from tables of densities: the click says what the lesion looks like, rays from it say what lies beyond
its edge, and the border is sought half-way between the two. What hangs on to the clicked blob by a neck only is cut off.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from imaging.errors import ImagingError
from imaging.geometry import Floats
from imaging.labels import Bools, Mask
from imaging.later import edt, ndimage
from imaging.segmentation.lesion_look import Field, LesionLook, Texture, look_at
from imaging.segmentation.local_edge import drawn_halfway
from imaging.segmentation.pieces import filled, labelled
from imaging.segmentation.star_border import star_border
from imaging.segmentation.working_cube import WorkingCube, cube_around
from imaging.volume import Volume

# The furthest a lesion may reach from the click.
_FURTHEST_MM = 62.0
# What the border is smoothed by: noise and sheets as thin as cortex do not carry growth.
_SMOOTHING_MM = 1.2
_FINE_SMOOTHING_MM, _FINAL_SMOOTHING_MM = 0.6, 0.8
# The clicked blob is left through openings narrower than this share of its own width.
_NECK_SHARE = 0.6
_NARROWEST_NECK_MM = 1.2
_BUMP_MM = 1.2
# A click may miss the lesion's tissue by so much: a speck of bone, a vessel.
_SNAP_MM = 4.0
# A mixed lesion is looked at again from its middle, and its border is sure from so far away.
_ROUNDS, _SURE_MM = 3, 3.0
# What nothing marks off beyond the bone speaks a little against the lesion.
_UNMARKED, _BULGES = -0.2, 0.5
# A border drawn anew shows better what lies beside it.
_DRAWINGS = 2
# How softly a chosen size limits the lesion, as a share of it, and how far it overrules the densities inside.
_SOFT_SHARE = 0.35
_BONUS = 0.7


@dataclass(frozen=True, slots=True, kw_only=True)
class GrowthLimits:
    """What a lesion may grow into.

    Attributes
    ----------
    radius_mm : float or None
        No voxel further from the click is taken; None leaves 62 mm.
    size_mm : float or None
        Diameter about the lesion's middle that it is drawn to; None lets the CT decide.
    tolerance_hu : float or None
        Half-width of the accepted band about the density at the click; None takes it from what lies around.
    into_soft_tissue : bool
        Whether it may leave the bone where cortex is destroyed.
    texture : str
        ``even`` (lytic or sclerotic), ``mixed``, or ``auto`` to let the CT decide.

    Raises
    ------
    ImagingError
        ``growth-limits`` if a number is not above zero.
    """

    radius_mm: float | None = None
    size_mm: float | None = None
    tolerance_hu: float | None = None
    into_soft_tissue: bool = False
    texture: Texture = "auto"

    def __post_init__(self) -> None:
        for value, words in (
            (self.radius_mm, "a radius"), (self.size_mm, "a size"), (self.tolerance_hu, "a tolerance"),
        ):  # fmt: skip
            if value is not None and not value > 0:
                raise ImagingError(f"Growth needs {words} above 0.", code="growth-limits")


@dataclass(frozen=True, eq=False)
class GrownLesion:
    """A lesion that grew from a click.

    Attributes
    ----------
    mask : Mask
        One piece without holes.
    size_mm : float
        Diameter about its middle that holds nearly all of it: where a slider for its size begins.
    open_frac : float
        Share of its border that no change of density marks; above a third the border is a guess.
    """

    mask: Mask
    size_mm: float
    open_frac: float


@dataclass(frozen=True, slots=True, eq=False)
class _Own:
    """A lesion as the CT alone decides it, within what is allowed; its size is the diameter about its middle."""

    evidence: Field
    allowed: Bools
    level: Field
    piece: Bools
    middle_mm: Floats
    size_mm: float


def grow_lesion(volume: Volume, seed_mm: npt.ArrayLike, limits: GrowthLimits | None = None) -> Mask:
    """Return the lesion around a clicked point; see `LesionClick` for changing its size afterwards.

    Parameters
    ----------
    volume : Volume
    seed_mm : array_like, shape (3,)
        LPS position of the click.
    limits : GrowthLimits, optional

    Returns
    -------
    Mask
        One connected piece without holes.

    Raises
    ------
    ImagingError
        ``seed-outside``, ``seed-in-air`` or ``lesion-too-small``.
    """
    limits = limits or GrowthLimits()
    return LesionClick(volume, seed_mm, tolerance_hu=limits.tolerance_hu, texture=limits.texture).grown(limits).mask


class LesionClick:
    """What a click found out about a lesion, from which it grows to any size without looking again.

    Parameters
    ----------
    volume : Volume
    seed_mm : array_like, shape (3,)
        LPS position of the click.
    tolerance_hu : float, optional
        See `GrowthLimits`.
    texture : str
        ``even`` (lytic or sclerotic), ``mixed``, or ``auto``.

    Raises
    ------
    ImagingError
        ``seed-outside`` or ``seed-in-air``.
    """

    def __init__(
        self,
        volume: Volume,
        seed_mm: npt.ArrayLike,
        *,
        tolerance_hu: float | None = None,
        texture: Texture = "auto",
    ) -> None:
        seed = np.asarray(seed_mm, float)
        if not volume.grid.contains(seed):
            raise ImagingError(
                "The click lies outside the CT.", code="seed-outside", hint="Click inside the lesion on a slice."
            )
        self._volume = volume
        self.look: LesionLook = look_at(volume, seed, _FURTHEST_MM, tolerance_hu, texture)
        self._cube: WorkingCube = cube_around(volume, seed, self.look.reach_mm)
        # Densities of a mixed lesion occur beside it too: only together, and in one blob, do they tell its border.
        mixed = self.look.mixed
        self._votes = self.look.votes(self._cube, self._in_bone) if mixed else self.look.evidence(self._cube)
        self._evidence = self._star(self._votes) if mixed else self._votes
        # A tolerance says what is taken, wherever an edge may lie; a dense lesion is as dense as its spots.
        self._finds_edges = tolerance_hu is None and not (mixed or self.look.dense)
        self._from_seed_mm = self._cube.distance_mm(seed)
        # What the CT itself decides, by what was allowed: a change of size begins there.
        self._own: dict[tuple[float, bool], _Own] = {}

    def grown(self, limits: GrowthLimits | None = None) -> GrownLesion:
        """Return the lesion within limits; tolerance and texture were settled when it was clicked.

        Raises
        ------
        ImagingError
            ``lesion-too-small``.
        """
        limits = limits or GrowthLimits()
        inside = limits.radius_mm if limits.radius_mm is not None else _FURTHEST_MM
        key = (inside, limits.into_soft_tissue)
        if key not in self._own:
            self._own[key] = self._found(*key)
        own = self._own[key]
        level, piece = own.level, own.piece
        if limits.size_mm is not None:
            level = self._sized(own, limits.size_mm)
            piece = self._piece(level > 0)
        rim = piece & (edt.edt(piece, anisotropy=self._cube.anisotropy) <= 1.5 * self._cube.step_mm)
        level = np.where(piece, np.maximum(level, 1e-3), np.minimum(level, -1e-3))
        mask = self._on_ct(level, piece, inside)
        return GrownLesion(mask, own.size_mm if limits.size_mm is None else limits.size_mm, self._open_frac(rim))

    # ---------------------------------------------------------------- steps

    @cached_property
    def _in_bone(self) -> Bools:
        return self.look.bone_envelope(self._cube)

    def _found(self, inside_mm: float, into_soft_tissue: bool) -> _Own:
        """What the CT itself decides."""
        allowed = self._from_seed_mm <= inside_mm
        if not into_soft_tissue:
            allowed &= self._in_bone
        evidence, smoothing_mm = np.where(allowed, self._evidence, np.float32(-1)), _SMOOTHING_MM
        if self._finds_edges:
            piece = self._piece(self._smoothed(evidence, smoothing_mm) > 0)
            if into_soft_tissue and _reaches_a_face(piece):
                evidence = self._rounded(evidence)
                piece = self._piece(self._smoothed(evidence, smoothing_mm) > 0)
            hu, smoothing_mm = self._cube.smoothed(_FINE_SMOOTHING_MM), _FINAL_SMOOTHING_MM
            for _ in range(_DRAWINGS):
                drawn = drawn_halfway(hu, evidence, piece, self._cube.step_mm)
                drawn = np.where(allowed, drawn, np.float32(-1))
                piece = self._piece(self._smoothed(drawn, smoothing_mm) > 0)
            evidence = drawn
        level = self._smoothed(evidence, smoothing_mm)
        piece = self._piece(level > 0)
        middle_mm = self._cube.centre_of(np.argwhere(piece).mean(axis=0))
        # The diameter that holds nearly all of it.
        size_mm = 2 * float(np.quantile(self._cube.distance_mm(middle_mm)[piece], 0.97))
        return _Own(evidence, allowed, level, piece, middle_mm, size_mm)

    def _rounded(self, evidence: Field) -> Field:
        """Where it runs on without end beyond the bone, nothing marks its border: there it joins what is marked around."""
        star = self._star(np.where(self._in_bone, evidence, np.minimum(evidence, _UNMARKED)))
        return np.where(self._in_bone, evidence, np.minimum(evidence, star + np.float32(_BULGES)))

    def _star(self, votes: Field) -> Field:
        middle_mm = self.look.seed_mm
        for _ in range(_ROUNDS):
            border = star_border(self._cube, votes, middle_mm)
            middle_mm = border.middle_mm
        return np.asarray(np.clip(border.within_mm / _SURE_MM, -1, 1))

    def _smoothed(self, evidence: Field, sigma_mm: float) -> Field:
        return np.asarray(ndimage.gaussian_filter(evidence, sigma_mm / self._cube.step_mm, truncate=3.0))

    def _sized(self, own: _Own, size_mm: float) -> Field:
        """The border for a chosen size: the further it is from the lesion's own, the less densities count."""
        radius_mm = size_mm / 2
        trust = min(1.0, (own.size_mm / size_mm) ** 2)
        away_mm = self._cube.distance_mm(own.middle_mm)
        wish = np.clip((radius_mm - away_mm) / (_SOFT_SHARE * radius_mm), -4.0, _BONUS)
        evidence = np.float32(trust) * own.evidence + wish.astype(np.float32)
        return self._smoothed(np.where(own.allowed, evidence, np.float32(-1)), _SMOOTHING_MM)

    def _piece(self, region: Bools) -> Bools:
        """The blob at the click, without what hangs on to it by a neck."""
        region = filled(region)
        anisotropy = self._cube.anisotropy
        depth_mm = edt.edt(region, anisotropy=anisotropy)
        near = np.where(region, self._from_seed_mm, np.inf)
        at = np.unravel_index(int(near.argmin()), near.shape)
        if not near[at] <= _SNAP_MM:
            raise ImagingError(
                "Nothing grows from the click: its surrounding differs from it on all sides.",
                code="lesion-too-small",
                hint="Click nearer to the middle of the lesion, or paint it with the brush.",
            )
        # The widest ball in the region that holds the click says how wide the clicked blob is.
        from_click_mm = self._cube.distance_mm(self._cube.centre_of(at))
        widest_mm = float(np.where(from_click_mm <= depth_mm, depth_mm, 0).max())
        neck_mm = max(_NARROWEST_NECK_MM, _NECK_SHARE * widest_mm)
        core = depth_mm > min(neck_mm, 0.9 * widest_mm)
        pieces, _ = labelled(core)
        nearest = np.where(core, from_click_mm, np.inf)
        piece = pieces == pieces[np.unravel_index(int(nearest.argmin()), nearest.shape)]
        away_mm = edt.edt(~piece, anisotropy=anisotropy)
        whole, _ = labelled(region & (away_mm <= neck_mm + _BUMP_MM))
        return np.asarray(whole == whole[np.unravel_index(int(nearest.argmin()), nearest.shape)])

    def _open_frac(self, rim: Bools) -> float:
        """The share of the border beyond which the evidence does not fall."""
        beyond = ndimage.minimum_filter(self._votes, size=5)[rim]
        return float(np.mean(beyond > 0)) if beyond.size else 0.0

    def _on_ct(self, level: Field, piece: Bools, radius_mm: float) -> Mask:
        grid, seed = self._volume.grid, self.look.seed_mm
        box, found = self._cube.above_zero(grid, level, piece)
        if found.any():
            kji = np.argwhere(found)
            away_mm = np.linalg.norm(grid.to_lps((kji + box.start_kji)[:, ::-1]) - seed, axis=1)
            found[tuple(kji[away_mm > radius_mm].T)] = False
        pieces, counts = labelled(found)
        counts = counts[1:]
        if not counts.size:
            raise ImagingError(
                "The lesion at the click is smaller than a voxel.",
                code="lesion-too-small",
                hint="Paint it with the brush.",
            )
        return Mask.from_array(grid, filled(pieces == int(counts.argmax()) + 1), box.start_kji)


def _reaches_a_face(piece: Bools) -> bool:
    return any(bool(piece.take(face, axis).any()) for axis in range(3) for face in (0, -1))
