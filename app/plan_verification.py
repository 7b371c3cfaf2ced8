"""Are plans of several probes good? Ten phantoms, each plan checked by the thermal engine and held against an even grid."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence

import numpy as np

from app.demo import true_case
from imaging.geometry import Floats
from imaging.later import spatial
from imaging.phantom import PhantomParameters, family, make_phantom, on_grid
from imaging.phantom.parameters import Lesion
from imaging.progress import Progress
from imaging.structures import Side
from imaging.volume import Volume
from planning import services
from planning.catalogue import Mode, load_thresholds
from planning.catalogue.devices import device
from planning.errors import PlanError
from planning.model import Case
from planning.operations.probes import add_probe
from planning.optimise import OptimiseRequest, Proposal, ProposedPlan, propose_plans
from planning.optimise.coarse import CoarseModel
from planning.optimise.goal import Goal
from planning.optimise.places import Places, places_of
from planning.quantities import percent_text
from planning.thermal.verification import VerificationRow
from planning.trajectory.suggest import largest_lesion
from planning.trajectory.verification.groups import RowGroup, answered, at_least

VOXEL_MM = (1.2, 1.2, 1.5)
S2_OF_40_MM = "lytic, 40 mm, S2"
_MARGIN_MM = 5.0
_GRIDS_MM = (10.0, 12.5, 15.0, 17.5, 20.0)
_FREE_FROM_MM, _HOPELESS_BELOW_MM = 6.0, 3.1
"""A plan exists where everything with a limit lies so far from lesion and margin. None does where it lies nearer than -20 °C
lies behind 0 °C, 3.1 mm in swine kidney (Campbell 1998; literature knowledge)."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PlannedCase:
    """One patient, and what is to be planned."""

    name: str
    parameters: PhantomParameters
    device_id: str
    most: int


def planned_cases() -> tuple[PlannedCase, ...]:
    """Return ten patients: seven in whom a plan exists, three in whom a root lies too near to lesion or margin."""
    left, right = Side.LEFT, Side.RIGHT
    rod, sphere = "icerod-1.5", "icesphere-1.5"
    return (
        _built("lytic, 18 mm, ilium", "lytic", "ilium", right, 18.0, sphere, 4, seed=61),
        _built("mixed, 26 mm, ilium", "mixed", "ilium", left, 26.0, rod, 6, seed=62),
        _built("sclerotic, 22 mm, ilium", "sclerotic", "ilium", right, 22.0, rod, 6, seed=63),
        _built("lytic, 24 mm, ilium", "lytic", "ilium", left, 24.0, rod, 6, seed=71),
        _built("lytic, 24 mm, ala", "lytic", "ala", left, 24.0, rod, 6, seed=66),
        _built("lytic, 18 mm, ala", "lytic", "ala", right, 18.0, sphere, 5, seed=72),
        _built("lytic, 18 mm, ilium, by heat", "lytic", "ilium", right, 18.0, "cool-tip-30", 3, seed=61),
        _built(S2_OF_40_MM, "lytic", "S2", right, 40.0, rod, 4, seed=65),
        PlannedCase(name="lytic, 38 mm, S1", parameters=family()["lytic-s1-38"].parameters, device_id=rod, most=6),
        PlannedCase(
            name="mixed, 40 mm, ilium", parameters=family()["mixed-ilium-40"].parameters, device_id=rod, most=8
        ),
    )


def planned_case(name: str) -> tuple[Case, Volume]:
    """Return one of the patients, with its true structures, and its CT."""
    return _case(next(planned for planned in planned_cases() if planned.name == name))


def _built(
    name: str, kind: str, site: str, side: Side, diameter_mm: float, device_id: str, most: int, *, seed: int
) -> PlannedCase:
    lesion = Lesion(kind=kind, site=site, side=side, diameters_mm=(diameter_mm,) * 3)
    parameters = dataclasses.replace(family()["no-lesion"].parameters, lesions=(lesion,), seed=seed)
    return PlannedCase(name=name, parameters=parameters, device_id=device_id, most=most)


def plan_groups(progress: Progress, cases: Iterable[PlannedCase] | None = None) -> list[RowGroup]:
    """Return what plans of several probes come to; half a minute to a minute a patient.

    Parameters
    ----------
    progress : Progress
    cases : iterable of PlannedCase, optional
        All ten by default.
    """
    rows: list[VerificationRow] = []
    chosen = list(planned_cases() if cases is None else cases)
    for n, planned in enumerate(chosen):
        part = progress.part(n / len(chosen), (n + 1) / len(chosen))
        part.report(0.0, planned.name)
        rows += _rows(planned, part)
    return [
        RowGroup(
            title="Plans of several probes in phantoms",
            about=(
                f"Lesion and {_MARGIN_MM:g} mm of margin, by -20 °C or 50 °C as the thermal engine predicts it on 1 mm, with "
                "roots, canal and sac within the limit of alarm. Near: the smallest distance of anything that has a limit to "
                f"what is to be covered. From {_FREE_FROM_MM:g} mm on a plan is expected to cover 98 %; nearer than "
                f"{_HOPELESS_BELOW_MM:g} mm none can, and what binds is to be said. Even grid: as many parallel needles along the "
                f"mean direction, {_GRIDS_MM[0]:g} to {_GRIDS_MM[-1]:g} mm apart, the best of these; it is spared all rules of paths."
            ),
            rows=tuple(rows),
        )
    ]


