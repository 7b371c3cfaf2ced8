"""The map of the skin and suggestions, on built cases whose answers are known."""

from __future__ import annotations

import numpy as np
import pytest

from imaging.progress import Cancelled, Progress, no_progress
from imaging.structures import Side, StructureKind
from planning.catalogue.devices import device
from planning.catalogue.rules import builtin_path_rules, with_changes
from planning.errors import PlanError
from planning.model.naming import make_structure
from planning.model.room import Posture
from planning.operations.room import change_room
from planning.trajectory.corridors import corridor_of
from planning.trajectory.judging import judge_path
from planning.trajectory.skin_map import skin_map
from planning.trajectory.suggest import suggest_paths
from tests.builders.cases import centred_grid
from tests.builders.paths import BODY_MM, NO_LENGTH, SHORT, made_of, needle, nerve, patient, places

AT = places()
ACROSS = np.linalg.norm(AT[..., [0, 2]], axis=-1)


def mapped(case, volume, target=(0.0, 0.0, 0.0), device_id=NO_LENGTH, **options):
    return skin_map(case, volume, target, device_id, no_progress(), **options)


def suggested(case, volume, device_id=NO_LENGTH, **options):
    return suggest_paths(case, volume, device_id, no_progress(), **options)


def wall(kind, away, **changes):
    """Something behind the plate of bone, in a layer of 10 mm, where ``away`` says."""
    return made_of(kind, away & (np.abs(AT[..., 1] - 30) < 5), **changes)


# ---------------------------------------------------------------- the map


def test_the_map_shows_skin_that_looks_upwards_and_its_best_entry_is_straight_above():
    shown = mapped(*patient())
    points = shown.mesh.points_mm
    assert points[:, 1].min() > -0.1 * BODY_MM and len(points) > 2000
    assert np.linalg.norm(points, axis=1) == pytest.approx(BODY_MM, abs=2.0)
    best = points[np.nanargmin(shown.cost)]
    assert np.degrees(np.arccos(best[1] / np.linalg.norm(best))) < 10
    assert "among the best entries" in shown.words_at(best)


@pytest.mark.parametrize("posture", [Posture.SUPINE, Posture.LEFT_UP, Posture.PRONE_RIGHT_UP])
def test_the_map_turns_with_the_patient(posture):
    case, volume = patient(plate=True)
    shown = mapped(change_room(case, posture=posture), volume)
    towards = shown.mesh.points_mm.mean(axis=0)
    assert towards / np.linalg.norm(towards) == pytest.approx(posture.up, abs=0.15)


def test_skin_behind_something_is_no_entry_and_says_why():
    case, volume = patient(wall(StructureKind.BOWEL, ACROSS < 15))
    shown = mapped(case, volume)
    assert shown.words_at((0, BODY_MM, 0)) == "No entry here: too near to bowel."
    lean = np.degrees(np.arctan2(np.linalg.norm(shown.mesh.points_mm[:, [0, 2]], axis=1), shown.mesh.points_mm[:, 1]))
    blocked = shown.screened.refused_by >= 0
    # The wall's lower edge, with what a needle strays there, is the last that is refused.
    assert blocked[lean < 24].all() and not blocked[(lean > 42) & (lean < 80)].any()


