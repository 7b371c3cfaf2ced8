"""How well structures are found in the phantom family, whose truth is known: one figure a quantity, one value a member."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from imaging.anatomy import NerveProposals, find_spine, propose_body, propose_bone, propose_bones, propose_nerves
from imaging.errors import ImagingError
from imaging.geometry import Floats
from imaging.labels import Mask
from imaging.later import ndimage, spatial
from imaging.phantom import Phantom, PhantomLabel, family, make_phantom, on_grid
from imaging.progress import Progress, no_progress
from imaging.resample import rasterise
from imaging.segmentation.verification import click_row, dice
from imaging.structures import SACRAL_ROOT_LEVELS, StructureKind, Tube

VOXEL_MM = 1.2
"""In the plane; slices are as thick as the member's, but not thinner."""
_THICKEST_ROOT_MM = 3.0
_LEAST_PART = 0.5
"""A canal of which the image shows less than this is not compared: its ends would be the image's."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One quantity over the family.

    Attributes
    ----------
    name, unit : str
    wanted : float
    at_least : bool
        Larger is better; otherwise smaller is.
    values : list of (str, str, float)
        Member, what of it, and value.
    """

    name: str
    unit: str
    wanted: float
    at_least: bool
    values: list[tuple[str, str, float]] = field(default_factory=list)

    def meets(self, value: float) -> bool:
        return value >= self.wanted if self.at_least else value <= self.wanted

    @property
    def met(self) -> int:
        """How many values are as wanted."""
        return sum(self.meets(value) for *_, value in self.values)

    @property
    def median(self) -> float:
        return float(np.median([value for *_, value in self.values])) if self.values else float("nan")

    @property
    def worst(self) -> tuple[str, str, float]:
        """The member, what of it, and the value that misses by most."""
        return (min if self.at_least else max)(self.values, key=lambda v: v[2])


def _figures() -> dict[str, Figure]:
    rows = (
        ("bone", "all bone, Dice", "", 0.95, True),
        ("sacrum", "sacrum, Dice", "", 0.95, True),
        ("canal", "canal, Dice", "", 0.92, True),
        ("sac", "thecal sac, Dice", "", 0.9, True),
        ("foramen", "ventral foramina S1 to S4, middle", "mm", 3.0, False),
        ("dorsal", "dorsal foramina S1 to S4, middle", "mm", 3.0, False),
        ("mean", "roots L5 to S4 up to their foramen, mean", "mm", 2.0, False),
        ("farthest", "roots L5 to S4 up to their foramen, worst place", "mm", 4.0, False),
        ("upper", "roots above L5 up to their foramen, mean", "mm", 2.0, False),
        ("level", "roots whose number is right", "", 1.0, True),
        ("lytic", "lesion by a click, lytic, Dice", "", 0.88, True),
        ("mixed", "lesion by a click, mixed, Dice", "", 0.8, True),
        ("sclerotic", "lesion by a click, sclerotic, Dice", "", 0.8, True),
        ("leak", "leak of a click through cortex, share of the lesion", "", 0.0, False),
    )
    return {key: Figure(name, unit, wanted, at_least) for key, name, unit, wanted, at_least in rows}


def structure_figures(progress: Progress, members: Iterable[str] | None = None) -> tuple[list[Figure], list[str]]:
    """Return the figures of the phantom family, and what was refused.

    Parameters
    ----------
    progress : Progress
    members : iterable of str, optional
        Names of the family; all of it by default.
    """
    figures, refused = _figures(), []
    chosen = list(members or family())
    for n, name in enumerate(chosen):
        progress.report(n / len(chosen), name)
        parameters = family()[name].parameters
        thick = max(parameters.spacing_ijk_mm[2], VOXEL_MM)
        phantom = make_phantom(on_grid(parameters, (VOXEL_MM, VOXEL_MM, thick)))
        _lesions(figures, name, phantom)
        try:
            _proposals(figures, name, phantom)
        except ImagingError as error:
            refused.append(f"{name}: {error}")
    progress.report(1.0, "")
    return [figure for figure in figures.values() if figure.values], refused


