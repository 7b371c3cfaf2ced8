"""The current case, its history, and who wants to know of a change."""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

from imaging.labels import Mask
from planning.model.case import Case, Plan, Probe, Structure
from planning.model.cement import Cement
from planning.model.protection import Pocket, Thermocouple

_Held = TypeVar("_Held", Structure, Probe, Pocket, Thermocouple, Cement)

_DEFAULT_LIMIT_BYTES = 512 * 2**20


class Change(enum.Flag):
    """What of the case a change touched, in the words of the domain."""

    IMAGE = enum.auto()
    STRUCTURES = enum.auto()
    PROBES = enum.auto()
    NAME = enum.auto()
    CEMENT = enum.auto()
    ROOM = enum.auto()
    CLINICAL = enum.auto()
    ANNOTATIONS = enum.auto()
    PLANS = enum.auto()
    """Which plans there are, which of them is in hand, and their names and approvals."""
    LOOKS = enum.auto()
    """Nothing of structures, or of what a plan places, but what it is called and its colour."""

    @classmethod
    def between(cls, old: Case | None, new: Case) -> Change:
        """Return what differs between two cases."""
        if old is None:
            return ~cls(0)
        change = cls(0)
        if old.image != new.image:
            change |= cls.IMAGE
        if old.structures != new.structures:
            change |= cls.LOOKS if _bare(old.structures) == _bare(new.structures) else cls.STRUCTURES
        if _ablation(old.plan) != _ablation(new.plan):
            change |= cls.LOOKS if _placed(old.plan) == _placed(new.plan) else cls.PROBES
        if _heading(old.plan) != _heading(new.plan) or old.other_plans != new.other_plans:
            change |= cls.PLANS
        if old.plan.cements != new.plan.cements:
            change |= cls.LOOKS if _bare(old.plan.cements) == _bare(new.plan.cements) else cls.CEMENT
        if old.plan.room != new.plan.room:
            change |= cls.ROOM
        if old.clinical != new.clinical:
            change |= cls.CLINICAL
        if old.annotations != new.annotations:
            change |= cls.ANNOTATIONS
        if old.name != new.name:
            change |= cls.NAME
        return change


def _ablation(plan: Plan) -> Plan:
    """What of a plan a prediction may depend on."""
    return Plan(
        probes=plan.probes, generators=plan.generators, schedule=plan.schedule, pockets=plan.pockets,
        thermocouples=plan.thermocouples,
    )  # fmt: skip


def _placed(plan: Plan) -> Plan:
    """What of a plan a prediction may depend on, and whether it is locked."""
    return replace(
        _ablation(plan), probes=_bare(plan.probes), pockets=_bare(plan.pockets), thermocouples=_bare(plan.thermocouples)
    )


def _bare(held: tuple[_Held, ...]) -> tuple[_Held, ...]:
    """Some things without what they are called and their colours."""
    return tuple(replace(one, name="", colour=None) for one in held)


def _heading(plan: Plan) -> tuple[object, ...]:
    return plan.number, plan.name, plan.approval


@dataclass(frozen=True, slots=True)
class _Step:
    name: str
    before: Case
    merge_key: str | None
    held_bytes: int


class Store:
    """Holds one case; every edit goes through `apply`, every undo through here.

    Parameters
    ----------
    case : Case
    limit_bytes : int
        The history forgets its oldest steps once the voxels only it still holds exceed this.
    """

    def __init__(self, case: Case, limit_bytes: int = _DEFAULT_LIMIT_BYTES) -> None:
        self._case = case
        self._limit_bytes = limit_bytes
        self._undo: list[_Step] = []
        self._redo: list[_Step] = []
        self._listeners: list[Callable[[Change], None]] = []

    @property
    def case(self) -> Case:
        return self._case

    @property
    def undo_names(self) -> tuple[str, ...]:
        """Names of the steps that can be undone, newest first."""
        return tuple(step.name for step in reversed(self._undo))

    @property
    def redo_names(self) -> tuple[str, ...]:
        """Names of the undone steps that can be done again, the next one first."""
        return tuple(step.name for step in reversed(self._redo))

    @property
    def redo_name(self) -> str | None:
        return self._redo[-1].name if self._redo else None

    def subscribe(self, listener: Callable[[Change], None]) -> Callable[[], None]:
        """Call ``listener`` after every change; the returned function ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def apply(self, name: str, operation: Callable[[Case], Case], merge_key: str | None = None) -> None:
        """Change the case by a named operation; one step of undo, one notification.

        Parameters
        ----------
        name : str
            As the user would call the edit: "Move C2 tip".
        operation : callable
            Case to case; whatever it raises leaves case and history as they were.
        merge_key : str, optional
            Consecutive changes of one key are one step of undo: a drag.
        """
        new = operation(self._case)
        if new is self._case or new == self._case:
            return
        old = self._case
        merged = merge_key is not None and bool(self._undo) and self._undo[-1].merge_key == merge_key
        if merged:
            last = self._undo[-1]
            self._undo[-1] = replace(last, held_bytes=_bytes_only_in(last.before, new))
        else:
            self._undo.append(_Step(name, old, merge_key, _bytes_only_in(old, new)))
        self._redo.clear()
        self._case = new
        self._forget()
        self._notify(old)

    def end_merge(self) -> None:
        """End a drag: the next change begins a step of its own."""
        if self._undo:
            last = self._undo[-1]
            self._undo[-1] = replace(last, merge_key=None)

    def undo(self) -> str | None:
        """Take the last step back and return its name; None if there is none."""
        return self._step_back(self._undo, self._redo)

    def redo(self) -> str | None:
        """Do the last undone step again and return its name; None if there is none."""
        return self._step_back(self._redo, self._undo)

    def jump(self, steps: int) -> None:
        """Take several steps back (below 0) or do several again (above 0), as far as there are any; one notification."""
        source, target = (self._undo, self._redo) if steps < 0 else (self._redo, self._undo)
        count, old = min(abs(steps), len(source)), self._case
        for _ in range(count):
            self._exchange(source, target)
        if count:
            self._notify(old)

    def replace(self, case: Case) -> None:
        """Open another case; the history of the old one is gone."""
        old, self._case = self._case, case
        self._undo.clear()
        self._redo.clear()
        self._notify(None if old.image != case.image else old)

    def _step_back(self, source: list[_Step], target: list[_Step]) -> str | None:
        if not source:
            return None
        old = self._case
        name = self._exchange(source, target)
        self._notify(old)
        return name

    def _exchange(self, source: list[_Step], target: list[_Step]) -> str:
        step = source.pop()
        self.end_merge()
        target.append(_Step(step.name, self._case, None, step.held_bytes))
        self._case = step.before
        return step.name

    def _notify(self, old: Case | None) -> None:
        change = Change.between(old, self._case)
        for listener in tuple(self._listeners):
            listener(change)

    def _forget(self) -> None:
        """Drop the oldest steps while the voxels that only the history holds exceed the limit."""
        while len(self._undo) > 1 and sum(step.held_bytes for step in self._undo) > self._limit_bytes:
            del self._undo[0]


def _bytes_only_in(old: Case, new: Case) -> int:
    """Bytes of the mask bricks that ``old`` has and ``new`` does not share."""
    seen: set[int] = set()
    for case in (new, old):
        held = sum(s.shape.unshared_bytes(seen) for s in case.structures if isinstance(s.shape, Mask))
    return held
