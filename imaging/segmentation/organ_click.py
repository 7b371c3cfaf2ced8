"""Bladder, bowel or a vessel by one click: as far as its density reaches from there, and never through a leak.

The click says how dense the organ is; what is as dense and hangs together with it is taken, except through openings
narrower than the organ's own. Where no change of density marks enough of the border, the click is refused with what was
measured: a wrong outline of what is to be spared is worse than none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from imaging.errors import ImagingError
from imaging.geometry import Floats
from imaging.labels import Bools, Mask
from imaging.later import edt, ndimage
from imaging.segmentation.pieces import filled, labelled
from imaging.segmentation.working_cube import WorkingCube, cube_around
from imaging.structures import StructureKind
from imaging.volume import Volume

_BODY_HU, _GAS_HU = -300.0, -400.0
_FAT_HU = -40.0
_MUSCLE_HU = (50.0, 60.0)
_SAMPLE_MM = 2.5
_SHELL_MM = 2.5


@dataclass(frozen=True, slots=True, kw_only=True)
class _Organ:
    """How an organ is grown.

    Attributes
    ----------
    name : str
    reach_mm : float
        How far from the click it is sought.
    steps : int
        Samples across.
    smoothing_mm : float
    least_hu, most_hu : float
        Half-width of the accepted band about the density at the click.
    neck_mm : float
        Openings of a smaller radius are not passed.
    wall_mm : float
        What is added for a wall that differs from the content.
    least_mm3, most_mm3 : float
        Less or more than that is no such organ.
    most_radius_mm : float
        Of the largest ball inside it.
    most_open_frac : float
        The share of its border that no change of density may mark.
    may_end : bool
        Whether it may go on where the reach ends.
    """

    name: str
    reach_mm: float
    steps: int
    smoothing_mm: float
    least_hu: float
    most_hu: float
    neck_mm: float
    wall_mm: float
    least_mm3: float
    most_mm3: float
    most_radius_mm: float
    most_open_frac: float
    may_end: bool


# Assumptions, chosen on the phantom family; the limits of size are those of a full bladder, a pelvis full of bowel, and
# aorta and iliac vessels with their veins.
_ORGANS: Mapping[StructureKind, _Organ] = MappingProxyType(
    {
        StructureKind.BLADDER: _Organ(
            name="bladder", reach_mm=85, steps=96, smoothing_mm=2.0, least_hu=14, most_hu=30, neck_mm=5.0, wall_mm=2.0,
            least_mm3=5e3, most_mm3=1.2e6, most_radius_mm=70, most_open_frac=0.3, may_end=False,
        ),
        StructureKind.BOWEL: _Organ(
            name="bowel", reach_mm=60, steps=100, smoothing_mm=1.8, least_hu=12, most_hu=25, neck_mm=4.0, wall_mm=2.5,
            least_mm3=4e3, most_mm3=6e5, most_radius_mm=40, most_open_frac=0.3, may_end=True,
        ),
        StructureKind.VESSEL: _Organ(
            name="vessel", reach_mm=75, steps=126, smoothing_mm=0.9, least_hu=18, most_hu=60, neck_mm=1.3, wall_mm=0.6,
            least_mm3=400.0, most_mm3=1.5e5, most_radius_mm=17, most_open_frac=0.3, may_end=True,
        ),
    }
)  # fmt: skip
ORGANS = tuple(_ORGANS)
"""Kinds that can be clicked."""


@dataclass(frozen=True, eq=False)
class GrownOrgan:
    """An organ that grew from a click.

    Attributes
    ----------
    mask : Mask
        One piece without holes.
    open_frac : float
        Share of its border that no change of density marks.
    ends_at_reach : bool
        It goes on beyond what one click reaches: another click there adds to it.
    """

    mask: Mask
    open_frac: float
    ends_at_reach: bool


def grow_organ(volume: Volume, seed_mm: npt.ArrayLike, kind: StructureKind) -> GrownOrgan:
    """Return the organ around a clicked point.

    Parameters
    ----------
    volume : Volume
    seed_mm : array_like, shape (3,)
        LPS position of the click, inside bladder, bowel or vessel.
    kind : StructureKind
        One of `ORGANS`.

    Raises
    ------
    ImagingError
        ``organ-kind``; ``seed-outside`` or ``seed-in-air``; ``organ-only-gas``; ``organ-too-small`` where nothing hangs together at the click;
        ``organ-like-muscle``; ``organ-leaks`` where it runs into its surroundings, with what was measured.
    """
    if kind not in _ORGANS:
        raise ImagingError(
            f"A {kind.value} is not grown from a click.", code="organ-kind", hint="Choose bladder, bowel or vessel."
        )
    organ, seed = _ORGANS[kind], np.asarray(seed_mm, float)
    if not volume.grid.contains(seed):
        raise ImagingError("The click lies outside the CT.", code="seed-outside", hint="Click inside the image.")
    cube = cube_around(volume, seed, organ.reach_mm, organ.steps)
    smooth = cube.smoothed(organ.smoothing_mm)
    alike, band_hu = _alike(cube, smooth, seed, kind, organ, in_body=_in_body(volume, seed))
    inside = _hanging_together(cube, alike, seed, organ)
    open_frac = _open_frac(cube, inside, alike)
    _require_no_leak(cube, inside, open_frac, organ, band_hu)
    grown = filled(_within_mm(inside, cube.step_mm, organ.wall_mm) & (smooth > _FAT_HU) | inside)
    level = ndimage.gaussian_filter(grown.astype(np.float32), 0.6) - 0.5
    box, voxels = cube.above_zero(volume.grid, level, grown)
    mask = Mask.empty(volume.grid).with_box(box, voxels)
    if mask.count == 0:
        raise _too_small(organ)
    return GrownOrgan(mask, open_frac, bool((inside & _edge(cube)).any()))


def _alike(
    cube: WorkingCube,
    smooth: npt.NDArray[np.float32],
    seed: Floats,
    kind: StructureKind,
    organ: _Organ,
    *,
    in_body: bool,
) -> tuple[Bools, tuple[float, float]]:
    """What is as dense as the click, and the band that was taken; gas belongs to bowel."""
    near = smooth[cube.distance_mm(seed) <= _SAMPLE_MM]
    middle = float(np.median(near))
    gas = _gas_within(cube, seed, in_body=in_body)
    if kind is StructureKind.BOWEL and middle < _BODY_HU:
        near = _beside_gas(cube, smooth, gas, seed)
        middle = float(np.median(near))
    elif middle < _BODY_HU:
        raise ImagingError("The click lies in air.", code="seed-in-air", hint=f"Click inside the {organ.name}.")
    noise = 1.5 * float(np.median(np.abs(near - middle)))
    half = min(max(organ.least_hu, 3 * noise), organ.most_hu)
    if kind is StructureKind.VESSEL and middle > 90:
        # Half-way to what lies around a vessel full of contrast.
        half = max(half, 0.45 * (middle - 50))
    if middle + half > _MUSCLE_HU[0] and middle - half < _MUSCLE_HU[1]:
        raise ImagingError(
            f"At the click the {organ.name} is as dense as muscle ({middle:.0f} ± {half:.0f} HU): nothing tells them apart.",
            code="organ-like-muscle",
            hint="Without contrast, paint it with scribbles or the brush; or click where its content is less dense.",
            context={"middle_hu": middle, "half_width_hu": half},
        )
    if kind is StructureKind.BOWEL:
        # Gas is taken for content before it is smoothed: otherwise its rim would have all densities and part the two.
        inner = _within_mm(gas, cube.step_mm, 0.6)
        levelled = np.where(inner, np.float32(middle), cube.hu)
        smooth = np.asarray(ndimage.gaussian_filter(levelled, organ.smoothing_mm / cube.step_mm, truncate=3.0))
    alike = (np.abs(smooth - middle) <= half) & cube.inside
    return np.asarray(alike), (middle - half, middle + half)


def _beside_gas(
    cube: WorkingCube, smooth: npt.NDArray[np.float32], gas: Bools, seed: Floats
) -> npt.NDArray[np.float32]:
    """The densities of what surrounds the gas that was clicked: content and wall, no fat.

    Raises
    ------
    ImagingError
        ``seed-in-air`` where there is no such gas, ``organ-only-gas`` where nothing soft lies beside it.
    """
    pieces, _ = labelled(gas)
    at = _voxel(cube, seed)
    bubble = pieces == pieces[at] if pieces[at] else np.zeros(gas.shape, bool)
    if not bubble.any():
        raise ImagingError("The click lies in air.", code="seed-in-air", hint="Click inside the bowel.")
    ring = (
        _within_mm(bubble, cube.step_mm, 7.0) & ~_within_mm(cube.hu < _GAS_HU, cube.step_mm, 4.0) & (smooth > _FAT_HU)
    )
    if not ring.any():
        raise ImagingError(
            "Around the gas at the click there is only fat: a wall so thin is not told from it.",
            code="organ-only-gas",
            hint="Click into soft content of the bowel, or paint it with the brush.",
        )
    return np.asarray(smooth[ring])


def _in_body(volume: Volume, seed: Floats) -> bool:
    """Whether the body lies on all sides of a click within its slice: the gas of a wide bowel leaves the cube as well."""
    i, j, k = np.rint(volume.grid.to_ijk(seed)).astype(int)
    along = int(np.abs(volume.grid.directions[2]).argmax())
    rows = (volume.hu[k, j], volume.hu[k, :, i], volume.hu[:, j, i])
    return all(
        bool((side > _BODY_HU).any())
        for axis, (row, at) in enumerate(zip(rows, (i, j, k), strict=True))
        if axis != along
        for side in (row[:at], row[at + 1 :])
    )


def _gas_within(cube: WorkingCube, seed: Floats, *, in_body: bool) -> Bools:
    """Gas, without the air around the body; what was clicked within the body is none of that."""
    gas = (cube.hu < _GAS_HU) & cube.inside
    inner = gas & ~_outside_air(gas)
    if in_body:
        pieces, _ = labelled(gas)
        clicked = pieces[_voxel(cube, seed)]
        inner |= (pieces == clicked) & (clicked > 0)
    return np.asarray(inner)


def _voxel(cube: WorkingCube, point_mm: Floats) -> tuple[int, int, int]:
    i, j, k = np.rint(cube.grid.to_ijk(point_mm)).astype(int)
    return int(k), int(j), int(i)


def _outside_air(gas: Bools) -> Bools:
    """The air around the body: pieces of gas that touch a face of the cube over a wide area."""
    pieces, counts = labelled(gas)
    wide = np.zeros(len(counts), bool)
    for axis in range(3):
        for face in (0, -1):
            wide |= np.bincount(pieces.take(face, axis).ravel(), minlength=len(counts)) > 400
    wide[0] = False
    return np.asarray(wide[pieces])


def _hanging_together(cube: WorkingCube, alike: Bools, seed: Floats, organ: _Organ) -> Bools:
    """The piece of the click, without what hangs on to it by a neck."""
    depth_mm = edt.edt(alike, anisotropy=cube.anisotropy)
    near = cube.distance_mm(seed)
    neck_mm = min(organ.neck_mm, 0.6 * float(depth_mm[near <= organ.neck_mm].max()))
    if neck_mm < cube.step_mm * 0.6:
        raise _too_small(organ)
    pieces, _ = labelled(depth_mm > neck_mm)
    close = np.where(pieces > 0, near, np.inf)
    at = np.unravel_index(int(close.argmin()), close.shape)
    if close[at] > 2 * organ.neck_mm + 2:
        raise _too_small(organ)
    found = filled(_within_mm(pieces == pieces[at], cube.step_mm, neck_mm) & alike)
    if found.sum() * cube.step_mm**3 < organ.least_mm3:
        raise _too_small(organ)
    return found


def _within_mm(mask: Bools, step_mm: float, distance_mm: float) -> Bools:
    return np.asarray(edt.edt(~mask, anisotropy=(step_mm,) * 3) <= distance_mm + 0.5 * step_mm)


def _edge(cube: WorkingCube) -> Bools:
    edge = np.ones(cube.hu.shape, bool)
    edge[2:-2, 2:-2, 2:-2] = False
    return edge


def _open_frac(cube: WorkingCube, inside: Bools, alike: Bools) -> float:
    """The share of the shell around the organ that is as dense as the organ itself."""
    shell = _within_mm(inside, cube.step_mm, _SHELL_MM) & ~inside & cube.inside & ~_edge(cube)
    return float((alike & shell).sum() / max(int(shell.sum()), 1))


def _require_no_leak(
    cube: WorkingCube, inside: Bools, open_frac: float, organ: _Organ, band_hu: tuple[float, float]
) -> None:
    volume_cm3 = int(inside.sum()) * cube.step_mm**3 / 1000
    radius_mm = float(edt.edt(inside, anisotropy=cube.anisotropy).max())
    low, high = (f"{hu:.0f}".replace("-", "−") for hu in band_hu)
    if 1000 * volume_cm3 > organ.most_mm3:
        why = f"what hangs together with {low} to {high} HU is {volume_cm3:.0f} cm³"
    elif not organ.may_end and (inside & _edge(cube)).any():
        why = f"with {low} to {high} HU it reaches {organ.reach_mm:.0f} mm from the click"
    elif radius_mm > organ.most_radius_mm:
        why = f"what hangs together with {low} to {high} HU is {2 * radius_mm:.0f} mm thick"
    elif open_frac > organ.most_open_frac:
        why = f"no change of density marks {100 * open_frac:.0f} % of its border"
    else:
        return
    raise ImagingError(
        f"The {organ.name} runs into what lies around it: {why}.",
        code="organ-leaks",
        hint="Click elsewhere in it, or paint it with scribbles or the brush.",
        context={"volume_cm3": volume_cm3, "open_frac": open_frac},
    )


def _too_small(organ: _Organ) -> ImagingError:
    return ImagingError(
        f"No {organ.name} was found at the click.",
        code="organ-too-small",
        hint="Click in its middle, where its density is even.",
    )
