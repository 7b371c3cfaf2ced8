"""Cement on slices and in 3D."""

from __future__ import annotations

from functools import lru_cache

from app.representations.label_placer import LabelPlacer
from app.representations.primitives import Label, Path, Primitive, Stroke
from app.representations.reslice import cut
from app.representations.scene import Scene
from app.representations.slice_plane import SliceFrame
from app.tokens import cement_colour, colour_or
from imaging.surface import Mesh, surface_of_rounded_tube
from planning.model.cement import Cement
from planning.quantities import millilitre_text

_WEIGHT = 2
_FILL, _SELECTED_FILL = 0.20, 0.36


@lru_cache(maxsize=64)
def cement_mesh(cement: Cement) -> Mesh:
    """Return the surface of a cement, as it is placed."""
    return surface_of_rounded_tube(cement.as_tube())


def draw_cement(scene: Scene, frame: SliceFrame, drawn: list[Primitive], labels: LabelPlacer) -> None:
    """Add what a slice shows of cement: its outline, its name and its volume."""
    for cement in scene.plan.cements:
        lines = cut(cement_mesh(cement), frame)
        if not lines:
            continue
        colour = colour_or(cement, cement_colour())
        selected = cement.id == scene.selected
        stroke = Stroke(colour=colour, width_px=2.5 if selected else 1.5)
        fill = _SELECTED_FILL if selected else _FILL
        drawn.append(Path(lines=lines, closed=True, stroke=stroke, fill=colour, fill_opacity=fill))
        words = f"{cement.name}, {millilitre_text(cement.volume_ml)}"
        labels.ask(Label(text=words, x_px=0, y_px=0, colour=colour), max(lines, key=len), _WEIGHT)
