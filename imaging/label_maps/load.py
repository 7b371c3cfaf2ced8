"""A label map, or a folder of masks, as structures on a CT."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from imaging.errors import ImagingError
from imaging.files import is_volume_file
from imaging.geometry import VoxelGrid
from imaging.label_maps.belonging import require_belongs
from imaging.label_maps.names import TOTAL_TASK, Meaning, are_total_segmentators, meaning_of
from imaging.label_maps.placing import lies_on_voxels, placed, require_overlap
from imaging.label_maps.reading import LabelKey, Labels, read_labels, stem_of
from imaging.labels import Mask
from imaging.later import ndimage
from imaging.progress import Progress, no_progress
from imaging.structures import StructureKind
from imaging.volume import Volume


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledStructure:
    """One structure of a label map.

    Attributes
    ----------
    meaning : Meaning
    mask : Mask
        On the CT's voxels, never empty.
    names : tuple of str
        The labels it was put together from.
    """

    meaning: Meaning
    mask: Mask
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadMap:
    """What a label map gives for a CT.

    Attributes
    ----------
    source : str
        Name of the file or folder.
    structures : tuple of LabelledStructure
    from_total_segmentator : bool
        All names are written as TotalSegmentator writes them, or only its numbers are known.
    by_number : bool
        No name was found: the labels were taken by TotalSegmentator's numbers.
    resampled_from_mm : tuple of float or None
        Voxel size along i, j, k of the map where it lies on other voxels than the CT.
    unused : tuple of str
        Names of labels this program has no use for.
    unnamed : tuple of int
        Values no name is known for.
    missed : tuple of str
        Labels of which no voxel lies in the CT.
    """

    source: str
    structures: tuple[LabelledStructure, ...]
    from_total_segmentator: bool
    by_number: bool
    resampled_from_mm: tuple[float, ...] | None
    unused: tuple[str, ...]
    unnamed: tuple[int, ...]
    missed: tuple[str, ...]


def read_map(path: Path, volume: Volume, progress: Progress | None = None) -> ReadMap:
    """Return the structures of a label map on the voxels of a CT.

    Parameters
    ----------
    path : Path
        A NIfTI, NRRD (also a segmentation of 3D Slicer) or MHA file, or a folder of masks, one file a structure.
    volume : Volume
        The CT. The files name no frame of reference: that they lie in the CT's is taken on trust, as far as their place,
        their sides and the density of their bones do not speak against it.
    progress : Progress, optional

    Returns
    -------
    ReadMap
        Labels that are parts of one structure are united: aorta and iliac arteries, colon and small bowel.

    Raises
    ------
    ImagingError
        If it cannot be read, is no label map, holds nothing for this program, or does not belong to this CT.
    """
    progress = progress or no_progress()
    progress.report(0.0, "Reading the label map")
    gathered = _Gathered(volume.grid)
    by_number = _gather_folder(path, gathered, progress) if path.is_dir() else _gather_file(path, gathered, progress)
    name = path.name
    if not gathered.masks:
        raise _nothing(gathered, name)
    found = tuple(
        LabelledStructure(meaning=meaning, mask=mask, names=tuple(gathered.names[meaning]))
        for meaning, mask in sorted(gathered.masks.items(), key=lambda item: _order(item[0]))
    )
    require_belongs(gathered.masks, volume, name, by_number=by_number)
    progress.report(1.0, "Label map")
    own = are_total_segmentators(n for s in found for n in s.names)
    return ReadMap(
        source=name,
        structures=found,
        from_total_segmentator=own,
        by_number=by_number,
        resampled_from_mm=gathered.resampled_from_mm,
        unused=tuple(gathered.unused),
        unnamed=tuple(gathered.unnamed),
        missed=tuple(gathered.missed),
    )


class _Gathered:
    """Masks that are put together label by label."""

    def __init__(self, grid: VoxelGrid) -> None:
        self.grid = grid
        self.masks: dict[Meaning, Mask] = {}
        self.names: dict[Meaning, list[str]] = {}
        self.unused: list[str] = []
        self.unnamed: list[int] = []
        self.missed: list[str] = []
        self.resampled_from_mm: tuple[float, ...] | None = None

    def add(self, labels: Labels, named: Mapping[LabelKey, str], progress: Progress) -> None:
        """Place all labels of a file that mean something."""
        require_overlap(labels.grid, self.grid, labels.file_name)
        wanted: dict[Meaning, list[LabelKey]] = {}
        for key in labels.keys:
            name = named.get(key)
            meaning = None if name is None else meaning_of(name)
            if name is None:
                self.unnamed.append(key[1])
            elif meaning is None:
                self.unused.append(name)
            else:
                wanted.setdefault(meaning, []).append(key)
        if wanted and not lies_on_voxels(labels.grid, self.grid):
            self.resampled_from_mm = tuple(labels.grid.spacing_ijk_mm.tolist())
        for done, (meaning, keys) in enumerate(wanted.items()):
            progress.report(done / len(wanted), f"Placing {named[keys[0]].replace('_', ' ')}")
            mask = _placed_union(labels, keys, self.grid)
            names = [named[key] for key in keys]
            if mask.count == 0:
                self.missed += names
                continue
            self.names.setdefault(meaning, []).extend(names)
            known = self.masks.get(meaning)
            self.masks[meaning] = mask if known is None else known.union(mask)


def _gather_file(path: Path, gathered: _Gathered, progress: Progress) -> bool:
    """Add one file; return whether its labels are known by their numbers only."""
    labels = read_labels(path, gathered.grid.frame_uid)
    if not labels.keys:
        raise _empty(path.name)
    progress.report(0.4, "Reading the label map")
    named, by_number = labels.names, False
    if not named and len(labels.keys) == 1 and meaning_of(stem_of(path)) is not None:
        named = {labels.keys[0]: stem_of(path)}
    elif not named:
        named, by_number = {(0, value): name for value, name in TOTAL_TASK.items()}, True
    gathered.add(labels, named, progress.part(0.4, 1.0))
    return by_number


def _gather_folder(folder: Path, gathered: _Gathered, progress: Progress) -> bool:
    """Add every file whose name means something; the others are not even read."""
    files = sorted(p for p in folder.iterdir() if p.is_file() and is_volume_file(p))
    if not files:
        raise ImagingError(
            f"The folder {folder.name} holds no masks.",
            code="label-map-missing",
            hint="Choose a folder with one NIfTI, NRRD or MHA file for each structure, such as sacrum.nii.gz.",
        )
    known = [p for p in files if meaning_of(stem_of(p)) is not None]
    gathered.unused += [stem_of(p) for p in files if p not in known]
    empty = True
    for n, path in enumerate(known):
        progress.report(n / len(known), f"Reading {path.name}")
        labels = read_labels(path, gathered.grid.frame_uid)
        if len(labels.keys) > 1:
            raise ImagingError(
                f"{path.name} holds {len(labels.keys)} different labels, where its name says that it is one structure.",
                code="label-map-not-labels",
                hint="Choose that file by itself, or put it elsewhere.",
            )
        empty = empty and not labels.keys
        gathered.add(labels, dict.fromkeys(labels.keys, stem_of(path)), no_progress())
    if known and empty:
        raise _empty(folder.name)
    return False


def _placed_union(labels: Labels, keys: Iterable[LabelKey], grid: VoxelGrid) -> Mask:
    """The labels of one structure on the CT's voxels, those of one layer together, so that no seam is left between them."""
    by_layer: dict[int, list[int]] = {}
    for layer, value in keys:
        by_layer.setdefault(layer, []).append(value)
    out = Mask.empty(grid)
    for layer, values in by_layer.items():
        inside = np.isin(labels.layers[layer], values)
        (box,) = ndimage.find_objects(inside.view(np.uint8))
        start, stop = tuple(s.start for s in box), tuple(s.stop for s in box)
        out = out.union(placed(inside[box], labels.grid.crop(start, stop), grid))
    return out


