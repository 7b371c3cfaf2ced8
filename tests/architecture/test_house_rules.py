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


def test_what_is_drawn_on_images_and_pages_names_its_theme():
    """The window's theme is for panels: on CT, in 3D and on paper colours never change with it."""
    of_panels = {"app/representations/course.py", "app/representations/way.py"}
    folders = ("app/representations", "app/tools", "app/export")
    paths = [p for folder in folders for p in sorted((ROOT / folder).rglob("*.py"))]
    paths += [ROOT / "app" / "views" / f"{name}.py" for name in ("slice_view", "needle_view", "view3d")]
    takes = {"theme_colour": 2, "severity_colour": 2, "severity_wash": 2, "glyph": 5}
    silent = [
        f"{path.name}:{call.lineno}"
        for path in paths
        if str(path.relative_to(ROOT)) not in of_panels
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in takes
        if len(call.args) < takes[call.func.id] and not any(k.arg == "theme" for k in call.keywords)
    ]
    assert not silent, silent


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
