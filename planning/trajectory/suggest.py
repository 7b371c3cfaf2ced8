"""The best paths of different kinds to a lesion."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from imaging.geometry import Floats
from imaging.progress import Progress
from imaging.structures import StructureKind
from imaging.volume import Volume
from planning.catalogue.devices import Device, device
from planning.catalogue.rules import PathRules, load_path_rules
from planning.errors import PlanError
from planning.model.case import Case, Probe, ProbeId, Structure
from planning.model.judgement import Judgement
from planning.quantities import angle_text, length_text
from planning.trajectory.clearance import Clearance
from planning.trajectory.console import console_numbers
from planning.trajectory.corridors import Corridor, corridor_of
from planning.trajectory.judging import PathJudgement, judge_path, middle_mm
from planning.trajectory.passage import Passed
from planning.trajectory.screening import Screened, screen
from planning.trajectory.skin import skin_of
from planning.trajectory.skin_entry import require_target
from planning.trajectory.skin_map import entries_to, surroundings_of, without_aim

MOST = 5
_ENTRIES_APART_MM = 5.0
_AIMS_FROM_MIDDLE = (0.5, 0.8)
"""Beside the middle of a lesion, aims lie so far towards its ends: other probes may lie in the middle."""
_LOOKED_AT = 400
_SAME_WITHIN_DEG, _SAME_WITHIN_MM = 20.0, 12.0
"""Two paths nearer than this in direction and at the tip are twins."""
_NAMED_NEAR = 3
_IN_ONE_SLICE_DEG = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A path that keeps to all limits.

    Attributes
    ----------
    corridor : Corridor
    judged : PathJudgement
        Measured on surfaces; its probe is not part of a plan yet.
    """

    corridor: Corridor
    judged: PathJudgement

    @property
    def probe(self) -> Probe:
        return self.judged.probe

    @property
    def title(self) -> str:
        """``Through the sacrum from behind, hub 18° cranial``."""
        numbers, words = console_numbers(self.probe), self.corridor.words
        tilted = abs(numbers.craniocaudal_deg) > _IN_ONE_SLICE_DEG
        tilt = angle_text(numbers.craniocaudal_deg, "hub cranial", "hub caudal") if tilted else "in one slice"
        leans = abs(numbers.in_plane_deg) > _IN_ONE_SLICE_DEG
        lean = f", {angle_text(numbers.in_plane_deg, 'hub left', 'hub right')}" if leans else ""
        return f"{words[:1].upper()}{words[1:]}{lean}, {tilt}"

    @property
    def costs(self) -> str:
        """What it costs, in a sentence."""
        way = self.judged.way
        parts = [f"{length_text(self.probe.depth_mm)} deep"]
        if way is not None and way.drilled_mm > 0:
            cortex = length_text(way.length_mm(Passed.CORTEX))
            parts.append(f"drills {length_text(way.drilled_mm)} of bone, {cortex} of it cortex")
        met = [c.angle_deg for c in way.crossings if c.inwards and c.angle_deg is not None] if way else []
        if met:
            parts.append(f"meets bone at up to {max(met):.0f}° to its normal")
        off_mm, _ = self.judged.costs["aim"]
        if off_mm >= 1.0:
            parts.append(f"active part {length_text(off_mm)} off the middle of the lesion")
        warning = f" {self.corridor.warning}" if self.corridor.warning else ""
        return f"{', '.join(parts)}.{warning}"

    @property
    def avoids(self) -> str:
        """What it keeps away from, nearest first, in a sentence."""
        near = [_distance(c) for c in self.judged.near if c.kind is not None][:_NAMED_NEAR]
        return f"Keeps {', '.join(near)}." if near else "Nothing sensitive is outlined near it."

    @property
    def doubts(self) -> str:
        """What is not known of it, in sentences: what nobody confirmed and what is not outlined; empty where all is known."""
        unsure = (Judgement.UNCONFIRMED, Judgement.NOT_ASSESSED)
        said = [f.sentence for f in self.judged.findings if f.judgement in unsure and f.rule not in ("hub", "bore")]
        return " ".join(said)


def _distance(found: Clearance) -> str:
    return f"{length_text(found.distance_mm)} from {found.name}"


def suggest_paths(
    case: Case,
    volume: Volume,
    device_id: str,
    progress: Progress,
    *,
    target_mm: npt.ArrayLike | None = None,
    rules: PathRules | None = None,
    leave_out: str = "",
) -> tuple[Suggestion, ...]:
    """Look for the best paths of different kinds.

    Parameters
    ----------
    case : Case
        With skin, bone and, without a target, a lesion.
    volume : Volume
    device_id : str
    progress : Progress
    target_mm : array_like, shape (3,), optional
        Where the tip is to lie. Without it the active part is laid into the largest lesion.
    rules : PathRules, optional
        The user's by default.
    leave_out : str
        Id of the probe that is to be placed anew; all others are in the way.

    Returns
    -------
    tuple of Suggestion
        Best first, five at most, each of another kind or from another side.

    Raises
    ------
    PlanError
        ``no-path``: naming what forbids most of the paths. ``no-lesion``; and as `skin_map`.
    """
    rules = rules or load_path_rules()
    applicator = device(device_id)
    others = case.with_plan(probes=tuple(p for p in case.plan.probes if p.id != leave_out))
    aims = _aims(case) if target_mm is None else np.asarray(target_mm, float)[None]
    for aim in aims[:1]:
        require_target(volume, aim)
    skin = skin_of(case)
    entries = skin.mesh.points_mm[entries_to(case, skin, aims[0], applicator)]
    entries = thinned(entries, _ENTRIES_APART_MM)
    progress.report(0.1, "Skin")
    pairs = [_pair(entries, aim, applicator if target_mm is None else None) for aim in aims]
    starts, tips = (np.concatenate([pair[n] for pair in pairs]) for n in (0, 1))
    inside = case.image.grid.contains(tips)
    starts, tips = starts[inside], tips[inside]
    own_rules = rules if target_mm is None else without_aim(rules)
    around = surroundings_of(case, volume, np.vstack([starts, tips]), applicator, rules)
    progress.report(0.5, "Ways in")
    screened = screen(others, around, starts, tips, applicator, own_rules)
    found = _different(others, volume, screened, device_id, own_rules, progress)
    if not found:
        raise no_path(screened)
    return tuple(sorted(found, key=lambda s: s.judged.cost))


