"""The Spinal Instability Neoplastic Score: points of its six items, and what their sum means."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from planning.model.clinical import Appearance
from planning.model.sins import Sins, SinsAlignment, SinsCollapse, SinsLocation, SinsPain, SinsPosterolateral

SURGEON_FROM = 7
"""From this sum on a surgeon is asked."""


class Stability(enum.StrEnum):
    """What the score means."""

    STABLE = "stable"
    POTENTIALLY_UNSTABLE = "potentially_unstable"
    UNSTABLE = "unstable"

    @property
    def words(self) -> str:
        """As the user reads it."""
        return self.value.replace("_", " ")


@dataclass(frozen=True, slots=True, kw_only=True)
class SinsItem:
    """An item of the form.

    Attributes
    ----------
    key : str
        Its attribute of `Sins`; ``quality`` is the lesion's appearance.
    name : str
    choices : mapping of str to (str, int)
        Words and points of every value.
    """

    key: str
    name: str
    choices: Mapping[str, tuple[str, int]]


def _item(key: str, name: str, choices: Mapping[enum.StrEnum, tuple[str, int]]) -> SinsItem:
    return SinsItem(key=key, name=name, choices=MappingProxyType({k.value: v for k, v in choices.items()}))


SINS_ITEMS = (
    _item("location", "Location", {
        SinsLocation.JUNCTIONAL: ("junctional: O–C2, C7–T2, T11–L1, L5–S1", 3),
        SinsLocation.MOBILE: ("mobile: C3–C6, L2–L4", 2),
        SinsLocation.SEMIRIGID: ("semirigid: T3–T10", 1),
        SinsLocation.RIGID: ("rigid: S2–S5", 0),
    }),
    _item("pain", "Pain", {
        SinsPain.MECHANICAL: ("mechanical", 3),
        SinsPain.OCCASIONAL: ("occasional, not mechanical", 1),
        SinsPain.NONE: ("none", 0),
    }),
    _item("quality", "Lesion quality", {
        Appearance.LYTIC: ("lytic", 2),
        Appearance.MIXED: ("mixed", 1),
        Appearance.SCLEROTIC: ("blastic", 0),
    }),
    _item("alignment", "Alignment", {
        SinsAlignment.SUBLUXATION: ("subluxation or translation", 4),
        SinsAlignment.DEFORMITY: ("new deformity", 2),
        SinsAlignment.NORMAL: ("normal", 0),
    }),
    _item("collapse", "Collapse", {
        SinsCollapse.OVER_HALF: ("over 50 %", 3),
        SinsCollapse.UNDER_HALF: ("under 50 %", 2),
        SinsCollapse.BODY_INVOLVED: ("none, over 50 % of body involved", 1),
        SinsCollapse.NONE: ("none", 0),
    }),
    _item("posterolateral", "Posterolateral", {
        SinsPosterolateral.BILATERAL: ("both sides", 3),
        SinsPosterolateral.UNILATERAL: ("one side", 1),
        SinsPosterolateral.NONE: ("none", 0),
    }),
)  # fmt: skip
"""In the order of the published form."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SinsScore:
    """The score as far as it is known.

    Attributes
    ----------
    points : mapping of str to int or None
        By item; None where nobody said.
    """

    points: Mapping[str, int | None]

    @property
    def missing(self) -> tuple[str, ...]:
        """Names of the items that nobody filled in."""
        return tuple(item.name for item in SINS_ITEMS if self.points[item.key] is None)

    @property
    def total(self) -> int | None:
        """The sum; None until all six items are known."""
        known = [p for p in self.points.values() if p is not None]
        return sum(known) if len(known) == len(SINS_ITEMS) else None

    @property
    def least(self) -> int:
        """What the known items come to already."""
        return sum(p for p in self.points.values() if p is not None)

    @property
    def stability(self) -> Stability | None:
        """What the sum means; None until it is known."""
        if self.total is None:
            return None
        if self.total < SURGEON_FROM:
            return Stability.STABLE
        return Stability.POTENTIALLY_UNSTABLE if self.total <= 12 else Stability.UNSTABLE

    @property
    def words(self) -> str:
        """Sum and meaning, or what is missing."""
        if self.stability is not None:
            asked = "; ask a surgeon" if self.total is not None and self.total >= SURGEON_FROM else ""
            return f"{self.total} of 18: {self.stability.words}{asked}"
        if len(self.missing) == len(SINS_ITEMS):
            return "not assessed"
        names = [name[:1].lower() + name[1:] for name in self.missing]
        return f"not assessed: {', '.join(names)} missing; at least {self.least} of 18"


def sins_score(sins: Sins, appearance: Appearance | None, location: SinsLocation | None = None) -> SinsScore:
    """Return the score of a form.

    Parameters
    ----------
    sins : Sins
    appearance : Appearance or None
        From which the item of the lesion's quality follows.
    location : SinsLocation or None
        What the marked bones say, where the form does not.
    """
    given: dict[str, str | None] = {
        "location": sins.location or location,
        "pain": sins.pain,
        "quality": appearance,
        "alignment": sins.alignment,
        "collapse": sins.collapse,
        "posterolateral": sins.posterolateral,
    }
    values = {item.key: (item, given[item.key]) for item in SINS_ITEMS}
    return SinsScore(
        points=MappingProxyType(
            {key: None if value is None else item.choices[value][1] for key, (item, value) in values.items()}
        )
    )
