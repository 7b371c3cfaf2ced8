"""The journeys that are solved once and shared: by the printed scripts on the phantom, by commands on the real CT."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.cli import main
from tests.builders.lesion_in_real_ct import LesionCase, lesion_in_real_ct

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs" / "scripting.md"
_WRAPPER = """#!{python}
import sys
sys.path.insert(0, {root!r})
from app.cli import main
status = main()
sys.exit(99 if "PySide6" in sys.modules else status)
"""


@dataclass(frozen=True)
class CommandLine:
    """Runs `sacroplan` in this process and keeps what it printed."""

    capsys: pytest.CaptureFixture[str]

    def ok(self, *words: object) -> Any:
        """Return the JSON of a command that must succeed."""
        status, out, error = self.run(*words, "--json")
        assert status == 0, error
        return json.loads(out)

    def refused(self, *words: object) -> str:
        """Return the one line of a command that must be refused."""
        status, out, error = self.run(*words)
        assert (status, out) == (1, ""), (out, error)
        assert "Traceback" not in error
        lines = error.splitlines()
        assert len(lines) == 1, error
        assert lines[0].startswith(f"sacroplan {words[0]}: ")
        return lines[0]

    def run(self, *words: object) -> tuple[int, str, str]:
        self.capsys.readouterr()
        status = main([str(w) for w in words])
        return status, *self.capsys.readouterr()


@pytest.fixture
def command_line(capsys: pytest.CaptureFixture[str]) -> CommandLine:
    return CommandLine(capsys)


def block(language: str) -> str:
    """Return the script of a language that the guide prints."""
    (found,) = re.findall(rf"^```{language}\n(.*?)^```$", GUIDE.read_text(), re.DOTALL | re.MULTILINE)
    return str(found)


def with_paths(script: str, old: str, new: str) -> str:
    """Return a script with the one line that names its paths replaced."""
    assert script.count(old) == 1
    return script.replace(old, new)


@pytest.fixture(scope="session")
def python_plan(phantom_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the guide's Python script leaves behind on the coarse phantom."""
    out = tmp_path_factory.mktemp("python") / "plan"
    script = with_paths(
        block("python"),
        'folder, out = Path("ct"), Path("plan")\n',
        f"folder, out = Path({str(phantom_folder)!r}), Path({str(out)!r})\n",
    )
    names: dict[str, Any] = {}
    exec(compile(script, str(GUIDE), "exec"), names)
    return names


@dataclass(frozen=True)
class ShellPlan:
    """What the guide's shell script printed and wrote."""

    out: Path
    case_file: Path
    printed: str
    complaints: str


def run_shell(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a script in bash, without a display, where `sacroplan` is a command that fails if it loads Qt."""
    command = folder / "bin" / "sacroplan"
    command.parent.mkdir(exist_ok=True)
    command.write_text(_WRAPPER.format(python=sys.executable, root=str(ROOT)))
    command.chmod(0o755)
    environment = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY")}
    environment["PATH"] = f"{command.parent}{os.pathsep}{environment['PATH']}"
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=folder, env=environment, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip


@pytest.fixture(scope="session")
def shell_plan(phantom_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> ShellPlan:
    """What the guide's shell script leaves behind on the coarse phantom."""
    folder = tmp_path_factory.mktemp("shell")
    script = with_paths(block("sh"), "folder=ct\n", f"folder='{phantom_folder}'\n")
    done = run_shell(script, folder)
    assert done.returncode == 0, done.stderr
    return ShellPlan(folder / "plan", folder / "plan" / "plan.sacroplan", done.stdout, done.stderr)


@pytest.fixture
def simulated(python_plan: dict[str, Any], tmp_path: Path) -> Path:
    """A case file of the phantom with its prediction, to be changed at will."""
    return Path(shutil.copy(python_plan["out"] / "plan.sacroplan", tmp_path / "plan.sacroplan"))


@pytest.fixture(scope="session")
def real_lesion(real_ct_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> LesionCase:
    """The real CT with a synthetic lytic lesion at S2 left."""
    return lesion_in_real_ct(real_ct_folder, tmp_path_factory.mktemp("real") / "ct")


def text_of(point: object) -> str:
    """Return a point as the command line takes it."""
    return ",".join(repr(float(c)) for c in np.asarray(point))


REAL_TOWARDS_MM = np.array([20.0, 60.0, 0.0])
REAL_DEVICE = "icerod-1.5"
REAL_PHASES = "on:240"
REAL_ROOT_RADIUS_MM, REAL_CANAL_RADIUS_MM = 2.0, 5.0


@dataclass(frozen=True)
class RealPlan:
    """The real CT's case file after the journey, and the JSON of every command on the way."""

    case_file: Path
    answers: dict[str, Any]


@pytest.fixture(scope="session")
def real_plan(real_lesion: LesionCase, tmp_path_factory: pytest.TempPathFactory) -> RealPlan:
    """The journey through the command line on the real CT, up to its evaluation."""
    path = tmp_path_factory.mktemp("case") / "real.sacroplan"
    answers: dict[str, Any] = {}
    ask = _asker(answers)
    ask("open", "open", real_lesion.folder)
    ask("new", "new", real_lesion.folder, path)
    ask("propose", "propose", path)
    ask("lesion", "lesion", path, "--seed", text_of(real_lesion.centre_mm))
    for level in ("S1", "S2", "S3"):
        for side in "LR":
            points = [text_of(p) for p in real_lesion.root_mm(level, side)]
            ask(
                f"root.{level}.{side}", "structure", path, "--tube", "root", "--level", level, "--side", side,
                "--radius", REAL_ROOT_RADIUS_MM, "--points", *points,
            )  # fmt: skip
    points = [text_of(p) for p in real_lesion.canal_mm]
    ask("canal", "structure", path, "--tube", "canal", "--radius", REAL_CANAL_RADIUS_MM, "--points", *points)
    target, towards = real_lesion.centre_mm, real_lesion.centre_mm + REAL_TOWARDS_MM
    ask(
        "probe", "probe", "add", path, "--device", REAL_DEVICE, "--target", text_of(target),
        "--towards", text_of(towards),
    )  # fmt: skip
    ask("simulate", "simulate", path, "--phases", REAL_PHASES)
    ask("evaluate", "evaluate", path)
    ask("show", "show", path)
    return RealPlan(path, answers)


def _asker(answers: dict[str, Any]) -> Callable[..., None]:

    def ask(name: str, *words: object) -> None:
        out, error = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(error):
            status = main([*(str(w) for w in words), "--json"])
        assert status == 0, error.getvalue()
        answers[name] = json.loads(out.getvalue())

    return ask
