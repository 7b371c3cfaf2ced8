"""Rows that say how well a click finds a known lesion. Whoever has the truth (a phantom, an expert) brings it."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from imaging.errors import ImagingError
from imaging.labels import Mask
from imaging.later import edt
from imaging.segmentation.region_grow import GrowthLimits, LesionClick
from imaging.volume import Volume

# A lesion that bulges out of its bone by more than this share is asked for with its soft tissue.
_BULGE_FRAC = 0.1
# Further than this from the lesion, what was taken of soft tissue leaked.
_LEAK_MM = 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ClickRow:
    """One click on a known lesion.

    Attributes
    ----------
    name : str
    dice : float
        Twice the overlap over the sum; 0 where the click was refused.
    leak_frac : float
        Soft tissue further than 4 mm from the lesion, as a share of the lesion's volume, grown within bone.
    click_s, regrow_s : float
        Until the first lesion is there, and for another size of it.
    refusal : str
        Code of the refusal, empty where there was none.
    """

    name: str
    dice: float
    leak_frac: float
    click_s: float
    regrow_s: float
    refusal: str = ""


def dice(a: Mask, b: Mask) -> float:
    """Return twice the overlap of two masks over the sum of both; 1 for two empty ones."""
    both = a.count + b.count
    return 1.0 if both == 0 else (both - a.minus(b).count - b.minus(a).count) / both


def click_row(name: str, volume: Volume, seed_mm: npt.ArrayLike, truth: Mask, bone: Mask) -> ClickRow:
    """Return how well a click finds a lesion.

    Parameters
    ----------
    name : str
    volume : Volume
    seed_mm : array_like, shape (3,)
    truth : Mask
    bone : Mask
        The true bones without the lesion.
    """
    start_s = time.perf_counter()
    try:
        click = LesionClick(volume, seed_mm)
        in_bone = click.grown()
        click_s = time.perf_counter() - start_s
        start_s = time.perf_counter()
        click.grown(GrowthLimits(size_mm=0.9 * in_bone.size_mm))
        regrow_s = time.perf_counter() - start_s
        found = click.grown(GrowthLimits(into_soft_tissue=True)) if _bulges(truth, bone) else in_bone
    except ImagingError as refusal:
        return ClickRow(name=name, dice=0.0, leak_frac=0.0, click_s=0.0, regrow_s=0.0, refusal=refusal.code)
    return ClickRow(
        name=name, dice=dice(found.mask, truth), leak_frac=_leak(in_bone.mask, truth, bone), click_s=click_s,
        regrow_s=regrow_s,
    )  # fmt: skip


def _bulges(truth: Mask, bone: Mask) -> bool:
    """Whether soft tissue makes up more of the lesion's border than a touch."""
    box = truth.box.grown(3, truth.grid.shape_kji)
    inside = truth.array(box)
    spacing_mm = tuple(truth.grid.spacing_ijk_mm[::-1])
    away_mm = edt.edt(~inside, anisotropy=spacing_mm)
    shell = (away_mm > 0) & (away_mm <= 2.0)
    return bool(shell.any() and np.mean(~bone.array(box)[shell]) > _BULGE_FRAC)


def _leak(found: Mask, truth: Mask, bone: Mask) -> float:
    stray = found.minus(truth).minus(bone)
    if stray.count == 0:
        return 0.0
    box = found.union(truth).box
    away_mm = edt.edt(~truth.array(box), anisotropy=tuple(truth.grid.spacing_ijk_mm[::-1]))
    far = np.count_nonzero(stray.array(box) & (away_mm > _LEAK_MM))
    return far / max(truth.count, 1)
