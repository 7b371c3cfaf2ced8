"""Progress of long work, which is also the point where it can be cancelled."""

from __future__ import annotations

import time
from collections.abc import Callable


class Cancelled(Exception):
    """The user stopped the work. Not an error: nothing is shown, nothing is kept."""


class Progress:
    """Reports how far long work is, and raises `Cancelled` once it was told to stop.

    Parameters
    ----------
    listener : callable, optional
        Called with the fraction done (0 to 1) and a short text, at most ten times a second.
    """

    _MIN_INTERVAL_S = 0.1

    def __init__(self, listener: Callable[[float, str], None] | None = None) -> None:
        self._listener = listener
        self._cancelled = False
        self._last_s = float("-inf")

    def cancel(self) -> None:
        """Ask the work to stop at its next report."""
        self._cancelled = True

    @property
    def cancelled(self) -> bool:
        return self._cancelled

    def report(self, fraction: float, text: str = "") -> None:
        """Say how far the work is.

        Raises
        ------
        Cancelled
            If `cancel` was called.
        """
        if self._cancelled:
            raise Cancelled
        now_s = time.monotonic()
        if self._listener and (now_s - self._last_s >= self._MIN_INTERVAL_S or fraction >= 1.0):
            self._last_s = now_s
            self._listener(min(max(fraction, 0.0), 1.0), text)

    def part(self, start: float, stop: float) -> Progress:
        """Return a progress whose 0 to 1 is this one's ``start`` to ``stop``."""
        return _Part(self, start, stop)


class _Part(Progress):
    def __init__(self, whole: Progress, start: float, stop: float) -> None:
        super().__init__()
        self._whole, self._start, self._stop = whole, start, stop

    def cancel(self) -> None:
        self._whole.cancel()

    @property
    def cancelled(self) -> bool:
        return self._whole.cancelled

    def report(self, fraction: float, text: str = "") -> None:
        self._whole.report(self._start + (self._stop - self._start) * fraction, text)


def no_progress() -> Progress:
    """Return a progress nobody listens to."""
    return Progress()
