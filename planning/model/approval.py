"""That somebody approved a plan, and what the approval rests on."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovedInput:
    """One thing that an approval rests on, as it was.

    Attributes
    ----------
    key : str
        ``ct``, ``structure:root.S2.L``, ``probe:probe-1``, ...
    words : str
        As the user reads it: ``S2 L``.
    digest : str
    """

    key: str
    words: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """An approval. It stands while every input is as it was, and falls when one differs.

    Attributes
    ----------
    by : str
        Name or initials, as they were typed.
    at : str
        Date and time, ISO 8601 with the offset from UTC.
    inputs : tuple of ApprovedInput
    in_spite_of : tuple of str
        What spoke against the plan when it was approved, in sentences.
    """

    by: str
    at: str
    inputs: tuple[ApprovedInput, ...]
    in_spite_of: tuple[str, ...] = ()

    @property
    def when(self) -> str:
        """Date and time to the minute, where it was approved: ``2026-03-05 14:30``."""
        return self.at[:16].replace("T", " ")
