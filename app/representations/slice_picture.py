"""A whole slice: the CT through a window, and everything over it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from app.representations.ct_look import PLAIN, CtLook
from app.representations.primitives import Picture, Primitive
from app.representations.reslice import Reslicer
from app.representations.scene import Scene
from app.representations.slice_furniture import slice_furniture
from app.representations.slice_overlay import slice_overlay
from app.representations.slice_plane import SliceFrame
from app.representations.windows import windowed


def ct_picture(
    reslicer: Reslicer,
    frame: SliceFrame,
    window_hu: tuple[float, float],
    pixel_ratio: float = 1.0,
    look: CtLook = PLAIN,
) -> Picture:
    """Return the CT on a frame as grey.

    Parameters
    ----------
    reslicer : Reslicer
    frame : SliceFrame
    window_hu : tuple of float
        Width and level.
    pixel_ratio : float
        Device pixels in a logical pixel.
    look : CtLook
    """
    grey: npt.NDArray[np.uint8] = windowed(reslicer.slice_hu(frame, pixel_ratio, look), *window_hu)
    return Picture(pixels=grey, x_px=0, y_px=0, width_px=frame.width_px, height_px=frame.height_px)


def slice_picture(
    scene: Scene,
    reslicer: Reslicer,
    frame: SliceFrame,
    window_hu: tuple[float, float],
    pixel_ratio: float = 1.0,
    *,
    title: bool = True,
    words: str = "",
    look: CtLook = PLAIN,
) -> list[Primitive]:
    """Return a slice with everything drawn on it, in drawing order."""
    return [
        ct_picture(reslicer, frame, window_hu, pixel_ratio, look),
        *slice_overlay(replace(scene, volume=reslicer.volume), frame),
        *slice_furniture(frame, scene.case.image, window_hu, title=title, words=words, look=look),
    ]
