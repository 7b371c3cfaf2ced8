"""Refusals of the planning domain."""

from __future__ import annotations

from imaging.errors import DomainError


class PlanError(DomainError):
    """A plan, a catalogue entry or a request for a prediction cannot be used as it stands."""


class SolverError(DomainError):
    """A prediction ran and failed: it diverged or did not converge. Its message names step and place."""
