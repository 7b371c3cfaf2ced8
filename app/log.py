"""A log that may be sent to others: versions, commands, jobs and faults. It holds no identity by the way it is made.

Nothing that a user or a file brought in is ever written: of a message only the words that stand in the program, numbers, and what
is marked as `Plain`; of an error its type and, if it is a refusal, its code; of a place its module, function and line.
"""

from __future__ import annotations

import faulthandler
import logging
import os
import platform
import re
import traceback
from contextlib import suppress
from datetime import datetime
from importlib import metadata
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType

from imaging.errors import DomainError

_LARGEST_BYTES = 500_000
_RUNS_KEPT = 10
_HIDDEN = "…"
_ROOMS = ("app", "planning", "imaging")
_LIBRARIES = ("PySide6-Essentials", "shiboken6", "vtk", "numpy", "scipy", "numba", "SimpleITK", "pydicom")
_CODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_CRASH = re.compile(r"Fatal Python error: [A-Z][A-Za-z ]+")
_CRASH_PLACE = re.compile(r'  File "(.*)", line (\d+) in (\S+)')
# Of a path only what lies within the program, a library or Python itself; a folder of the user's never.
_ROOT = str(Path(__file__).parents[1])
_WITHIN = re.compile(rf"(?:{re.escape(_ROOT)}|.*[\\/]site-packages|.*[\\/]lib[\\/]python3\.\d+)[\\/]([\w\\/.]+)")

# Kept from the console, which shows warnings only.
_events = logging.getLogger("sacroplan")
_events.setLevel(logging.INFO)
_events.propagate = False


class Plain(str):
    """Words of the program itself, never of a user, a patient or a file."""


def note(words: str, *values: object) -> None:
    """Note that something was done; ``words`` stand in the program, and of the values only numbers and `Plain` are kept."""
    _events.info(words, *values)


def code_of(error: DomainError) -> Plain:
    """Return the code of a refusal; its words may name patients and paths."""
    return Plain(error.code if _CODE.fullmatch(error.code) else _HIDDEN)


def name_of(work: object) -> Plain:
    """Return what a function is called in the program: unlike the title of a job it names nothing of the user's."""
    name = getattr(work, "__qualname__", type(work).__qualname__)
    module = getattr(work, "__module__", None) or type(work).__module__
    return Plain(f"{module}.{name}".replace(".<locals>", ""))


class Log:
    """The log of one run of the program, beside those of the last runs.

    Parameters
    ----------
    folder : Path
        The user's folder.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "log"
        self._folder.mkdir(parents=True, exist_ok=True)
        stem = f"{datetime.now():%Y%m%d-%H%M%S}-{os.getpid()}"
        self._crash = self._folder / f"{stem}.crash"
        path = self._folder / f"{stem}.log"
        self._handler = RotatingFileHandler(path, maxBytes=_LARGEST_BYTES, backupCount=1, encoding="utf-8")
        self._handler.setFormatter(_WithoutIdentity("%(asctime)s %(levelname)s %(message)s"))
        for name in (*_ROOMS, _events.name):
            logging.getLogger(name).addHandler(self._handler)
        note("started: %s", Plain(versions()))
        for crash in sorted(self._folder.glob("*.crash")):
            _note_crash(crash)
        self._forget_old()

    def _forget_old(self) -> None:
        runs = sorted({path.name.split(".")[0] for path in self._folder.iterdir()})
        for path in (path for run in runs[:-_RUNS_KEPT] for path in self._folder.glob(f"{run}.*")):
            # Another window may have it open.
            with suppress(OSError):
                path.unlink()

    def catch_crashes(self) -> None:
        """Have the place written down where the program is ended by a fault outside Python; the next run notes it."""
        self._stream = self._crash.open("w", encoding="utf-8")
        faulthandler.enable(self._stream)

    def end(self) -> None:
        """Write nothing more."""
        note("ended")
        for name in (*_ROOMS, _events.name):
            logging.getLogger(name).removeHandler(self._handler)
        self._handler.close()
        if self._crash.exists():
            faulthandler.disable()
            self._stream.close()
            self._crash.unlink(missing_ok=True)


def begin_log(folder: Path) -> Log | None:
    """Begin the log of this run; the program goes on without one where it cannot be written."""
    try:
        log = Log(folder)
        log.catch_crashes()
    except OSError:
        return None
    return log


def text_to_send(folder: Path) -> str:
    """Return the logs of the last runs, the oldest first.

    Parameters
    ----------
    folder : Path
        The user's folder.
    """
    paths = sorted((folder / "log").glob("*.log*"), key=lambda path: path.stat().st_mtime_ns)
    return "".join(path.read_text(encoding="utf-8") for path in paths)


def versions() -> str:
    """Return versions of program, Python, system and libraries, in one line."""
    parts = [f"sacroplan {_version('sacroplan')}", f"Python {platform.python_version()}"]
    parts += [f"{platform.system()} {platform.release()} {platform.machine()}", f"{os.cpu_count()} processors"]
    return ", ".join([*parts, *(f"{name} {_version(name)}" for name in _LIBRARIES)])


def places(error: BaseException, trace: TracebackType | None) -> str:
    """Return type and place of an error and of those that led to it, a line each; never their words."""
    lines = [_named(error)]
    for frame, number in traceback.walk_tb(trace):
        lines.append(f"    {frame.f_globals.get('__name__', _HIDDEN)}:{number} in {frame.f_code.co_qualname}")
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before is not None:
        lines += ["  after", places(before, before.__traceback__)]
    return "\n".join(f"  {line}" for line in lines)


def _named(error: BaseException) -> str:
    kind = type(error)
    code = f" {code_of(error)}" if isinstance(error, DomainError) else ""
    return f"{kind.__module__}.{kind.__qualname__}{code}"


class _WithoutIdentity(logging.Formatter):
    """Writes of a record what the program itself put there."""

    def format(self, record: logging.LogRecord) -> str:
        safe = logging.makeLogRecord(record.__dict__)
        given = record.args if isinstance(record.args, tuple) else ()
        shown = tuple(a if isinstance(a, int | float | Plain) else _HIDDEN for a in given)
        try:
            words = record.msg % shown if isinstance(record.msg, str) else _HIDDEN
        except (TypeError, ValueError):
            words = str(record.msg)
        safe.msg, safe.args, safe.exc_info, safe.exc_text, safe.stack_info = words, (), None, None, None
        line = super().format(safe)
        if record.exc_info and record.exc_info[1] is not None:
            line += "\n" + places(record.exc_info[1], record.exc_info[2])
        return line


def _note_crash(path: Path) -> None:
    """Note what ended an earlier run, without the paths in it; another window that runs has an empty one."""
    try:
        written = path.read_text(encoding="utf-8", errors="replace")
        if not written:
            return
        path.unlink()
    except OSError:
        return
    _events.error("an earlier run was ended by a fault:\n%s", Plain("\n".join(_crash_lines(written))))


def _crash_lines(written: str) -> list[str]:
    """Return what it was and where in the thread that it happened in; the others only wait."""
    head, _, rest = written.partition("Current thread")
    lines = [f"  {found}" for found in _CRASH.findall(head)]
    for place in _CRASH_PLACE.finditer(rest.partition("\n\n")[0]):
        path, number, function = place.groups()
        within = _WITHIN.fullmatch(path)
        lines.append("    elsewhere" if within is None else f"    {within.group(1)}:{number} in {function}")
    return lines


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "of its sources" if name == "sacroplan" else "missing"
