"""Have radiofrequency probes share a generator, and keep what they share consistent."""

from __future__ import annotations

import math
from collections.abc import Sequence

from planning.catalogue.devices import DeviceFamily, device
from planning.errors import PlanError
from planning.model.case import Case, Probe
from planning.model.generator import SharedGenerator, Sharing
from planning.model.naming import sharing_text
from planning.operations.points import next_number
from planning.thermal.applicator import SHORTEST_DWELL_S

LONGEST_DWELL_S = 3600.0
"""Longer than any phase that can be planned."""


def share_generator(
    case: Case,
    probe_ids: Sequence[str],
    how: Sharing,
    *,
    against: Sequence[str] = (),
    dwell_s: float | None = None,
) -> Case:
    """Return the case with radiofrequency probes at one generator.

    Parameters
    ----------
    case : Case
    probe_ids : sequence of str
        Ids or names of two probes or more that have a generator of their own so far.
    how : Sharing
    against : sequence of str
        Between shafts: those of the probes that are driven against the others; of two probes the second by default.
    dwell_s : float, optional
        In turn: how long each works; must be given, for no source names a usual time.

    Raises
    ------
    PlanError
        ``probe-unknown``, ``generator-needs-two``, ``generator-taken``, ``generator-not-rf``, ``generator-bipolar``,
        ``generator-settings-differ``, ``generator-sides``, ``generator-dwell``.
    """
    number = next_number(g.id for g in case.plan.generators)
    made = _made(case, f"generator-{number}", probe_ids, how, against, dwell_s)
    return case.with_plan(generators=(*case.plan.generators, made))


def change_sharing(
    case: Case,
    generator_id: str,
    probe_ids: Sequence[str],
    how: Sharing,
    *,
    against: Sequence[str] = (),
    dwell_s: float | None = None,
) -> Case:
    """Return the case with other probes at a shared generator, or working otherwise; arguments as `share_generator`."""
    old = _generator(case, generator_id)
    rest = case.with_plan(generators=tuple(g for g in case.plan.generators if g.id != old.id))
    made = _made(rest, old.id, probe_ids, how, against, dwell_s)
    return case.with_plan(generators=tuple(made if g.id == old.id else g for g in case.plan.generators))


def unshare_generator(case: Case, probe_id: str) -> Case:
    """Return the case in which a probe, and all that share its generator, have one of their own again.

    Raises
    ------
    PlanError
        ``probe-unknown``, ``generator-not-shared``.
    """
    probe = case.probe(probe_id)
    shared = case.generator_of(probe.id)
    if shared is None:
        raise PlanError(f"{probe.name} has a generator of its own.", code="generator-not-shared")
    return case.with_plan(generators=tuple(g for g in case.plan.generators if g.id != shared.id))


def check_sharing(case: Case) -> None:
    """Refuse shared generators whose probes cannot work so, as after a device's file was edited.

    Raises
    ------
    PlanError
        As `share_generator`.
    """
    for shared in case.plan.generators:
        _check_devices([case.probe(p) for p in shared.probe_ids], shared.how)


def with_sharing_kept(case: Case, probe_id: str) -> Case:
    """Return the case, of which a probe was removed or changed, without the sharing that makes no sense any more.

    The probe leaves its generator if it is gone or its device does not go with the others'; the generator ends with it if
    those left are too few or all on one side.
    """
    shared = case.generator_of(probe_id)
    if shared is None:
        return case
    if any(p.id == probe_id for p in case.plan.probes):
        try:
            _check_devices([case.probe(p) for p in shared.probe_ids], shared.how)
        except PlanError:
            pass
        else:
            return case
    left = shared.without(probe_id)
    kept = [left if g.id == shared.id else g for g in case.plan.generators]
    return case.with_plan(generators=tuple(g for g in kept if g is not None))


def sharing_lost(before: Case, after: Case) -> str:
    """Return what a change of probes did to shared generators, as a sentence; empty where it did nothing."""
    if before.plan.probes == after.plan.probes:
        return ""
    now = {g.id: g for g in after.plan.generators}
    said = []
    for old in before.plan.generators:
        new = now.get(old.id)
        if new is None:
            said.append(f"{before.probe_names(old.probe_ids)} no longer share a generator.")
        elif gone := [p for p in old.probe_ids if p not in new.probe_ids]:
            rest = after.probe_names(new.probe_ids)
            said.append(f"{before.probe_names(gone)} left the generator of {rest}.")
    return " ".join(said)


