"""Cement as heat after an ablation: the ablation and the wait, then the cement that sets in what they left."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from imaging.geometry import Floats
from imaging.progress import Progress, no_progress
from imaging.volume import Volume
from planning.catalogue import Mode, Phase, load_thresholds, load_tissues
from planning.catalogue.cements import CementKind, cement_kind
from planning.errors import PlanError
from planning.evaluation import judge_structures
from planning.model.case import Case
from planning.model.cement import Cement
from planning.model.cement_course import CementCourse, SettingTimes
from planning.model.digest import cement_digest
from planning.model.zone import Fidelity, PredictedZone
from planning.services import check_targets, mode_of, prediction_digest, require_same_ct, simulated_box, thermal_request
from planning.thermal import CureKinetics, Curing, ThermalRequest, ThermalResult, solve
from planning.thermal.damage import ABLATION_CEM43_MIN
from planning.tissue import TissueFields
from planning.tissue.cement import with_cement

_HALF, _SET, _OVER = 0.5, 0.9, 0.99
_SPACING_MM = 2.0
"""For 3 ml in the demo case a grid of 1 mm changes setting times by 3 % and the hottest root by 0.7 °C, in ten times the time."""
_PIECE_S, _PIECES = 1200.0, 6
"""It is computed in pieces of twenty minutes, until it is over and for two hours at most."""
_HEAT_SPREADS_S = 900.0
"""Once it is over its heat still spreads: a quarter of an hour takes it 25 mm."""

Cells = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class _Set:
    """What one run gave, its pieces put together."""

    hottest_c: npt.NDArray[np.float32]
    dose_min: npt.NDArray[np.float32]
    times_s: Floats
    recorded_c: Floats
    cured: npt.NDArray[np.float32]
    hottest_cement_c: Floats
    solver: str


def predict_cement(case: Case, volume: Volume, progress: Progress | None = None) -> CementCourse:
    """Predict when a plan's cement sets, and how warm it makes what lies around it.

    Parameters
    ----------
    case : Case
        With at least one probe and cement that is injected in one go.
    volume : Volume
        The CT the case refers to.
    progress : Progress, optional

    Raises
    ------
    PlanError
        ``cement-missing``, ``cement-not-together`` for several that differ in kind or time, ``cement-outside-box``, and
        as `services.predict`.
    SolverError, Cancelled
    """
    progress = progress or no_progress()
    cements = _together(case)
    asked = thermal_request(case, simulated_box(case, volume, _SPACING_MM))
    require_same_ct(case, volume)
    check_targets(case, volume)
    fields, cells = with_cement(asked.fields, cements, load_tissues())
    kinetics = _kinetics(cement_kind(cements[0].kind_id))
    body = np.full(asked.grid.shape_kji, asked.body_c)
    alone = _cure(_request(asked, fields, cements, cells, kinetics, body), progress.part(0.0, 0.25), "Cement alone")
    zone_alone = _zone(case, asked, alone, alone.dose_min)
    watched = _worst_places(case, zone_alone)
    ablated = _ablated(asked, cements[0].minutes_after, progress.part(0.25, 0.65))
    before_c = ablated.final_c
    dose_min = ablated.cem43_min if mode_of(case) is Mode.HEAT else np.zeros_like(before_c)
    if mode_of(case) is Mode.HEAT:
        residual = _zone(case, asked, replace(alone, hottest_c=before_c), dose_min)
        watched = {name: np.concatenate([at, _worst_places(case, residual)[name]]) for name, at in watched.items()}
    request = _request(asked, _without_blood(fields, dose_min), cements, cells, kinetics, before_c)
    request = replace(request, record_points_mm=np.concatenate([np.zeros((0, 3)), *watched.values()]))
    after = _cure(request, progress.part(0.65, 1.0), "Cement after the ablation")
    place = np.concatenate(cells)
    place_c = before_c.reshape(-1)[place]
    peak = int(after.hottest_cement_c.argmax())
    curves = _worst_curves(watched, after.recorded_c)
    progress.report(1.0, "Done")
    return CementCourse(
        after=replace(_zone(case, asked, after, after.dose_min + dose_min), times_s=after.times_s, curves_c=curves),
        alone=zone_alone,
        times=_setting_times(after, cells),
        times_alone=_setting_times(alone, cells),
        at_body_s=kinetics.seconds_to(_HALF, asked.body_c),
        place_coldest_c=float(place_c.min()),
        place_mean_c=float(place_c.mean()),
        place_frozen_frac=float((place_c <= _freezes_at_c(asked.fields)[place]).mean()),
        peak_c=float(after.hottest_cement_c[peak]),
        peak_at_s=float(after.times_s[peak]),
        peak_alone_c=float(alone.hottest_cement_c.max()),
        least_cured_frac=float(after.cured[-1].min()),
        minutes_after=cements[0].minutes_after,
        computed_s=float(after.times_s[-1]),
        digest=course_digest(case),
    )


def course_digest(case: Case) -> str:
    """Return the digest a course of this case's cement must carry to be current."""
    return cement_digest(case, prediction_digest(case))