def _order(meaning: Meaning) -> tuple[int, str, str]:
    kinds = list(StructureKind)
    return (kinds.index(meaning.kind), meaning.level, meaning.side or "")


def _empty(name: str) -> ImagingError:
    return ImagingError(
        f"{name} is empty: none of its voxels has a label.",
        code="label-map-empty",
        hint="Choose another label map, or make it again.",
    )


def _nothing(gathered: _Gathered, name: str) -> ImagingError:
    if gathered.missed:
        return ImagingError(
            f"No label of {name} that could be used lies in this CT: {listed(gathered.missed)}.",
            code="label-map-elsewhere",
            hint="Choose the label map that was made from this CT.",
        )
    held = [*gathered.unused, *(f"number {n}" for n in gathered.unnamed)]
    return ImagingError(
        f"{name} holds nothing this program has a use for: {listed(held)}.",
        code="label-map-no-use",
        hint="It takes sacrum, coccyx, hip bones, vertebrae T1 to L5, spinal cord, bladder, bowel and vessels.",
    )


def listed(names: Iterable[str], most: int = 6) -> str:
    """Return the first names of many in words: ``spleen, liver and 91 more``."""
    words = [name.replace("_", " ") for name in dict.fromkeys(names)]
    if len(words) <= most:
        return ", ".join(words)
    return f"{', '.join(words[:most])} and {len(words) - most} more"
