"""What is known of the patient beside the CT, as far as plan and verdict depend on it."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Intent(enum.StrEnum):
    """What the ablation is for."""

    CURATIVE = "curative"
    """The whole lesion and a margin around it."""
    PALLIATIVE = "palliative"
    """Relief of pain: where the lesion's bone meets soft tissue."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clinical:
    """Clinical facts of a case; what nobody said is None, and is never guessed.

    Attributes
    ----------
    intent : Intent or None
        None is judged as curative, the stricter goal, and said to be so.
    """

    intent: Intent | None = None
