"""The zone tables of devices of the user's own: made in the background when such a device is first used."""

from __future__ import annotations

from collections.abc import Callable

from app.jobs import JobRunner
from imaging.progress import Progress
from planning import services
from planning.model import Case

TITLE = "Zone table of a new device"


class TableMaker:
    """Queues the making of each missing table once.

    Parameters
    ----------
    jobs : JobRunner
    """

    def __init__(self, jobs: JobRunner) -> None:
        self._jobs = jobs
        self._asked: set[str] = set()

    def make(self, case: Case, done: Callable[[], object]) -> None:
        """Have the tables made that a plan's devices lack; ``done`` is called once they are there."""
        asked = set(services.without_table(case))
        if not asked or asked <= self._asked:
            return
        self._asked |= asked

        def work(progress: Progress) -> None:
            try:
                services.make_tables(case, progress)
            finally:
                self._asked -= asked

        self._jobs.batch(TITLE, work, lambda _: done())
