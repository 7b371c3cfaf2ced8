"""What the window shows and how, which is no part of the case and cannot be undone."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from PySide6.QtCore import QObject, Signal

from app.mouse_scheme import MouseScheme
from app.representations.ct_look import PLAIN, THICKEST_MM, THINNEST_MM
from app.representations.plane_set import PlaneSet
from app.representations.scene import Draft, Offered
from app.representations.volume_look import SURFACES
from app.representations.windows import WINDOW_PRESETS
from imaging.geometry import Floats
from imaging.structures import Side, StructureKind
from planning.ensemble.findings import LikelyZone
from planning.model.point import Point
from planning.trajectory.clearance import Clearance
from planning.trajectory.skin_map import SkinMap
from planning.trajectory.suggest import Suggestion


class Step(enum.StrEnum):
    """The steps of the work, in order."""

    CASE = "Case"
    STRUCTURES = "Structures"
    PROBES = "Probes"
    ZONE = "Zone"
    RISK = "Risk"
    PRESENT = "Present"


@dataclass(frozen=True, slots=True)
class NewStructure:
    """A painted structure that is to be begun."""

    kind: StructureKind
    side: Side | None = None

    @property
    def id(self) -> str:
        return self.kind.value if self.side is None else f"{self.kind.value}.{self.side.value}"


LESION = NewStructure(StructureKind.LESION)


class ViewState(QObject):
    """Crosshair, window, selection and visibility, shared by all views.

    Signals
    -------
    changed()
        Something that views draw differs.
    stepped(Step)
    toolChanged(str)
    toolAdjusted()
        A size of the tool in the hand differs.
    revealed()
        The crosshair was sent to a place that all slices should have in sight.
    wordsAsked(str)
        A note, by its id, is to be given its words.
    """

    changed = Signal()
    stepped = Signal(object)
    toolChanged = Signal(str)
    toolAdjusted = Signal()
    revealed = Signal()
    wordsAsked = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        # How often something else changed than where the crosshair is. Counted before anybody draws.
        self.revision = 0
        self._only_moves = False
        self.changed.connect(self._count)
        self.crosshair_mm: Point = (0.0, 0.0, 0.0)
        self.show_crosshair = True
        # The planes as they were turned by hand; None while they are straight.
        self.planes: PlaneSet | None = None
        self.window_hu: tuple[float, float] = WINDOW_PRESETS[3][1:]
        self.ct_look = PLAIN
        self.volume_look = SURFACES
        self.hidden: frozenset[str] = frozenset()
        self.selected = ""
        self.step = Step.CASE
        self.tool = "navigate"
        self.brush_radius_mm = 5.0
        self.brush_is_disc = False
        self.brush_keeps_off = False
        self.brush_range_hu: tuple[float, float] | None = None
        # What brush and outline begin; None goes on with what is selected, or the lesion.
        self.begins: NewStructure | None = None
        self.tube_radius_mm = 2.2
        self.device_id = ""
        # In-plane and craniocaudal angle of a probe that is placed by numbers, and whether its hub is in front.
        self.aim_deg: tuple[float, float] = (0.0, 0.0)
        self.aim_anterior = False
        # The needle that views along and across are of, their turn about its shaft, and where the one across lies:
        # from the tip towards the hub, by default in the middle of the active part.
        self.needle_shown = False
        self.needle_id = ""
        self.needle_turned_deg = 0.0
        self.needle_above_tip_mm: float | None = None
        self.agent_id = "co2"
        self.pocket_radius_mm = 8.0
        self.cement_volume_ml = 3.0
        self.cement_minutes = 10.0
        self.near: tuple[Clearance, ...] = ()
        self.offered: Offered | None = None
        # What is shown changes many times a second: 3D may be coarse, and wait on a slow machine.
        self.moving = False
        self.draft: Draft | None = None
        self.skin_map: SkinMap | None = None
        self.red_green = False
        self.margin_in_3d = self.likely_shown = True
        self.temperature_shown = self.magnifier = False
        self.mouse = MouseScheme.OWN
        # Needles under the mouse are drawn to slice, axes and these ways; and to which they were.
        self.snaps = False
        self.ways: tuple[Suggestion, ...] = ()
        self.snapped_to = ""
        # Two plans stand side by side, so that views say whose they are.
        self.beside = False
        self.likely: LikelyZone | None = None

    def begin(self, new: NewStructure | None) -> None:
        """Have brush and outline begin a structure, or go on with the one that is selected."""
        if new != self.begins:
            self.begins = new
            self.toolAdjusted.emit()

    def offer(self, offered: Offered | None) -> None:
        """Show probes before they are taken, or none."""
        if offered is not self.offered:
            self.offered = offered
            if offered is not None and offered.probes:
                self.reveal(offered.probes[0].tip_mm)
            self.changed.emit()

    def move(self, moving: bool) -> None:
        """Say that what is shown goes on changing, or rests."""
        if moving != self.moving:
            self.moving = moving
            if not moving:
                self.changed.emit()

    def show_draft(self, draft: Draft | None) -> None:
        """Show what an edit would make of a structure, or nothing of the kind."""
        if draft is not self.draft:
            self.draft = draft
            self.changed.emit()

    def drawn(self) -> dict[str, Any]:
        """Return what of this a scene draws, by its names there."""
        return {
            "hidden": self.hidden, "selected": self.selected, "near": self.near, "offered": self.offered,
            "crosshair_mm": self.crosshair_mm if self.show_crosshair else None, "planes": self.planes,
            "temperature_shown": self.temperature_shown, "draft": self.draft,
            "skin_map": self.skin_map, "red_green": self.red_green, "margin_on_lesion": self.margin_on_lesion,
            "volume_look": self.volume_look, "place_mm": self.crosshair_mm, "needle_id": self.needle_id,
            "likely": self.likely if self.likely_shown and self.step in (Step.ZONE, Step.RISK) else None,
        }  # fmt: skip

    def use_red_green(self, used: bool) -> None:
        """Draw the lesion in a colour that does not rely on telling red from green, or in its usual one."""
        self.red_green = used
        self.changed.emit()

    def show_likely(self, likely: LikelyZone | None) -> None:
        """Show the inner and the outer zone that runs say, or none."""
        if likely is not self.likely:
            self.likely = likely
            self.changed.emit()

    def show_temperature(self, shown: bool) -> None:
        """Lay the zone's temperature over the slices as colours, or not."""
        if shown != self.temperature_shown:
            self.temperature_shown = shown
            self.changed.emit()

    def hold_magnifier(self, held: bool) -> None:
        """Have a glass under the mouse that shows slices larger, or not."""
        self.magnifier = held
        self.changed.emit()

    def draw_likely(self, drawn: bool) -> None:
        """Draw inner and outer zone where zone and risk are looked at, or not."""
        self.likely_shown = drawn
        self.changed.emit()

    @property
    def margin_on_lesion(self) -> bool:
        """Whether the lesion in 3D has the colours of its margin: where margins are looked at."""
        return self.margin_in_3d and self.step is Step.RISK

    def show_margin_in_3d(self, shown: bool) -> None:
        """Colour the lesion in 3D by its margin while risk is looked at, or not."""
        self.margin_in_3d = shown
        self.changed.emit()

    def set_crosshair(self, lps_mm: Floats | Point) -> None:
        """Move the point that all views go through."""
        x, y, z = (float(v) for v in lps_mm)
        if (x, y, z) != self.crosshair_mm:
            self.crosshair_mm = (x, y, z)
            self._only_moves = True
            self.changed.emit()

    def _count(self) -> None:
        # What others change because the crosshair moved counts again.
        self.revision += not self._only_moves
        self._only_moves = False

    def show_planes(self, planes: PlaneSet | None) -> None:
        """Turn the planes that all slices show, or have them straight."""
        self.planes = planes
        self.changed.emit()

    def reveal(self, lps_mm: Floats | Point) -> None:
        """Move the crosshair to a place that was asked for by name, and have every slice show it."""
        self.set_crosshair(lps_mm)
        self.revealed.emit()

    def turn_needle(self, turned_deg: float) -> None:
        """Turn the planes along the needle about its shaft."""
        self.needle_turned_deg = (turned_deg + 180) % 360 - 180
        self.changed.emit()

    def look_across(self, above_tip_mm: float) -> None:
        """Move the plane across the needle along its shaft."""
        self.needle_above_tip_mm = above_tip_mm
        self.changed.emit()

    def set_window(self, width_hu: float, level_hu: float) -> None:
        """Set the grey window of all slices."""
        self.window_hu = (max(width_hu, 1.0), level_hu)
        self.changed.emit()

    def show_ct(self, **changes: object) -> None:
        """Change how all slices show the CT, as `CtLook` has it: thick or thin, and what lies between voxels."""
        self.ct_look = replace(self.ct_look, **changes)  # type: ignore[arg-type]
        self.changed.emit()

    def show_volume(self, **changes: object) -> None:
        """Change how 3D shows the CT, as `VolumeLook` has it: as surfaces or a volume, whole or cut."""
        self.volume_look = replace(self.volume_look, **changes)  # type: ignore[arg-type]
        self.changed.emit()

    def thicken_slab(self, by_mm: float) -> None:
        """Make thick slices thicker or thinner."""
        thickness_mm = min(max(self.ct_look.thickness_mm + by_mm, THINNEST_MM), THICKEST_MM)
        self.show_ct(thick=True, thickness_mm=thickness_mm)

    def set_hidden(self, structure_ids: Iterable[str], hidden: bool) -> None:
        """Hide or show structures."""
        chosen = set(structure_ids)
        self.hidden = self.hidden | chosen if hidden else self.hidden - chosen
        self.changed.emit()

    def select(self, object_id: str) -> None:
        """Select a structure or a probe; an empty id selects nothing."""
        if object_id != self.selected:
            self.selected = object_id
            self.changed.emit()

    def go_to(self, step: Step) -> None:
        """Show another step."""
        if step is not self.step:
            self.step = step
            self.stepped.emit(step)

    def use_tool(self, tool: str) -> None:
        """Take another tool into the hand."""
        self.tool = tool
        self.toolChanged.emit(tool)
