"""Does every limit refuse what lies just beyond it, and nothing that lies just within?

A path, or what is in its way, is moved until it is refused; where that begins is compared with where it must begin: thickness of
needle and structure and how far a needle strays there counted.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from imaging.geometry import VoxelGrid
from imaging.structures import Side, StructureKind, Tube
from imaging.volume import Volume
from planning.catalogue.devices import device
from planning.catalogue.rules import LimitId, PathRules, with_changes
from planning.model.case import Case, Probe
from planning.model.naming import make_structure
from planning.model.room import Posture
from planning.thermal.verification.rows import VerificationRow
from planning.trajectory.judging import judge_path
from planning.trajectory.skin import FLATTEST_DEG, reachable, skin_of
from planning.trajectory.verification.built_cases import BODY_MM, NO_LENGTH, SHORT, made_of, needle, patient, places
from planning.trajectory.verification.groups import RowGroup, answered

TITLE = "Every limit refuses"
ABOUT = (
    "The round patient. Something is moved until the path is refused, and by nothing but its own limit. The value is how far from "
    "its right place that begins: surface to surface, with the thickness of the needle and the 3.3 mm that it may stray at its "
    "tip. A path beyond that place by as much is refused, one within it by as much is not."
)
_WITHIN_MM, _WITHIN_DEG = 0.1, 0.1
_GAS_STEP_MM = 0.25
_TIP_Y_MM = -4.0
_HALVINGS = 14
_SKIN_WITHIN_DEG = 3.0

Judged = Callable[[float], tuple[Case, Volume, Probe]]


def limit_group() -> RowGroup:
    """Return one row a limit."""
    rules = with_changes({})
    return RowGroup(
        title=TITLE,
        about=ABOUT,
        rows=(*_tubes(rules), *_walls(rules), _probe_beside(rules), *_of_the_room(rules), _gas(rules), _skin()),
    )


def _straight(x_mm: float = 0.0, device_id: str = NO_LENGTH, tip_y_mm: float = _TIP_Y_MM) -> Probe:
    """A needle straight down from behind."""
    return needle((x_mm, float(np.sqrt(BODY_MM**2 - x_mm**2)), 0.0), (x_mm, tip_y_mm, 0.0), device_id)


def _radius_mm(device_id: str = NO_LENGTH) -> float:
    return device(device_id).diameter_mm / 2


def _row(
    name: str, rule: LimitId, judged: Judged, refused_at: float, allowed_at: float, wanted: float, rules: PathRules, why: str,
    *, unit: str = "mm", within: float = _WITHIN_MM, told: Callable[[float], float] | None = None,
) -> VerificationRow:  # fmt: skip
    """The row of a limit, whose refusal begins somewhere between two values.

    ``told`` says what a value comes to in the unit of the row; it is that itself by default.
    """

    def by(value: float) -> set[str]:
        case, volume, probe = judged(value)
        return {f.rule for f in judge_path(case, volume, probe, rules).refused}

    only_its_own = by(refused_at) == {rule} and not by(allowed_at)
    low, high = refused_at, allowed_at
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if by(middle) else (low, middle)
    begins = (told or float)((low + high) / 2)
    off = abs(begins - wanted)
    return answered(
        name, off, unit, f"≤ {within:g} {unit}", met=only_its_own and off <= within,
        why=f"{why}: from {wanted:.2f} {unit}, found from {begins:.2f} {unit}" + ("" if only_its_own else "; not by it alone"),
    )  # fmt: skip


def _tubes(rules: PathRules) -> list[VerificationRow]:
    """What crosses the way, what runs beside it, and what comes near to the tines."""
    base, volume = patient()
    tolerance_mm, radius_mm = rules.tolerance_mm.value, 1.5
    length_mm = BODY_MM - _TIP_Y_MM

    def with_tube(kind: StructureKind, start: tuple[float, float, float], stop: tuple[float, float, float]) -> Case:
        tube = Tube(np.array([start, stop]), np.full(2, radius_mm))
        level, side = ("S1", Side.LEFT) if kind is StructureKind.ROOT else ("", None)
        side = Side.LEFT if kind is StructureKind.NERVE else side
        return replace(base, structures=(*base.structures, make_structure(kind, tube, level=level, side=side)))

    def crossing(x: float) -> tuple[Case, Volume, Probe]:
        return with_tube(StructureKind.ROOT, (x, BODY_MM - 30, -20), (x, BODY_MM - 30, 20)), volume, _straight()

    def beside(kind: StructureKind) -> Judged:
        # Nearest where the needle is held, and only a little farther where it strays.
        return lambda x: (with_tube(kind, (x - 0.2, BODY_MM, 0), (x, _TIP_Y_MM, 0)), volume, _straight())

    def by_tines(z: float) -> tuple[Case, Volume, Probe]:
        return with_tube(StructureKind.ROOT, (-20, _TIP_Y_MM, z), (20, _TIP_Y_MM, z)), volume, _straight()

    touching_mm = _radius_mm() + radius_mm
    rows = [
        _row("roots and nerves, across the way", "nerves", crossing, 0.0, 8.0, touching_mm + tolerance_mm * 30 / length_mm,
             rules, "axis of a nerve 30 mm below the skin"),
    ]  # fmt: skip
    for name, rule, kind in (
        ("roots and nerves, beside the way", "nerves", StructureKind.NERVE),
        ("canal, beside the way", "canal", StructureKind.CANAL),
        ("thecal sac, beside the way", "canal", StructureKind.THECAL_SAC),
        ("cord, beside the way", "canal", StructureKind.CORD),
    ):
        rows.append(
            _row(name, rule, beside(kind), 0.0, 9.0, touching_mm + tolerance_mm, rules, "axis of it at the tip")  # type: ignore[arg-type]
        )
    return rows


def _walls(rules: PathRules) -> list[VerificationRow]:
    """Flat walls along the way, of voxels: the needle is moved towards their faces."""
    at = places()
    face_mm = 21.0
    wall = (at[..., 0] > face_mm) & (at[..., 0] < 40) & (np.abs(at[..., 1] - 6) < 30) & (np.abs(at[..., 2]) < 26)
    own = with_changes({"limits": {"vessels": {"alarm": 3.0, "caution": 6.0}}})
    rows = []
    for name, rule, kind, by in (
        ("vessels", "vessels", StructureKind.VESSEL, rules),
        ("vessels, with a level of 3 mm of the user's own", "vessels", StructureKind.VESSEL, own),
        ("bowel", "bowel", StructureKind.BOWEL, rules),
        ("bladder", "bladder", StructureKind.BLADDER, rules),
        ("metal", "metal", StructureKind.METAL, rules),
    ):
        case, volume = patient(made_of(kind, wall))
        limit = by.limits[rule]  # type: ignore[index]
        wanted_mm = face_mm - limit.refused_below - by.tolerance_mm.value - _radius_mm()
        rows.append(
            _row(name, rule, lambda x, c=case, v=volume: (c, v, _straight(x)), face_mm, 5.0, wanted_mm, by,  # type: ignore[arg-type, misc]
                 f"axis of the needle, the wall's face at {face_mm:g} mm")
        )  # fmt: skip
    return rows


def _probe_beside(rules: PathRules) -> VerificationRow:
    base, volume = patient()

    def beside(x: float) -> tuple[Case, Volume, Probe]:
        other = needle((x - 0.2, BODY_MM, 0), (x, _TIP_Y_MM, 0), SHORT, "C1")
        return base.with_plan(probes=(other,)), volume, _straight()

    wanted_mm = _radius_mm() + _radius_mm(SHORT) + rules.tolerance_mm.value
    return _row("other probes", "probes", beside, 0.5, 9.0, wanted_mm, rules, "axis of a probe beside it, at the tip")


def _of_the_room(rules: PathRules) -> list[VerificationRow]:
    """Lean, length of the shaft, room in the bore."""
    base, volume = patient()
    hub = with_changes({"limits": {"hub": {"alarm": 100.0}}})
    shaft_mm = device(SHORT).shaft_length_mm or 0.0

    def lying(posture: Posture) -> Case:
        return base.with_plan(room=replace(base.plan.room, posture=posture))

    def leaning(case: Case, from_deg: float) -> Judged:
        def judged(lean: float) -> tuple[Case, Volume, Probe]:
            angle = np.radians(lean + from_deg)
            return case, volume, needle((BODY_MM * np.sin(angle), BODY_MM * np.cos(angle), 0))

        return judged

    def in_bore(bore_mm: float) -> tuple[Case, Volume, Probe]:
        room = replace(base.plan.room, bore_mm=bore_mm, bore_centre_mm=(0.0, 0.0))
        return base.with_plan(room=room), volume, _straight(device_id=SHORT)

    flat_deg = rules.limits["vertical"].alarm or 0.0
    outside_mm = shaft_mm - (BODY_MM - _TIP_Y_MM) + rules.hand_mm.value
    return [
        _row("lean from vertical, prone", "vertical", leaning(base, 0.0), 89.0, 80.0, flat_deg, rules, "lean",
             unit="°", within=_WITHIN_DEG),
        _row("lean from vertical, prone with the left side raised", "vertical",
             leaning(lying(Posture.PRONE_LEFT_UP), 45.0), 89.0, 80.0, flat_deg, rules, "lean", unit="°", within=_WITHIN_DEG),
        _row("shaft outside the skin", "hub", lambda y: (base, volume, _straight(device_id=SHORT, tip_y_mm=y)), -30.0, 0.0,
             BODY_MM - (shaft_mm - 100.0), hub, "tip, with 100 mm wanted outside"),
        _row("room to the bore", "bore", in_bore, 400.0, 700.0, 2 * (BODY_MM + outside_mm), rules,
             "diameter of the bore, with hub and hand"),
    ]  # fmt: skip


def _gas(rules: PathRules) -> VerificationRow:
    """A layer of voxels across the way, whose density says how wide the CT is gas there."""
    layer = np.abs(places()[..., 1] - 30) < 1
    case, full = patient(gas=layer)
    muscle_hu, gas_hu, cell_mm = 50.0, -350.0, 2.0

    def wide_mm(hu: float) -> float:
        return 2 * cell_mm * (gas_hu - hu) / (muscle_hu - hu)

    def with_gas(hu: float) -> tuple[Case, Volume, Probe]:
        values = full.hu.copy()
        values[layer & (np.linalg.norm(places(), axis=-1) <= BODY_MM)] = round(hu)
        return case, replace(full, hu=values), _straight()

    most_mm = rules.limits["gas"].alarm or 0.0
    return _row(
        "gas within the body", "gas", with_gas, -1000.0, -400.0, most_mm, rules, "width of the gas", told=wide_mm, within=_GAS_STEP_MM
    )  # fmt: skip


def _skin() -> VerificationRow:
    """Which skin counts as an entry, in every posture: that of a ball looks away from its middle."""
    case, _ = patient(grid=VoxelGrid.axis_aligned((141,) * 3, 1.0, np.full(3, -70.0), "1.2.826.0.1"))
    skin = skin_of(case)
    points = skin.mesh.points_mm / np.linalg.norm(skin.mesh.points_mm, axis=1, keepdims=True)
    worst_deg = 0.0
    for posture in Posture:
        lean_deg = np.degrees(np.arccos(np.clip(points @ posture.up, -1, 1)))
        entry = np.zeros(len(points), np.bool_)
        entry[reachable(skin, posture.up, np.zeros(3), np.inf)] = True
        worst_deg = max(worst_deg, FLATTEST_DEG - lean_deg[~entry].min(), lean_deg[entry].max() - FLATTEST_DEG)
    why = (
        f"{len(points)} places in {len(Posture)} postures: how far from {FLATTEST_DEG:.0f}° from vertical, an assumption, skin is "
        "told wrongly, on cells of 2.5 mm"
    )
    return answered(
        "skin that can be reached",
        float(worst_deg),
        "°",
        f"≤ {_SKIN_WITHIN_DEG:g} °",
        met=bool(worst_deg <= _SKIN_WITHIN_DEG),
        why=why,
    )
