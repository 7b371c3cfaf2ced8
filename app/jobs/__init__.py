"""Long work off the window's thread."""

from app.jobs.runner import JobRunner, Queue

__all__ = ["JobRunner", "Queue"]
