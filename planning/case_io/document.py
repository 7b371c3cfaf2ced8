"""The JSON of a case file: every key typed, unknown keys refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Annotated

import numpy as np
from pydantic import Field, model_validator

from imaging.geometry import VoxelGrid
from imaging.labels import Mask
from imaging.structures import Side, StructureKind, Tube
from planning.case_io.plan_document import PlanEntry, Strict, plan_values, require_unique
from planning.model.annotation import Annotation, AnnotationKind
from planning.model.case import Case, ImageReference, Structure, StructureId
from planning.model.clinical import Appearance, CanalExtension, Clinical, Intent
from planning.model.course import Complication, Course, PainScale
from planning.model.look import OwnColour
from planning.model.point import Point
from planning.model.sins import Sins, SinsAlignment, SinsCollapse, SinsLocation, SinsPain, SinsPosterolateral

SCHEMA_VERSION = 10

Index = tuple[int, int, int]


class GridEntry(Strict):
    """A voxel grid."""

    shape_kji: Index
    lps_from_ijk: tuple[tuple[float, ...], ...]
    frame_uid: str


class ImageEntry(Strict):
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


class MaskEntry(Strict):
    """Where the bits of a mask are, and where they lie in the CT."""

    member: str
    start_kji: Index
    stop_kji: Index


class TubeEntry(Strict):
    """A centreline with radii."""

    points_mm: tuple[Point, ...]
    radii_mm: tuple[float, ...]


class StructureEntry(Strict):
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
    colour: OwnColour | None = None
    mask: MaskEntry | None = None
    tube: TubeEntry | None = None

    @model_validator(mode="after")
    def _one_shape(self) -> StructureEntry:
        if (self.mask is None) == (self.tube is None):
            raise ValueError(f"the structure {self.id} needs a mask or a tube, and not both")
        return self


class SinsEntry(Strict):
    """The form of SINS."""

    location: SinsLocation | None = None
    pain: SinsPain | None = None
    alignment: SinsAlignment | None = None
    collapse: SinsCollapse | None = None
    posterolateral: SinsPosterolateral | None = None


class CourseEntry(Strict):
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


class ClinicalEntry(Strict):
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


class AnnotationEntry(Strict):
    """A measurement or a note."""

    id: str
    kind: AnnotationKind
    points_mm: tuple[Point, ...]
    right: Point
    down: Point
    words: str = ""
    locked: bool = False
    colour: OwnColour | None = None

    @model_validator(mode="after")
    def _makes_sense(self) -> AnnotationEntry:
        if fault := self.to_annotation().fault:
            raise ValueError(f"the annotation {self.id}: {fault}")
        return self

    def to_annotation(self) -> Annotation:
        """Return the annotation of the case."""
        return Annotation(**self.model_dump())


class CaseDocument(PlanEntry):
    """A whole case file but for its arrays; the plan in hand stands in it, the others beside it."""

    schema_version: int
    name: str
    image: ImageEntry
    structures: tuple[StructureEntry, ...]
    other_plans: tuple[PlanEntry, ...] = ()
    clinical: ClinicalEntry | None = None
    annotations: tuple[AnnotationEntry, ...] = ()
    results: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _each_once(self) -> CaseDocument:
        require_unique(entry.id for entry in self.structures)
        require_unique(entry.id for entry in self.annotations)
        require_unique(plan.plan_number for plan in (self, *self.other_plans))
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
            plan=self.to_plan(),
            other_plans=tuple(plan.to_plan() for plan in self.other_plans),
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
        other_plans=tuple(PlanEntry(**plan_values(plan)) for plan in case.other_plans),
        clinical=None if case.clinical == Clinical() else ClinicalEntry(**asdict(case.clinical)),
        annotations=tuple(AnnotationEntry(**asdict(a)) for a in case.annotations),
        results=tuple(results),
        **plan_values(case.plan),
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
        colour=structure.colour,
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
        colour=entry.colour,
    )
