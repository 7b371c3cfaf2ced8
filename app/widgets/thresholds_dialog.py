"""The window that lists what structures bear, and the goals of lesions, and lets the user change them."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtWidgets import QWidget

from app.widgets.basics import shortened
from app.widgets.numbers_dialog import NumberLine, NumbersDialog
from imaging.errors import Finding
from planning.catalogue.own_thresholds import (
    DOSE,
    group_of,
    load_thresholds,
    reset_thresholds,
    set_threshold,
    threshold_findings,
)
from planning.catalogue.thresholds import Level, Limit, Mode, StructureThresholds
from planning.model.naming import kind_name

_HEADS = ("Structure", "By", "Caution", "Alarm", "Presumed injury", "Unit", "Source")
_COLUMN_OF = {Level.CAUTION: 2, Level.ALARM: 3, Level.INJURY: 4}
_NUMBERS = frozenset(_COLUMN_OF.values())
_MODE_WORDS = {Mode.HEAT: "heat", Mode.COLD: "cold"}
_PREFIX = "Suggested bands of the evidence base, literature value, editable: "
"""It stands before the source of every level that ships, and is left out where there is little room."""
_BLANK = "No published level is on file: the structure is not assessed until you give one."
_ABOUT = (
    "A structure at or beyond a level is judged by it. Where all are blank it is not assessed, and never counted as safe. "
    "Double-click a number to change it, or a blank one to give it; clear it to take it away. What you give counts for every case, "
    "and stands in reports as set by the user."
)


class ThresholdsDialog(NumbersDialog):
    """Temperatures and doses of every kind of structure, and the margins that count as treated."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, "Levels of harm, and goals", _HEADS, _ABOUT)

    def lines(self) -> Iterator[NumberLine]:
        thresholds = load_thresholds()
        for limits in thresholds.structures:
            yield _line(limits, "")
            if limits.mode is Mode.HEAT:
                yield _line(limits, DOSE)
        for goal in thresholds.goals:
            group, mode = f"goal.{goal.mode.value}", _MODE_WORDS[goal.mode]
            yield NumberLine(
                cells=("Lesion, to cure", mode, "", goal.margin_mm, "", "mm margin", shortened(goal.margin_source)),
                source=goal.margin_source,
                keys={3: (group, "margin_mm")}, numbers=_NUMBERS,
            )  # fmt: skip
            yield NumberLine(
                cells=(
                    "Lesion, to relieve pain", mode, "", goal.interface_within_mm, "", "mm of bone beside it",
                    shortened(goal.interface_source),
                ),
                source=goal.interface_source,
                keys={3: (group, "interface_within_mm")}, numbers=_NUMBERS,
            )  # fmt: skip

    def findings(self) -> tuple[Finding, ...]:
        return threshold_findings()

    def keep(self, key: tuple[str, ...], value: float | str) -> None:
        set_threshold(*key, value)

    def go_back(self) -> None:
        reset_thresholds()


def _line(limits: StructureThresholds, kind_of_level: str) -> NumberLine:
    """Temperatures, or doses, of some kinds of structure."""
    by_level = {limit.level: limit for limit in limits.limits}
    names = ", ".join(kind_name(kind) for kind in limits.kinds)
    cells: list[object] = [names, _MODE_WORDS[limits.mode]]
    cells += [_value(by_level.get(level), kind_of_level) for level in _COLUMN_OF]
    given = [limit for limit in limits.limits if _value(limit, kind_of_level) is not None]
    unit = "min CEM43" if kind_of_level else "°C"
    cells += [unit, "\n".join(shortened(limit.source.removeprefix(_PREFIX), 70) for limit in given) or _BLANK]
    source = "\n".join(
        f"{limit.level.value.capitalize()}: {limit.source} ({limit.species}, {limit.confidence} confidence)"
        for limit in given
    )
    keys = {column: (group_of(limits), f"{level.value}{kind_of_level}") for level, column in _COLUMN_OF.items()}
    return NumberLine(cells=cells, source=source or _BLANK, keys=keys)


def _value(limit: Limit | None, kind_of_level: str) -> float | None:
    if limit is None:
        return None
    return limit.cem43_min if kind_of_level else limit.temperature_c
