"""Structures that the CT shows by itself, found when it is opened: nobody has confirmed them yet."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from app.streaks import doubted, may_be_misled
from imaging.anatomy import (
    METAL_HU,
    FoundSpine,
    NerveProposals,
    RootProposal,
    find_spine,
    propose_body,
    propose_bone,
    propose_bones,
    propose_metal,
    propose_nerves,
)
from imaging.anatomy.nerves import MEASURED_RADII
from imaging.errors import ImagingError
from imaging.labels import Mask
from imaging.progress import Progress
from imaging.structures import FORAMEN_LEVELS, ROOT_LEVELS, Side, StructureKind, Tube
from imaging.volume import Volume
from planning.model import Case, Structure
from planning.model.naming import make_structure
from planning.operations.structures import put_structure


def skin_and_bone(volume: Volume, progress: Progress) -> tuple[Structure, ...]:
    """Return skin and bone of a CT, and metal where there is some."""
    progress.report(0.0, "Skin")
    body = propose_body(volume)
    progress.report(0.5, "Bone")
    bone = propose_bone(volume, body)
    made = [
        make_structure(StructureKind.SKIN, body, origin="threshold, largest piece", confirmed=False),
        make_structure(StructureKind.BONE, bone, origin="threshold and filling", confirmed=False),
    ]
    progress.report(0.95, "Metal")
    metal = propose_metal(volume, body)
    if metal is not None:
        mask, pieces = metal
        words = f"above {METAL_HU:.0f} HU, {pieces} {'pieces' if pieces > 1 else 'piece'}; barium and dense cement read the same"
        made.append(make_structure(StructureKind.METAL, mask, origin=words, confirmed=False))
    progress.report(1.0, "Skin and bone")
    return tuple(made)


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """Structures that were found together.

    Attributes
    ----------
    structures : tuple of Structure
    words : str
        What was found, and what is doubtful about it.
    """

    structures: tuple[Structure, ...]
    words: str


def canal_and_roots(volume: Volume, spine: FoundSpine, progress: Progress, *, lowest: str | None = None) -> Found:
    """Return canal, sac and nerves of a CT.

    Parameters
    ----------
    volume : Volume
    spine : FoundSpine
    progress : Progress
    lowest : str, optional
        Level of the lowest neural foramina, for a CT without a sacrum to count from.
    """
    found = propose_nerves(volume, progress, spine, lowest=lowest)
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
    return Found((*made, *_foramina(found)), _summary(found))


def _foramina(found: NerveProposals) -> list[Structure]:
    """The foramina of the sacrum."""
    ventral = (
        _proposal(StructureKind.VENTRAL_FORAMEN, r.foramen, "from the canal to where bone opens", r.confidence, r.reasons,
                  level=r.level, side=r.side)
        for r in found.roots if r.foramen is not None and r.level in FORAMEN_LEVELS
    )  # fmt: skip
    dorsal = (
        _proposal(StructureKind.DORSAL_FORAMEN, f.tube, "a gap in the bone behind the canal", f.confidence, f.reasons,
                  level=f.level, side=f.side)
        for f in found.dorsal_foramina
    )  # fmt: skip
    return [*ventral, *dorsal]


_BONES = {
    "sacrum": StructureKind.SACRUM,
    "coccyx": StructureKind.COCCYX,
    "hip": StructureKind.ILIUM,
    "vertebra": StructureKind.VERTEBRA,
}


def named_bones(volume: Volume, bone: Structure, spine: FoundSpine, progress: Progress) -> Found:
    """Return the bones of a CT by name.

    Parameters
    ----------
    volume : Volume
    bone : Structure
        All bone, as painted.
    spine : FoundSpine
    progress : Progress
    """
    assert isinstance(bone.shape, Mask)
    found = propose_bones(volume, bone.shape, spine, progress)
    made = tuple(
        _proposal(
            _BONES[b.name],
            b.mask,
            "told apart at discs and joints",
            b.confidence,
            b.reasons,
            level=b.level,
            side=b.side,
        )
        for b in found.bones
    )
    return Found(made, f"Bones: {'; '.join(found.doubts)}." if found.doubts else "")


def everything(volume: Volume, progress: Progress, *, lowest: str | None = None) -> Found:
    """Return all that the CT shows by itself; what cannot be found is said in words.

    Parameters
    ----------
    volume : Volume
    progress : Progress
    lowest : str, optional
        As in `canal_and_roots`.
    """
    with ThreadPoolExecutor(1) as beside:
        outer = beside.submit(skin_and_bone, volume, Progress())
        try:
            spine = find_spine(volume, progress.part(0.0, 0.4))
        except ImagingError as error:
            # a CT without a spine still has skin and bone
            return Found(outer.result(), str(error))
        bones = beside.submit(lambda: named_bones(volume, outer.result()[1], spine, Progress()))
        nerves = canal_and_roots(volume, spine, progress.part(0.4, 1.0), lowest=lowest)
        metal = next((s for s in outer.result() if s.kind is StructureKind.METAL), None)
        made = tuple(doubted(s, metal) for s in (*nerves.structures, *bones.result().structures))
        misled = "Metal: its streaks may have misled what lies in its slices." if any(map(may_be_misled, made)) else ""
        words = " ".join(filter(None, (nerves.words, bones.result().words, misled)))
        return Found((*outer.result(), *made), words)


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
    metal = next((s for s in (*found, *case.structures) if s.kind is StructureKind.METAL), None)
    for proposed in found:
        structure = doubted(proposed, metal)
        known = case.find(structure.id)
        if known is None or not (known.confirmed or known.locked):
            case = put_structure(case, structure)
    return case
