"""Rules of the house that the linters do not know."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted(p for room in ("app", "planning", "imaging", "resources") for p in (ROOT / room).rglob("*.py"))


def test_importing_the_command_line_loads_no_qt():
    code = "import sys, app.cli; sys.exit(any(name.startswith('PySide6') for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


@pytest.mark.parametrize(
    "path", [p for p in SOURCES if "themes" not in p.parts], ids=lambda p: str(p.relative_to(ROOT))
)
def test_colours_stand_only_in_the_tokens(path: Path):
    found = re.findall(r'"#[0-9A-Fa-f]{6}"', path.read_text(encoding="utf-8"))
    assert set(found) <= {'"#000000"', '"#FFFFFF"'}, "use a token"


def test_every_module_says_what_it_is():
    silent = [p for p in SOURCES if ast.get_docstring(ast.parse(p.read_text(encoding="utf-8"))) is None]
    assert not silent


def test_no_file_and_no_function_is_a_warren():
    long_files = [p for p in SOURCES if len(p.read_text(encoding="utf-8").splitlines()) > 450]
    assert not long_files
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name != "window_commands":
                assert (node.end_lineno or 0) - node.lineno < 90, f"{path.name}: {node.name}"


def test_constraints_name_no_host():
    text = (ROOT / ".ci" / "constraints.txt").read_text(encoding="utf-8")
    assert not re.search(r"https?:|@|file:", text)
