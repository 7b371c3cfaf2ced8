"""Refusals of the planning domain."""

from __future__ import annotations

from imaging.errors import DomainError


class PlanError(DomainError):
    """A plan, a catalogue entry or a request for a prediction cannot be used as it stands."""


class ZoneTableMissing(PlanError):
    """A device has no drag estimate yet; its zone table is made before it is first predicted."""


class SolverError(DomainError):
    """A prediction ran and failed: it diverged or did not converge. Its message names step and place."""


class CaseFileError(DomainError):
    """A case file cannot be read or written. The file on disk is never changed by the attempt."""
