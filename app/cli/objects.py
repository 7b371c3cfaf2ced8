"""`object`: name, colour, lock and remove whatever a case holds, by the same operations as the window."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

from app.cli.common import Answer, Subparsers, add_act, add_acts, add_case_argument, change_case
from planning.case_io import read_case
from planning.model import Case
from planning.model.look import OwnColour
from planning.operations.locks import what_is
from planning.operations.objects import (
    CaseObject,
    colour_object,
    lock_object,
    object_of,
    objects_of,
    remove_object,
    rename_object,
)

_USUAL = "usual"


def add_commands(commands: Subparsers) -> None:
    """Add the commands of this file."""
    acts = add_acts(commands, "object", "name, colour, lock or remove whatever a case holds")
    add_case_argument(add_act(acts, "list", "what there is, with ids, names, colours and locks", _list))
    parser = _on_one(acts, "rename", "call it otherwise; roots and vertebrae are named by their level", _rename)
    parser.add_argument("name")
    parser = _on_one(acts, "colour", "draw it in a colour of your choice, or in its usual one", _colour)
    parser.add_argument("colour", choices=[*(c.value for c in OwnColour), _USUAL])
    _on_one(acts, "lock", "keep it as it is", lambda a: _changed(a, lambda case, i: lock_object(case, i)))
    _on_one(
        acts, "unlock", "let it be changed again", lambda a: _changed(a, lambda case, i: lock_object(case, i, False))
    )
    _on_one(acts, "remove", "take it out of the case; what is locked stays", _remove)


def _on_one(
    acts: Subparsers, name: str, words: str, act: Callable[[argparse.Namespace], Answer]
) -> argparse.ArgumentParser:
    parser = add_act(acts, name, words, act)
    add_case_argument(parser)
    parser.add_argument("object", metavar="ID", help="id or name")
    return parser


def _list(arguments: argparse.Namespace) -> Answer:
    case, _ = read_case(arguments.case, with_zones=False)
    held = list(objects_of(case))
    return Answer({"objects": [_values(o) for o in held]}, [_words(o) for o in held] or ["The case holds nothing yet."])


def _rename(arguments: argparse.Namespace) -> Answer:
    return _changed(arguments, lambda case, object_id: rename_object(case, object_id, arguments.name))


def _colour(arguments: argparse.Namespace) -> Answer:
    colour = None if arguments.colour == _USUAL else OwnColour(arguments.colour)
    return _changed(arguments, lambda case, object_id: colour_object(case, object_id, colour))


def _changed(arguments: argparse.Namespace, change: Callable[[Case, str], Case]) -> Answer:
    found: list[str] = []

    def changed(case: Case) -> Case:
        found.append(object_of(case, arguments.object).id)
        return change(case, found[0])

    held = object_of(change_case(arguments.case, changed), found[0])
    return Answer(_values(held), [_words(held)])


def _remove(arguments: argparse.Namespace) -> Answer:
    gone: list[CaseObject] = []

    def changed(case: Case) -> Case:
        gone.append(object_of(case, arguments.object))
        return remove_object(case, gone[0].id)

    change_case(arguments.case, changed)
    return Answer({"removed": gone[0].id}, [f"{gone[0].name} removed."])


def _values(held: CaseObject) -> dict[str, Any]:
    colour = None if held.colour is None else held.colour.value
    return {"id": held.id, "what": what_is(held), "name": held.name, "colour": colour, "locked": held.locked}


def _words(held: CaseObject) -> str:
    colour = "" if held.colour is None else f", {held.colour.value}"
    return f"{held.id}: {held.name}{colour}{', locked' if held.locked else ''}"
