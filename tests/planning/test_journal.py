"""A kept case: it comes back with its note, and what did not change is not packed again."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from imaging.labels import Box, Mask
from planning.case_io import SUFFIX, PackedMasks, file_digest, read_case, write_case
from planning.case_io.journal import JournalNote, read_note, write_journal
from planning.errors import CaseFileError
from planning.operations.structures import put_structure
from tests.builders.bad_input import cut_in_half
from tests.builders.cases import ball, centred_grid, empty_case, lesion

GRID = centred_grid(40)
NOTE = JournalNote(
    case_name="S2 – 骶骨",
    path=Path("folder") / "own.sacroplan",
    file_digest="ab12",
    changed_at=datetime(2026, 3, 2, 9, 5),
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / f"kept{SUFFIX}"


def with_ball(radius_mm: float):
    return put_structure(empty_case(GRID), lesion(ball(GRID, radius_mm)))


@pytest.mark.parametrize("own", [NOTE.path, None])
def test_case_and_note_come_back(path: Path, own: Path | None):
    note = replace(NOTE, path=own)
    write_journal(path, with_ball(9), note)
    assert read_note(path) == note
    case, zones = read_case(path)
    assert case.structure("lesion").shape.digest == ball(GRID, 9).digest and not zones


def test_a_note_that_is_not_there_or_torn_is_refused(path: Path):
    write_case(path, with_ball(9))
    for spoil in (lambda _: None, cut_in_half):
        spoil(path)
        with pytest.raises(CaseFileError, match="damaged") as refused:
            read_note(path)
        assert refused.value.code == "case-damaged" and "own file" in refused.value.hint


def test_only_masks_that_changed_are_packed_again(path: Path):
    packed, first = PackedMasks(), ball(GRID, 9)
    once = packed.of([first])
    assert packed.of([first])[0] is once[0]
    changed = first.with_box(Box((0, 0, 0), (2, 2, 2)), np.ones((2, 2, 2), bool))
    assert packed.of([changed])[0] != once[0]
    assert packed.of([first])[0] is not once[0], "it keeps what is no longer asked for"
    case = put_structure(empty_case(GRID), lesion(first))
    write_case(path, case, packed=packed)
    write_case(path, put_structure(case, lesion(changed)), packed=packed)
    assert read_case(path)[0].structure("lesion").shape.digest == changed.digest


def test_a_mask_of_many_layers_is_written_as_it_is(path: Path):
    grid = centred_grid(48)
    voxels = np.random.default_rng(3).random(grid.shape_kji) < 0.2
    voxels[:5] = voxels[90:] = False
    mask = Mask.from_array(grid, voxels)
    write_case(path, put_structure(empty_case(grid), lesion(mask)))
    assert (read_case(path)[0].structure("lesion").shape.array() == voxels).all()
    assert mask.box == Box((5, 0, 0), (90, *grid.shape_kji[1:]))


def test_a_file_is_known_by_its_content(path: Path):
    assert file_digest(path) == ""
    first = write_case(path, with_ball(9))
    assert first == file_digest(path)
    assert write_case(path, with_ball(8)) == file_digest(path) != first
