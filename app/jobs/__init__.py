"""Long work off the window's thread."""

from app.jobs.runner import JobRunner

__all__ = ["JobRunner"]