def _rows(planned: PlannedCase, progress: Progress) -> list[VerificationRow]:
    """What is proposed to one patient, and how an even grid compares."""
    case, volume = _case(planned)
    cold = device(planned.device_id).is_cold
    request = OptimiseRequest(device_ids=(planned.device_id,), most=planned.most, margin_mm=_MARGIN_MM)
    table, mode = load_thresholds(), Mode.COLD if cold else Mode.HEAT
    places = places_of(case, largest_lesion(case), _MARGIN_MM, mode, request.spared_to, table)
    goal = Goal(places=places, cold=cold, covered_c=table.goal(mode).isotherm_c)
    near_mm = float(spatial.cKDTree(places.targets.target_mm).query(places.spared_mm)[0].min())
    try:
        proposal = propose_plans(case, volume, request, progress)
    except PlanError as error:
        return [answered(f"{planned.name}: plans", 0.0, "", "≥ 1", met=False, why=str(error))]
    best = max(proposal.plans, key=lambda p: p.covered_frac)
    rows = [_coverage_row(planned, proposal, best, near_mm)]
    broken = [words for plan in proposal.plans for words in plan.broken]
    rows.append(
        answered(
            f"{planned.name}: limits broken", float(len(broken)), "", "0", met=not broken,
            why=broken[0] if broken else f"{len(proposal.plans)} plans, nearest: {best.nearest.words if best.nearest else 'nothing'}",
        )
    )  # fmt: skip
    # One needle is no grid.
    grid = _even_grid(case, volume, places, goal, best) if len(best.probes) > 1 else None
    if grid is not None:
        covered, over = grid
        breaks = ", ".join(over) or "no limit"
        beaten = best.covered_frac > covered or bool(over)
        rows.append(
            answered(
                f"{planned.name}: an even grid covers", 100 * covered, "%", f"< {percent_text(best.covered_frac)}, or breaks a limit",
                met=beaten, why=f"{len(best.probes)} needles; breaks {breaks}",
            )
        )  # fmt: skip
    return rows


def _coverage_row(planned: PlannedCase, proposal: Proposal, best: ProposedPlan, near_mm: float) -> VerificationRow:
    covered_pct, why = 100 * best.covered_frac, f"near {near_mm:.1f} mm; {best.title}, {best.seconds / 60:g} min"
    name = f"{planned.name}: covered"
    if near_mm >= _FREE_FROM_MM:
        return at_least(name, covered_pct, "%", 98.0, why)
    return answered(
        name, covered_pct, "%", "98 %, or what binds", met=proposal.reached or bool(proposal.binds),
        why=f"{why}. {proposal.binds}",
    )  # fmt: skip


def _even_grid(
    case: Case, volume: Volume, places: Places, goal: Goal, plan: ProposedPlan
) -> tuple[float, list[str]] | None:
    """Coverage of the best grid with as many parallel needles, and what it breaks; None where no grid has so few."""
    towards = np.mean([p.direction for p in plan.probes], axis=0)
    towards /= np.linalg.norm(towards)
    applicator = device(plan.probes[0].device_id)
    model = CoarseModel(case, volume, places, applicator.active_length_mm)
    best: tuple[float, Floats] | None = None
    for step_mm in _GRIDS_MM:
        tips = _grid_tips(places.targets.target_mm, towards, step_mm, len(plan.probes), applicator.active_length_mm)
        probes = _with_probes(case, applicator.id, tips, towards).plan.probes
        found = model.temperatures(probes, plan.schedule, Progress())
        covered = float(goal.covered(found.target_c).mean())
        if best is None or covered > best[0]:
            best = (covered, tips)
    if best is None:
        return None
    gridded = _with_probes(case, applicator.id, best[1], towards).with_plan(schedule=plan.schedule)
    zone = services.preview(gridded, volume)
    found = model.read(zone.extreme_c, zone.grid, zone.body_c)
    over_k = goal.score(found, plan.schedule, 0.0).over_k
    return float(goal.covered(found.target_c).mean()), [
        s.name for s, k in zip(places.spared, over_k, strict=True) if k > 0
    ]


def _grid_tips(target_mm: Floats, towards: Floats, step_mm: float, count: int, active_mm: float) -> Floats:
    """Tips of the needles of a square grid that lie nearest to the middle, each with its active part in the middle of depth."""
    middle = target_mm.mean(axis=0)
    across = np.cross(towards, (0.0, 0.0, 1.0))
    across /= np.linalg.norm(across)
    other = np.cross(towards, across)
    steps = np.arange(-4, 5)
    # An even number of needles lies around the middle, an odd one on it.
    offset = 0.0 if count % 2 else 0.5
    spots = np.array([(a + offset, b) for a in steps for b in steps]) * step_mm
    nearest = spots[np.argsort(np.linalg.norm(spots, axis=1), kind="stable")[:count]]
    return np.asarray(middle + nearest[:, :1] * across + nearest[:, 1:] * other - towards * active_mm / 2)


def _with_probes(case: Case, device_id: str, tips: Sequence[Floats] | Floats, towards: Floats) -> Case:
    for tip in tips:
        case = add_probe(case, device_id, tip + 100.0 * towards, tip)
    return case


def _case(planned: PlannedCase) -> tuple[Case, Volume]:
    phantom = make_phantom(on_grid(planned.parameters, VOXEL_MM))
    return true_case(planned.name, phantom), phantom.volume
