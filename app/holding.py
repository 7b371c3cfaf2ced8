"""Which window has a file open: a lock beside it that goes with the window, or with its process."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QLockFile


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherWindow:
    """A window of another process that has a file open.

    Attributes
    ----------
    machine : str
        Empty for this machine.
    process : int
    since : datetime
    """

    machine: str
    process: int
    since: datetime

    @property
    def words(self) -> str:
        """Which window it is, and since when it has the file."""
        where = f"on the computer {self.machine}" if self.machine else "on this computer"
        return f"another window {where} (process {self.process}, since {when(self.since)})"


class Hold:
    """A file that this window has open, as far as no other has it.

    Parameters
    ----------
    path : Path
        The file; the lock lies beside it, so that it is seen in shared folders too.

    Attributes
    ----------
    path : Path
    other : OtherWindow or None
        Who had the file before.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = QLockFile(str(lock_of(path)))
        # Only a process that is gone gives a file up, never one that has had it for long.
        self._lock.setStaleLockTime(0)
        self.other = None if self._lock.tryLock(0) else self._found_other()

    @property
    def held(self) -> bool:
        """Whether the file is this window's; also not if its folder cannot be written."""
        return self._lock.isLocked()

    def release(self) -> None:
        """Give the file up."""
        if self.held:
            self._lock.unlock()

    def _found_other(self) -> OtherWindow | None:
        try:
            process, machine, _ = self._lock.getLockInfo()
            since = datetime.fromtimestamp(lock_of(self.path).stat().st_mtime)
        except (ValueError, OSError):
            # There is no lock: it was given up just now, or the folder cannot be written.
            return None
        here = machine == socket.gethostname()
        if not process or (here and process == os.getpid()):
            return None
        return OtherWindow(machine="" if here else machine, process=process, since=since)


def lock_of(path: Path) -> Path:
    """Return the lock beside a file."""
    return path.with_name(f".{path.name}.lock")


def when(moment: datetime) -> str:
    """Return a time of today, or a day and a time, in words."""
    today = moment.date() == datetime.now().date()
    return f"{moment:%H:%M} today" if today else f"{moment:%H:%M on} {moment.day} {moment:%B %Y}"
