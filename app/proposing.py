"""Structures that the CT shows by itself, found when it is opened: nobody has confirmed them yet."""

from __future__ import annotations

from collections.abc import Sequence

from imaging.anatomy import NerveProposals, RootProposal, propose_body, propose_bone, propose_nerves
from imaging.anatomy.nerves import MEASURED_RADII
from imaging.labels import Mask
from imaging.progress import Progress
from imaging.structures import ROOT_LEVELS, Side, StructureKind, Tube
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


def canal_and_roots(
    volume: Volume, progress: Progress, *, lowest: str | None = None
) -> tuple[tuple[Structure, ...], str]:
    """Return canal, sac and nerves of a CT, and in words what is doubtful about them.

    Parameters
    ----------
    volume : Volume
    progress : Progress
    lowest : str, optional
        Level of the lowest neural foramina, for a CT without a sacrum to count from.

    Raises
    ------
    ImagingError
        ``no-midplane`` or ``no-canal``.
    """
    found = propose_nerves(volume, progress, lowest=lowest)
    made = [_proposal(StructureKind.CANAL, found.canal, "enclosed by bone", found.canal_confidence)]
    if found.sac is not None:
        how = "soft tissue in the middle of the canal; CT does not tell cord from cauda equina"
        made.append(_proposal(StructureKind.THECAL_SAC, found.sac.tube, how, found.sac.confidence, found.sac.reasons))
        if found.epidural_fat is not None and found.epidural_fat.count:
            left = "what the sac leaves of the canal"
            made.append(_proposal(StructureKind.EPIDURAL_FAT, found.epidural_fat, left, found.sac.confidence))
    for nerve in (*found.roots, *found.trunks):
        kind = StructureKind.ROOT if nerve.level else StructureKind.NERVE
        how = f"{_course(nerve)}, radius {_radius_source(nerve.level)}"
        made.append(
            _proposal(kind, nerve.tube, how, nerve.confidence, nerve.reasons, level=nerve.level, side=nerve.side)
        )
    return tuple(made), _summary(found)


def _proposal(
    kind: StructureKind, shape: Mask | Tube, how: str, confidence: float, reasons: Sequence[str] = (),
    *, level: str = "", side: Side | None = None,
) -> Structure:  # fmt: skip
    words = "; ".join([f"{how}, confidence {100 * confidence:.0f} %", *reasons])
    return make_structure(
        kind, shape, level=level, side=side, origin=words, confirmed=False, confidence=float(confidence)
    )


def _course(nerve: RootProposal) -> str:
    if nerve.level == "S5":
        return "down the canal and out of the sacral hiatus"
    return "through its foramen" if nerve.level else "from the end of L5 towards the greater sciatic foramen"


def _radius_source(level: str) -> str:
    return "from MR neurography" if level in MEASURED_RADII else "assumed, as none is published"


def _summary(found: NerveProposals) -> str:
    """``Proposed: canal, thecal sac, 18 roots (T12 to S5). Note: …``"""
    levels = list(dict.fromkeys(r.level for r in found.roots))
    sac = ", thecal sac" if found.sac is not None else ""
    roots = f", {len(found.roots)} roots ({_range(levels)})" if levels else ""
    doubts = f" Note: {'; '.join(found.doubts)}." if found.doubts else ""
    return f"Proposed: canal{sac}{roots}.{doubts}"


def _range(levels: list[str]) -> str:
    """``T12 to S5`` where none is missing between, else every level by name."""
    first, last = ROOT_LEVELS.index(levels[0]), ROOT_LEVELS.index(levels[-1])
    whole = len(levels) > 2 and len(levels) == last - first + 1
    return f"{levels[0]} to {levels[-1]}" if whole else ", ".join(levels)


def with_proposals(case: Case, found: Sequence[Structure]) -> Case:
    """Return the case with proposals; what the user confirmed, drew or locked stays as it is."""
    for structure in found:
        known = case.find(structure.id)
        if known is None or not (known.confirmed or known.locked):
            case = put_structure(case, structure)
    return case
