"""Which needle the views along and across a needle are of."""

from __future__ import annotations

from app.controllers.session import Session
from app.representations.needle_aim import NeedleAim


def needle_aim(session: Session) -> NeedleAim | None:
    """Return the aim at the selected probe, at the one that was selected last, or at the first; None without a probe."""
    case, view = session.case, session.view
    if case is None or not case.plan.probes:
        return None
    by_id = {p.id: p for p in case.plan.probes}
    probe = by_id.get(view.selected) or by_id.get(view.needle_id) or case.plan.probes[0]
    if probe.id != view.needle_id:
        # Another needle is looked at anew, not at the depth that the last one was.
        view.needle_id, view.needle_above_tip_mm = probe.id, None
    return NeedleAim.of(probe, view.needle_turned_deg, view.needle_above_tip_mm)
