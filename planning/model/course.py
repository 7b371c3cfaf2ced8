"""How it went: pain and function before and after, complications, local control."""

from __future__ import annotations

import enum
import math
from dataclasses import dataclass

from planning.quantities import NNBSP

MOST_PAIN = 10
"""Both scales of pain run from 0 to this."""


class PainScale(enum.StrEnum):
    """How pain is told; both run from 0 to 10."""

    NPRS = "NPRS"
    """A whole number that the patient says."""
    VAS = "VAS"
    """A mark on a line, in centimetres."""


class Complication(enum.StrEnum):
    """Grade of the gravest complication after CIRSE 2017."""

    NONE = "none"
    SOLVED_IN_SESSION = "1"
    SHORT_STAY = "2"
    EXTRA_THERAPY = "3"
    MILD_PERMANENT = "4"
    SEVERE_PERMANENT = "5"
    DEATH = "6"

    @property
    def words(self) -> str:
        """What the grade means."""
        return _COMPLICATIONS[self]


_COMPLICATIONS = {
    Complication.NONE: "no complication",
    Complication.SOLVED_IN_SESSION: "1: solved in the session",
    Complication.SHORT_STAY: f"2: stay up to 48{NNBSP}h longer, no therapy",
    Complication.EXTRA_THERAPY: f"3: more therapy or over 48{NNBSP}h, no sequelae",
    Complication.MILD_PERMANENT: "4: mild permanent sequelae",
    Complication.SEVERE_PERMANENT: "5: severe permanent sequelae",
    Complication.DEATH: "6: death",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """What was recorded; what nobody recorded is None.

    Attributes
    ----------
    pain_scale : PainScale or None
        Of both values of pain: they can only be told against each other on one scale.
    pain_before, pain_after : float or None
        0 to 10.
    pain_after_weeks : float or None
        When the second was taken.
    karnofsky_before_pct, karnofsky_after_pct : int or None
        0 to 100 in tens.
    complication : Complication or None
        None is not known; that there was none is a value.
    local_control : bool or None
    local_control_months : float or None
        When that was seen.
    """

    pain_scale: PainScale | None = None
    pain_before: float | None = None
    pain_after: float | None = None
    pain_after_weeks: float | None = None
    karnofsky_before_pct: int | None = None
    karnofsky_after_pct: int | None = None
    complication: Complication | None = None
    local_control: bool | None = None
    local_control_months: float | None = None

    @property
    def pain_change(self) -> float | None:
        """Pain after less pain before; None while either is not known."""
        if self.pain_before is None or self.pain_after is None:
            return None
        return self.pain_after - self.pain_before

    @property
    def fault(self) -> str:
        """Why it cannot be a course, in words; empty if it can."""
        for when, value in (("before", self.pain_before), ("after", self.pain_after)):
            if value is None:
                continue
            if not (math.isfinite(value) and 0 <= value <= MOST_PAIN):
                return f"pain {when} is {value:g}; both scales run from 0 to {MOST_PAIN}"
            if self.pain_scale is None:
                return f"pain {when} is {value:g}, and its scale is not said"
            if self.pain_scale is PainScale.NPRS and value != int(value):
                return f"pain {when} is {value:g}; NPRS has whole numbers only"
        for when, pct in (("before", self.karnofsky_before_pct), ("after", self.karnofsky_after_pct)):
            if pct is not None and pct not in range(0, 101, 10):
                return f"Karnofsky {when} is {pct:g}; it runs from 0 to 100 in tens"
        for what, value in (("weeks", self.pain_after_weeks), ("months", self.local_control_months)):
            if value is not None and not (math.isfinite(value) and value >= 0):
                return f"{value:g} {what} cannot be"
        return ""
