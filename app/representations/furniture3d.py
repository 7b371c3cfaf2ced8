"""What stands over the 3D picture: title, labels of roots and probes, axes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from app.representations.label_placer import LabelPlacer
from app.representations.near_lines import nearest_of
from app.representations.primitives import Label, Primitive, Stroke, line, rectangle
from app.representations.scene import Scene
from app.representations.skin_map import legend
from app.representations.volume_look import Cut
from app.tokens import ON_IMAGE, needle_colour, probe_colour, severity_colour, theme_colour
from imaging.structures import ROOT_LEVELS, StructureKind, Tube
from planning.evaluation import Judgement
from planning.quantities import length_text

if TYPE_CHECKING:
    from app.representations.scene3d import Scene3D

_AXIS_PX = 22.0
_PROBE_WEIGHT = 5
_AXES = ((np.array([1.0, 0, 0]), "L"), (np.array([0, 1.0, 0]), "P"), (np.array([0, 0, 1.0]), "S"))


def view_words(azimuth_deg: float, elevation_deg: float) -> str:
    """Return in words where a 3D picture is seen from."""
    azimuth, elevation = round((azimuth_deg + 180) % 360 - 180), round(elevation_deg)
    if abs(elevation) == 90:
        return "from above" if elevation > 0 else "from below"
    if abs(azimuth) == 90:
        words = ["from the right" if azimuth > 0 else "from the left"]
    else:
        behind = abs(azimuth) < 90
        turn = azimuth if behind else (180 if azimuth > 0 else -180) - azimuth
        words = ["from behind" if behind else "from the front"]
        if turn:
            words.append(f"{abs(turn)}° {'right' if turn > 0 else 'left'}")
    if elevation:
        words.append(f"{abs(elevation)}° {'above' if elevation > 0 else 'below'}")
    return ", ".join(words)


def furniture3d(
    scene: Scene, picture: Scene3D, size_px: tuple[int, int], view: tuple[float, float], *, title: bool = True
) -> list[Primitive]:
    """Return the marks over a 3D picture that was just rendered.

    Parameters
    ----------
    scene : Scene
    picture : Scene3D
    size_px : tuple of int
        Width and height in logical pixels.
    view : tuple of float
        Azimuth and elevation in degrees.
    title : bool
    """
    width, height = size_px
    labels = LabelPlacer(width, height)
    labels.keep_free(width - 80, height - 76, width, height)
    labels.keep_free(0, 0, 250, 50 if scene.volume_look.words else 30)
    for structure in scene.visible():
        if structure.kind is StructureKind.ROOT and isinstance(structure.shape, Tube):
            judgement = scene.judgements.get(structure.id, Judgement.WITHIN)
            grave = judgement if judgement >= Judgement.CAUTION else None
            # The last third of a root lies outside the sacrum, where it can be told apart.
            points = structure.shape.points_mm
            seen = picture.to_px(points[[len(points) * 2 // 3]], width, height)
            label = Label(text=structure.name, x_px=0, y_px=0, colour=scene.colour_of(structure))
            labels.ask(label, seen, int(judgement) if grave else -ROOT_LEVELS.index(structure.level), grave)
    for probe in scene.named_probes:
        x, y = picture.to_px(np.asarray(probe.entry_mm) + 36 * probe.direction, width, height)[0]
        hub = np.array([[np.clip(x, 14, width - 14), np.clip(y, 40, height - 14)]])
        labels.ask(
            Label(text=probe.name, x_px=0, y_px=0, colour=probe_colour(probe), weight="semibold"), hub, _PROBE_WEIGHT
        )
    marks = _near_lines(scene, picture, size_px, labels)
    marks += labels.placed()
    if scene.skin_map is not None:
        marks += legend(width, height)
    if title:
        text = f"3D  {view_words(*view)}"
        marks.append(Label(text=text, x_px=26, y_px=16, colour=theme_colour("text-1", ON_IMAGE), plate=0.72))
        marks.append(rectangle(10, 12, 8, 8, theme_colour("text-3", ON_IMAGE)))
        if look := _look_words(scene, picture):
            second = Label(text=look, x_px=26, y_px=38, colour=theme_colour("text-2", ON_IMAGE), size_px=11, plate=0.72)
            marks.append(second)
        if scene.case.image.synthetic:
            marks.append(
                Label(
                    text="synthetic CT", x_px=14, y_px=height - 12, colour=theme_colour("text-2", ON_IMAGE), size_px=11
                )
            )
    return [*marks, *_axes(picture, size_px)]


def _look_words(scene: Scene, picture: Scene3D) -> str:
    """What is shown besides surfaces, and what is cut."""
    look = scene.volume_look
    if look.cut is Cut.NEEDLE and scene.needle is None:
        look = replace(look, cut=Cut.NONE)
    if look.casts and not picture.casts:
        return f"{look.words}: being made"
    return look.words


def _near_lines(scene: Scene, picture: Scene3D, size_px: tuple[int, int], labels: LabelPlacer) -> list[Primitive]:
    """Lines from the selected probe to what it comes near to."""
    marks: list[Primitive] = []
    for found, judgement in nearest_of(scene):
        colour = severity_colour(judgement, ON_IMAGE) if judgement >= Judgement.CAUTION else needle_colour()
        ends = picture.to_px([found.needle_at_mm, found.other_at_mm], *size_px)
        (ax, ay), (bx, by) = ends.tolist()
        marks.append(line((ax, ay), (bx, by), Stroke(colour=colour, width_px=1.5)))
        label = Label(text=length_text(found.distance_mm), x_px=0, y_px=0, colour=colour, plate=0.72, size_px=11)
        labels.ask(label, ends, _PROBE_WEIGHT - 1)
    return marks


def _axes(picture: Scene3D, size_px: tuple[int, int]) -> list[Primitive]:
    """A small tripod of L, P and S in the corner."""
    width, height = size_px
    corner = np.array([width - 44.0, height - 40.0])
    focus = picture.focus_mm
    origin = picture.to_px(focus, width, height)[0]
    marks: list[Primitive] = []
    stroke = Stroke(colour=theme_colour("text-2", ON_IMAGE), width_px=1.25)
    for axis, letter in _AXES:
        toward = picture.to_px(focus + 10 * axis, width, height)[0] - origin
        scale = np.linalg.norm(picture.to_px(focus + 10 * _AXES[2][0], width, height)[0] - origin) or 1.0
        end = corner + toward / max(float(scale), float(np.linalg.norm(toward)), 1e-6) * _AXIS_PX
        marks.append(line((corner[0], corner[1]), (float(end[0]), float(end[1])), stroke))
        beyond = corner + (end - corner) * 1.35
        marks.append(
            Label(
                text=letter, x_px=float(beyond[0]), y_px=float(beyond[1]), colour=theme_colour("text-1", ON_IMAGE),
                anchor="centre", size_px=11, weight="semibold",
            )
        )  # fmt: skip
    return marks