def test_what_the_map_allows_is_allowed_when_it_is_measured():
    """But for the width of a cell of the surroundings and of a voxel."""
    case, volume = patient(wall(StructureKind.VESSEL, ACROSS > 14), nerve([(10, 20, -30), (6, 20, 30)]))
    shown = mapped(case, volume)
    rules = with_changes({"tolerance_mm": {"value": 3.3 - 1.2}})
    allowed = np.flatnonzero(shown.screened.allowed)
    assert 20 < len(allowed) < 0.5 * len(shown.mesh.points_mm)
    for n in allowed[:: max(len(allowed) // 25, 1)]:
        assert not judge_path(case, volume, needle(shown.mesh.points_mm[n]), rules).refused


def test_surroundings_serve_for_another_target_and_not_for_other_structures():
    case, volume = patient()
    first = mapped(case, volume)
    assert mapped(case, volume, (1.0, 2.0, 0.0), known=first).around is first.around
    with_nerve, _ = patient(nerve([(10, 20, -30), (6, 20, 30)]))
    assert mapped(with_nerve, volume, known=first).around is not first.around


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"target": (0.0, 65.0, 65.0)}, "target-in-air"),
        ({"target": (0.0, 500.0, 0.0)}, "probe-outside"),
        ({"without": StructureKind.SKIN}, "no-skin"),
        ({"without": StructureKind.BONE}, "no-bone"),
    ],
)
def test_what_a_map_cannot_be_made_of_is_refused_by_name(change, code):
    case, volume = patient()
    kept = tuple(s for s in case.structures if s.kind is not change.get("without"))
    case = type(case)(name=case.name, image=case.image, structures=kept)
    with pytest.raises(PlanError) as refused:
        mapped(case, volume, change.get("target", (0.0, 0.0, 0.0)))
    assert refused.value.code == code and refused.value.hint


def test_skin_that_the_ct_does_not_show_is_said():
    grid = centred_grid(30, 2.0)
    case, volume = patient(grid=grid)
    with pytest.raises(PlanError) as refused:
        mapped(case, volume)
    assert refused.value.code == "skin-not-in-ct"


def test_a_shaft_that_is_too_short_is_said(monkeypatch):
    case, volume = patient()
    monkeypatch.setattr("planning.trajectory.skin_map._REACH_MM", 40.0)
    with pytest.raises(PlanError) as refused:
        mapped(case, volume)
    assert refused.value.code == "skin-too-far"
    short = device(SHORT).__class__(**{**_plain(device(SHORT)), "shaft_length_mm": 55.0})
    monkeypatch.setattr("planning.trajectory.skin_map.device", lambda _: short)
    with pytest.raises(PlanError) as refused:
        mapped(case, volume, device_id=SHORT)
    assert refused.value.code == "shaft-too-short" and "55" in str(refused.value)


def _plain(applicator):
    return {name: getattr(applicator, name) for name in applicator.__dataclass_fields__}


# ---------------------------------------------------------------- suggestions


def test_suggestions_keep_to_all_limits_and_are_no_twins():
    case, volume = patient(nerve([(10, 20, -30), (6, 20, 30)]))
    found = suggested(case, volume)
    assert 2 <= len(found) <= 5 and not any(s.judged.refused for s in found)
    assert [s.judged.cost for s in found] == sorted(s.judged.cost for s in found)
    for n, one in enumerate(found):
        for other in found[:n]:
            apart = np.degrees(np.arccos(np.clip(one.probe.direction @ other.probe.direction, -1, 1)))
            tips_mm = np.linalg.norm(np.subtract(one.probe.tip_mm, other.probe.tip_mm))
            assert apart >= 20 or tips_mm >= 12


def test_the_active_part_lies_in_the_lesion():
    best = suggested(*patient())[0]
    off_mm, _ = best.judged.costs["aim"]
    assert off_mm < 5 and "deep" in best.costs and "Nothing sensitive" in best.avoids


def test_a_target_is_met_to_the_point():
    case, volume = patient()
    for suggestion in suggested(case, volume, target_mm=(3.0, -2.0, 5.0)):
        assert suggestion.probe.tip_mm == (3.0, -2.0, 5.0)


def test_a_way_around_bowel_is_found():
    """Bowel lies straight behind; all ways go past it, and the words say how near."""
    case, volume = patient(wall(StructureKind.BOWEL, ACROSS < 12))
    for suggestion in suggested(case, volume):
        lean = np.degrees(np.arccos(suggestion.probe.direction[1]))
        assert lean > 20 and "from Bowel" in suggestion.avoids


