"""Segmentation tools, one file each. A tool returns a new mask; it never changes the old one."""

from imaging.segmentation.brush import paint_stroke
from imaging.segmentation.region_grow import grow_lesion

__all__ = ["grow_lesion", "paint_stroke"]
