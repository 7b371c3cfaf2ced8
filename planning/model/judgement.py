"""How grave a finding is."""

from __future__ import annotations

import enum


class Judgement(enum.IntEnum):
    """What is to be said of a structure, gravest last; the unknown is never within limits."""

    WITHIN = 0
    NOT_ASSESSED = 1
    UNCONFIRMED = 2
    CAUTION = 3
    ALARM = 4
    INJURY = 5

    @property
    def word(self) -> str:
        return _WORDS[self]


_WORDS = {
    Judgement.WITHIN: "within limits",
    Judgement.NOT_ASSESSED: "not assessed",
    Judgement.UNCONFIRMED: "unconfirmed",
    Judgement.CAUTION: "caution",
    Judgement.ALARM: "alarm",
    Judgement.INJURY: "presumed injury",
}
