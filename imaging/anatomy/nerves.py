"""Proposals for the spinal canal, the thecal sac and the roots, with how sure they are and why."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from imaging.anatomy.canal import Canal, SpineImage
from imaging.anatomy.canal_room import canal_mask
from imaging.anatomy.canal_wall import at_half_height
from imaging.anatomy.dorsal_foramina import DorsalForamen, find_dorsal_foramina
from imaging.anatomy.foramina import ForamenPair, name_levels, numbers_uncertain
from imaging.anatomy.neural_foramina import NeuralPair, find_neural_foramina, name_neural_levels
from imaging.anatomy.roots import BEYOND_MM, RootCourse, SacralRootTracer
from imaging.anatomy.sac import SacProposal, find_sac
from imaging.anatomy.spinal_roots import SpinalRootTracer
from imaging.anatomy.spine import FoundSpine, find_spine
from imaging.geometry import Floats, VoxelGrid
from imaging.labels import Mask
from imaging.progress import Progress
from imaging.resample import rasterise
from imaging.structures import ROOT_LEVELS, SACRAL_ROOT_LEVELS, SPINE_LEVELS, Side, Tube
from imaging.volume import Volume

ROOT_RADIUS_MM = {"L5": 2.65, "S1": 2.69, "S2": 2.25, "S3": 1.5, "S4": 1.0, "S5": 1.0}
"""Half the diameters on MR neurography 5 mm from the ganglion, L5 5.29 and S1 5.38 mm (EVIDENCE S108). Below S1 nobody
published one: 4.5, 3 and 2 mm are assumed for S2 to S4, and S5 as thin as S4. Above L5 it is assumed to be that of L5."""
MEASURED_RADII = ("L5", "S1")
"""Levels whose radius was measured; those of the others are assumed."""

_CLEAR_HU, _FAINT_HU = 80.0, 35.0
"""Contrast of a foramen against the bone around that is surely one, and the least that is taken for one."""
_CLEAR_NEURAL_HU = 150.0
_MATCHLESS_MM = 12.0
"""Left and right are farther apart, one of them mirrored, than a foramen is wide: where it is hardly seen neither is one."""
_SURE, _UNSURE, _GUESS = 0.75, 0.5, 0.3
_LIKE_ENOUGH = 0.75
_AT_EDGE_MM = 8.0
_THROUGH_BONE_MM = 3.0


@dataclass(frozen=True, slots=True, eq=False)
class RootProposal:
    """One root of one side, or the lumbosacral trunk.

    Attributes
    ----------
    level : str
        ``S2``; empty for the trunk.
    side : Side
    tube : Tube
        From the canal outwards.
    foramen_mm : ndarray, shape (3,)
        Middle of the opening of its foramen, LPS: the ventral one in the sacrum, the outer one above. Of S5 and the
        trunk, which have none, where the tube begins.
    confidence : float
        0 to 1.
    reasons : tuple of str
        What lowers the confidence.
    foramen : Tube or None
        Its ventral foramen, from the canal to the mouth; None above the sacrum and for the trunk.
    """

    level: str
    side: Side
    tube: Tube
    foramen_mm: Floats
    confidence: float
    reasons: tuple[str, ...]
    foramen: Tube | None = None


@dataclass(frozen=True, slots=True, eq=False)
class NerveProposals:
    """What was found of canal, sac and nerves.

    Attributes
    ----------
    canal : Mask
    course : Tube
        Centreline of the canal with the radius of the circle of the same area.
    canal_confidence : float
    roots : tuple of RootProposal
        From above downwards.
    doubts : tuple of str
        What could not be found, and what is uncertain about the numbering.
    sac : SacProposal or None
    epidural_fat : Mask or None
        The canal but for the sac; None without a sac.
    trunks : tuple of RootProposal
        The lumbosacral trunks.
    dorsal_foramina : tuple of DorsalForamen
    """

    canal: Mask
    course: Tube
    canal_confidence: float
    roots: tuple[RootProposal, ...]
    doubts: tuple[str, ...]
    sac: SacProposal | None = None
    epidural_fat: Mask | None = None
    trunks: tuple[RootProposal, ...] = ()
    dorsal_foramina: tuple[DorsalForamen, ...] = ()


def propose_nerves(
    volume: Volume, progress: Progress, spine: FoundSpine | None = None, *, lowest: str | None = None
) -> NerveProposals:
    """Return canal, sac and roots of a CT.

    Parameters
    ----------
    volume : Volume
    progress : Progress
    spine : FoundSpine, optional
        If it was found before.
    lowest : str, optional
        Level of the lowest pair of neural foramina in the image (``L5`` above an ordinary sacrum), which names the
        roots above the sacrum where the CT does not show a sacrum to count from.

    Raises
    ------
    ImagingError
        ``no-midplane`` where the two sides of the image do not resemble each other, and ``no-canal`` where no channel as
        long as a vertebra is enclosed by bone near the plane of symmetry.
    Cancelled
    """
    spine = spine or find_spine(volume, progress.part(0.0, 0.5))
    image, canal = spine.image, spine.canal
    named, doubts = name_levels(spine.levels)
    # where a sacrum is seen but not numbered, its foramina must not be taken for those above it
    unnumbered = bool(spine.levels.pairs) and not named
    above, more = ({}, []) if unnumbered else _above_the_sacrum(image, canal, spine.levels.top_mm, named, lowest)
    doubts += more
    if spine.midplane.likeness < _LIKE_ENOUGH:
        doubts.append("left and right look little alike, so that the middle of the body is uncertain")
    progress.report(0.6, "Roots")
    roots = _Roots(volume, image, canal, doubts, progress)
    upper = roots.spinal(above)
    lower, trunks = roots.sacral(named, upper)
    found = tuple(sorted((*upper, *lower), key=lambda r: ROOT_LEVELS.index(r.level)))
    missing = [level for level in SACRAL_ROOT_LEVELS if level not in {r.level for r in found}]
    if named and missing:
        doubts.append(f"no proposal for {', '.join(missing)}: draw them by points")
    progress.report(0.93, "Thecal sac")
    sac = find_sac(volume, image, canal, named)
    if sac is None:
        doubts.append("no thecal sac was told from the canal")
    sacrum_mm = (spine.levels.top_mm or 0.0) if spine.levels.pairs else None
    fine = at_half_height(canal, volume, sacrum_mm)
    mask = canal_mask(fine, volume.grid)
    course = Tube(fine.spine.points_mm, np.maximum(fine.radii_mm, 0.5))
    return NerveProposals(
        mask, course, _canal_confidence(canal), found, tuple(doubts), sac=sac,
        epidural_fat=None if sac is None else mask.minus(Mask.from_array(volume.grid, rasterise(sac.tube, volume.grid))),
        trunks=trunks, dorsal_foramina=roots.dorsal(named),
    )  # fmt: skip


def _above_the_sacrum(
    image: SpineImage, canal: Canal, top_mm: float | None, named: dict[str, ForamenPair], lowest: str | None
) -> tuple[dict[str, NeuralPair], list[str]]:
    """The neural foramina by level, counted upwards from the sacrum or from what the user says."""
    if named and top_mm is None:
        return {}, []
    pairs = find_neural_foramina(image, canal, top_mm if named else None)
    if lowest is None and named:
        first = next(iter(named))
        lowest = ROOT_LEVELS[ROOT_LEVELS.index(first) - 1]
        lowest = lowest if lowest in SPINE_LEVELS else "L5"
    if not pairs or lowest is None:
        seen = "one pair of neural foramina is" if len(pairs) == 1 else f"{len(pairs)} pairs of neural foramina are"
        words = f"{seen} seen, but no sacrum to count from: say the lowest one's level"
        return {}, [words] if pairs else []
    return name_neural_levels(pairs, lowest)


def _canal_confidence(canal: Canal) -> float:
    """How much of the canal's wall was seen."""
    return float(np.clip(canal.seen.mean() / 0.8, 0.0, 1.0))


