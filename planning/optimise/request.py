"""What a plan of several probes is asked to reach."""

from __future__ import annotations

from dataclasses import dataclass

from planning.catalogue.devices import device
from planning.catalogue.thresholds import Level
from planning.errors import PlanError
from planning.evaluation.flags import MOST_CRYOPROBES

MOST_PROBES = MOST_CRYOPROBES


@dataclass(frozen=True, slots=True, kw_only=True)
class OptimiseRequest:
    """What is to be covered, with what, and what is to be spared.

    Attributes
    ----------
    device_ids : tuple of str
        Devices that may be used, all cold or all hot; a plan takes of them what it needs.
    most : int
        Probes in all, those that are kept included.
    margin_mm : float
        What is covered beyond the lesion.
    coverage_frac : float
        Share of lesion and margin that is enough.
    spared_to : Level
        The level of its thermal limits that no spared structure may reach.
    kept : tuple of str
        Ids of the plan's probes that stay where they are; the others are left out.
    openings : int or None
        In the skin at most, those of the kept probes included; None for as many as there are probes.
    seed : int
        The same seed gives the same plans.

    Raises
    ------
    PlanError
        ``request-invalid``; ``device-unknown``.
    """

    device_ids: tuple[str, ...]
    most: int = 6
    margin_mm: float = 5.0
    coverage_frac: float = 0.98
    spared_to: Level = Level.ALARM
    kept: tuple[str, ...] = ()
    openings: int | None = None
    seed: int = 1

    def __post_init__(self) -> None:
        modes = {device(device_id).is_cold for device_id in self.device_ids}
        for good, words in (
            (len(modes) > 0, "no device is chosen"),
            (len(modes) < 2, "devices that freeze and devices that heat cannot work in one plan"),
            (1 <= self.most <= MOST_PROBES, f"a plan has 1 to {MOST_PROBES} probes, not {self.most}"),
            (0 <= self.margin_mm <= 20, f"the margin is 0 to 20 mm, not {self.margin_mm:g} mm"),
            (0 < self.coverage_frac <= 1, "the share to be covered lies between 0 and 1"),
            (len(self.kept) <= self.most, f"{len(self.kept)} probes are kept, but {self.most} are allowed"),
            (self.openings is None or self.openings >= 1, "a plan needs at least one opening in the skin"),
        ):
            if not good:
                raise PlanError(
                    f"Nothing can be proposed: {words}.", code="request-invalid", hint="Change what is asked."
                )
