"""Structures of a label map as proposals: what it gives, where they come from, and what to know about them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from imaging.label_maps import ReadMap, listed, read_map
from imaging.progress import Progress
from imaging.volume import Volume
from planning.model import Case, Structure
from planning.model.naming import make_structure

# README.md of github.com/wasserth/TotalSegmentator, "Subtasks": the tasks total and body are "openly available for any
# usage (Apache-2.0 license)"; LICENSE there: Apache-2.0. Other tasks have licences of their own.
LICENCE = "TotalSegmentator: code and the weights of its tasks total and body, Apache-2.0"
_ON_TRUST = "place taken on trust, as the file names no frame of reference"


@dataclass(frozen=True, slots=True)
class ImportedStructures:
    """What a label map gives to a case.

    Attributes
    ----------
    structures : tuple of Structure
        None of them confirmed.
    notes : tuple of str
        Sentences the user must know.
    """

    structures: tuple[Structure, ...]
    notes: tuple[str, ...]


def structures_of_map(path: Path, volume: Volume, progress: Progress, made_by: str = "") -> ImportedStructures:
    """Return the structures of a label map file, or of a folder of masks.

    Parameters
    ----------
    path : Path
    volume : Volume
    progress : Progress
    made_by : str
        What made it, where that is known; it takes the place of the file's name in the origin.

    Raises
    ------
    ImagingError
        If it cannot be read, holds nothing of use, or does not belong to this CT.
    """
    found = read_map(path, volume, progress)
    origin = "; ".join(
        filter(None, (made_by or f"label map {found.source}", _model(found, made_by), _grid(found), _ON_TRUST))
    )
    structures = tuple(
        make_structure(
            s.meaning.kind, s.mask, level=s.meaning.level, side=s.meaning.side, origin=origin, confirmed=False
        )
        for s in found.structures
    )
    return ImportedStructures(structures, tuple(_notes(found, structures)))


def kept_sentence(case: Case, found: Sequence[Structure]) -> str:
    """Say which structures stay as they are because they were confirmed or locked; empty where none does."""
    kept = [s.name for s in found if (known := case.find(s.id)) is not None and (known.confirmed or known.locked)]
    return f"Kept as it was, because confirmed or locked: {', '.join(kept)}." if kept else ""


def _model(found: ReadMap, made_by: str) -> str:
    if made_by or not found.from_total_segmentator:
        return ""
    how = "its numbers, which are not named in the file" if found.by_number else "its names"
    return f"taken for one of TotalSegmentator by {how} ({LICENCE})"


def _grid(found: ReadMap) -> str:
    if found.resampled_from_mm is None:
        return ""
    return f"resampled from voxels of {_voxels(found.resampled_from_mm)} mm"


def _voxels(spacing_mm: Sequence[float]) -> str:
    return " × ".join(f"{n:.3g}" for n in spacing_mm)


def _notes(found: ReadMap, structures: Sequence[Structure]) -> list[str]:
    notes = [f"From {found.source}: {', '.join(s.name for s in structures)}."]
    if found.resampled_from_mm is not None:
        notes.append(
            f"The map lies on other voxels than the CT ({_voxels(found.resampled_from_mm)} mm) and was resampled: its borders are "
            "no finer than that."
        )
    if found.by_number:
        notes.append("Its labels have no names; they were taken by TotalSegmentator's numbers.")
    if found.missed:
        notes.append(f"Not in this CT: {listed(found.missed)}.")
    if found.unused:
        notes.append(f"Not used by this program: {listed(found.unused)}.")
    if found.unnamed:
        notes.append(f"Numbers nobody names: {listed(map(str, found.unnamed))}.")
    return notes
