"""Keep several plans in one case: begin, copy, take in hand, name, remove."""

from __future__ import annotations

from dataclasses import replace

from planning.errors import PlanError
from planning.model.case import Case, Plan

MOST_PLANS = 12
LONGEST_NAME = 40


def new_plan(case: Case) -> Case:
    """Return the case with an empty plan in hand; the CT room is that of the plan before.

    Raises
    ------
    PlanError
        ``too-many-plans``.
    """
    return _beside(case, Plan(number=_next(case), room=replace(case.plan.room, placing=())))


def copy_plan(case: Case) -> Case:
    """Return the case with a copy of the plan in hand, which is in hand then; nobody has approved it yet.

    Raises
    ------
    PlanError
        ``too-many-plans``.
    """
    return _beside(case, replace(case.plan, number=_next(case), name="", approval=None))


def take_plan(case: Case, number: int) -> Case:
    """Return the case with another of its plans in hand.

    Raises
    ------
    PlanError
        ``plan-unknown``.
    """
    return case if number == case.plan.number else case.taking(number)


def rename_plan(case: Case, number: int, name: str) -> Case:
    """Return the case with a plan called otherwise; an empty name leaves it its number.

    Raises
    ------
    PlanError
        ``plan-unknown``, ``plan-name-taken``, or ``plan-name-long``.
    """
    name = " ".join(name.split())
    if len(name) > LONGEST_NAME:
        raise PlanError(
            f"The name of a plan has {len(name)} letters; {LONGEST_NAME} have room.",
            code="plan-name-long",
            hint="Give it a shorter one.",
        )
    named = _changed(case, number, name=name)
    titles = [plan.title.casefold() for plan in named.all_plans]
    if len(set(titles)) != len(titles):
        raise PlanError(f"Another plan is called '{name}'.", code="plan-name-taken", hint="Give it another name.")
    return named


def remove_plan(case: Case, number: int) -> Case:
    """Return the case without a plan; where it was in hand, the one before it is taken, or the one after.

    Raises
    ------
    PlanError
        ``plan-unknown``, or ``last-plan``.
    """
    plans = case.taking(number).all_plans
    if len(plans) == 1:
        raise PlanError(
            "A case keeps at least one plan.", code="last-plan", hint="Delete its probes, or begin another plan first."
        )
    left = tuple(p for p in plans if p.number != number)
    if case.plan.number != number:
        return replace(case, other_plans=tuple(p for p in left if p.number != case.plan.number))
    taken = max((p for p in left if p.number < number), key=lambda p: p.number, default=left[0])
    return replace(case, plan=taken, other_plans=tuple(p for p in left if p is not taken))


def _beside(case: Case, plan: Plan) -> Case:
    if len(case.all_plans) >= MOST_PLANS:
        raise PlanError(
            f"The case has {MOST_PLANS} plans already.", code="too-many-plans", hint="Remove one that is not needed."
        )
    return replace(case, plan=plan, other_plans=case.all_plans)


def _next(case: Case) -> int:
    return case.all_plans[-1].number + 1


def _changed(case: Case, number: int, **changes: object) -> Case:
    """Return the case with fields of one of its plans replaced, whichever is in hand."""
    in_hand = case.plan.number
    return case.taking(number).with_plan(**changes).taking(in_hand)
