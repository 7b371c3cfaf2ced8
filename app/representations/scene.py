"""What the views show of a case: the document, its surfaces, its zone and what was judged of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import chain

from app.representations.actual_needle import ActualNeedles
from app.representations.plane_set import PlaneSet
from app.representations.sections import prepare
from app.representations.shading import rough
from app.representations.volume_look import SURFACES, VolumeLook
from app.tokens import colour_or, kind_colour, red_green_lesion_colour, structure_colour
from imaging.labels import Mask
from imaging.structures import BONES, FORAMINA, StructureKind, Tube
from imaging.surface import Mesh, surface_of_field, surface_of_mask, surface_of_tube
from imaging.volume import Volume
from planning.catalogue.devices import device
from planning.catalogue.own_thresholds import load_thresholds
from planning.ensemble.findings import LikelyZone
from planning.evaluation import Judgement, LesionVerdict, Verdict
from planning.model.case import Case, Plan, Probe, Structure
from planning.model.zone import PredictedZone
from planning.trajectory.clearance import Clearance
from planning.trajectory.skin_map import SkinMap

# Bone is the CT itself, and the skin its edge: on slices both would only hide it.
HIDDEN_AT_FIRST = BONES | FORAMINA | {StructureKind.SKIN, StructureKind.EPIDURAL_FAT}


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ZoneSurfaces:
    """The isotherms of a predicted zone.

    Attributes
    ----------
    zone : PredictedZone
    by_temperature_c : mapping of float to Mesh
        Mildest first; an isotherm that is not reached is empty.
    counted_c : float
        The isotherm that counts for coverage.
    """

    zone: PredictedZone
    by_temperature_c: Mapping[float, Mesh]
    counted_c: float

    @classmethod
    def of(cls, zone: PredictedZone) -> ZoneSurfaces:
        """Return the surfaces of all isotherms that are shown in the zone's mode."""
        thresholds = load_thresholds()
        isotherms = sorted(thresholds.isotherms(zone.mode).isotherms_c, key=lambda c: abs(c - zone.body_c))
        return cls(
            zone=zone,
            by_temperature_c={c: surface_of_field(zone.extreme_c, zone.grid, c, below=zone.cold) for c in isotherms},
            counted_c=thresholds.goal(zone.mode).isotherm_c,
        )

    @classmethod
    def at(cls, zone: PredictedZone, at_s: float) -> ZoneSurfaces:
        """Return the surfaces of all isotherms at a moment of the treatment.

        Parameters
        ----------
        zone : PredictedZone
            That knows its course.
        at_s : float
        """
        assert zone.course is not None, "only a zone with its course has moments"
        return cls.of(replace(zone, extreme_c=zone.course.at_c(at_s)))


class SurfaceCache:
    """Surfaces of structures, made once for every shape."""

    def __init__(self) -> None:
        self._meshes: dict[str, tuple[Mask | Tube, Mesh]] = {}

    def __contains__(self, structure: Structure) -> bool:
        held = self._meshes.get(structure.id)
        return held is not None and held[0] is structure.shape

    def get(self, structure: Structure) -> Mesh | None:
        """Return the surface of a structure, or None where it was not made yet."""
        return self._meshes[structure.id][1] if structure in self else None

    def latest(self, structure: Structure) -> Mesh | None:
        """Return the newest surface made for a structure, even of a shape it had before."""
        held = self._meshes.get(structure.id)
        return None if held is None else held[1]

    def make(self, structure: Structure) -> Mesh:
        """Return the surface of a structure, making it if need be."""
        mesh = self.get(structure)
        if mesh is None:
            mesh = surface_of(structure.shape)
            if not mesh.empty:
                # Thinning a surface for 3D takes a second, sorting one for slices a part of one: nobody should wait for that while painting.
                rough(mesh)
                if structure.kind not in HIDDEN_AT_FIRST:
                    prepare(mesh)
            self._meshes[structure.id] = (structure.shape, mesh)
        return mesh