def no_path(screened: Screened) -> PlanError:
    """Return the refusal that there is no path, with what forbids most of them and what would free one."""
    counted = Counter(int(n) for n in screened.refused_by if n >= 0)
    total = len(screened.refused_by)
    said = [f"{screened.reasons[n]} ({100 * count / total:.0f} %)" for n, count in counted.most_common(3)]
    return PlanError(
        f"No path keeps to all limits. What forbids them: {', '.join(said) or 'nothing that a grid can tell'}.",
        code="no-path",
        hint="Choose another target, a thinner or longer device, another position of the patient, or change the limit.",
    )


def largest_lesion(case: Case) -> Structure:
    """Return the largest lesion.

    Raises
    ------
    PlanError
        ``no-lesion``.
    """
    lesions = sorted(case.of_kind(StructureKind.LESION), key=lambda s: -s.volume_mm3)
    if not lesions:
        raise PlanError(
            "No lesion is outlined, so there is nothing to aim at.",
            code="no-lesion",
            hint="Outline the lesion, or choose a target.",
        )
    return lesions[0]


def _aims(case: Case) -> Floats:
    """The middle of the largest lesion first, then places towards its ends."""
    shape = largest_lesion(case).shape
    middle = middle_mm(shape)
    points = shape.points_mm if not callable(shape.points_mm) else shape.points_mm()
    spread = np.cov((points - middle).T) if len(points) > 3 else np.eye(3)
    widths, axes = np.linalg.eigh(spread)
    to_end = (np.sqrt(5 * np.maximum(widths, 0.0)) * axes).T
    return np.vstack([middle, *(middle + sign * share * to_end for share in _AIMS_FROM_MIDDLE for sign in (1, -1))])


def _pair(entries: Floats, aim: Floats, applicator: Device | None) -> tuple[Floats, Floats]:
    """Entries and tips: the tip at the aim, or so far beyond that the active part lies around it."""
    if applicator is None:
        return entries, np.tile(aim, (len(entries), 1))
    inwards = aim - entries
    inwards /= np.maximum(np.linalg.norm(inwards, axis=1, keepdims=True), 1e-9)
    return entries, aim + inwards * applicator.active_length_mm / 2


def thinned(points: Floats, apart_mm: float) -> Floats:
    """Return one of some points of every cube of a width."""
    _, first = np.unique(np.round(points / apart_mm), axis=0, return_index=True)
    return np.asarray(points[np.sort(first)])


def _different(
    case: Case, volume: Volume, screened: Screened, device_id: str, rules: PathRules, progress: Progress
) -> list[Suggestion]:
    """The best of every kind, then others that come from another side."""
    order = np.argsort(screened.cost)
    order = order[screened.allowed[order]]
    spread = _spread(order, screened)[:_LOOKED_AT]
    ranked = [(_path(screened, n, device_id), n) for n in spread]
    kinds = [corridor_of(case, probe) for probe, _ in ranked]
    chosen: list[Suggestion] = []
    tried: set[int] = set()
    for wanted_new_kind in (True, False):
        for place, (probe, _) in enumerate(ranked):
            progress.report(0.6 + 0.4 * place / len(ranked), "Comparing paths")
            if len(chosen) == MOST:
                return chosen
            is_new = kinds[place].kind not in {s.corridor.kind for s in chosen}
            if place in tried or (wanted_new_kind and not is_new) or _is_twin(probe, chosen):
                continue
            tried.add(place)
            judged = judge_path(case, volume, probe, rules)
            if not judged.refused:
                chosen.append(Suggestion(corridor=kinds[place], judged=judged))
    return chosen


def _spread(order: npt.NDArray[np.int64], screened: Screened) -> list[int]:
    """Paths in order of cost, without those that begin and end where a better one does."""
    cells: set[tuple[int, ...]] = set()
    kept = []
    for n in order:
        cell = (*np.round(screened.entries_mm[n] / 12.0).astype(int), *np.round(screened.tips_mm[n] / 8.0).astype(int))
        if cell not in cells:
            cells.add(cell)
            kept.append(int(n))
    return kept


def _path(screened: Screened, n: int, device_id: str) -> Probe:
    entry, tip = screened.entries_mm[n].tolist(), screened.tips_mm[n].tolist()
    return Probe(
        id=ProbeId("suggested"), name="Suggested", device_id=device_id, entry_mm=tuple(entry), tip_mm=tuple(tip)
    )


def _is_twin(probe: Probe, chosen: Sequence[Suggestion]) -> bool:
    return any(
        np.degrees(np.arccos(np.clip(probe.direction @ s.probe.direction, -1, 1))) < _SAME_WITHIN_DEG
        and np.linalg.norm(np.subtract(probe.tip_mm, s.probe.tip_mm)) < _SAME_WITHIN_MM
        for s in chosen
    )
