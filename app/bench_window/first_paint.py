"""Start the program as its command does, and end it once its window is painted.

Run as ``python -m app.bench_window.first_paint BEGAN``, where BEGAN is the time at which the process was started, in seconds
since 1970; prints the seconds from then until the window was on the display.
"""

from __future__ import annotations

import sys
import time

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QMainWindow


class _FirstPaint(QObject):
    """Waits for the first paint of the program's window."""

    def __init__(self, began_s: float) -> None:
        super().__init__()
        self._began_s = began_s

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Paint and isinstance(watched, QMainWindow):
            QApplication.instance().removeEventFilter(self)
            # All of the window is painted and sent before the next event.
            QTimer.singleShot(0, self._painted)
        return False

    def _painted(self) -> None:
        QGuiApplication.sync()
        print(time.time() - self._began_s, flush=True)  # noqa: T201
        for window in QApplication.topLevelWidgets():
            window.close()
        QApplication.quit()


def main(began_s: float) -> int:
    """Start the program without a case to open, and return its exit status."""
    application = QApplication(sys.argv[:1])
    first = _FirstPaint(began_s)
    application.installEventFilter(first)
    from app.cli.main import main as start

    return start([])


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1])))