def surface_of(shape: Mask | Tube) -> Mesh:
    """Return the surface of a mask or tube."""
    return surface_of_tube(shape) if isinstance(shape, Tube) else surface_of_mask(shape)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Offered:
    """What is shown before it is taken.

    Attributes
    ----------
    probes : tuple of Probe
        Those that would come.
    leaving : frozenset of str
        Ids of the probes that would go.
    zone : ZoneSurfaces or None
        Of the plan that is offered, shown instead of the zone of the case.
    words : str
        What is offered, for the views that show its zone.
    """

    probes: tuple[Probe, ...]
    leaving: frozenset[str] = frozenset()
    zone: ZoneSurfaces | None = None
    words: str = ""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Draft:
    """What an edit would make of a structure, before it is applied.

    Attributes
    ----------
    structure_id : str
    surface : Mesh
    """

    structure_id: str
    surface: Mesh


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Scene:
    """Everything that is drawn, without where it is drawn.

    Attributes
    ----------
    case : Case
    surfaces : SurfaceCache
    zone : ZoneSurfaces or None
    stale_because : str
        Why the zone no longer belongs to the case; empty while it does.
    verdict : Verdict or None
    hidden : frozenset of str
        Ids of whatever is not drawn.
    selected : str
        Id of the selected structure, probe or measurement.
    crosshair_mm : tuple of float or None
    near : tuple of Clearance
        What the selected probe comes near to, nearest first.
    offered : Offered or None
        Paths, or a whole plan, shown before they are taken.
    draft : Draft or None
    skin_map : SkinMap or None
    margin_on_lesion : bool
        The lesion's surface in 3D has the colours of its margins.
    likely : LikelyZone or None
        Inner and outer zone, of the prediction that is shown.
    actual : ActualNeedles or None
        What a new CT showed of the needles.
    red_green : bool
        The lesion has a colour that does not rely on telling red from green.
    volume : Volume or None
        The CT that is shown, where densities are told beside measurements.
    temperature_shown : bool
        The zone's temperature lies over the slices as colours.
    planes : PlaneSet or None
        Planes that were turned by hand; None while they are straight.
    volume_look : VolumeLook
        How 3D shows the CT.
    place_mm : tuple of float
        LPS point that planes which cut 3D go through.
    needle_id : str
        Of the probe that was looked at last.
    """

    case: Case
    surfaces: SurfaceCache
    zone: ZoneSurfaces | None = None
    stale_because: str = ""
    verdict: Verdict | None = None
    hidden: frozenset[str] = frozenset()
    selected: str = ""
    crosshair_mm: tuple[float, float, float] | None = None
    near: tuple[Clearance, ...] = ()
    offered: Offered | None = None
    draft: Draft | None = None
    skin_map: SkinMap | None = None
    margin_on_lesion: bool = False
    likely: LikelyZone | None = None
    actual: ActualNeedles | None = None
    red_green: bool = False
    volume: Volume | None = None
    temperature_shown: bool = False
    planes: PlaneSet | None = None
    volume_look: VolumeLook = SURFACES
    place_mm: tuple[float, float, float] = (0.0, 0.0, 0.0)
    needle_id: str = ""
    judgements: Mapping[str, Judgement] = field(init=False)
    plan: Plan = field(init=False)

    def __post_init__(self) -> None:
        other = self.shown_zone is not self.zone
        judged = {} if self.verdict is None or self.stale_because or other else {
            r.id: r.judgement for r in self.verdict.structures
        }  # fmt: skip
        object.__setattr__(self, "judgements", judged)
        object.__setattr__(self, "plan", _without(self.case.plan, self.hidden))

    @property
    def shown_zone(self) -> ZoneSurfaces | None:
        """The zone of the plan that is offered, or else that of the case."""
        return self.zone if self.offered is None or self.offered.zone is None else self.offered.zone

    def colour_of(self, structure: Structure) -> str:
        """Return the colour a structure is drawn in."""
        if structure.kind is StructureKind.LESION:
            return colour_or(structure, self.lesion_colour)
        return structure_colour(structure)

    @property
    def lesion_colour(self) -> str:
        """The colour a lesion is drawn in unless the user gave it one."""
        if not self.red_green:
            return kind_colour(StructureKind.LESION)
        zone, probes = self.shown_zone, self.case.plan.probes
        # It must stand out from the isotherms that are shown; before there are any, from those to come.
        cold = zone.zone.cold if zone is not None else not probes or device(probes[0].device_id).is_cold
        return red_green_lesion_colour(cold=cold)

    @property
    def judged_lesion(self) -> LesionVerdict | None:
        """The verdict on the lesion, while the zone shown is the one it is of."""
        current = self.verdict is not None and not self.stale_because and self.shown_zone is self.zone
        return self.verdict.lesion if current and self.verdict is not None else None

    @property
    def named_probes(self) -> tuple[Probe, ...]:
        """The probes that are named in the views: of a plan that is offered those that stay or would come."""
        offered, probes = self.offered, self.plan.probes
        if offered is None or offered.zone is None:
            return probes
        return (*(p for p in probes if p.id not in offered.leaving), *offered.probes)

    @property
    def selected_probe(self) -> Probe | None:
        return next((p for p in self.case.plan.probes if p.id == self.selected), None)

    @property
    def needle(self) -> Probe | None:
        """The probe that 3D is cut along: the selected one, else the one that was looked at last, else the first."""
        probes = self.case.plan.probes
        looked_at = (p for wanted in (self.selected, self.needle_id) for p in probes if p.id == wanted)
        return next(chain(looked_at, probes), None)

    def visible_in_3d(self) -> tuple[Structure, ...]:
        """Return the structures that are drawn in 3D.

        The skin, epidural fat and foramina are drawn only while they are selected, and so are named bones, which the surface of all
        bone shows already, unless that one is hidden.
        """
        shown = self.visible()
        only_selected = FORAMINA | {StructureKind.SKIN, StructureKind.EPIDURAL_FAT}
        if any(s.kind is StructureKind.BONE for s in shown):
            only_selected |= BONES - {StructureKind.BONE}
        return tuple(s for s in shown if s.kind not in only_selected or s.id == self.selected)

    def visible(self) -> tuple[Structure, ...]:
        """Return the structures that are drawn."""
        return tuple(s for s in self.case.structures if s.id not in self.hidden)


def _without(plan: Plan, hidden: frozenset[str]) -> Plan:
    """What of a plan is drawn."""
    if not hidden:
        return plan
    return replace(
        plan,
        probes=tuple(p for p in plan.probes if p.id not in hidden),
        pockets=tuple(p for p in plan.pockets if p.id not in hidden),
        thermocouples=tuple(t for t in plan.thermocouples if t.id not in hidden),
        cements=tuple(c for c in plan.cements if c.id not in hidden),
    )
