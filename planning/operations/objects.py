"""Name, colour, lock and remove whatever a case holds, all in the same way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TypeVar

from planning.errors import PlanError
from planning.model.annotation import Annotation
from planning.model.case import Case, Probe, Structure
from planning.model.cement import Cement
from planning.model.look import OwnColour
from planning.model.protection import Pocket, Thermocouple
from planning.operations.annotations import remove_annotation, reword_annotation
from planning.operations.cement import remove_cement
from planning.operations.probes import remove_probe
from planning.operations.protection import remove_pocket, remove_thermocouple
from planning.operations.structures import remove_structure

CaseObject = Structure | Probe | Pocket | Thermocouple | Cement | Annotation
_Held = TypeVar("_Held", Structure, Probe, Pocket, Thermocouple, Cement, Annotation)
LONGEST_NAME = 40

_REMOVE: dict[type[CaseObject], Callable[[Case, str], Case]] = {
    Structure: remove_structure,
    Probe: remove_probe,
    Pocket: remove_pocket,
    Thermocouple: remove_thermocouple,
    Cement: remove_cement,
    Annotation: remove_annotation,
}


def objects_of(case: Case) -> Iterator[CaseObject]:
    """Return structures, what the plan in hand places, measurements and notes, one after another."""
    plan = case.plan
    for held in (case.structures, plan.probes, plan.pockets, plan.thermocouples, plan.cements, case.annotations):
        yield from held


def find_object(case: Case, object_id: str) -> CaseObject | None:
    """Return what has an id, or else what has this name; None where the case holds nothing of the kind."""
    held = tuple(objects_of(case))
    by_id = next((o for o in held if o.id == object_id), None)
    return by_id or next((o for o in held if o.name == object_id), None)


def object_of(case: Case, object_id: str) -> CaseObject:
    """Return what has an id or name.

    Raises
    ------
    PlanError
        ``object-unknown``, with all that the case holds.
    """
    found = find_object(case, object_id)
    if found is None:
        known = ", ".join(o.id for o in objects_of(case)) or "nothing yet"
        raise PlanError(f"The case holds no '{object_id}'.", code="object-unknown", hint=f"It holds: {known}.")
    return found


def require_renamable(held: CaseObject) -> None:
    """Raise PlanError ``name-is-level`` for a root, a foramen or a vertebra: what it is called says which one it is."""
    if isinstance(held, Structure) and held.level:
        raise PlanError(
            f"{held.name} is named by its level, and keeps that name.",
            code="name-is-level",
            hint="If the level is wrong, renumber the levels.",
        )


def rename_object(case: Case, object_id: str, name: str) -> Case:
    """Return the case with something called otherwise. No temperature and no judgement depends on it.

    Parameters
    ----------
    case : Case
    object_id : str
        Id or name.
    name : str
        Of a measurement or note its words, which may be none.

    Raises
    ------
    PlanError
        ``object-unknown``; ``name-is-level``; ``name-missing``; ``name-long``; ``name-taken``, also where it is the id of something
        else, so that whoever asks by name or id never gets the wrong one.
    """
    held = object_of(case, object_id)
    if isinstance(held, Annotation):
        return reword_annotation(case, held.id, name)
    require_renamable(held)
    name = " ".join(name.split())
    if not name:
        raise PlanError(f"{held.name} needs a name.", code="name-missing", hint="Give it one, or leave it as it is.")
    if len(name) > LONGEST_NAME:
        raise PlanError(
            f"This name has {len(name)} letters; {LONGEST_NAME} have room.",
            code="name-long",
            hint="Give a shorter one.",
        )
    taken = {word.casefold() for other in objects_of(case) if other is not held for word in (other.id, other.name)}
    if name.casefold() in taken:
        raise PlanError(f"Something else is called {name}.", code="name-taken", hint="Give another name.")
    return _with(case, replace(held, name=name))


def colour_object(case: Case, object_id: str, colour: OwnColour | None) -> Case:
    """Return the case with something in a colour of the user's choice, or in its usual one.

    Raises
    ------
    PlanError
        ``object-unknown``.
    """
    return _with(case, replace(object_of(case, object_id), colour=colour))


def lock_object(case: Case, object_id: str, locked: bool = True) -> Case:
    """Return the case with something locked as and where it is, or free.

    Raises
    ------
    PlanError
        ``object-unknown``.
    """
    return _with(case, replace(object_of(case, object_id), locked=locked))


def remove_object(case: Case, object_id: str) -> Case:
    """Return the case without something.

    Raises
    ------
    PlanError
        ``object-unknown``; ``probe-locked``, ``structure-locked`` and so on.
    """
    held = object_of(case, object_id)
    return _REMOVE[type(held)](case, held.id)


def _with(case: Case, new: CaseObject) -> Case:
    """The case with something in place of what had its id."""

    plan = case.plan
    if isinstance(new, Structure):
        return replace(case, structures=_put(case.structures, new))
    if isinstance(new, Annotation):
        return replace(case, annotations=_put(case.annotations, new))
    if isinstance(new, Probe):
        return case.with_plan(probes=_put(plan.probes, new))
    if isinstance(new, Pocket):
        return case.with_plan(pockets=_put(plan.pockets, new))
    if isinstance(new, Thermocouple):
        return case.with_plan(thermocouples=_put(plan.thermocouples, new))
    return case.with_plan(cements=_put(plan.cements, new))


def _put(held: tuple[_Held, ...], new: _Held) -> tuple[_Held, ...]:
    return tuple(new if o.id == new.id else o for o in held)
