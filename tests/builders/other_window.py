"""Another process with a window, for tests that end it: `python -m tests.builders.other_window edit SETTINGS CASE`."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]


@contextmanager
def other_process(*arguments: object) -> Iterator[subprocess.Popen[str]]:
    """Start one, wait until it says that it is ready, and kill it at the end as a power cut would."""
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.builders.other_window", *map(str, arguments)],
        cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == "ready", "the other process did not begin"
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def hold(path: Path) -> None:
    """Have a case file open and do nothing."""
    from app.holding import Hold

    kept = Hold(path)
    print("ready", flush=True)
    while kept.held:
        time.sleep(1)


def edit(settings: Path, path: Path) -> None:
    """Open a case in a window that is not shown, and change it all the time."""
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication

    from app.main_window import MainWindow
    from app.settings import Settings

    application = QApplication(["sacroplan"])
    window = MainWindow(Settings(settings))
    session, edits = window.session, QTimer(interval=20)
    count = iter(range(1, 1_000_000))
    edits.timeout.connect(lambda: session.rename(f"edit {next(count)}"))

    def begin() -> None:
        edits.start()
        print("ready", flush=True)

    session.opened.connect(begin)
    session.open_case(path)
    application.exec()


if __name__ == "__main__":
    {"hold": hold, "edit": edit}[sys.argv[1]](*map(Path, sys.argv[2:]))