class _Roots:
    """Traces the roots of all levels and says how sure each is."""

    def __init__(self, volume: Volume, image: SpineImage, canal: Canal, doubts: list[str], progress: Progress) -> None:
        self._volume, self._image, self._canal = volume, image, canal
        self._doubts, self._progress = doubts, progress
        self._sacrum: SacralRootTracer | None = None

    def spinal(self, named: dict[str, NeuralPair]) -> list[RootProposal]:
        """The roots above the sacrum."""
        if not named:
            return []
        tracer = SpinalRootTracer(self._volume, self._image, self._canal, named)
        found = []
        for n, (level, pair) in enumerate(named.items()):
            for side in Side:
                self._progress.report(0.6 + 0.15 * n / len(named), f"Root {level} {side.value}")
                course = tracer.trace(level, pair, side)
                clear = float(np.clip(pair.contrast_hu / _CLEAR_NEURAL_HU, 0.0, 1.0))
                confidence, reasons = self._sureness(clear, course.through_bone_mm)
                root = self._within(level, side, course.points_mm, course.mouth_mm, confidence, reasons)
                found += [root] if root else []
        return found

    def sacral(
        self, named: dict[str, ForamenPair], upper: list[RootProposal]
    ) -> tuple[list[RootProposal], tuple[RootProposal, ...]]:
        """The sacral roots, and the trunks that L5 runs into."""
        if not named:
            return [], ()
        tracer = self._sacrum = SacralRootTracer(self._volume, self._image, self._canal, named)
        found = []
        for n, (level, pair) in enumerate(named.items()):
            self._progress.report(0.75 + 0.15 * n / len(named), f"Roots {level}")
            clear = float(np.clip((pair.contrast_hu - _FAINT_HU) / (_CLEAR_HU - _FAINT_HU), 0.0, 1.0))
            courses = tracer.trace_both(pair, clear=clear >= _UNSURE)
            if clear < _UNSURE and any(c.apart_mm > _MATCHLESS_MM for c in courses.values()):
                self._doubts.append(
                    f"the foramina of {level} are hardly seen, and what was found left and right does not match"
                )
                continue
            for side, course in courses.items():
                if not self._in_front(course.mouth_mm):
                    # the image ends before the bone opens, and the way went out at the back
                    self._doubts.append(f"the way of {level} {side.value} to the front is not in the image")
                    continue
                confidence, reasons = self._sureness(
                    clear, course.through_bone_mm, mirrored=side not in pair.seen, apart=course
                )
                root = self._within(level, side, course.points_mm, course.mouth_mm, confidence, reasons)
                found += [replace(root, foramen=course.foramen)] if root else []
        if "S4" in named and _well_inside(self._volume.grid, self._canal.spine.points_mm[-1]):
            for side in Side:
                points = tracer.trace_s5(side)
                s5 = self._within(
                    "S5", side, points, points[0], _GUESS, ("its way out of the sacral hiatus is not to be seen",)
                )
                found += [s5] if s5 else []
        trunks = []
        for l5 in (r for r in (*upper, *found) if r.level == "L5" and len(r.tube.points_mm) > BEYOND_MM):
            points = tracer.trunk(l5.tube.points_mm, l5.side)
            trunk = self._within("", l5.side, points, points[0], _GUESS, ("it is led to where its foramen usually is",))
            trunks += [trunk] if trunk else []
        return found, tuple(trunks)

    def dorsal(self, named: dict[str, ForamenPair]) -> tuple[DorsalForamen, ...]:
        """The dorsal foramina of the sacrum; what the image's edge cuts is no opening."""
        if self._sacrum is None:
            return ()
        sacral = {level: pair for level, pair in named.items() if level != "L5"}
        found = find_dorsal_foramina(self._image, self._canal, self._sacrum.image, sacral)
        return tuple(f for f in found if _well_inside(self._volume.grid, f.centre_mm))

    def _in_front(self, mouth_mm: Floats) -> bool:
        """Whether a mouth lies in front of the canal."""
        spine = self._canal.spine
        at = int(np.linalg.norm(spine.points_mm - mouth_mm, axis=1).argmin())
        return bool((mouth_mm - spine.points_mm[at]) @ spine.front[at] > 0)

    def _within(
        self, level: str, side: Side, points_mm: Floats, foramen_mm: Floats, confidence: float, reasons: tuple[str, ...]
    ) -> RootProposal | None:
        """The part of a root within the image; None where its foramen lies at the edge."""
        grid = self._volume.grid
        inside = grid.contains(points_mm)
        points = points_mm[: len(inside) if inside.all() else int(inside.argmin())]
        if len(points) < 2 or not _well_inside(grid, foramen_mm):
            if level:
                self._doubts.append(f"the foramen of {level} {side.value} lies at the edge of the image")
            return None
        radius = ROOT_RADIUS_MM.get(level, ROOT_RADIUS_MM["L5"])
        return RootProposal(level, side, Tube(points, np.full(len(points), radius)), foramen_mm, confidence, reasons)

    def _sureness(
        self, clear: float, through_bone_mm: float, *, mirrored: bool = False, apart: RootCourse | None = None
    ) -> tuple[float, tuple[str, ...]]:
        """From how clear the foramen is, whether it was seen itself, and what stands in the way."""
        confidence = _UNSURE + (1 - _UNSURE) * clear
        reasons = []
        if clear < _UNSURE:
            reasons.append("its foramen is hardly darker than the bone around it")
        if mirrored:
            confidence *= _UNSURE
            reasons.append("its foramen was not found: the other side's was mirrored")
        if apart is not None and apart.apart_mm:
            confidence *= _UNSURE
            reasons.append(
                f"the bone is open {apart.apart_mm:.0f} mm from where the other side's root leaves it"
                f"{': it was led there' if apart.led else ''}"
            )
        if through_bone_mm > _THROUGH_BONE_MM:
            confidence *= _SURE
            reasons.append(f"its course crosses {through_bone_mm:.0f} mm of what reads like bone")
        if numbers_uncertain(self._doubts):
            confidence *= _SURE
            reasons.append("its number is uncertain")
        return confidence, tuple(reasons)


def _well_inside(grid: VoxelGrid, point_mm: Floats) -> bool:
    around = point_mm + _AT_EDGE_MM * np.concatenate([np.eye(3), -np.eye(3)])
    return bool(grid.contains(around).all())
