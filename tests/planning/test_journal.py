"""A kept case: it comes back with its note, and what did not change is not packed again."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from imaging.labels import Box, Mask
from imaging.structures import StructureKind
from planning.case_io import SUFFIX, archive, file_digest, journal, read_case, write_case
from planning.case_io.journal import Journal, JournalNote, read_note
from planning.errors import CaseFileError
from planning.model.naming import make_structure
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
    Journal().write(path, with_ball(9), note)
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


def test_only_masks_that_changed_are_packed_again(path: Path, monkeypatch):
    packed_again = []
    monkeypatch.setattr(journal, "packed", lambda mask: packed_again.append(mask) or archive.packed(mask))
    kept, first = Journal(), ball(GRID, 9)
    canal = make_structure(StructureKind.CANAL, ball(GRID, 4, (0, 12, 0)))
    case = put_structure(put_structure(empty_case(GRID), lesion(first)), canal)
    kept.write(path, case, NOTE)
    kept.write(path, replace(case, name="another name"), NOTE)
    assert len(packed_again) == 2
    changed = first.with_box(Box((0, 0, 0), (2, 2, 2)), np.ones((2, 2, 2), bool))
    kept.write(path, put_structure(case, lesion(changed)), NOTE)
    assert packed_again[2:] == [changed]
    read = read_case(path)[0]
    assert read.structure("lesion").shape.digest == changed.digest
    assert read.structure("canal").shape.digest == canal.shape.digest


def test_a_long_row_of_changes_does_not_fill_the_disk(path: Path, monkeypatch):
    monkeypatch.setattr(journal, "_SPARE_BYTES", 5000)
    kept, case, mask = Journal(), empty_case(GRID), ball(GRID, 9)
    sizes = []
    for n in range(40):
        mask = mask.with_box(Box((n, 0, 0), (n + 1, 30, 30)), np.random.default_rng(n).random((1, 30, 30)) < 0.5)
        kept.write(path, put_structure(case, lesion(mask)), NOTE)
        sizes.append(path.stat().st_size)
        assert read_case(path)[0].structure("lesion").shape.digest == mask.digest
    assert max(sizes) < 20 * sizes[0] and sorted(sizes) != sizes


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
