"""Set a probe of the plan to where the real needle is."""

from __future__ import annotations

import numpy as np

from planning.errors import PlanError
from planning.model.case import Case
from planning.operations.probes import move_probe
from planning.trajectory.check import Deviation


def replan(case: Case, found: Deviation, *, advance: bool = False) -> Case:
    """Return the case with a probe where its needle really lies.

    Parameters
    ----------
    case : Case
    found : Deviation
        The needle, and the probe as it was when it was compared.
    advance : bool
        Go on along the needle's own line to where it is nearest to the target; a needle that is past it stays.

    Raises
    ------
    PlanError
        ``probe-unknown``; ``probe-locked``; ``check-outdated`` if the probe was moved since; ``probe-outside`` if the needle's entry lies outside
        the planning CT.
    """
    probe = case.probe(found.probe.id)
    if (probe.entry_mm, probe.tip_mm) != (found.probe.entry_mm, found.probe.tip_mm):
        raise PlanError(
            f"{probe.name} was moved since it was compared with its needle.",
            code="check-outdated",
            hint="Undo the move, or check again.",
        )
    tip = found.nearest_mm if advance and found.remaining_mm > 0 else found.needle.tip_mm
    return move_probe(case, probe.id, entry_mm=np.asarray(found.entry_mm), tip_mm=tip)
