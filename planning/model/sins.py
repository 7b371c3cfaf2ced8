"""The items of the Spinal Instability Neoplastic Score, as somebody fills them in."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class SinsLocation(enum.StrEnum):
    """Where the lesion lies."""

    JUNCTIONAL = "junctional"
    MOBILE = "mobile"
    SEMIRIGID = "semirigid"
    RIGID = "rigid"


class SinsPain(enum.StrEnum):
    """What pain there is."""

    MECHANICAL = "mechanical"
    OCCASIONAL = "occasional"
    NONE = "none"


class SinsAlignment(enum.StrEnum):
    """How the vertebrae stand to each other."""

    SUBLUXATION = "subluxation"
    DEFORMITY = "deformity"
    NORMAL = "normal"


class SinsCollapse(enum.StrEnum):
    """How far the vertebral body has given way."""

    OVER_HALF = "over-half"
    UNDER_HALF = "under-half"
    BODY_INVOLVED = "body-involved"
    NONE = "none"


class SinsPosterolateral(enum.StrEnum):
    """On how many sides the posterolateral elements are involved."""

    BILATERAL = "bilateral"
    UNILATERAL = "unilateral"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sins:
    """The form; what nobody said is None. The lesion's quality is its appearance, and not asked twice.

    Attributes
    ----------
    location : SinsLocation or None
        None takes it from the bones that are marked, as far as they say it.
    pain : SinsPain or None
    alignment : SinsAlignment or None
    collapse : SinsCollapse or None
    posterolateral : SinsPosterolateral or None
    """

    location: SinsLocation | None = None
    pain: SinsPain | None = None
    alignment: SinsAlignment | None = None
    collapse: SinsCollapse | None = None
    posterolateral: SinsPosterolateral | None = None
