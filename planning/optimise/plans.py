"""Plans that were found, and what they come to."""

from __future__ import annotations

from dataclasses import dataclass

from planning.catalogue import Phase
from planning.errors import PlanError
from planning.model.case import Case, Probe, Structure
from planning.model.point import Point
from planning.model.zone import PredictedZone
from planning.operations.generators import with_sharing_kept
from planning.quantities import level_text, percent_text, temperature_text, time_text


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Reached:
    """What a plan does to one structure that is to be spared.

    Attributes
    ----------
    structure : Structure
    extreme_c : float
        The coldest or hottest that its surface gets.
    limit_c : float
        What it may not reach.
    where_mm : tuple of float
        Of that place, LPS.
    cold : bool
    off_k : float
        By how much the grid may be off there.
    """

    structure: Structure
    extreme_c: float
    limit_c: float
    where_mm: Point
    cold: bool
    off_k: float = 0.0

    @property
    def spare_k(self) -> float:
        """How far it surely stays from its limit; negative beyond it."""
        return (self.extreme_c - self.limit_c) * (1 if self.cold else -1) - self.off_k

    @property
    def words(self) -> str:
        """``S2 L 4 °C of 0 °C``."""
        return f"{self.structure.name} {self.reached_words}"

    @property
    def reached_words(self) -> str:
        """``4 °C of 0 °C``."""
        return f"{temperature_text(self.extreme_c, cold=self.cold)} of {level_text(self.limit_c)}"


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ProposedPlan:
    """A plan, as the thermal engine predicts it.

    Attributes
    ----------
    probes : tuple of Probe
        Those that were kept, and those that are proposed.
    schedule : tuple of Phase
    covered_frac, lesion_frac : float
        Of what is to be covered, and of the lesion alone.
    covers : str
        What is to be covered: ``lesion and margin``.
    spared : tuple of Reached
        Nearest to its limit first.
    broken : tuple of str
        Sentences: limits that it breaks. Such a plan is shown only where there is no other.
    openings : int
        In the skin.
    path_cost : float
        Of all ways in, by the preferences.
    zone : PredictedZone
        Of the case with this plan: `taken` makes it current.
    """

    probes: tuple[Probe, ...]
    schedule: tuple[Phase, ...]
    covered_frac: float
    lesion_frac: float
    covers: str
    spared: tuple[Reached, ...]
    broken: tuple[str, ...]
    openings: int
    path_cost: float
    zone: PredictedZone

    @property
    def seconds(self) -> float:
        """Of the whole schedule."""
        return sum(phase.duration_s for phase in self.schedule)

    @property
    def nearest(self) -> Reached | None:
        """The structure that comes nearest to its limit, or beyond it."""
        return self.spared[0] if self.spared else None

    @property
    def title(self) -> str:
        """``4 probes: 98 % of lesion and margin``."""
        many = len(self.probes)
        return f"{many} probe{'s' if many != 1 else ''}: {percent_text(self.covered_frac)} of {self.covers}"

    @property
    def words(self) -> str:
        """What it reaches, and what comes near, in sentences."""
        holes = f"{self.openings} opening{'s' if self.openings != 1 else ''} in the skin"
        said = f"Lesion {percent_text(self.lesion_frac)}, in {time_text(self.seconds)} min, {holes}."
        if self.broken:
            return f"{said} {' '.join(self.broken)}"
        if self.nearest is None:
            return f"{said} Nothing that has a limit lies near."
        return f"{said} Nearest to its limit: {self.nearest.words}."


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Proposal:
    """What a search came to.

    Attributes
    ----------
    plans : tuple of ProposedPlan
        A small set of trade-offs, fewest probes first: none is beaten by another in everything.
    reached : bool
        Whether one of them covers what was asked without breaking a limit.
    binds : str
        Where none does: what stands in the way and what would free it, in sentences; empty otherwise.
    unlimited : tuple of str
        Names of sensitive structures near by that have no published limit: only the rules of paths keep a plan off them.
    cancelled : bool
        The search was stopped; these are the best so far, and more might have been found.
    """

    plans: tuple[ProposedPlan, ...]
    reached: bool
    binds: str
    unlimited: tuple[str, ...]
    cancelled: bool = False


def taken(case: Case, plan: ProposedPlan) -> Case:
    """Return the case with a proposed plan in place of its probes and schedule; what else the plan holds stays.

    Raises
    ------
    PlanError
        ``probe-locked``: it would remove or move a locked probe.
    """
    gone = [probe for probe in case.plan.probes if probe not in plan.probes]
    if locked := [probe.name for probe in gone if probe.locked]:
        raise PlanError(
            f"{', '.join(locked)} is locked, and this plan does without it.",
            code="probe-locked",
            hint="Unlock it, or have plans proposed anew that keep it.",
        )
    for probe in gone:
        left = tuple(p for p in case.plan.probes if p.id != probe.id)
        case = with_sharing_kept(case.with_plan(probes=left), probe.id)
    return case.with_plan(probes=plan.probes, schedule=plan.schedule)
