"""Pockets of gas and fluid, and thermocouples, on slices and in 3D."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from app.representations.label_placer import LabelPlacer
from app.representations.primitives import Label, Path, Primitive, Stroke, ring
from app.representations.reslice import cut
from app.representations.scene import Scene
from app.representations.slice_plane import SliceFrame
from app.tokens import colour_or, dash, pocket_colour, thermocouple_colour
from imaging.structures import Tube
from imaging.surface import Mesh, surface_of_rounded_tube
from planning.catalogue.agents import agent
from planning.evaluation import Judgement
from planning.model.point import Point
from planning.model.protection import Pocket, Thermocouple, tip_of

_WEIGHT = 2
_FILL, _SELECTED_FILL = 0.14, 0.30
_CROSS_PX, _RING_PX = 4.0, 6.0
_BALL_MM = 1.6
# A thermocouple is drawn on slices that pass so near to it.
_NEAR_MM = 2.5
_WAY_PARTS, _ROD_MM = 24, 0.5


@lru_cache(maxsize=64)
def pocket_mesh(pocket: Pocket) -> Mesh:
    """Return the surface of a pocket, as it is placed: what keeps its place inside it is not cut out."""
    return surface_of_rounded_tube(pocket.as_tube())


@lru_cache(maxsize=64)
def thermocouple_mesh(thermocouple: Thermocouple) -> Mesh:
    """Return a small ball where a thermocouple is."""
    at = np.array(thermocouple.position_mm)
    return surface_of_rounded_tube(Tube(np.stack([at, at + [0, 0, 1e-3]]), np.full(2, _BALL_MM)))


def state_colour(pocket: Pocket) -> str:
    """Return the colour of a pocket: the user's own, or that of gas or of fluid."""
    return colour_or(pocket, pocket_colour(agent(pocket.agent_id).state))


def draw_protection(scene: Scene, frame: SliceFrame, drawn: list[Primitive], labels: LabelPlacer) -> None:
    """Add what a slice shows of pockets and thermocouples."""
    judged = _judgements(scene)
    for placed in scene.plan.protective:
        drawn.extend(_way(placed, frame))
    for pocket in scene.plan.pockets:
        lines = cut(pocket_mesh(pocket), frame)
        if not lines:
            continue
        colour = state_colour(pocket)
        fill = _SELECTED_FILL if pocket.id == scene.selected else _FILL
        stroke = Stroke(colour=colour, width_px=1.5)
        drawn.append(Path(lines=lines, closed=True, stroke=stroke, fill=colour, fill_opacity=fill))
        label = Label(text=pocket.name, x_px=0, y_px=0, colour=colour)
        labels.ask(label, max(lines, key=len), _WEIGHT, judged.get(pocket.id))
    for thermocouple in scene.plan.thermocouples:
        if abs(float(frame.height_mm(thermocouple.position_mm))) > _NEAR_MM:
            continue
        x, y = (float(v) for v in frame.to_px(thermocouple.position_mm))
        colour, selected = way_colour(thermocouple), thermocouple.id == scene.selected
        drawn.extend(thermocouple_mark(x, y, colour, selected=selected))
        angles = np.linspace(0, 2 * np.pi, 12)
        outline = np.stack([x + _RING_PX * np.cos(angles), y + _RING_PX * np.sin(angles)], axis=1)
        label = Label(text=thermocouple.name, x_px=0, y_px=0, colour=colour, weight="semibold")
        labels.ask(label, outline, _WEIGHT + 1, judged.get(thermocouple.id))


def way_colour(placed: Pocket | Thermocouple) -> str:
    """Return the colour of what a needle brings."""
    return state_colour(placed) if isinstance(placed, Pocket) else colour_or(placed, thermocouple_colour())


def _way(placed: Pocket | Thermocouple, frame: SliceFrame) -> list[Primitive]:
    """The way of a needle: full near the slice, dashed where it is away from it."""
    if placed.entry_mm is None:
        return []
    at = np.linspace(0.0, 1.0, _WAY_PARTS + 1)[:, None]
    lps = np.asarray(tip_of(placed)) + at * np.subtract(placed.entry_mm, tip_of(placed))
    points, near = frame.to_px(lps), np.abs(frame.height_mm(lps)) <= _NEAR_MM
    colour = way_colour(placed)
    strokes = {
        True: Stroke(colour=colour, width_px=1.5),
        False: Stroke(colour=colour, width_px=1, dash_px=dash("projected_needle"), opacity=0.6),
    }
    return [Path(lines=(points[n : n + 2],), stroke=strokes[bool(near[n] and near[n + 1])]) for n in range(_WAY_PARTS)]


@lru_cache(maxsize=64)
def way_mesh(start_mm: Point, stop_mm: Point) -> Mesh:
    """Return a needle's way as a thin rod."""
    return surface_of_rounded_tube(Tube(np.array([start_mm, stop_mm]), np.full(2, _ROD_MM)))


def thermocouple_mark(x_px: float, y_px: float, colour: str, *, selected: bool = False) -> list[Primitive]:
    """Return a cross in a ring."""
    a = _CROSS_PX * 0.7
    stroke = Stroke(colour=colour, width_px=2.5 if selected else 1.5)
    cross = (
        np.array([[x_px - a, y_px - a], [x_px + a, y_px + a]]),
        np.array([[x_px - a, y_px + a], [x_px + a, y_px - a]]),
    )
    return [ring(x_px, y_px, _RING_PX, stroke), Path(lines=cross, stroke=stroke)]


def _judgements(scene: Scene) -> dict[str, Judgement]:
    """What was judged of pockets and thermocouples, where that is grave."""
    if scene.verdict is None or scene.stale_because:
        return {}
    placed = {p.id for p in scene.case.plan.pockets} | {t.id for t in scene.case.plan.thermocouples}
    judged: dict[str, Judgement] = {}
    for finding in scene.verdict.findings:
        if finding.structure_id in placed:
            judged[finding.structure_id] = max(finding.judgement, judged.get(finding.structure_id, Judgement.WITHIN))
    return judged
