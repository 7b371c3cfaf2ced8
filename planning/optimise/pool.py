"""The paths a plan is put together from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from imaging.geometry import Floats
from imaging.later import ndimage
from imaging.progress import Progress
from imaging.volume import Volume
from planning.catalogue.devices import Device
from planning.catalogue.rules import PathRules
from planning.errors import PlanError
from planning.model.case import Case, Probe, ProbeId
from planning.optimise.coarse import BODY_C
from planning.optimise.places import Places
from planning.thermal.zone_tables import STEP_MM, load_table
from planning.trajectory.clearance import between_segments
from planning.trajectory.judging import judge_path
from planning.trajectory.screening import Screened, left_beside_mm, screen
from planning.trajectory.skin import skin_of
from planning.trajectory.skin_map import entries_to, surroundings_of, without_aim
from planning.trajectory.suggest import no_path, thinned

OPENING_MM = 8.0
"""Needles whose entries lie nearer than this to each other share an opening: assumption, a stab incision of that length."""
_AIMS_APART_MM, _ENTRIES_APART_MM, _IN_OPENING_APART_MM = 5.0, 9.0, 2.5
_OF_EACH_AIM, _DIRECTIONS_APART_DEG = 6, 10.0
_MOST_AIMS = 250
_LATENT_K, _FROZEN_BY_K = 65.0, 8.0
"""Water gives 334 kJ/kg as it freezes, between 0 and about -8 °C in tissue; three quarters of water at 3.7 kJ/(kg K)."""


@dataclass(eq=False, kw_only=True)
class Pool:
    """Candidate paths.

    Attributes
    ----------
    entries_mm, tips_mm : ndarray, shape (n, 3)
    devices : tuple of Device
    device_of : ndarray of int, shape (n,)
        Into `devices`.
    cost : ndarray, shape (n,)
        Of the path, by the preferences.
    on_target, on_spared : ndarray of float32, shapes (n, targets) and (n, spared)
        How far from body heat each would bring every place alone, as `effect_k` counts.
    """

    case: Case
    volume: Volume
    rules: PathRules
    entries_mm: Floats
    tips_mm: Floats
    devices: tuple[Device, ...]
    device_of: npt.NDArray[np.int64]
    cost: Floats
    on_target: npt.NDArray[np.float32]
    on_spared: npt.NDArray[np.float32]
    _refused: dict[int, bool] = field(default_factory=dict)
    _apart: dict[int, npt.NDArray[np.bool_]] = field(default_factory=dict)

    def probe(self, n: int, name: str = "Proposed") -> Probe:
        """Return a path as a probe."""
        entry, tip = self.entries_mm[n].tolist(), self.tips_mm[n].tolist()
        return Probe(
            id=ProbeId(f"proposed-{n}"), name=name, device_id=self.devices[self.device_of[n]].id,
            entry_mm=tuple(entry), tip_mm=tuple(tip),
        )  # fmt: skip

    def apart_from(self, n: int) -> npt.NDArray[np.bool_]:
        """Return which paths can be taken beside one: needles do not touch, whichever strays, and devices keep their spacing."""
        if n not in self._apart:
            diameters_mm = np.array([d.diameter_mm for d in self.devices])[self.device_of]
            least_mm = (diameters_mm[n] + diameters_mm) / 2 + self.rules.limits["probes"].refused_below
            strays_mm = self.rules.tolerance_mm.value
            own, others = (self.entries_mm[n], self.tips_mm[n]), (self.entries_mm, self.tips_mm)
            left_mm = np.minimum(left_beside_mm(*own, *others, strays_mm), left_beside_mm(*others, *own, strays_mm))
            self._apart[n] = (left_mm >= least_mm) & (self._active_apart_mm(n) >= self._spacing_mm(n))
        return self._apart[n]

    def _active_apart_mm(self, n: int) -> Floats:
        """Smallest distances of the active part of a path to those of all."""
        towards = self.entries_mm - self.tips_mm
        towards /= np.linalg.norm(towards, axis=1, keepdims=True)
        ends = self.tips_mm + towards * np.array([d.active_length_mm for d in self.devices])[self.device_of][:, None]
        return between_segments(self.tips_mm[n], ends[n], self.tips_mm, ends)[2]

    def _spacing_mm(self, n: int) -> Floats:
        """What devices are to be placed apart, of each two the larger distance."""
        spacing_mm = np.array([d.spacing_mm or 0.0 for d in self.devices])[self.device_of]
        return np.asarray(np.maximum(spacing_mm, spacing_mm[n]))

    def is_refused(self, n: int) -> bool:
        """Whether a path that was only screened is refused when it is judged exactly."""
        if n not in self._refused:
            self._refused[n] = bool(judge_path(self.case, self.volume, self.probe(n), self.rules).refused)
        return self._refused[n]


def pool_of(
    case: Case,
    volume: Volume,
    places: Places,
    devices: Sequence[Device],
    rules: PathRules,
    openings: int | None,
    progress: Progress,
) -> Pool:
    """Return the paths that keep to all limits and lay the active part into what is to be covered, or the lesion.

    Parameters
    ----------
    case : Case
        With the probes that are kept.
    volume : Volume
    places : Places
    devices : sequence of Device
    rules : PathRules
    openings : int or None
        In the skin at most, those of the probes that are kept included.
    progress : Progress

    Raises
    ------
    PlanError
        ``no-path``, and as `skin_map`.
    """
    targets = places.targets
    aims = thinned(np.concatenate([targets.target_mm, targets.lesion_mm]), _AIMS_APART_MM)
    if len(aims) > _MOST_AIMS:
        aims = aims[np.linspace(0, len(aims) - 1, _MOST_AIMS).astype(int)]
    found: list[tuple[Floats, Floats, Floats]] = []
    refusals: list[PlanError] = []
    for n, applicator in enumerate(devices):
        progress.report(n / len(devices), f"Looking for paths: {applicator.name}")
        try:
            found.append(_paths(case, volume, aims, applicator, rules, openings))
        except PlanError as refusal:
            refusals.append(refusal)
            found.append((np.zeros((0, 3)), np.zeros((0, 3)), np.zeros(0)))
    if not any(len(cost) for _, _, cost in found):
        raise refusals[0]
    entries, tips, cost = (np.concatenate(parts) for parts in zip(*found, strict=True))
    device_of = np.repeat(np.arange(len(devices)), [len(cost) for _, _, cost in found])
    return Pool(
        case=case,
        volume=volume,
        rules=rules,
        entries_mm=entries,
        tips_mm=tips,
        devices=tuple(devices),
        device_of=device_of,
        cost=cost,
        on_target=_by_device(devices, device_of, entries, tips, places.targets.target_mm),
        on_spared=_by_device(devices, device_of, entries, tips, places.spared_mm),
    )


def effect_k(temperature_c: npt.ArrayLike, *, cold: bool) -> Floats:
    """Return how far from body heat temperatures are, as what several probes do adds up.

    Parameters
    ----------
    temperature_c : array_like
    cold : bool

    Returns
    -------
    ndarray
        In kelvin. What is frozen counts the heat of freezing too, as the kelvins it would have cooled by: what many probes
        cool a little does not add up to ice.
    """
    temperature = np.asarray(temperature_c)
    if not cold:
        return np.asarray(np.maximum(temperature - BODY_C, 0.0))
    frozen = np.clip(-temperature / _FROZEN_BY_K, 0.0, 1.0)
    return np.asarray(np.maximum(BODY_C - temperature, 0.0) + _LATENT_K * frozen)


def openings_of(entries_mm: npt.ArrayLike) -> int:
    """Return how many openings in the skin some entries need."""
    entries = np.asarray(entries_mm, float).reshape(-1, 3)
    centres: list[Floats] = []
    for entry in entries:
        if all(np.linalg.norm(entry - centre) > OPENING_MM for centre in centres):
            centres.append(entry)
    return len(centres)


def _paths(
    case: Case, volume: Volume, aims: Floats, applicator: Device, rules: PathRules, openings: int | None
) -> tuple[Floats, Floats, Floats]:
    """Entries, tips and cost of the paths of one device."""
    skin = skin_of(case)
    reached = skin.mesh.points_mm[entries_to(case, skin, aims.mean(axis=0), applicator)]
    screened = _screened(case, volume, thinned(reached, _ENTRIES_APART_MM), aims, applicator, rules)
    if openings is None:
        chosen = _spread(screened, len(aims))
    else:
        holes = _holes(screened, len(aims), openings, [np.asarray(p.entry_mm) for p in case.plan.probes])
        near = np.min(np.linalg.norm(reached[:, None] - holes, axis=2), axis=1) <= OPENING_MM / 2
        screened = _screened(case, volume, thinned(reached[near], _IN_OPENING_APART_MM), aims, applicator, rules)
        chosen = np.flatnonzero(screened.allowed)
        chosen = chosen[np.argsort(screened.cost[chosen], kind="stable")[: _OF_EACH_AIM * len(aims)]]
    if not len(chosen):
        raise no_path(screened)
    return screened.entries_mm[chosen], screened.tips_mm[chosen], screened.cost[chosen]


def _screened(
    case: Case, volume: Volume, entries: Floats, aims: Floats, applicator: Device, rules: PathRules
) -> Screened:
    """Every entry with every aim, aim by aim; the active part lies around the aim."""
    starts, centres = np.tile(entries, (len(aims), 1)), np.repeat(aims, len(entries), axis=0)
    inwards = centres - starts
    inwards /= np.maximum(np.linalg.norm(inwards, axis=1, keepdims=True), 1e-9)
    tips = centres + inwards * applicator.active_length_mm / 2
    inside = case.image.grid.contains(tips)
    around = surroundings_of(case, volume, np.vstack([entries, tips[inside]]), applicator, rules)
    screened = screen(case, around, starts, np.where(inside[:, None], tips, centres), applicator, without_aim(rules))
    screened.refused_by[~inside & screened.allowed] = 0
    return screened


def _holes(screened: Screened, aims: int, openings: int, kept: list[Floats]) -> Floats:
    """Openings from which most aims can be reached, after those of the probes that are kept."""
    allowed = screened.allowed.reshape(aims, -1)
    entries = screened.entries_mm[: allowed.shape[1]]
    cost = np.where(allowed, screened.cost.reshape(aims, -1), 0.0).sum(axis=0) / np.maximum(allowed.sum(axis=0), 1)
    holes = [entry for n, entry in enumerate(kept) if openings_of([*kept[:n], entry]) > openings_of(kept[:n])]
    reached = np.zeros(aims, np.bool_)
    while len(holes) < openings:
        gain = (allowed & ~reached[:, None]).sum(axis=0)
        if not gain.max():
            break
        # Among those that reach about as many the cheapest.
        best = np.flatnonzero(gain >= 0.9 * gain.max())
        n = int(best[np.argmin(cost[best])])
        holes.append(entries[n])
        reached |= allowed[:, n]
    return np.array(holes) if holes else entries[:1]


def _spread(screened: Screened, aims: int) -> npt.NDArray[np.int64]:
    """Of every aim the cheapest paths, each from another direction."""
    cost = np.where(screened.allowed, screened.cost, np.inf).reshape(aims, -1)
    towards = (screened.entries_mm - screened.tips_mm).reshape(*cost.shape, 3)
    towards /= np.linalg.norm(towards, axis=2, keepdims=True)
    least = np.cos(np.radians(_DIRECTIONS_APART_DEG))
    chosen = []
    for aim in range(aims):
        taken: list[int] = []
        for n in np.argsort(cost[aim], kind="stable"):
            if not np.isfinite(cost[aim, n]) or len(taken) == _OF_EACH_AIM:
                break
            if not taken or (towards[aim, taken] @ towards[aim, n]).max() < least:
                taken.append(int(n))
        chosen += [aim * cost.shape[1] + n for n in taken]
    return np.array(chosen, np.int64)


def _by_device(
    devices: Sequence[Device], device_of: npt.NDArray[np.int64], entries: Floats, tips: Floats, places_mm: Floats
) -> npt.NDArray[np.float32]:
    found = np.zeros((len(entries), len(places_mm)), np.float32)
    for n, applicator in enumerate(devices):
        mine = device_of == n
        found[mine] = _effects(applicator, entries[mine], tips[mine], places_mm)
    return found


def _effects(applicator: Device, entries: Floats, tips: Floats, places_mm: Floats) -> npt.NDArray[np.float32]:
    """How far from body heat each of some probes would bring some places alone, from its zone table."""
    table = load_table(applicator.id)
    away = effect_k(table.extreme_c, cold=applicator.is_cold).astype(np.float32)
    found = np.empty((len(entries), len(places_mm)), np.float32)
    for n, (entry, tip) in enumerate(zip(entries, tips, strict=True)):
        axis = (entry - tip) / np.linalg.norm(entry - tip)
        from_tip = places_mm - tip
        along = from_tip @ axis
        across = np.sqrt(np.maximum((from_tip**2).sum(axis=1) - along**2, 0.0))
        at = np.stack([across / STEP_MM, (along - table.z_start_mm) / STEP_MM])
        found[n] = ndimage.map_coordinates(away, at, order=1, mode="constant", cval=0.0)
    return found