def _together(case: Case) -> tuple[Cement, ...]:
    cements = case.plan.cements
    if not cements:
        raise PlanError("The plan has no cement.", code="cement-missing", hint="Place cement first.")
    first = cements[0]
    for other in cements[1:]:
        if (other.kind_id, other.minutes_after) != (first.kind_id, first.minutes_after):
            raise PlanError(
                f"{first.name} and {other.name} are injected at different times or are of different kinds.",
                code="cement-not-together",
                hint="All cement is predicted as injected in one go: give it the same kind and time.",
            )
    return cements


def _kinetics(kind: CementKind) -> CureKinetics:
    density_kg_m3 = load_tissues()[kind.tissue].density_kg_m3.value
    return CureKinetics(
        heat_j_m3=density_kg_m3 * kind.heat_j_kg,
        half_time_s=kind.half_time_s.value,
        reference_c=kind.reference_c.value,
        activation_j_mol=kind.activation_j_mol.value,
        fastest_c=kind.fastest_c.value,
        order=kind.order.value,
    )


def _request(
    asked: ThermalRequest,
    fields: TissueFields,
    cements: tuple[Cement, ...],
    cells: tuple[Cells, ...],
    kinetics: CureKinetics,
    start_c: npt.NDArray[np.floating],
) -> ThermalRequest:
    """Tissue as it was left, cement as it is injected, and no applicator."""
    begin_c = np.array(start_c, np.float32)
    for cement, own in zip(cements, cells, strict=True):
        begin_c.reshape(-1)[own] = cement.temperature_c
    return ThermalRequest(
        fields=fields,
        applicators=(),
        schedule=(Phase(kind="off", duration_s=_PIECE_S),),
        body_c=asked.body_c,
        blood_c=asked.blood_c,
        initial_c=begin_c,
        curing=Curing(cells=np.concatenate(cells), kinetics=kinetics),
    )


def _ablated(asked: ThermalRequest, minutes_after: float, progress: Progress) -> ThermalResult:
    """The plan's ablation, and the wait."""
    wait = (Phase(kind="off", duration_s=minutes_after * 60),) if minutes_after > 0 else ()
    return solve(replace(asked, schedule=(*asked.schedule, *wait)), progress)