def test_the_only_hole_in_a_wall_of_vessels_is_found():
    """A corridor of 24 mm, 20 mm to the left."""
    hole = np.hypot(AT[..., 0] - 20, AT[..., 2]) < 12
    (first, *_) = suggested(*patient(wall(StructureKind.VESSEL, ~hole & (ACROSS < 60))))
    entry, tip = np.asarray(first.probe.entry_mm), np.asarray(first.probe.tip_mm)
    through = tip + (entry - tip) * (30 - tip[1]) / (entry[1] - tip[1])
    assert np.hypot(through[0] - 20, through[2]) < 12 - 3.3 / 2


def test_between_two_nerves_it_goes_midway():
    nerves = [nerve([(x, 30, -60), (x, 30, 60)], level, radius_mm=3.0) for x, level in ((-12, "S1"), (12, "S2"))]
    far = wall(StructureKind.VESSEL, np.abs(AT[..., 0]) > 12)
    (best, *_) = suggested(*patient(*nerves, far))
    entry, tip = np.asarray(best.probe.entry_mm), np.asarray(best.probe.tip_mm)
    through = tip + (entry - tip) * (30 - tip[1]) / (entry[1] - tip[1])
    assert abs(through[0]) < 5


def test_a_lesion_without_a_safe_way_is_said_with_what_forbids_it():
    shell = made_of(StructureKind.VESSEL, np.abs(np.linalg.norm(AT, axis=-1) - 30) < 4)
    with pytest.raises(PlanError) as refused:
        suggested(*patient(shell))
    assert refused.value.code == "no-path" and "forbids them: too near to vessels (9" in str(refused.value)
    assert "change the limit" in refused.value.hint


def test_where_only_the_ilium_works_the_way_leads_through_it():
    """A shell of vessels all around but behind the left hip bone, which lies beside the sacrum that holds the lesion."""
    gap = (AT[..., 0] > 26) & (np.abs(AT[..., 2]) < 16) & (AT[..., 1] > 4)
    shell = made_of(StructureKind.VESSEL, (np.abs(np.linalg.norm(AT, axis=-1) - 46) < 5) & ~gap)
    hip = made_of(StructureKind.ILIUM, (np.abs(AT[..., 0] - 22) < 6) & (np.abs(AT[..., 1] - 6) < 34), side=Side.LEFT)
    sacrum = made_of(StructureKind.SACRUM, (AT[..., 0] < 16) & (np.abs(AT[..., 1]) < 12))
    found = suggested(*patient(shell, hip, sacrum))
    assert {s.corridor.kind for s in found} <= {"trans_sacroiliac", "transiliac"}
    assert "left ilium" in found[0].title


def test_without_a_lesion_there_is_nothing_to_aim_at():
    case, volume = patient()
    kept = tuple(s for s in case.structures if s.kind is not StructureKind.LESION)
    with pytest.raises(PlanError) as refused:
        suggested(type(case)(name="x", image=case.image, structures=kept), volume)
    assert refused.value.code == "no-lesion"


def test_other_probes_are_in_the_way_and_the_one_that_is_placed_anew_is_not():
    case, volume = patient()
    best = suggested(case, volume)[0].probe
    taken = needle(best.entry_mm, best.tip_mm, name="C1")
    planned = case.with_plan(probes=(taken,))
    for suggestion in suggested(planned, volume):
        assert min(c.distance_mm for c in suggestion.judged.near if c.kind is None) > 0
    again = suggested(planned, volume, leave_out="C1")[0].probe
    assert again.tip_mm == best.tip_mm and again.entry_mm == best.entry_mm


def test_suggestions_are_cancelled():
    progress = Progress()
    progress.cancel()
    with pytest.raises(Cancelled):
        suggest_paths(*patient(), NO_LENGTH, progress)


