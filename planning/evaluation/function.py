"""What it would mean for bladder, bowel and gait if the roots at alarm were lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from imaging.structures import Side, StructureKind
from planning.catalogue.root_function import Pattern, RootFunction, load_root_function
from planning.evaluation.structures import StructureRisk
from planning.model.judgement import Judgement
from planning.quantities import NNBSP

_BELOW_S1 = ("S2", "S3", "S4", "S5")


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionOutlook:
    """What patients kept who lost such roots.

    Attributes
    ----------
    lost : tuple of str
        Names of the roots that are taken as lost: those at alarm or worse.
    unknown : tuple of str
        Names of pelvic roots that are not assessed or unconfirmed, and are not counted as lost here.
    sentences : tuple of (str, str)
        What it would mean, and the source.
    """

    lost: tuple[str, ...]
    unknown: tuple[str, ...]
    sentences: tuple[tuple[str, str], ...]


def function_outlook(risks: Sequence[StructureRisk], known: RootFunction | None = None) -> FunctionOutlook:
    """Return what it would mean if every root at alarm or worse were lost.

    Parameters
    ----------
    risks : sequence of StructureRisk
    known : RootFunction, optional
        What ships with the program by default.
    """
    known = known or load_root_function()
    roots = [r for r in risks if r.kind is StructureKind.ROOT and r.side is not None]
    lost = [r for r in roots if r.judgement >= Judgement.ALARM]
    pelvic = [r for r in roots if r.level in _BELOW_S1]
    unknown = [
        r
        for r in pelvic
        if r.judgement < Judgement.ALARM and (r.judgement is Judgement.NOT_ASSESSED or not r.confirmed)
    ]
    sentences: list[tuple[str, str]] = []
    kept = {side: {r.level for r in pelvic if r.side is side} - _levels(lost, side) for side in Side}
    if pattern := lost_pattern({side: _levels(lost, side) & set(_BELOW_S1) for side in Side}):
        sentences.append(series_text(pattern, known))
        if pattern != "one_side":
            sentences += _by_lowest_kept(kept, known)
    for entry in known.carries:
        named = [r.name for r in lost if r.level in entry.levels]
        if named:
            sentences.append(
                (f"{_listed(named)} {'carries' if len(named) == 1 else 'carry'} {entry.words}.", entry.source)
            )
    return FunctionOutlook(
        lost=tuple(r.name for r in lost), unknown=tuple(r.name for r in unknown), sentences=tuple(sentences)
    )


def series_text(pattern: Pattern, known: RootFunction | None = None) -> tuple[str, str]:
    """Return what patients kept after a pattern of loss, and the source."""
    series = (known or load_root_function()).of_pattern(pattern)
    words = f"With {series.words}, {series.bladder_pct:g}{NNBSP}% kept a normal bladder and "
    return f"{words}{series.bowel_pct:g}{NNBSP}% a normal bowel.", series.source


def lost_pattern(lost: Mapping[Side, set[str]]) -> Pattern | None:
    """Return which published pattern the loss of some of S2 to S5 comes to; where it lies between two, the graver.

    Parameters
    ----------
    lost : mapping of Side to set of str
        Levels lost on each side.
    """
    left, right = lost[Side.LEFT], lost[Side.RIGHT]
    if not left and not right:
        return None
    if not left or not right:
        return "one_side"
    if "S3" in left and "S3" in right:
        return "s2_down" if "S2" in left and "S2" in right else "s3_down"
    if not {"S2", "S3"} & (left | right):
        return "s4_down"
    return "asymmetric"


def _by_lowest_kept(kept: Mapping[Side, set[str]], known: RootFunction) -> list[tuple[str, str]]:
    """Share with a normal bladder, and gait, by the lowest of S2 and S3 that is kept with all above it."""
    sides = {level: sum({"S2", level} <= kept[side] for side in Side) for level in ("S2", "S3")}
    level = "S3" if sides["S3"] else "S2"
    entry = known.of_kept(level, sides[level])
    if entry is None:
        return []
    what = f"no {level}" if not sides[level] else f"one {level}" if sides[level] == 1 else f"both {level}"
    words = f"With {what} kept, {entry.bladder_pct:g}{NNBSP}% had a normal bladder"
    words += "" if entry.gait_pct is None else f" and {entry.gait_pct:g}{NNBSP}% a normal gait"
    return [(f"{words}.", entry.source)]


def _levels(lost: Sequence[StructureRisk], side: Side) -> set[str]:
    return {r.level for r in lost if r.side is side}


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