def _cure(request: ThermalRequest, progress: Progress, words: str) -> _Set:
    """Solve piece by piece until all has set and its heat has spread."""
    pieces: list[ThermalResult] = []
    dose_min = np.zeros(request.grid.shape_kji, np.float32)
    began_s: list[float] = []
    over_s: float | None = None
    for n in range(_PIECES):
        # Most cement is over in the first piece: it gets most of the bar.
        share = (1 - 0.3**n, 1 - 0.3 ** (n + 1))
        progress.report(share[0], words)
        piece = solve(request, progress.part(*share))
        assert piece.curing is not None
        began_s.append(n * _PIECE_S)
        pieces.append(piece)
        dose_min = dose_min + piece.cem43_min
        least = piece.curing.cured.min(axis=1)
        if over_s is None and least[-1] >= _OVER:
            over_s = began_s[-1] + float(piece.times_s[int(np.argmax(least >= _OVER))])
        if over_s is not None and began_s[-1] + _PIECE_S - over_s >= _HEAT_SPREADS_S:
            break
        assert request.curing is not None
        request = replace(
            request,
            fields=_without_blood(request.fields, dose_min),
            initial_c=piece.final_c,
            curing=replace(request.curing, age_s=piece.curing.age_s),
        )
    # The first time of a further piece is the last of the one before.
    kept = [slice(0 if n == 0 else 1, None) for n in range(len(pieces))]
    traces = [p.curing for p in pieces if p.curing is not None]
    return _Set(
        hottest_c=np.max([p.extreme_c for p in pieces], axis=0),
        dose_min=dose_min,
        times_s=np.concatenate([p.times_s[s] + t for p, s, t in zip(pieces, kept, began_s, strict=True)]),
        recorded_c=np.concatenate([p.recorded_c[s] for p, s in zip(pieces, kept, strict=True)]),
        cured=np.concatenate([t.cured[s] for t, s in zip(traces, kept, strict=True)]),
        hottest_cement_c=np.concatenate([t.hottest_c[s] for t, s in zip(traces, kept, strict=True)]),
        solver=f"{pieces[0].solver} {pieces[0].version}, {request.grid.spacing_ijk_mm.max():g} mm grid, "
        f"energy balance within {max(0.01, *(p.energy_balance_error_pct for p in pieces)):.2f} %",
    )


def _without_blood(fields: TissueFields, dose_min: npt.NDArray[np.floating]) -> TissueFields:
    """The same tissue without perfusion and metabolism where the dose ended them, as within one prediction."""
    dead = dose_min > ABLATION_CEM43_MIN
    if not dead.any():
        return fields
    medium, media = fields.medium.copy(), list(fields.media)
    for n in np.unique(medium[dead]):
        still = replace(media[n], perfusion_1_s=0.0, metabolic_w_m3=0.0)
        if still not in media:
            media.append(still)
        medium[dead & (fields.medium == n)] = media.index(still)
    return replace(fields, medium=medium, media=tuple(media))


def _zone(case: Case, asked: ThermalRequest, found: _Set, dose_min: npt.NDArray[np.float32]) -> PredictedZone:
    return PredictedZone(
        grid=asked.grid,
        extreme_c=found.hottest_c,
        cem43_min=dose_min,
        mode=Mode.HEAT,
        fidelity=Fidelity.PHYSICS,
        digest=course_digest(case),
        model=found.solver,
        body_c=asked.body_c,
    )  # fmt: skip


def _worst_places(case: Case, zone: PredictedZone) -> dict[str, Floats]:
    """The hottest place of every structure, shape (1, 3), by id; none where a structure lies outside the box."""
    risks = judge_structures(case.with_plan(probes=()), zone, load_thresholds())
    return {r.id: np.array([r.extreme_at_mm]) for r in risks if r.extreme_at_mm is not None}


def _worst_curves(watched: dict[str, Floats], recorded_c: Floats) -> dict[str, Floats]:
    """Of the curves recorded in each structure the hottest."""
    curves: dict[str, Floats] = {}
    begin = 0
    for name, points in watched.items():
        own = recorded_c[:, begin : begin + len(points)]
        curves[name] = own[:, own.max(axis=0).argmax()]
        begin += len(points)
    return curves


def _setting_times(found: _Set, cells: tuple[Cells, ...]) -> SettingTimes:
    """The first cell of each cement lies deepest in it."""
    first = np.concatenate([[0], np.cumsum([len(own) for own in cells])[:-1]])
    centre, last = found.cured[:, first].min(axis=1), found.cured.min(axis=1)
    return SettingTimes(
        half_centre_s=_reached_s(found.times_s, centre, _HALF),
        set_centre_s=_reached_s(found.times_s, centre, _SET),
        half_last_s=_reached_s(found.times_s, last, _HALF),
        set_last_s=_reached_s(found.times_s, last, _SET),
    )


def _reached_s(times_s: Floats, cured: npt.NDArray[np.float32], share: float) -> float | None:
    return None if cured[-1] < share else float(np.interp(share, cured, times_s))


def _freezes_at_c(fields: TissueFields) -> Floats:
    """Upper end of the freezing range of every cell, flat; minus infinity for what does not freeze."""
    ends = np.array([-np.inf if m.frozen is None else m.frozen.freezing_high_c for m in fields.media])
    return np.asarray(ends[fields.medium.reshape(-1)])
