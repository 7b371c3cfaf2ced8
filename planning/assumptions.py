"""What a prediction assumes of a plan, and what the fast model leaves out, in sentences."""

from __future__ import annotations

from planning.catalogue.devices import CryoDrive, device
from planning.catalogue.number_words import number_words
from planning.model.case import Case
from planning.model.generator import Sharing
from planning.model.naming import sharing_text


def protection_left_out(case: Case) -> tuple[str, ...]:
    """Return which pockets the fast model does not know of."""
    names = ", ".join(p.name for p in case.plan.pockets)
    return (f"The fast model leaves out {names}.",) if names else ()


def sharing_left_out(case: Case) -> tuple[str, ...]:
    """Return what the fast model does not know of shared generators."""
    return tuple(
        f"The fast model does not know that {case.probe_names(g.probe_ids)} share a generator: it adds up electrodes that "
        "each have one of their own."
        for g in case.plan.generators
    )


def sharing_notes(case: Case) -> tuple[str, ...]:
    """Return how the prediction takes shared generators."""
    meant = {
        Sharing.TOGETHER: "Power, impedance and a held temperature are those of all its electrodes.",
        Sharing.IN_TURN: "Every phase begins with the first; the metal of an electrode that waits draws no current in the "
        "model.",
        Sharing.BETWEEN: "There is no other return; power and impedance are those between the two sides.",
    }
    return tuple(f"One generator: {sharing_text(case, g)}. {meant[g.how]}" for g in case.plan.generators)


def device_notes(case: Case) -> tuple[str, ...]:
    """Return what is assumed of the devices in use, where no source gives it."""
    used = [device(d) for d in dict.fromkeys(p.device_id for p in case.plan.probes)]
    assumed = [
        f"{d.name}: its {number_words(key)} has no published value. {reason}."
        for d in used
        for key, reason in d.assumptions.items()
    ]
    unlimited = [
        f"{d.name}: its cooling power is not published. Its wall stays cold however much heat the tissue gives."
        for d in used
        if isinstance(d.drive, CryoDrive) and d.drive.cooling_power_w is None
    ]
    return (*assumed, *unlimited)
