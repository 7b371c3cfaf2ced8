"""Structures that the CT shows by itself, found when it is opened: nobody has confirmed them yet."""

from __future__ import annotations

from collections.abc import Sequence

from imaging.anatomy import NerveProposals, RootProposal, propose_body, propose_bone, propose_nerves
from imaging.anatomy.nerves import MEASURED_RADII
from imaging.progress import Progress
from imaging.structures import StructureKind
from imaging.volume import Volume
from planning.model import Case, Structure
from planning.model.naming import make_structure
from planning.operations.structures import put_structure


def skin_and_bone(volume: Volume, progress: Progress) -> tuple[Structure, Structure]:
    """Return skin and bone of a CT."""
    progress.report(0.0, "Skin")
    body = propose_body(volume)
    progress.report(0.5, "Bone")
    bone = propose_bone(volume, body)
    progress.report(1.0, "Skin and bone")
    return (
        make_structure(StructureKind.SKIN, body, origin="threshold, largest piece", confirmed=False),
        make_structure(StructureKind.BONE, bone, origin="threshold and filling", confirmed=False),
    )


def canal_and_roots(volume: Volume, progress: Progress) -> tuple[tuple[Structure, ...], str]:
    """Return canal and sacral roots of a CT, and in words what is doubtful about them.

    Raises
    ------
    ImagingError
        ``no-midplane`` or ``no-canal``.
    """
    found = propose_nerves(volume, progress)
    canal = make_structure(
        StructureKind.CANAL,
        found.canal,
        origin=f"enclosed by bone, {_sureness(found.canal_confidence)}",
        confirmed=False,
    )
    return (canal, *map(_root, found.roots)), _summary(found)


def _root(root: RootProposal) -> Structure:
    why = f"; {'; '.join(root.reasons)}" if root.reasons else ""
    return make_structure(
        StructureKind.ROOT, root.tube, level=root.level, side=root.side, confirmed=False,
        origin=f"through its foramen, {_sureness(root.confidence)}, radius {_radius_source(root.level)}{why}",
    )  # fmt: skip


def _radius_source(level: str) -> str:
    return "from MR neurography" if level in MEASURED_RADII else "assumed, as none is published"


def _sureness(confidence: float) -> str:
    return f"confidence {100 * confidence:.0f} %"


def _summary(found: NerveProposals) -> str:
    """``Proposed: canal, S1 to S4 on both sides. Doubtful: …``"""
    levels = list(dict.fromkeys(r.level for r in found.roots))
    roots = f", {len(found.roots)} roots ({', '.join(levels)})" if levels else ""
    doubts = f" Note: {'; '.join(found.doubts)}." if found.doubts else ""
    return f"Proposed: canal{roots}.{doubts}"


def with_proposals(case: Case, found: Sequence[Structure]) -> Case:
    """Return the case with proposals; what the user confirmed, drew or locked stays as it is."""
    for structure in found:
        known = case.find(structure.id)
        if known is None or not (known.confirmed or known.locked):
            case = put_structure(case, structure)
    return case
