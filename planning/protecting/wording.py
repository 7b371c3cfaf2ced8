"""What is proposed, in the words of window, report and command line."""

from __future__ import annotations

from planning.model.case import Case
from planning.protecting.advice import ProtectionAdvice
from planning.protecting.pockets import PocketProposal, with_temperature
from planning.protecting.trials import Difference
from planning.protecting.watching import WatchPlace
from planning.quantities import temperature_text, time_text, volume_text

NOTHING_NEEDED = "No structure comes to a level, is reached, or lies so near the lesion that protection is called for."
METHOD = (
    "Tried in the thermal engine in long steps, corrected by the prediction. A pocket is taken to fill what gives way "
    "to it; nothing is moved."
)


def pocket_text(proposal: PocketProposal, *, cold: bool) -> str:
    """Return a proposed pocket with what it changes."""
    before, after = (temperature_text(c, cold=cold) for c in (proposal.without_c, proposal.with_c))
    worse = f"; it makes {', '.join(proposal.others)} worse" if proposal.others else ""
    return f"{with_temperature(proposal.pocket)}, {volume_text(proposal.pocket.volume_mm3)}: {before} → {after}{worse}"


def watch_text(place: WatchPlace, *, cold: bool) -> str:
    """Return a place for a thermocouple with what it will read."""
    when = "" if place.from_s is None else f", alarm from {time_text(place.from_s)}"
    return f"{place.words}: will read {temperature_text(place.extreme_c, cold=cold)}{when}"


def difference_text(found: Difference, *, cold: bool) -> str:
    """Return what a structure feels without and with the plan's pockets."""
    without, with_them = (temperature_text(c, cold=cold) for c in (found.without_c, found.with_c))
    return f"{found.name}: {without} without, {with_them} with"


def helpless_text(case: Case, advice: ProtectionAdvice) -> str:
    """Return what no pocket helps, or nothing."""
    names = [case.structure(name).name for name in advice.helpless]
    if not names:
        return ""
    return (
        f"No pocket that was tried helps {', '.join(names)} by a kelvin: nothing beside it gives way, or what gives way "
        "does not lie in between. Stop earlier, or move the probes."
    )
