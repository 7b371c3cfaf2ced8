"""The document: an image reference, structures and a plan."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import NewType

import numpy as np

from imaging.geometry import Floats, VoxelGrid
from imaging.labels import Mask
from imaging.structures import Side, StructureKind, Tube
from imaging.volume import Volume
from planning.catalogue.devices import Phase, device
from planning.errors import PlanError
from planning.model.annotation import Annotation
from planning.model.approval import Approval
from planning.model.cement import Cement
from planning.model.clinical import Clinical
from planning.model.generator import SharedGenerator
from planning.model.look import OwnColour
from planning.model.point import Point
from planning.model.protection import Pocket, Thermocouple
from planning.model.room import Room

StructureId = NewType("StructureId", str)
ProbeId = NewType("ProbeId", str)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageReference:
    """Which CT a case is planned on; the voxels themselves stay where they are.

    Attributes
    ----------
    kind : str
        ``dicom``, ``nifti``, ``nrrd`` or ``phantom``.
    location : str
        Folder or file, or the name of a phantom.
    series_uid : str
    digest : str
        SHA-256 of voxels and geometry; another CT under the same name is refused.
    grid : VoxelGrid
    description : str
        Series description, never the patient's name.
    patient_position : str
    synthetic : bool
    findings : tuple of str
        What the reader said about the series.
    """

    kind: str
    location: str
    series_uid: str
    digest: str
    grid: VoxelGrid
    description: str = ""
    patient_position: str = ""
    slice_thickness_mm: float | None = None
    synthetic: bool = False
    findings: tuple[str, ...] = ()

    @classmethod
    def of(cls, volume: Volume, location: str) -> ImageReference:
        """Return the reference to a volume that was opened from ``location``."""
        provenance = volume.provenance
        return cls(
            kind=provenance.kind,
            location=location,
            series_uid=provenance.series_uid,
            digest=volume.digest,
            grid=volume.grid,
            description=provenance.description,
            patient_position=provenance.patient_position,
            slice_thickness_mm=provenance.slice_thickness_mm,
            synthetic=provenance.synthetic,
            findings=tuple(f.message for f in volume.findings),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Structure:
    """A lesion or a structure to be spared.

    Attributes
    ----------
    id : StructureId
        ``lesion``, ``canal``, ``root.S2.L``, ...
    kind : StructureKind
    name : str
        As the user reads it: ``S2 L``, ``Canal``.
    shape : Mask or Tube
    level : str
        Of a root or vertebra (``S2``); empty for other kinds.
    side : Side or None
    confirmed : bool
        The user drew or accepted it. An unconfirmed structure is never counted as safe.
    origin : str
        What made it, for the report.
    confidence : float or None
        How sure the program was of what it proposed, 0 to 1; None of what a person made.
    locked : bool
        It is not edited, replaced or removed until it is unlocked.
    colour : OwnColour or None
        None has the one of its kind and level.
    """

    id: StructureId
    kind: StructureKind
    name: str
    shape: Mask | Tube
    level: str = ""
    side: Side | None = None
    confirmed: bool = True
    origin: str = ""
    confidence: float | None = None
    locked: bool = False
    colour: OwnColour | None = None

    @property
    def volume_mm3(self) -> float:
        """Voxels of a mask, or the cylinders and cones of a tube."""
        if isinstance(self.shape, Mask):
            return self.shape.volume_mm3
        lengths = np.linalg.norm(np.diff(self.shape.points_mm, axis=0), axis=1)
        r0, r1 = self.shape.radii_mm[:-1], self.shape.radii_mm[1:]
        return float((np.pi / 3 * lengths * (r0**2 + r0 * r1 + r1**2)).sum())


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """One applicator along a straight path.

    Attributes
    ----------
    id : ProbeId
    name : str
        ``C1`` for a cryoprobe, ``R1`` for an electrode.
    device_id : str
        Into the device catalogue.
    entry_mm, tip_mm : tuple of float
        LPS; the tip is the target, the entry lies on the skin.
    locked : bool
        It is not moved, given another device or removed until it is unlocked.
    colour : OwnColour or None
        None has the usual one of needles.
    """

    id: ProbeId
    name: str
    device_id: str
    entry_mm: Point
    tip_mm: Point
    locked: bool = False
    colour: OwnColour | None = None

    @property
    def depth_mm(self) -> float:
        """Distance from entry to tip."""
        return float(np.linalg.norm(self.to_hub_mm))

    @property
    def to_hub_mm(self) -> Floats:
        """Vector from tip to entry, shape (3,)."""
        return np.subtract(self.entry_mm, self.tip_mm)

    @property
    def direction(self) -> Floats:
        """Unit vector from tip to hub, shape (3,)."""
        return self.to_hub_mm / self.depth_mm


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to be done.

    Attributes
    ----------
    number : int
        Which of the case's plans it is, for good.
    name : str
        As the user calls it; empty until it is given one.
    approval : Approval or None
        Of somebody; whether it still stands `planning.approving` says.
    probes : tuple of Probe
    generators : tuple of SharedGenerator
        Radiofrequency generators that more than one probe works at.
    schedule : tuple of Phase or None
        None takes the schedule of the first probe's device.
    pockets : tuple of Pocket
        Gas and fluid that protect.
    thermocouples : tuple of Thermocouple
    cements : tuple of Cement
        Injected after the ablation, which does not depend on them.
    room : Room
        No temperature depends on it.
    """

    number: int = 1
    name: str = ""
    approval: Approval | None = None
    probes: tuple[Probe, ...] = ()
    generators: tuple[SharedGenerator, ...] = ()
    schedule: tuple[Phase, ...] | None = None
    pockets: tuple[Pocket, ...] = ()
    thermocouples: tuple[Thermocouple, ...] = ()
    cements: tuple[Cement, ...] = ()
    room: Room = field(default_factory=Room)

    @property
    def title(self) -> str:
        """Its name, or its number."""
        return self.name or f"Plan {self.number}"

    @property
    def phases(self) -> tuple[Phase, ...]:
        """The schedule, or the usual one of the first probe's device.

        Raises
        ------
        PlanError
            ``no-probe``.
        """
        if self.schedule:
            return self.schedule
        if not self.probes:
            raise PlanError("The plan has no probe.", code="no-probe", hint="Place a probe first.")
        return device(self.probes[0].device_id).default_schedule

    @property
    def protective(self) -> tuple[Pocket | Thermocouple, ...]:
        """Pockets and thermocouples: what is placed beside the probes."""
        return (*self.pockets, *self.thermocouples)

    @property
    def in_order(self) -> tuple[Probe, ...]:
        """The probes in the order in which they are placed."""
        rank = {name: n for n, name in enumerate(self.room.placing)}
        return tuple(sorted(self.probes, key=lambda p: rank.get(p.id, len(rank))))


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Everything the user made, and nothing that can be computed from it.

    Attributes
    ----------
    name : str
    image : ImageReference
    structures : tuple of Structure
    plan : Plan
        The one in hand: it is shown, edited and judged.
    other_plans : tuple of Plan
        Further plans of the same patient, by their numbers.
    clinical : Clinical
    annotations : tuple of Annotation
        What was measured and noted on the images; nothing that is computed depends on it.
    """

    name: str
    image: ImageReference
    structures: tuple[Structure, ...] = ()
    plan: Plan = field(default_factory=Plan)
    other_plans: tuple[Plan, ...] = ()
    clinical: Clinical = field(default_factory=Clinical)
    annotations: tuple[Annotation, ...] = ()

    @property
    def all_plans(self) -> tuple[Plan, ...]:
        """The plan in hand and the others, by their numbers."""
        return tuple(sorted((self.plan, *self.other_plans), key=lambda p: p.number))

    def taking(self, number: int) -> Case:
        """Return the case with another of its plans in hand.

        Raises
        ------
        PlanError
            ``plan-unknown``, with the plans that exist.
        """
        plans = self.all_plans
        wanted = next((p for p in plans if p.number == number), None)
        if wanted is None:
            known = ", ".join(f"{p.number}" + (f" ({p.name})" if p.name else "") for p in plans)
            raise PlanError(f"The case has no plan {number}.", code="plan-unknown", hint=f"It has: {known}.")
        return replace(self, plan=wanted, other_plans=tuple(p for p in plans if p is not wanted))

    def structure(self, structure_id: str) -> Structure:
        """Return one structure.

        Raises
        ------
        PlanError
            ``structure-unknown``, with the ids that exist.
        """
        for structure in self.structures:
            if structure.id == structure_id:
                return structure
        known = ", ".join(s.id for s in self.structures) or "none yet"
        raise PlanError(
            f"The case has no structure '{structure_id}'.", code="structure-unknown", hint=f"It has: {known}."
        )

    def find(self, structure_id: str) -> Structure | None:
        """Return one structure, or None where the case has none of that id."""
        return next((s for s in self.structures if s.id == structure_id), None)

    def of_kind(self, kind: StructureKind) -> tuple[Structure, ...]:
        """Return all structures of a kind."""
        return tuple(s for s in self.structures if s.kind is kind)

    def probe(self, probe_id: str) -> Probe:
        """Return one probe by id or name.

        Raises
        ------
        PlanError
            ``probe-unknown``, with the probes that exist.
        """
        for probe in self.plan.probes:
            if probe_id in (probe.id, probe.name):
                return probe
        known = ", ".join(p.name for p in self.plan.probes) or "none yet"
        raise PlanError(f"The plan has no probe '{probe_id}'.", code="probe-unknown", hint=f"It has: {known}.")

    def probe_names(self, probe_ids: Collection[str]) -> str:
        """Return the names of some probes, by their ids, in the plan's order: ``R1, R2 and R3``."""
        names = [p.name for p in self.plan.probes if p.id in probe_ids]
        return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))

    def generator_of(self, probe_id: str) -> SharedGenerator | None:
        """Return the generator that a probe, by its id, shares with others; None where it has one of its own."""
        return next((g for g in self.plan.generators if probe_id in g.probe_ids), None)

    def with_plan(self, **changes: object) -> Case:
        """Return the case with fields of its plan replaced."""
        return replace(self, plan=replace(self.plan, **changes))  # type: ignore[arg-type]
