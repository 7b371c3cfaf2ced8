"""The probes that stay while others are proposed."""

from __future__ import annotations

from planning.catalogue.devices import device
from planning.errors import PlanError
from planning.model.case import Case
from planning.operations.generators import with_sharing_kept
from planning.optimise.pool import openings_of
from planning.optimise.request import OptimiseRequest


def with_kept_only(case: Case, request: OptimiseRequest) -> Case:
    """Return the case with those probes only that are kept or locked.

    Raises
    ------
    PlanError
        ``probe-unknown``, ``mixed-modality``, ``request-invalid``: they are not there, or do not go with what is asked.
    """
    known = {p.id for p in case.plan.probes}
    if missing := [name for name in request.kept if name not in known]:
        raise PlanError(
            f"The plan has no probe {', '.join(missing)} to keep.", code="probe-unknown", hint="Keep one that it has."
        )
    kept = tuple(p for p in case.plan.probes if p.id in request.kept or p.locked)
    if len(kept) > request.most:
        raise PlanError(
            f"{len(kept)} probes are kept or locked, but {request.most} are allowed.",
            code="request-invalid",
            hint="Allow more probes, or keep fewer.",
        )
    cold = device(request.device_ids[0]).is_cold
    for probe in kept:
        if device(probe.device_id).is_cold != cold:
            raise PlanError(
                f"{device(request.device_ids[0]).name} cannot join {probe.name}: one plan either freezes or heats.",
                code="mixed-modality",
                hint="Keep other probes, or choose a device of the same kind.",
            )
    entries = [p.entry_mm for p in kept]
    if request.openings is not None and kept and openings_of(entries) > request.openings:
        raise PlanError(
            f"The probes that are kept need {openings_of(entries)} openings, but {request.openings} are allowed.",
            code="request-invalid",
            hint="Allow more openings, or keep fewer probes.",
        )
    cleared = case.with_plan(probes=kept, schedule=case.plan.schedule if kept else None)
    for probe in case.plan.probes:
        if probe not in kept:
            cleared = with_sharing_kept(cleared, probe.id)
    return cleared
