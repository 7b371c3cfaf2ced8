"""What of a scene stands in 3D: shapes, and how each is painted."""

from __future__ import annotations

from dataclasses import dataclass

from app.representations.cement import cement_mesh
from app.representations.protection import pocket_mesh, state_colour, thermocouple_mesh, way_colour, way_mesh
from app.representations.scene import HIDDEN_AT_FIRST, Scene
from app.tokens import (
    ON_IMAGE,
    cement_colour,
    colour_or,
    isotherm_colour,
    needle_colour,
    probe_colour,
    severity_colour,
    theme_colour,
)
from imaging.structures import BONES, StructureKind
from imaging.surface import Mesh
from planning.evaluation import Judgement
from planning.evaluation.margin import MarginMap
from planning.model import Probe, Structure
from planning.model.protection import tip_of
from planning.trajectory.skin_map import SkinMap

_OPACITY = {
    **dict.fromkeys(BONES, 0.40),
    StructureKind.SKIN: 0.08,
    StructureKind.LESION: 0.85,
    StructureKind.CANAL: 0.25,
    StructureKind.THECAL_SAC: 0.55,
    StructureKind.BOWEL: 0.12,
    StructureKind.BLADDER: 0.15,
    StructureKind.VESSEL: 0.35,
}
_POCKET_OPACITY, _CEMENT_OPACITY = 0.35, 0.55
_ZONE_OPACITY = (0.18, 0.24, 0.30, 0.30)
_OFFERED_OPACITY = 0.45
_LEAVING_OPACITY = 0.15
_AMBIENT, _SELECTED_AMBIENT = 0.12, 0.45

# What a cut takes half of: what surrounds the lesion, and is neither treated nor at risk where it is cut.
_CUT = BONES | {StructureKind.SKIN, StructureKind.BOWEL, StructureKind.BLADDER}
# What a volume of the CT shows itself; as surfaces as well they would only veil it.
_IN_VOLUME = BONES | {StructureKind.BOWEL, StructureKind.BLADDER}


@dataclass(frozen=True, slots=True)
class Look:
    """How a surface is painted: it may change while the surface stays.

    Attributes
    ----------
    colour : str
    opacity, ambient : float
    cut : bool
        A cut takes half of it away.
    sought : bool
        It is seen through a volume that lies before it.
    """

    colour: str
    opacity: float
    ambient: float = _AMBIENT
    cut: bool = False
    sought: bool = False


# A surface, a map of the skin, margins with their goal, or a probe and whether it is selected.
Shape = Mesh | SkinMap | tuple[MarginMap, float] | tuple[Probe, bool]
Shown = tuple[Shape, Look]


def shown_in_3d(scene: Scene, *, cast: bool) -> dict[str, Shown]:
    """Return all that stands in 3D, by names that stay.

    Parameters
    ----------
    scene : Scene
    cast : bool
        The CT is shown as a volume.
    """
    return {
        **_structures(scene, cast=cast), **_isotherms(scene), **_protection_and_cement(scene), **_probes(scene),
        **_skin_map(scene),
    }  # fmt: skip


def _structures(scene: Scene, *, cast: bool) -> dict[str, Shown]:
    shown: dict[str, Shown] = {}
    for structure in scene.visible_in_3d():
        if cast and structure.kind in _IN_VOLUME and structure.id != scene.selected:
            continue
        mesh = scene.surfaces.latest(structure)
        if mesh is not None and not mesh.empty:
            shown[structure.id] = (mesh, _structure_look(structure, scene, cast=cast))
    judged, marked = scene.judged_lesion, scene.case.of_kind(StructureKind.LESION)
    if scene.margin_on_lesion and judged is not None and judged.margin is not None and marked[0].id in shown:
        shown[marked[0].id] = (
            (judged.margin, judged.goal_margin_mm),
            Look(theme_colour("text-1", ON_IMAGE), 1.0, _SELECTED_AMBIENT, sought=True),
        )
    return shown


def _structure_look(structure: Structure, scene: Scene, *, cast: bool) -> Look:
    opacity = _OPACITY.get(structure.kind, 1.0)
    lesion = structure.kind is StructureKind.LESION
    if cast and lesion:
        # Of a solid body it can be told what of the volume lies before it and what behind.
        opacity = 1.0
    colour = scene.colour_of(structure)
    if structure.kind is StructureKind.ROOT and scene.judgements.get(structure.id, Judgement.WITHIN) >= Judgement.ALARM:
        colour = severity_colour(Judgement.ALARM, ON_IMAGE, fill=True)
    if not structure.confirmed and structure.kind not in HIDDEN_AT_FIRST:
        opacity *= 0.5
    ambient = _SELECTED_AMBIENT if structure.id == scene.selected else _AMBIENT
    return Look(colour, opacity, ambient, cut=structure.kind in _CUT, sought=lesion)


def _isotherms(scene: Scene) -> dict[str, Shown]:
    zone, stale = scene.shown_zone, bool(scene.stale_because) and scene.shown_zone is scene.zone
    if zone is None:
        return {}
    shown: dict[str, Shown] = {}
    reached = [(t, m) for t, m in zone.by_temperature_c.items() if not m.empty]
    for n, (temperature_c, mesh) in enumerate(reached):
        colour = theme_colour("stale", ON_IMAGE) if stale else isotherm_colour(temperature_c, cold=zone.zone.cold)
        opacity = _ZONE_OPACITY[min(n, len(_ZONE_OPACITY) - 1)]
        shown[f"isotherm {temperature_c}"] = (mesh, Look(colour, opacity, sought=True))
    return shown


def _protection_and_cement(scene: Scene) -> dict[str, Shown]:
    shown: dict[str, Shown] = {}
    for pocket in scene.plan.pockets:
        ambient = _SELECTED_AMBIENT if pocket.id == scene.selected else _AMBIENT
        shown[pocket.id] = (pocket_mesh(pocket), Look(state_colour(pocket), _POCKET_OPACITY, ambient))
    for thermocouple in scene.plan.thermocouples:
        shown[thermocouple.id] = (
            thermocouple_mesh(thermocouple),
            Look(way_colour(thermocouple), 1.0, _SELECTED_AMBIENT),
        )
    for placed in scene.plan.protective:
        if placed.entry_mm is not None:
            shown[f"way {placed.id}"] = (
                way_mesh(tip_of(placed), placed.entry_mm),
                Look(way_colour(placed), 1.0, _SELECTED_AMBIENT),
            )
    for cement in scene.plan.cements:
        ambient = _SELECTED_AMBIENT if cement.id == scene.selected else _AMBIENT
        shown[cement.id] = (cement_mesh(cement), Look(colour_or(cement, cement_colour()), _CEMENT_OPACITY, ambient))
    return shown


def _probes(scene: Scene) -> dict[str, Shown]:
    leaving, coming = (scene.offered.leaving, scene.offered.probes) if scene.offered is not None else (frozenset(), ())
    shown: dict[str, Shown] = {
        f"probe {probe.id}": (
            (probe, probe.id == scene.selected),
            Look(probe_colour(probe), _LEAVING_OPACITY if probe.id in leaving else 1.0),
        )
        for probe in scene.plan.probes
    }
    for n, probe in enumerate(coming):
        shown[f"offered {n}"] = ((probe, False), Look(needle_colour(), _OFFERED_OPACITY))
    return shown


def _skin_map(scene: Scene) -> dict[str, Shown]:
    if scene.skin_map is None:
        return {}
    return {"skin map": (scene.skin_map, Look(theme_colour("text-3", ON_IMAGE), 1.0, _SELECTED_AMBIENT))}
