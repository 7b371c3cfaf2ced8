"""Compiled kernels are dropped with the sources they were made of."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from planning.thermal import compiled
from planning.thermal.compiled import SOURCES, drop_outdated

HERE = Path(compiled.__file__).parent


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    for name in SOURCES:
        (tmp_path / f"{name}.py").write_text(f"# {name}\n")
    return tmp_path


def test_what_other_sources_made_is_dropped_and_what_these_made_is_kept(sources: Path):
    kept = sources / "kept"
    kept.mkdir()
    old, other = kept / "advance.advance-12.py311.1.nbc", kept / "benchmark._copy-3.py311.nbi"
    for path in (old, other):
        path.write_text("code")
    assert drop_outdated(kept, sources) and not old.exists() and other.exists()
    old.write_text("code of these")
    assert not drop_outdated(kept, sources) and old.exists()
    (sources / "kernels.py").write_text("# a new loop\n")
    assert drop_outdated(kept, sources) and not old.exists(), (
        "a loop that was compiled into another file's is still there"
    )


def test_a_folder_that_may_not_be_written_is_left_as_it_is(sources: Path, monkeypatch: pytest.MonkeyPatch):
    kept = sources / "kept"
    kept.mkdir()
    (kept / "kernels.stage-1.py311.nbi").write_text("code")

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError

    monkeypatch.setattr(Path, "unlink", refuse)
    assert not drop_outdated(kept, sources) and not (kept / "kernels.stamp").exists()


def test_without_compiled_code_there_is_nothing_to_drop(tmp_path: Path, sources: Path):
    assert not drop_outdated(tmp_path / "none", sources) and not (tmp_path / "none").exists()


def test_every_file_with_a_kernel_and_what_it_takes_from_others_is_looked_at():
    with_kernels = {p.stem for p in HERE.glob("*.py") if "@njit" in p.read_text() and p.stem != "benchmark"}
    assert with_kernels <= set(SOURCES)
    lent = {
        line.module.rpartition(".")[2]
        for name in with_kernels - {"fast"}  # whose kernel is given all it needs
        for line in ast.walk(ast.parse((HERE / f"{name}.py").read_text()))
        if isinstance(line, ast.ImportFrom)
        and (line.module or "").startswith("planning.thermal.")
        and any(alias.name.isupper() for alias in line.names)
    }
    assert lent == {"damage", "electric", "kernels", "properties"} and lent <= set(SOURCES)