def test_a_heavier_weight_changes_the_choice():
    """Leaning ten times dearer than off the middle, and the other way round."""
    case, volume = patient(wall(StructureKind.BOWEL, ACROSS < 12))
    leans = {}
    for weight in (0.0, 30.0):
        rules = with_changes({"preferences": {"vertical": {"weight": weight}, "slice": {"weight": 0.0}}})
        best = suggested(case, volume, rules=rules)[0]
        leans[weight] = np.degrees(np.arccos(best.probe.direction[1]))
    assert leans[30.0] < leans[0.0] - 2


# ---------------------------------------------------------------- corridors

BLOCK = (np.abs(AT[..., 0]) < 40) & (np.abs(AT[..., 1]) < 20) & (np.abs(AT[..., 2]) < 60)
CANAL = nerve([(0, 5, -60), (0, 5, 60)], radius_mm=6.0)


def canal():
    return make_structure(StructureKind.CANAL, CANAL.shape)


@pytest.mark.parametrize(
    ("entry", "tip", "kind"),
    [
        ((30, 60, 0), (30, 8, 0), "sacrum"),
        ((18, 60, 0), (18, -10, 0), "between_foramina"),
        ((20, 30, -70), (30, 0, 40), "sacral_axis"),
        ((0, 60, 0), (0, 40, 0), "soft"),
    ],
)
def test_ways_through_the_sacrum_are_told_apart(entry, tip, kind):
    case, _ = patient(made_of(StructureKind.SACRUM, BLOCK), canal(), plate=False)
    assert corridor_of(case, needle(entry, tip)).kind == kind


def test_ways_through_foramen_vertebra_and_pedicle_are_told_apart():
    channel = nerve([(25, 0, 0), (25, 25, 0)], radius_mm=4.0).shape
    foramen = make_structure(StructureKind.DORSAL_FORAMEN, channel, level="S2", side=Side.LEFT)
    case, _ = patient(made_of(StructureKind.SACRUM, BLOCK), canal(), foramen, plate=False)
    found = corridor_of(case, needle((25, 60, 0), (25, 5, 0)))
    assert found.kind == "foramen" and "S2" in found.words and "root" in found.warning
    case, _ = patient(made_of(StructureKind.VERTEBRA, BLOCK, level="L4"), canal(), plate=False)
    assert corridor_of(case, needle((18, 60, 0), (10, -10, 0))).words == "through the pedicle of L4"
    assert corridor_of(case, needle((35, 60, 0), (35, 10, 0))).kind == "vertebra"


@pytest.mark.parametrize(
    ("entry", "tip", "kind"),
    [
        ((18, 60, 0), (15, -10, 0), "pedicle"),
        ((18, 60, 0), (14, 15, 0), "pedicle"),
        ((18, 60, -11), (15, 0, -11), "posterior_elements"),
        ((2, 60, -6), (-1, 20, -6), "posterior_elements"),
        ((45, 30, 0), (18, 0, 0), "vertebra"),
    ],
)
def test_a_way_through_lamina_or_body_alone_is_not_through_the_pedicle(entry, tip, kind):
    """Body, pedicles and lamina around a canal whose middle lies at 15 mm; below the pedicles is a foramen."""
    x, y, z = np.abs(AT[..., 0]), AT[..., 1], AT[..., 2]
    body = (x < 22) & (y > -26) & (y < 6) & (np.abs(z) < 8)
    pedicles = (x > 9) & (x < 22) & (y >= 6) & (y < 24) & (np.abs(z) < 6)
    lamina = (x < 22) & (y >= 24) & (y < 30) & (np.abs(z) < 13)
    middle = make_structure(StructureKind.CANAL, nerve([(0, 15, -60), (0, 15, 60)], radius_mm=6.0).shape)
    case, _ = patient(made_of(StructureKind.VERTEBRA, body | pedicles | lamina, level="L4"), middle, plate=False)
    assert corridor_of(case, needle(entry, tip)).kind == kind


def test_the_rules_that_ship_are_used_where_none_are_given():
    given = suggested(*patient(), rules=builtin_path_rules())[0]
    assert suggested(*patient())[0].judged.cost == pytest.approx(given.judged.cost)
