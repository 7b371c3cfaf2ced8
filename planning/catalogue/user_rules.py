"""Keeping what the user made of the rules of paths."""

from __future__ import annotations

from typing import Any

from planning.catalogue.rules import changed_rules, user_rules_file, with_changes
from planning.catalogue.user_files import keep_file, toml_text


def set_rule(group: str, rule: str, values: dict[str, Any]) -> None:
    """Change some values of one rule, and keep them in the user's folder.

    Parameters
    ----------
    group : {"limits", "preferences", ""}
        Empty for a single value such as ``tolerance_mm``.
    rule : str
    values : dict
        ``{"alarm": 3.0}``; "blank" takes a level away.

    Raises
    ------
    DomainError
        As `with_changes`; nothing is kept then.
    OSError
        If the folder cannot be written.
    """
    changes = changed_rules()
    within = changes.setdefault(group, {}) if group else changes
    within[rule] = {**within.get(rule, {}), **values}
    file = user_rules_file()
    with_changes(changes, file.name)
    keep_file(file, toml_text(changes))


def reset_rules() -> None:
    """Go back to the rules that ship with the program."""
    user_rules_file().unlink(missing_ok=True)
