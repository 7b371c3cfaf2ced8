"""Runs pure functions in threads: interactive lanes where the latest wins, and lanes that queue."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from PySide6.QtCore import QObject, Signal

from app.log import Plain, code_of, name_of, note
from imaging.errors import DomainError
from imaging.progress import Cancelled, Progress

Queue = Literal["edits", "check", "plans", "protection", "batch", "anatomy", "bones"]
Lane = Literal[
    "estimate",
    "judge",
    "way",
    "skin",
    "paths",
    "surfaces",
    "tool",
    "measure",
    "draft",
    "facts",
    "advice",
    "moment",
    "comparison",
    "beside",
    "against",
    "journal",
    "solid",
    "glance",
    Queue,
]
_QUEUES: tuple[Queue, ...] = get_args(Queue)
_LANES: tuple[Lane, ...] = get_args(Lane)

# Work of an interactive lane that takes longer than this is noted.
_LONG_S = 1.0

_log = logging.getLogger(__name__)


@dataclass(eq=False)
class _Job:
    title: str
    work: Callable[[Progress], Any]
    done: Callable[[Any], None]
    failed: Callable[[DomainError], None] | None
    gives_way: bool = False
    answers_when_stopped: bool = False
    progress: Progress = field(default_factory=Progress)


class JobRunner(QObject):
    """One thread a lane. Results, errors and progress arrive on the window's thread.

    Signals
    -------
    progressed(title, fraction, text)
        Of the first lane that queues and is at work: of edits, then of checks, then of proposed plans, then of what protects, then of the batch lane, then of those
        that look for anatomy.
    idle()
        A job of a lane that queues is over, and the batch lane has nothing more to do, whatever is still being looked for.
    failed(DomainError)
        A job without a handler of its own was refused or broke.
    """

    progressed = Signal(str, float, str)
    idle = Signal()
    failed = Signal(object)
    _finished = Signal(object, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._wake = threading.Condition()
        self._waiting: dict[Lane, deque[_Job]] = {lane: deque() for lane in _LANES}
        self._running: dict[Lane, _Job | None] = dict.fromkeys(_LANES)
        self._closing = False
        self._finished.connect(self._deliver)
        self._threads = [threading.Thread(target=self._serve, args=(lane,), name=f"jobs-{lane}") for lane in _LANES]
        for thread in self._threads:
            thread.start()

    @property
    def busy(self) -> bool:
        """Whether any job is waiting, running or about to be delivered."""
        with self._wake:
            return any(self._waiting.values()) or any(self._running.values())

    def at_work(self, *titles: str) -> bool:
        """Whether a job of one of some titles waits, runs or is about to be delivered."""
        with self._wake:
            jobs = [job for waiting in self._waiting.values() for job in waiting]
            jobs += [job for job in self._running.values() if job is not None]
        return any(job.title in titles for job in jobs)

    def interactive(
        self,
        lane: Lane,
        title: str,
        work: Callable[[Progress], Any],
        done: Callable[[Any], None],
        failed: Callable[[DomainError], None] | None = None,
    ) -> None:
        """Run short work of an interactive lane; whatever still waits there is given up for it."""
        with self._wake:
            self._waiting[lane].clear()
        self._put(lane, _Job(title, work, done, failed))

    def batch(
        self,
        title: str,
        work: Callable[[Progress], Any],
        done: Callable[[Any], None],
        failed: Callable[[DomainError], None] | None = None,
        *,
        gives_way: bool = False,
        answers_when_stopped: bool = False,
        lane: Queue = "batch",
    ) -> None:
        """Queue long work with progress and cancel; what gives way is cancelled as soon as other work comes.

        What is found in a CT goes into the lanes of anatomy and keeps neither saving nor opening nor predicting waiting, and
        an edit of a structure waits for none of them; nor do a check during the procedure and a search for plans. Work that
        answers when it is stopped always comes to its ``done``, even where it was stopped before it began: it says what it
        has by then.
        """
        if lane == "batch":
            self._make_way()
        job = _Job(title, work, done, failed, gives_way, answers_when_stopped)

        def report(fraction: float, text: str) -> None:
            if not any(self._running[first] for first in _QUEUES[: _QUEUES.index(lane)]):
                self.progressed.emit(title, fraction, text)

        job.progress = Progress(report)
        self._put(lane, job)

    def _make_way(self) -> None:
        with self._wake:
            self._waiting["batch"] = deque(j for j in self._waiting["batch"] if not j.gives_way)
            running = self._running["batch"]
            if running is not None and running.gives_way:
                running.progress.cancel()

    def cancel_batch(self, title: str | None = None) -> None:
        """Stop the queued jobs that run, and forget those that wait; only those of a title if one is given.

        One that answers when it is stopped is not forgotten: its turn comes, and it says that it was stopped.
        """
        with self._wake:
            for lane in _QUEUES:
                stopped = [j for j in self._waiting[lane] if title in (None, j.title)]
                self._waiting[lane] = deque(
                    j for j in self._waiting[lane] if j not in stopped or j.answers_when_stopped
                )
                running = self._running[lane]
                if running is not None and title in (None, running.title):
                    stopped.append(running)
                for job in stopped:
                    job.progress.cancel()

    def close(self) -> None:
        """Cancel everything and wait for the threads."""
        with self._wake:
            self._closing = True
            for lane in self._waiting.values():
                lane.clear()
            for running in self._running.values():
                if running is not None:
                    running.progress.cancel()
            self._wake.notify_all()
        for thread in self._threads:
            thread.join()

    def _put(self, lane: Lane, job: _Job) -> None:
        with self._wake:
            if self._closing:
                return
            self._waiting[lane].append(job)
            self._wake.notify_all()

    def _serve(self, lane: Lane) -> None:
        while True:
            with self._wake:
                while not self._waiting[lane] and not self._closing:
                    self._wake.wait()
                if self._closing:
                    return
                job = self._waiting[lane].popleft()
                self._running[lane] = job
            outcome: Any
            began_s = time.perf_counter()
            try:
                outcome = (lane, job.work(job.progress))
            except Cancelled as cancelled:
                outcome = (lane, cancelled)
            except DomainError as error:
                outcome = (lane, error)
            except (Exception, SystemExit) as error:  # noqa: BLE001  the job runner is one of the few places that catch everything
                _log.exception("job failed: %s", name_of(job.work))
                outcome = (
                    lane,
                    DomainError(
                        f"{job.title} failed unexpectedly ({type(error).__name__}).",
                        code="job-failed",
                        hint="Your case is unharmed. Save it, and try again.",
                    ),
                )
            _note_time(lane, job, outcome[1], time.perf_counter() - began_s)
            if not self._closing:
                self._finished.emit(job, outcome)
            # What a lane did last is not kept until it has something else to do: it may hold a whole CT.
            del job, outcome

    def _deliver(self, job: _Job, outcome: tuple[Lane, Any]) -> None:
        lane, result = outcome
        with self._wake:
            if self._running[lane] is job:
                self._running[lane] = None
            rests = not self._waiting["batch"] and self._running["batch"] is None
        if lane in _QUEUES and rests:
            self.idle.emit()
        if isinstance(result, Cancelled) or (job.progress.cancelled and not job.answers_when_stopped):
            return
        if isinstance(result, DomainError):
            (job.failed or self.failed.emit)(result)
            return
        job.done(result)


def _note_time(lane: Lane, job: _Job, result: object, took_s: float) -> None:
    """Note long work, and work that was refused; not every move of a drag."""
    if isinstance(result, DomainError):
        note("job %s: %.1f s, refused: %s", name_of(job.work), took_s, code_of(result))
    elif lane in _QUEUES or took_s > _LONG_S:
        note("job %s: %.1f s%s", name_of(job.work), took_s, Plain(", stopped" * isinstance(result, Cancelled)))
