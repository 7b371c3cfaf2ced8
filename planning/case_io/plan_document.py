"""A plan in the JSON of a case file."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import asdict
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from planning.catalogue.devices import Phase
from planning.model.approval import Approval, ApprovedInput
from planning.model.case import Plan, Probe, ProbeId
from planning.model.cement import Cement
from planning.model.generator import SharedGenerator, Sharing
from planning.model.look import OwnColour
from planning.model.point import Point
from planning.model.protection import Pocket, Thermocouple
from planning.model.room import Posture, Room


class Strict(BaseModel):
    """An entry whose every key is known."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


def require_unique(keys: Iterable[Hashable]) -> None:
    """Refuse an id that is given twice.

    Raises
    ------
    ValueError
    """
    listed = list(keys)
    if len(set(listed)) != len(listed):
        raise ValueError("an id is given twice")


class ProbeEntry(Strict):
    """A probe."""

    id: str
    name: str
    device_id: str
    entry_mm: Point
    tip_mm: Point
    locked: bool = False
    colour: OwnColour | None = None


class GeneratorEntry(Strict):
    """A generator that several probes share."""

    id: str
    how: Sharing
    probe_ids: tuple[str, ...]
    against_ids: tuple[str, ...]
    dwell_s: Annotated[float, Field(gt=0)] | None

    @model_validator(mode="after")
    def _holds_together(self) -> GeneratorEntry:
        if fault := self.to_generator().fault:
            raise ValueError(f"the generator {self.id}: {fault}")
        return self

    def to_generator(self) -> SharedGenerator:
        """Return the generator of the plan."""
        return SharedGenerator(**self.model_dump())


class PhaseEntry(Strict):
    """One phase of the schedule."""

    kind: str
    duration_s: float
    wall_c: float | None = None


class PocketEntry(Strict):
    """A gas or fluid that protects."""

    id: str
    name: str
    agent_id: str
    start_mm: Point
    stop_mm: Point
    radius_mm: Annotated[float, Field(gt=0)]
    temperature_c: float | None
    circulating: bool
    entry_mm: Point | None = None
    locked: bool = False
    colour: OwnColour | None = None


class ThermocoupleEntry(Strict):
    """A watched point."""

    id: str
    name: str
    position_mm: Point
    entry_mm: Point | None = None
    locked: bool = False
    colour: OwnColour | None = None


class CementEntry(Strict):
    """Cement that is injected after the ablation."""

    id: str
    name: str
    kind_id: str
    start_mm: Point
    stop_mm: Point
    volume_ml: Annotated[float, Field(gt=0)]
    minutes_after: Annotated[float, Field(ge=0)]
    temperature_c: float
    locked: bool = False
    colour: OwnColour | None = None


class RoomEntry(Strict):
    """The CT room."""

    posture: Posture
    gantry_tilt_deg: float
    bore_mm: Annotated[float, Field(gt=0)] | None
    bore_centre_mm: tuple[float, float] | None
    placing: tuple[str, ...] = ()


class ApprovedInputEntry(Strict):
    """Something that an approval rests on."""

    key: str
    words: str
    digest: str


class ApprovalEntry(Strict):
    """Who approved a plan, when, and what that rests on."""

    by: str
    at: str
    inputs: tuple[ApprovedInputEntry, ...]
    in_spite_of: tuple[str, ...] = ()

    def to_approval(self) -> Approval:
        """Return the approval of the plan."""
        inputs = tuple(ApprovedInput(**known.model_dump()) for known in self.inputs)
        return Approval(by=self.by, at=self.at, inputs=inputs, in_spite_of=self.in_spite_of)


class PlanEntry(Strict):
    """A plan."""

    plan_number: Annotated[int, Field(ge=1)] = 1
    plan_name: str = ""
    approval: ApprovalEntry | None = None
    probes: tuple[ProbeEntry, ...]
    generators: tuple[GeneratorEntry, ...] = ()
    schedule: tuple[PhaseEntry, ...] | None
    pockets: tuple[PocketEntry, ...] = ()
    thermocouples: tuple[ThermocoupleEntry, ...] = ()
    cements: tuple[CementEntry, ...] = ()
    room: RoomEntry | None = None

    @model_validator(mode="after")
    def _unique_ids(self) -> Self:
        for entries in (self.probes, self.generators, self.pockets, self.thermocouples, self.cements):
            require_unique(entry.id for entry in entries)
        return self

    @model_validator(mode="after")
    def _probes_at_one_generator(self) -> Self:
        named = [probe for generator in self.generators for probe in generator.probe_ids]
        if len(set(named)) != len(named):
            raise ValueError("a probe is at two generators")
        if not set(named) <= {probe.id for probe in self.probes}:
            raise ValueError("a generator has a probe that the plan has not")
        return self

    def to_plan(self) -> Plan:
        """Return the plan that this describes."""
        return Plan(
            number=self.plan_number,
            name=self.plan_name,
            approval=None if self.approval is None else self.approval.to_approval(),
            probes=tuple(Probe(**{**p.model_dump(), "id": ProbeId(p.id)}) for p in self.probes),
            generators=tuple(g.to_generator() for g in self.generators),
            schedule=None if self.schedule is None else tuple(Phase(**p.model_dump()) for p in self.schedule),
            pockets=tuple(Pocket(**p.model_dump()) for p in self.pockets),
            thermocouples=tuple(Thermocouple(**t.model_dump()) for t in self.thermocouples),
            cements=tuple(Cement(**c.model_dump()) for c in self.cements),
            room=Room() if self.room is None else Room(**self.room.model_dump()),
        )


def plan_values(plan: Plan) -> dict[str, Any]:
    """Return the fields of a plan's entry."""
    return {
        "plan_number": plan.number,
        "plan_name": plan.name,
        "approval": None if plan.approval is None else ApprovalEntry(**asdict(plan.approval)),
        "probes": tuple(ProbeEntry(**asdict(p)) for p in plan.probes),
        "generators": tuple(GeneratorEntry(**asdict(g)) for g in plan.generators),
        "schedule": None
        if plan.schedule is None
        else tuple(PhaseEntry(kind=p.kind, duration_s=p.duration_s, wall_c=p.wall_c) for p in plan.schedule),
        "pockets": tuple(PocketEntry(**asdict(p)) for p in plan.pockets),
        "thermocouples": tuple(ThermocoupleEntry(**asdict(t)) for t in plan.thermocouples),
        "cements": tuple(CementEntry(**asdict(c)) for c in plan.cements),
        "room": None if plan.room == Room() else RoomEntry(**asdict(plan.room)),
    }