def _generator(case: Case, generator_id: str) -> SharedGenerator:
    for shared in case.plan.generators:
        if shared.id == generator_id:
            return shared
    known = ", ".join(g.id for g in case.plan.generators) or "none yet"
    raise PlanError(
        f"The plan has no shared generator '{generator_id}'.", code="generator-unknown", hint=f"It has: {known}."
    )


def _made(
    case: Case, generator_id: str, given: Sequence[str], how: Sharing, against: Sequence[str], dwell_s: float | None
) -> SharedGenerator:
    wanted = {case.probe(p).id for p in given}
    probes = [p for p in case.plan.probes if p.id in wanted]
    if len(probes) < 2:
        raise PlanError(
            "A generator is shared by two probes or more.", code="generator-needs-two", hint="Name another probe."
        )
    for probe in probes:
        if (other := case.generator_of(probe.id)) is not None:
            raise PlanError(
                f"{probe.name} already shares a generator: {sharing_text(case, other)}.",
                code="generator-taken",
                hint="End that sharing first.",
            )
    _check_devices(probes, how)
    _check_dwell(how, dwell_s)
    return SharedGenerator(
        id=generator_id,
        how=how,
        probe_ids=tuple(p.id for p in probes),
        against_ids=_other_side(case, probes, list(given), how, against),
        dwell_s=None if dwell_s is None else float(dwell_s),
    )


def _check_devices(probes: Sequence[Probe], how: Sharing) -> None:
    """Refuse what the generator cannot do with the probes' devices."""
    first = device(probes[0].device_id)
    for probe in probes:
        own = device(probe.device_id)
        if not own.is_rf:
            raise PlanError(
                f"{probe.name} ({own.name}) is no radiofrequency electrode and shares no generator.",
                code="generator-not-rf",
            )
        if how is Sharing.BETWEEN and own.family is DeviceFamily.RF_BIPOLAR:
            raise PlanError(
                f"{probe.name} ({own.name}) has both poles on its own shaft: no current is driven from it to another.",
                code="generator-bipolar",
                hint="Have them work together or in turn, or take monopolar electrodes.",
            )
        if (own.family, own.drive) != (first.family, first.drive):
            raise PlanError(
                f"{probes[0].name} ({first.name}) and {probe.name} ({own.name}) ask for different settings of a generator.",
                code="generator-settings-differ",
                hint="Take electrodes of one kind: with the same control, power, temperature and cooling.",
            )


def _check_dwell(how: Sharing, dwell_s: float | None) -> None:
    if how is not Sharing.IN_TURN:
        if dwell_s is not None:
            raise PlanError("Only electrodes that work in turn have a dwell time.", code="generator-dwell")
        return
    if dwell_s is None:
        raise PlanError(
            "Electrodes that work in turn need the time that each works.",
            code="generator-dwell",
            hint="No source names a usual one: give it in seconds, as your generator does it.",
        )
    if not (math.isfinite(dwell_s) and SHORTEST_DWELL_S <= dwell_s <= LONGEST_DWELL_S):
        raise PlanError(
            f"Turns of {dwell_s:g} s are not between {SHORTEST_DWELL_S:g} and {LONGEST_DWELL_S:g} s.",
            code="generator-dwell",
            hint="Change this number.",
        )


def _other_side(
    case: Case, probes: Sequence[Probe], given: Sequence[str], how: Sharing, against: Sequence[str]
) -> tuple[str, ...]:
    """Ids of the electrodes that the others are driven against, in the plan's order."""
    if how is not Sharing.BETWEEN:
        if against:
            raise PlanError("Only electrodes with current between them have sides.", code="generator-sides")
        return ()
    if not against and len(probes) > 2:
        raise PlanError(
            "With more than two electrodes somebody must say which are on the other side.", code="generator-sides"
        )
    named = {case.probe(p).id for p in (against or given[-1:])}
    if not named < {p.id for p in probes}:
        raise PlanError(
            "Current between shafts needs an electrode on either side.",
            code="generator-sides",
            hint="Name some of these probes as the other side, and not all of them.",
        )
    return tuple(p.id for p in probes if p.id in named)
