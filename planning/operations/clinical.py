"""Say what is known of the patient beside the CT, and how it went."""

from __future__ import annotations

import enum
from dataclasses import fields, replace
from typing import Any, TypeVar, get_type_hints

from planning.errors import PlanError
from planning.model.case import Case
from planning.model.clinical import Clinical
from planning.model.course import Course
from planning.model.sins import Sins

T = TypeVar("T", Clinical, Sins, Course)


def change_clinical(case: Case, **changes: Any) -> Case:
    """Return the case with clinical facts changed.

    Parameters
    ----------
    case : Case
    **changes
        Attributes of `Clinical`, by their values or their enumerations; None for what is no longer known.

    Raises
    ------
    PlanError
        ``clinical-fact-unknown`` or ``clinical-value-unknown``.
    """
    return replace(case, clinical=_changed(case.clinical, changes))


def change_sins(case: Case, **changes: Any) -> Case:
    """Return the case with items of the form of SINS changed.

    Raises
    ------
    PlanError
        As `change_clinical`.
    """
    return replace(case, clinical=replace(case.clinical, sins=_changed(case.clinical.sins, changes)))


def change_course(case: Case, **changes: Any) -> Case:
    """Return the case with pain, function, complications or local control recorded.

    Raises
    ------
    PlanError
        As `change_clinical`, and ``course-invalid``: pain outside 0 to 10 or without its scale, Karnofsky that is no ten
        from 0 to 100, a time before the ablation.
    """
    course = _changed(case.clinical.course, changes)
    if course.fault:
        raise PlanError(
            f"This cannot be recorded: {course.fault}.",
            code="course-invalid",
            hint="What was not asked or not measured is left out; it then counts as not known.",
        )
    return replace(case, clinical=replace(case.clinical, course=course))


def _changed(old: T, changes: dict[str, Any]) -> T:
    """The facts with some changed, every value of the kind its attribute has."""
    known = {f.name: get_type_hints(type(old))[f.name] for f in fields(old) if f.name not in ("sins", "course")}
    for name in changes:
        if name not in known:
            raise PlanError(
                f"There is no fact '{name}'.", code="clinical-fact-unknown", hint=f"There are {', '.join(known)}."
            )
    return replace(old, **{name: _value(name, known[name], value) for name, value in changes.items()})


def _value(name: str, hint: Any, value: Any) -> Any:
    """A value as its attribute keeps it."""
    kind = next(k for k in hint.__args__ if k is not type(None))
    if value is None:
        return None
    if issubclass(kind, enum.Enum):
        try:
            return kind(value)
        except ValueError:
            raise _no_value(name, value, ", ".join(str(v.value) for v in kind)) from None
    if kind is bool:
        if not isinstance(value, bool):
            raise _no_value(name, value, "yes and no")
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _no_value(name, value, "numbers")
    return value


def _no_value(name: str, value: object, allowed: str) -> PlanError:
    return PlanError(f"'{value}' is no value of '{name}'.", code="clinical-value-unknown", hint=f"There are {allowed}.")
