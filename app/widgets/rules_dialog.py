"""The window that lists the rules of paths and lets the user change them."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtWidgets import QWidget

from app.widgets.numbers_dialog import NumberLine, NumbersDialog
from imaging.errors import Finding
from planning.catalogue.rules import PathLimit, PathPreference, load_path_rules, path_rule_findings
from planning.catalogue.user_rules import reset_rules, set_rule

_HEADS = ("Rule", "Kind", "Mild", "Grave", "Unit", "Weight", "Source")
_MILD, _GRAVE, _WEIGHT = 2, 3, 5
_SINGLE = {
    "tolerance_mm": ("How far a needle strays at the tip", "mm"),
    "hand_mm": ("Room for a hand beyond the hub", "mm"),
    "cortex_above_hu": ("Bone counts as cortex from", "HU"),
}
_ABOUT = (
    "Limits: beyond Mild a path is marked (caution), beyond Grave it is refused (alarm); where both are blank only "
    "contact is refused. Preferences: a path costs nothing at Mild (good) and its weight at Grave (poor). "
    "Double-click a number to change it; clear it to leave it blank."
)


class RulesDialog(NumbersDialog):
    """All limits and preferences with levels, weight and source."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, "Rules of paths", _HEADS, _ABOUT)

    def lines(self) -> Iterator[NumberLine]:
        rules = load_path_rules()
        for key, (name, unit) in _SINGLE.items():
            number = getattr(rules, key)
            cells = (name, "Value", "", number.value, unit, None, number.source)
            yield NumberLine(cells=cells, source=number.source, keys={_GRAVE: ("", key, "value")})
        for key, limit in rules.limits.items():
            yield _limit_line(key, limit)
        for key, preference in rules.preferences.items():
            yield _preference_line(key, preference)

    def findings(self) -> tuple[Finding, ...]:
        return path_rule_findings()

    def keep(self, key: tuple[str, ...], value: float | str) -> None:
        group, rule, field = key
        set_rule(group, rule, {field: value})

    def go_back(self) -> None:
        reset_rules()


def _limit_line(key: str, limit: PathLimit) -> NumberLine:
    kind = "Distance, at least" if limit.kinds else f"Limit, {limit.sense}"
    cells = (_begun(limit.name), kind, limit.caution, limit.alarm, limit.unit, limit.weight, limit.source)
    return NumberLine(cells=cells, source=limit.source, keys=_keys("limits", key, "caution", "alarm"))


def _preference_line(key: str, preference: PathPreference) -> NumberLine:
    cells = (
        _begun(preference.name), "Preference", preference.good, preference.poor, preference.unit, preference.weight,
        preference.source,
    )  # fmt: skip
    return NumberLine(cells=cells, source=preference.source, keys=_keys("preferences", key, "good", "poor"))


def _keys(group: str, rule: str, mild: str, grave: str) -> dict[int, tuple[str, ...]]:
    return {_MILD: (group, rule, mild), _GRAVE: (group, rule, grave), _WEIGHT: (group, rule, "weight")}


def _begun(name: str) -> str:
    return name[:1].upper() + name[1:]
