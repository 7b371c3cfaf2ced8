"""Skin and bone, found by themselves when a CT is opened."""

from __future__ import annotations

from imaging.anatomy import propose_body, propose_bone
from imaging.progress import Progress
from imaging.structures import StructureKind
from imaging.volume import Volume
from planning.model import Case, Structure
from planning.model.naming import make_structure
from planning.operations.structures import put_structure


def skin_and_bone(volume: Volume, progress: Progress) -> tuple[Structure, Structure]:
    """Return skin and bone of a CT as structures that nobody has confirmed."""
    progress.report(0.0, "Skin")
    body = propose_body(volume)
    progress.report(0.5, "Bone")
    bone = propose_bone(volume, body)
    progress.report(1.0, "Skin and bone")
    return (
        make_structure(StructureKind.SKIN, body, origin="threshold, largest piece", confirmed=False),
        make_structure(StructureKind.BONE, bone, origin="threshold and filling", confirmed=False),
    )


def with_proposals(case: Case, found: tuple[Structure, Structure]) -> Case:
    """Return the case with what `skin_and_bone` found."""
    return put_structure(put_structure(case, found[0]), found[1])
