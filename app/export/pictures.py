"""A PNG of each view at a fixed resolution."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from app.export.pdf_painter import picture_of, png_bytes
from app.export.written import write_atomically
from app.representations.ct_look import PLAIN, CtLook
from app.representations.ct_solid import CtSolid
from app.representations.furniture3d import furniture3d
from app.representations.plane_set import PlaneSet
from app.representations.primitives import Picture, Primitive
from app.representations.reslice import Reslicer
from app.representations.scene import Scene
from app.representations.scene3d import Scene3D
from app.representations.slice_picture import slice_picture
from app.representations.slice_plane import Plane, SliceFrame
from imaging.geometry import Floats
from imaging.labels import Mask
from imaging.structures import StructureKind

VIEWS: tuple[str, ...] = (*(plane.value for plane in Plane), "3d")
SIZE_PX = (960, 720)
_HEIGHT_MM = 150.0
_VIEW_3D = (14.0, 20.0)
_HEIGHT_3D_MM = 250.0

Pixels = npt.NDArray[np.uint8]


def focus_of(scene: Scene) -> Floats:
    """Return the point pictures are centred on: the crosshair, else the lesion, else the first tip, else the CT."""
    if scene.crosshair_mm is not None:
        return np.array(scene.crosshair_mm)
    for lesion in scene.case.of_kind(StructureKind.LESION):
        if isinstance(lesion.shape, Mask):
            return np.asarray(lesion.shape.points_mm().mean(axis=0))
    if scene.case.plan.probes:
        return np.array(scene.case.plan.probes[0].tip_mm)
    return scene.case.image.grid.centre_mm


def slice_primitives(
    scene: Scene,
    reslicer: Reslicer,
    plane: Plane,
    window_hu: tuple[float, float],
    *,
    size_px: tuple[int, int] = SIZE_PX,
    height_mm: float = _HEIGHT_MM,
    pixel_ratio: float = 1.0,
    title: bool = True,
    look: CtLook = PLAIN,
) -> list[Primitive]:
    """Return a slice through the focus, without crosshair, of a fixed size and scale, leaning as in the scene."""
    shown = replace(scene, crosshair_mm=None, selected="")
    width, height = size_px
    planes = scene.planes or PlaneSet.straight(scene.case.image.grid)
    right, down = planes.axes[plane]
    frame = SliceFrame(
        plane=plane, centre_mm=focus_of(scene), right=right, down=down, width_px=width, height_px=height,
        mm_per_px=height_mm / height,
    )  # fmt: skip
    words = planes.title(plane)
    return slice_picture(shown, reslicer, frame, window_hu, pixel_ratio, title=title, words=words, look=look)


def scene3d_primitives(
    scene: Scene, *, size_px: tuple[int, int] = SIZE_PX, pixel_ratio: float = 1.0, title: bool = True
) -> list[Primitive]:
    """Return the 3D view from behind on the focus, of a fixed size."""
    width, height = size_px
    picture = Scene3D()
    try:
        needle = scene.needle
        # What is cut along stays so, though nothing is selected in pictures.
        kept = scene.needle_id if needle is None else needle.id
        shown = replace(scene, hidden=scene.hidden | {StructureKind.SKIN.value}, selected="", needle_id=kept)
        if scene.volume_look.casts and scene.volume is not None:
            picture.take_solid(CtSolid(scene.volume))
        picture.update(shown)
        picture.look(focus_of(scene), *_VIEW_3D, _HEIGHT_3D_MM)
        pixels = picture.pixels(round(width * pixel_ratio), round(height * pixel_ratio), ratio=pixel_ratio)
        marks = furniture3d(shown, picture, size_px, _VIEW_3D, title=title)
        return [Picture(pixels=pixels, x_px=0, y_px=0, width_px=width, height_px=height), *marks]
    finally:
        picture.close()


def view_pictures(
    scene: Scene,
    reslicer: Reslicer,
    window_hu: tuple[float, float],
    *,
    views: Sequence[str] = VIEWS,
    scale: int = 1,
    look: CtLook = PLAIN,
) -> dict[str, Pixels]:
    """Return the pixels of some views, each of `SIZE_PX` times ``scale``.

    Parameters
    ----------
    scene : Scene
    reslicer : Reslicer
    window_hu : tuple of float
        Width and level.
    views : sequence of str
        Of `VIEWS`.
    scale : int
    look : CtLook
        Of the CT on slices.
    """
    pictures: dict[str, Pixels] = {}
    for view in views:
        primitives = (
            scene3d_primitives(scene, pixel_ratio=scale)
            if view == "3d"
            else slice_primitives(scene, reslicer, Plane(view), window_hu, pixel_ratio=scale, look=look)
        )
        pictures[view] = picture_of(primitives, *SIZE_PX, scale)
    return pictures


def write_pictures(folder: Path, pictures: Mapping[str, Pixels]) -> list[Path]:
    """Write pictures as PNG files named after their views, and return their paths.

    Raises
    ------
    ImagingError
        ``report-not-written`` if the folder cannot be written; an older picture of that name is as it was.
    """
    paths = []
    for name, pixels in pictures.items():
        path = folder / f"{name}.png"
        write_atomically(path, png_bytes(pixels))
        paths.append(path)
    return paths
