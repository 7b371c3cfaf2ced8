"""Whether what is shown is settled: the physics of the case as it is, and judged."""

from __future__ import annotations

from app.controllers.session import Session
from planning.model.zone import Fidelity


def settled_digest(session: Session) -> str:
    """Return the digest of the zone shown if it is the physics of the case as it is, and judged; else empty."""
    zone = session.zone
    if zone is None or zone.zone.fidelity is not Fidelity.PHYSICS or not session.verdict_is_current:
        return ""
    return zone.zone.digest
