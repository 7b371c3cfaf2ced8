"""The JSON of a case file: every key typed, unknown keys refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Annotated

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, model_validator

from imaging.geometry import VoxelGrid
from imaging.labels import Mask
from imaging.structures import Side, StructureKind, Tube
from planning.catalogue.devices import Phase
from planning.model.annotation import Annotation, AnnotationKind
from planning.model.case import Case, ImageReference, Plan, Probe, ProbeId, Structure, StructureId
from planning.model.cement import Cement
from planning.model.clinical import Appearance, CanalExtension, Clinical, Intent
from planning.model.course import Complication, Course, PainScale
from planning.model.generator import SharedGenerator, Sharing
from planning.model.point import Point
from planning.model.protection import Pocket, Thermocouple
from planning.model.room import Posture, Room
from planning.model.sins import Sins, SinsAlignment, SinsCollapse, SinsLocation, SinsPain, SinsPosterolateral

SCHEMA_VERSION = 8

Index = tuple[int, int, int]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class GridEntry(_Strict):
    """A voxel grid."""

    shape_kji: Index
    lps_from_ijk: tuple[tuple[float, ...], ...]
    frame_uid: str


class ImageEntry(_Strict):
    """The CT a case is planned on."""

    kind: str
    location: str
    series_uid: str
    digest: str
    grid: GridEntry
    description: str
    patient_position: str
    slice_thickness_mm: float | None
    synthetic: bool
    findings: tuple[str, ...]

    def voxel_grid(self) -> VoxelGrid:
        """Return the grid of the CT."""
        return VoxelGrid.from_dict(self.grid.model_dump())


class MaskEntry(_Strict):
    """Where the bits of a mask are, and where they lie in the CT."""

    member: str
    start_kji: Index
    stop_kji: Index


class TubeEntry(_Strict):
    """A centreline with radii."""

    points_mm: tuple[Point, ...]
    radii_mm: tuple[float, ...]


class StructureEntry(_Strict):
    """A structure, by mask or by tube."""

    id: str
    kind: StructureKind
    name: str
    level: str
    side: Side | None
    confirmed: bool
    origin: str
    confidence: Annotated[float, Field(ge=0, le=1)] | None = None
    locked: bool = False
    mask: MaskEntry | None = None
    tube: TubeEntry | None = None

    @model_validator(mode="after")
    def _one_shape(self) -> StructureEntry:
        if (self.mask is None) == (self.tube is None):
            raise ValueError(f"the structure {self.id} needs a mask or a tube, and not both")
        return self


class ProbeEntry(_Strict):
    """A probe."""

    id: str
    name: str
    device_id: str
    entry_mm: Point
    tip_mm: Point
    locked: bool = False


class GeneratorEntry(_Strict):
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


class PhaseEntry(_Strict):
    """One phase of the schedule."""

    kind: str
    duration_s: float
    wall_c: float | None = None


class PocketEntry(_Strict):
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


class ThermocoupleEntry(_Strict):
    """A watched point."""

    id: str
    name: str
    position_mm: Point
    entry_mm: Point | None = None


class CementEntry(_Strict):
    """Cement that is injected after the ablation."""

    id: str
    name: str
    kind_id: str
    start_mm: Point
    stop_mm: Point
    volume_ml: Annotated[float, Field(gt=0)]
    minutes_after: Annotated[float, Field(ge=0)]
    temperature_c: float


class RoomEntry(_Strict):
    """The CT room."""

    posture: Posture
    gantry_tilt_deg: float
    bore_mm: Annotated[float, Field(gt=0)] | None
    bore_centre_mm: tuple[float, float] | None
    placing: tuple[str, ...] = ()


class SinsEntry(_Strict):
    """The form of SINS."""

    location: SinsLocation | None = None
    pain: SinsPain | None = None
    alignment: SinsAlignment | None = None
    collapse: SinsCollapse | None = None
    posterolateral: SinsPosterolateral | None = None


class CourseEntry(_Strict):
    """How it went."""

    pain_scale: PainScale | None = None
    pain_before: float | None = None
    pain_after: float | None = None
    pain_after_weeks: float | None = None
    karnofsky_before_pct: int | None = None
    karnofsky_after_pct: int | None = None
    complication: Complication | None = None
    local_control: bool | None = None
    local_control_months: float | None = None

    @model_validator(mode="after")
    def _can_be(self) -> CourseEntry:
        if fault := Course(**self.model_dump()).fault:
            raise ValueError(fault)
        return self


class ClinicalEntry(_Strict):
    """Clinical facts."""

    intent: Intent | None = None
    appearance: Appearance | None = None
    canal: CanalExtension | None = None
    cortex_eroded: bool | None = None
    soft_tissue: bool | None = None
    fracture: bool | None = None
    weight_bearing: bool | None = None
    debulking: bool | None = None
    oligometastatic: bool | None = None
    radiosensitive: bool | None = None
    prior_radiotherapy: bool | None = None
    hardware: bool | None = None
    sins: SinsEntry = SinsEntry()
    course: CourseEntry = CourseEntry()

    def to_clinical(self) -> Clinical:
        """Return the facts of the case."""
        values = self.model_dump(exclude={"sins", "course"})
        return Clinical(**values, sins=Sins(**self.sins.model_dump()), course=Course(**self.course.model_dump()))


class AnnotationEntry(_Strict):
    """A measurement or a note."""

    id: str
    kind: AnnotationKind
    points_mm: tuple[Point, ...]
    right: Point
    down: Point
    words: str = ""

    @model_validator(mode="after")
    def _makes_sense(self) -> AnnotationEntry:
        if fault := self.to_annotation().fault:
            raise ValueError(f"the annotation {self.id}: {fault}")
        return self

    def to_annotation(self) -> Annotation:
        """Return the annotation of the case."""
        return Annotation(**self.model_dump())


class CaseDocument(_Strict):
    """A whole case file but for its arrays."""

    schema_version: int
    name: str
    image: ImageEntry
    structures: tuple[StructureEntry, ...]
    probes: tuple[ProbeEntry, ...]
    generators: tuple[GeneratorEntry, ...] = ()
    schedule: tuple[PhaseEntry, ...] | None
    pockets: tuple[PocketEntry, ...] = ()
    thermocouples: tuple[ThermocoupleEntry, ...] = ()
    cements: tuple[CementEntry, ...] = ()
    room: RoomEntry | None = None
    clinical: ClinicalEntry | None = None
    annotations: tuple[AnnotationEntry, ...] = ()
    results: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _unique_ids(self) -> CaseDocument:
        listed = (
            self.structures, self.probes, self.generators, self.pockets, self.thermocouples, self.cements,
            self.annotations,
        )  # fmt: skip
        for entries in listed:
            ids = [entry.id for entry in entries]
            if len(set(ids)) != len(ids):
                raise ValueError("an id is given twice")
        return self

    @model_validator(mode="after")
    def _probes_at_one_generator(self) -> CaseDocument:
        named = [probe for generator in self.generators for probe in generator.probe_ids]
        if len(set(named)) != len(named):
            raise ValueError("a probe is at two generators")
        if not set(named) <= {probe.id for probe in self.probes}:
            raise ValueError("a generator has a probe that the plan has not")
        return self

    def to_case(self, masks: Mapping[str, Mask]) -> Case:
        """Return the case this document describes.

        Parameters
        ----------
        masks : mapping of str to Mask
            By structure id.
        """
        image = self.image.model_dump()
        grid = self.image.voxel_grid()
        return Case(
            name=self.name,
            image=ImageReference(**{**image, "grid": grid}),
            structures=tuple(_structure(entry, masks) for entry in self.structures),
            plan=Plan(
                probes=tuple(Probe(**{**p.model_dump(), "id": ProbeId(p.id)}) for p in self.probes),
                generators=tuple(g.to_generator() for g in self.generators),
                schedule=None if self.schedule is None else tuple(Phase(**p.model_dump()) for p in self.schedule),
                pockets=tuple(Pocket(**p.model_dump()) for p in self.pockets),
                thermocouples=tuple(Thermocouple(**t.model_dump()) for t in self.thermocouples),
                cements=tuple(Cement(**c.model_dump()) for c in self.cements),
                room=Room() if self.room is None else Room(**self.room.model_dump()),
            ),
            clinical=Clinical() if self.clinical is None else self.clinical.to_clinical(),
            annotations=tuple(a.to_annotation() for a in self.annotations),
        )


def document_of(case: Case, results: Sequence[str], members: Mapping[str, str] | None = None) -> CaseDocument:
    """Return the document of a case whose archive also holds ``results``, and masks by other names if these are given.

    Parameters
    ----------
    case : Case
    results : sequence of str
    members : mapping of str to str, optional
        Names in the archive of all masks, by structure id.
    """
    named = members or {s.id: f"masks/{n:03d}.npy" for n, s in enumerate(case.structures)}
    image = case.image
    return CaseDocument(
        schema_version=SCHEMA_VERSION,
        name=case.name,
        image=ImageEntry(
            kind=image.kind,
            location=image.location,
            series_uid=image.series_uid,
            digest=image.digest,
            grid=GridEntry(**image.grid.to_dict()),
            description=image.description,
            patient_position=image.patient_position,
            slice_thickness_mm=image.slice_thickness_mm,
            synthetic=image.synthetic,
            findings=image.findings,
        ),
        structures=tuple(_entry(s, named.get(s.id, "")) for s in case.structures),
        probes=tuple(
            ProbeEntry(
                id=p.id, name=p.name, device_id=p.device_id, entry_mm=p.entry_mm, tip_mm=p.tip_mm, locked=p.locked
            )
            for p in case.plan.probes
        ),
        generators=tuple(GeneratorEntry(**asdict(g)) for g in case.plan.generators),
        schedule=None
        if case.plan.schedule is None
        else tuple(PhaseEntry(kind=p.kind, duration_s=p.duration_s, wall_c=p.wall_c) for p in case.plan.schedule),
        pockets=tuple(PocketEntry(**asdict(p)) for p in case.plan.pockets),
        thermocouples=tuple(ThermocoupleEntry(**asdict(t)) for t in case.plan.thermocouples),
        cements=tuple(CementEntry(**asdict(c)) for c in case.plan.cements),
        room=None if case.plan.room == Room() else RoomEntry(**asdict(case.plan.room)),
        clinical=None if case.clinical == Clinical() else ClinicalEntry(**asdict(case.clinical)),
        annotations=tuple(AnnotationEntry(**asdict(a)) for a in case.annotations),
        results=tuple(results),
    )


def _entry(structure: Structure, member: str) -> StructureEntry:
    shape = structure.shape
    mask = tube = None
    if isinstance(shape, Mask):
        box = shape.box
        mask = MaskEntry(member=member, start_kji=box.start_kji, stop_kji=box.stop_kji)
    else:
        tube = TubeEntry(
            points_mm=tuple((x, y, z) for x, y, z in shape.points_mm.tolist()), radii_mm=tuple(shape.radii_mm.tolist())
        )
    return StructureEntry(
        id=structure.id,
        kind=structure.kind,
        name=structure.name,
        level=structure.level,
        side=structure.side,
        confirmed=structure.confirmed,
        origin=structure.origin,
        confidence=structure.confidence,
        locked=structure.locked,
        mask=mask,
        tube=tube,
    )


def _structure(entry: StructureEntry, masks: Mapping[str, Mask]) -> Structure:
    shape: Mask | Tube
    if entry.tube is not None:
        shape = Tube(np.array(entry.tube.points_mm), np.array(entry.tube.radii_mm))
    else:
        shape = masks[entry.id]
    return Structure(
        id=StructureId(entry.id),
        kind=entry.kind,
        name=entry.name,
        shape=shape,
        level=entry.level,
        side=entry.side,
        confirmed=entry.confirmed,
        origin=entry.origin,
        confidence=entry.confidence,
        locked=entry.locked,
    )
