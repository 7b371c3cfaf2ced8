"""The thresholds in use: those that ship, with the user's own levels in place of them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from imaging.errors import DomainError, Finding
from planning.catalogue.rules import SET_BY_USER
from planning.catalogue.thresholds import Level, StructureThresholds, Thresholds, builtin_thresholds
from planning.catalogue.toml_file import read_values, refusal, refuse_booleans, validated
from planning.catalogue.user_files import keep_file, toml_text
from planning.catalogue.user_folder import left_out, user_folder
from resources import resource

BLANK = "blank"
"""What a level is set to that is taken away."""
DOSE = "_cem43"
"""What follows the name of a level that is a dose."""
_GOAL_KEYS = ("margin_mm", "interface_within_mm")
_SOURCES = {"margin_mm": "margin_source", "interface_within_mm": "interface_source"}


def group_of(limits: StructureThresholds) -> str:
    """Return under which name the user's file changes some limits: ``root.cold`` for roots and nerves."""
    return f"{limits.kinds[0].value}.{limits.mode.value}"


def user_thresholds_file() -> Path:
    """Return where the user's own levels are kept; it need not exist."""
    return user_folder() / "thresholds" / "thresholds.toml"


def load_thresholds() -> Thresholds:
    """Return the thresholds with the user's own levels; a file that cannot be used changes nothing."""
    return _loaded(_stamp())[0]


def threshold_findings() -> tuple[Finding, ...]:
    """Return what is wrong with the user's file."""
    return _loaded(_stamp())[1]


def set_threshold(group: str, key: str, value: float | str) -> None:
    """Change one level, and keep it in the user's folder.

    Parameters
    ----------
    group : str
        As `group_of` gives it, or ``goal.cold`` and ``goal.heat``.
    key : str
        ``caution``, ``alarm``, ``injury`` for temperatures in °C, with ``_cem43`` for doses in minutes; of a goal
        ``margin_mm`` or ``interface_within_mm``.
    value : float or str
        "blank" takes a level away.

    Raises
    ------
    DomainError
        As `with_levels`; nothing is kept then.
    OSError
        If the folder cannot be written.
    """
    changes = _own()
    changes[group] = {**changes.get(group, {}), key: value}
    file = user_thresholds_file()
    with_levels(changes, file.name)
    keep_file(file, toml_text({name: own for name, own in changes.items() if own}))


def reset_thresholds() -> None:
    """Go back to the levels that ship with the program."""
    user_thresholds_file().unlink(missing_ok=True)


def with_levels(changes: Mapping[str, Any], name: str = "thresholds.toml") -> Thresholds:
    """Return the thresholds that ship with some levels replaced.

    Parameters
    ----------
    changes : mapping
        As a file would hold them: ``{"root.cold": {"alarm": 2.0, "injury": "blank"}}``. A ``source`` among them is that of
        all levels of the group that it changes; without one they are said to be set by the user.
    name : str
        Of the file, for refusals.

    Raises
    ------
    DomainError
        ``catalogue-file-invalid``, naming key and reason: an unknown group or level, levels that are crossed.
    """
    values = read_values(resource("thresholds", "thresholds.toml"))
    refuse_booleans(name, dict(changes))
    structures = {f"{entry['kinds'][0]}.{entry['mode']}": entry for entry in values["structures"]}
    goals = {f"goal.{entry['mode']}": entry for entry in values["goals"]}
    for group, own in changes.items():
        if group not in structures and group not in goals:
            raise refusal(name, group, "there is no such group of levels")
        if not isinstance(own, Mapping):
            raise refusal(name, group, "it holds no levels")
        source = own.get("source", SET_BY_USER)
        for key, value in own.items():
            if key == "source":
                continue
            if value != BLANK and not isinstance(value, (int, float)):
                raise refusal(name, f"{group}.{key}", "it is neither a number nor blank")
            if group in goals:
                _change_goal(goals[group], key, value, source, f"{group}.{key}", name)
            else:
                _change_level(structures[group], key, value, source, f"{group}.{key}", name)
    return validated(name, values, Thresholds)


def _change_goal(entry: dict[str, Any], key: str, value: Any, source: str, where: str, name: str) -> None:
    if key not in _GOAL_KEYS:
        raise refusal(name, where, "there is no such goal")
    if value == BLANK:
        raise refusal(name, where, "a goal cannot be blank")
    entry[key], entry[_SOURCES[key]] = value, source


def _change_level(entry: dict[str, Any], key: str, value: Any, source: str, where: str, name: str) -> None:
    """Change, add or take away one temperature or dose of one level; a level without either is gone."""
    level, field = (key.removesuffix(DOSE), "cem43_min") if key.endswith(DOSE) else (key, "temperature_c")
    if level not in list(Level):
        raise refusal(name, where, "there is no such level")
    limits = {limit["level"]: limit for limit in entry.get("limits", [])}
    limit = limits.setdefault(level, {"level": level, "species": "not said", "confidence": "low"})
    limit["source"] = source
    if value == BLANK:
        limit.pop(field, None)
    else:
        limit[field] = value
    kept = [limit for limit in limits.values() if "temperature_c" in limit or "cem43_min" in limit]
    entry["limits"] = sorted(kept, key=lambda limit: Level(limit["level"]).rank)


def _own() -> dict[str, Any]:
    """The user's own levels, as their file gives them; empty where there is none that can be used."""
    thresholds, findings = _loaded(_stamp())
    return {} if findings or thresholds is builtin_thresholds() else read_values(user_thresholds_file())


def _stamp() -> tuple[Path, int]:
    """What tells one state of the user's file from another."""
    file = user_thresholds_file()
    try:
        return file, file.stat().st_mtime_ns
    except OSError:
        return file, 0


@cache
def _loaded(stamp: tuple[Path, int]) -> tuple[Thresholds, tuple[Finding, ...]]:
    file, changed_ns = stamp
    if not changed_ns:
        return builtin_thresholds(), ()
    try:
        return with_levels(read_values(file), file.name), ()
    except DomainError as error:
        return builtin_thresholds(), (left_out(file, error),)
