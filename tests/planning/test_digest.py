"""A prediction is bound to what it depends on, and to nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest

import planning.services as services
from imaging.structures import StructureKind
from planning.catalogue import Phase, device
from planning.model.naming import make_structure
from planning.operations.probes import add_probe, change_device, move_probe, remove_probe, set_schedule
from planning.operations.structures import confirm_structure, put_structure, remove_structure
from planning.services import prediction_digest
from planning.store import Store
from tests.builders.cases import CRYO, ball, centred_grid, empty_case, lesion, root, straight_tube

GRID = centred_grid()


def planned():
    case = put_structure(empty_case(GRID), lesion(ball(GRID, 8)))
    case = put_structure(case, root("S2", "L", straight_tube((20, 0, -20), (20, 0, 20))))
    return add_probe(case, CRYO, (0, 30, 0), (0, 0, 0))


CHANGES = {
    "image": lambda c: replace(c, image=replace(c.image, digest="another CT")),
    "one voxel": lambda c: put_structure(c, lesion(ball(GRID, 8).union(ball(GRID, 0.1, (9, 0, 0))))),
    "tube point": lambda c: put_structure(c, root("S2", "L", straight_tube((20, 0, -20), (20, 0, 20.1)))),
    "tube radius": lambda c: put_structure(c, root("S2", "L", straight_tube((20, 0, -20), (20, 0, 20), 2.1))),
    "structure added": lambda c: put_structure(c, make_structure(StructureKind.CANAL, ball(GRID, 4, (0, 9, 0)))),
    "structure removed": lambda c: remove_structure(c, "root.S2.L"),
    "kind": lambda c: replace(c, structures=tuple(replace(s, kind=StructureKind.METAL) for s in c.structures)),
    "tip": lambda c: move_probe(c, "C1", tip_mm=(0, 0.1, 0)),
    "entry": lambda c: move_probe(c, "C1", entry_mm=(0, 30.1, 0)),
    "device": lambda c: change_device(c, "C1", "iceseed-1.5"),
    "second probe": lambda c: add_probe(c, CRYO, (10, 30, 0), (10, 0, 0)),
    "no probe": lambda c: remove_probe(c, "C1"),
    "schedule": lambda c: set_schedule(c, [Phase(kind="on", duration_s=300)]),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_a_temperature_depends_on_changes_the_digest(name):
    case = planned()
    assert prediction_digest(CHANGES[name](case)) != prediction_digest(case)


def test_all_these_changes_give_digests_of_their_own():
    case = planned()
    assert len({prediction_digest(change(case)) for change in CHANGES.values()}) == len(CHANGES)


SAME = {
    "case name": lambda c: replace(c, name="Other"),
    "confirmed": lambda c: confirm_structure(c, "lesion", False),
    "origin": lambda c: replace(c, structures=tuple(replace(s, origin="somewhere") for s in c.structures)),
    "structure names": lambda c: replace(c, structures=tuple(replace(s, name="X") for s in c.structures)),
    "order of structures": lambda c: replace(c, structures=c.structures[::-1]),
    "probe name": lambda c: c.with_plan(probes=tuple(replace(p, name="C7") for p in c.plan.probes)),
    "place of the CT": lambda c: replace(c, image=replace(c.image, location="moved", description="renamed")),
}


@pytest.mark.parametrize("name", SAME)
def test_what_no_temperature_depends_on_leaves_the_digest(name):
    case = planned()
    changed = SAME[name](case)
    assert changed != case
    assert prediction_digest(changed) == prediction_digest(case)


def test_a_structure_drawn_again_with_the_same_voxels_has_the_same_digest():
    case = planned()
    assert prediction_digest(put_structure(case, lesion(ball(GRID, 8)))) == prediction_digest(case)


def test_undo_brings_the_old_digest_back():
    store = Store(planned())
    before = prediction_digest(store.case)
    store.apply("Move C1", lambda c: move_probe(c, "C1", tip_mm=(0, 3, 0)))
    assert prediction_digest(store.case) != before
    store.undo()
    assert prediction_digest(store.case) == before


def test_an_edited_device_file_makes_old_predictions_stale(monkeypatch):
    case = planned()
    before = prediction_digest(case)
    longer = replace(device(CRYO), active_length_mm=50.0)
    monkeypatch.setattr(services, "device", lambda name: longer)
    assert prediction_digest(case) != before


def test_an_edited_tissue_table_makes_old_predictions_stale(monkeypatch):
    case = planned()
    before = prediction_digest(case)
    monkeypatch.setattr(services, "_tissues_digest", lambda: "another table")
    assert prediction_digest(case) != before
