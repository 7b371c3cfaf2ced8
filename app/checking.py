"""A new CT with the real needle: registered on bone, the needle found, planned against actual."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from imaging.needle_finding import NeedleSearch, find_needles
from imaging.progress import Progress
from imaging.registration import Registration, register
from imaging.volume import Volume
from planning import services
from planning.errors import PlanError
from planning.model import Case
from planning.quantities import deviation_text, percent_text
from planning.trajectory.check import ActualNeedle, Deviation, deviation, matched

_THICK_MM = 3.0
_MOST_SAID = 3


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Check:
    """What a new CT says of a plan.

    Attributes
    ----------
    volume : Volume
        The new CT in the planning CT's space.
    registration : Registration
    search : NeedleSearch
    deviations : tuple of Deviation
        One for every probe whose needle was found.
    notes : tuple of str
        Sentences the user must know.
    """

    volume: Volume
    registration: Registration
    search: NeedleSearch
    deviations: tuple[Deviation, ...]
    notes: tuple[str, ...]


def check(case: Case, volume: Volume, new_ct: Volume, progress: Progress, probe: str | None = None) -> Check:
    """Return what a new CT says of a plan.

    Parameters
    ----------
    case : Case
        With at least one probe.
    volume : Volume
        The CT it was planned on.
    new_ct : Volume
        In its own space, as it was read.
    progress : Progress
    probe : str, optional
        Name or id of the one probe that is asked for.

    Raises
    ------
    PlanError
        No probe, another CT than the case's, no needle near the plan, or two that fit as well.
    RegistrationError
        If the new CT cannot be brought onto the planning CT, or does not fit.
    NeedleError
        If it shows no needle.
    Cancelled
    """
    services.require_same_ct(case, volume)
    if probe is not None:
        probe = case.probe(probe).id
    probes = case.plan.probes
    if not probes:
        raise PlanError("The plan has no probe to compare with.", code="no-probe", hint="Place a probe first.")
    if new_ct.digest == volume.digest:
        raise PlanError(
            "The new CT is the planning CT itself.",
            code="check-same-ct",
            hint="Choose the CT that was taken with the needle in place.",
        )
    tips = np.array([p.tip_mm for p in probes])
    found = register(volume, new_ct, progress.part(0.0, 0.9), about_mm=tips)
    back = np.linalg.inv(found.target_from_source)
    near = [(_moved(back, p.tip_mm), _moved(back, p.entry_mm)) for p in probes]
    search = find_needles(new_ct, progress.part(0.9, 0.98), near=near)
    search.require_any()
    turn = found.target_from_source[:3, :3]
    needles = [
        ActualNeedle(tip_mm=found.to_target(n.tip_mm), direction=turn @ n.direction, visible_mm=n.visible_mm)
        for n in search.needles
    ]
    pairs = matched(probes, needles, probe)
    moved = found.moved(new_ct, volume.grid.frame_uid)
    deviations = tuple(deviation(p, pairs[p.id], moved, volume) for p in probes if p.id in pairs)
    progress.report(1.0, "Compared")
    return Check(
        volume=moved, registration=found, search=search, deviations=deviations,
        notes=_notes(case, new_ct, found, search, deviations, probe),
    )  # fmt: skip


def _moved(matrix: np.ndarray, point_mm: tuple[float, float, float]) -> np.ndarray:
    return np.asarray(matrix[:3, :3] @ point_mm + matrix[:3, 3])


def registration_sentence(found: Registration) -> str:
    """Return what a registration left, in a sentence."""
    left = found.residual
    return (
        f"The surfaces of bone lie {deviation_text(left.mean_mm)} apart in the mean, 95 % of them within {deviation_text(left.p95_mm)}; "
        f"{percent_text(left.agreement)} of the bone agrees, {percent_text(left.overlap)} of the new CT's bone lies in the planning CT."
    )


def _notes(
    case: Case, new_ct: Volume, found: Registration, search: NeedleSearch, deviations: tuple[Deviation, ...],
    probe: str | None,
) -> tuple[str, ...]:  # fmt: skip
    notes = [finding.message for finding in (*new_ct.findings, *found.findings)]
    slice_mm = float(new_ct.grid.spacing_ijk_mm[2])
    if slice_mm > _THICK_MM:
        notes.append(f"Across its slices of {slice_mm:g} mm a tip is known to {slice_mm / 2:.1f} mm at best.")
    seen = {d.probe.id for d in deviations}
    missing = [p.name for p in case.plan.probes if p.id not in seen and probe is None]
    if missing:
        notes.append(f"Without a needle near it: {', '.join(missing)}.")
    if len(search.needles) > len(deviations):
        notes.append(
            f"{len(search.needles)} needles were found; those not named are not near the plan or not asked for."
        )
    return (*notes, *search.other[:_MOST_SAID])