def _proposals(figures: Mapping[str, Figure], name: str, phantom: Phantom) -> None:
    volume = phantom.volume
    bone = propose_bone(volume, propose_body(volume))
    true_bone, beside_lesions = phantom.mask(StructureKind.BONE), bone
    for truth in phantom.lesions:
        # whether a tumour's voxels are bone is a matter of words
        true_bone, beside_lesions = true_bone.minus(truth.mask), beside_lesions.minus(truth.mask)
    figures["bone"].values.append((name, "", dice(beside_lesions, true_bone)))
    spine = find_spine(volume, no_progress())
    found = propose_nerves(volume, no_progress(), spine)
    for part in propose_bones(volume, bone, spine, no_progress()).bones:
        if part.name == "sacrum":
            figures["sacrum"].values.append((name, "", dice(part.mask, phantom.bone_mask("sacrum"))))
    room = true_canal(phantom)
    if phantom.in_view(phantom.canal.points_mm).mean() > _LEAST_PART:
        figures["canal"].values.append((name, "", dice(found.canal, room)))
        if found.sac is not None:
            sac = Mask.from_array(volume.grid, rasterise(found.sac.tube, volume.grid))
            figures["sac"].values.append((name, "", dice(sac, phantom.mask(StructureKind.THECAL_SAC))))
    _foramina(figures, name, phantom, found)
    _roots(figures, name, phantom, found)


def true_canal(phantom: Phantom) -> Mask:
    """The room within the bony canal: its fat, sac and cord, and the roots among them."""
    canal = phantom.mask(StructureKind.CANAL).array()
    nerves = np.isin(phantom.labels, (PhantomLabel.ROOT, PhantomLabel.GANGLION))
    steps = int(np.ceil(_THICKEST_ROOT_MM / VOXEL_MM))
    among = np.stack([ndimage.binary_closing(plane, iterations=steps) for plane in canal])
    return Mask.from_array(phantom.volume.grid, canal | (nerves & among))


def _foramina(figures: Mapping[str, Figure], name: str, phantom: Phantom, found: NerveProposals) -> None:
    true = {(f.level, f.side, f.ventral): f.centre_mm for f in phantom.foramina}
    for key, ventral, places in (
        ("foramen", True, [(r.level, r.side, r.foramen_mm) for r in found.roots]),
        ("dorsal", False, [(f.level, f.side, f.centre_mm) for f in found.dorsal_foramina]),
    ):
        for level, side, place in places:
            if (level, side, ventral) in true:
                away = float(np.linalg.norm(place - true[level, side, ventral]))
                figures[key].values.append((name, f"{level} {side.value}", away))


def _roots(figures: Mapping[str, Figure], name: str, phantom: Phantom, found: NerveProposals) -> None:
    for root in found.roots:
        own, which = f"{root.level}.{root.side.value}", f"{root.level} {root.side.value}"
        if own not in phantom.roots or root.level == "S5":
            # above L3 the smaller phantoms have no nerves, and S5 leaves through no foramen
            continue
        points = root.tube.points_mm
        away = _away_mm(
            points[: int(np.linalg.norm(points - root.foramen_mm, axis=1).argmin()) + 1], phantom.roots[own]
        )
        if root.level in SACRAL_ROOT_LEVELS:
            figures["mean"].values.append((name, which, float(away.mean())))
            figures["farthest"].values.append((name, which, float(away.max())))
        else:
            figures["upper"].values.append((name, which, float(away.mean())))
        nearest = min(
            (n for n in phantom.roots if n.endswith(root.side.value)),
            key=lambda n: float(_away_mm(root.foramen_mm[None], phantom.roots[n])[0]),
        )
        figures["level"].values.append((name, which, float(nearest == own)))


def _away_mm(points_mm: Floats, tube: Tube) -> Floats:
    return np.asarray(spatial.cKDTree(tube.resampled(0.5).points_mm).query(points_mm)[0])


def _lesions(figures: Mapping[str, Figure], name: str, phantom: Phantom) -> None:
    bone = phantom.mask(StructureKind.BONE)
    for n, truth in enumerate(phantom.lesions):
        if truth.mask.count == 0 or not phantom.in_view(np.asarray(truth.centre_mm)[None])[0]:
            continue
        row = click_row(name, phantom.volume, truth.centre_mm, truth.mask, bone)
        which = f"lesion {n + 1}" + (f", {row.refusal}" if row.refusal else "")
        figures[truth.lesion.kind].values.append((name, which, row.dice))
        figures["leak"].values.append((name, which, row.leak_frac))
