"""What measurements on the images come to, in numbers and in words."""

from __future__ import annotations

from imaging.region import RegionStatistics, region_statistics
from imaging.volume import Volume
from planning.model.annotation import Annotation
from planning.quantities import area_text, hu_text, length_text


def region_of(annotation: Annotation, volume: Volume) -> RegionStatistics | None:
    """Return the densities in a region; None of other kinds, and where it encloses no voxel."""
    if not annotation.kind.is_region:
        return None
    return region_statistics(volume, annotation.outline_mm, annotation.right, annotation.down)


def value_text(annotation: Annotation, region: RegionStatistics | None) -> str:
    """Return what a measurement says beside it: ``23.4 mm``, ``41°``, ``123 ± 45 HU, 314 mm²``; nothing of arrow and note.

    Parameters
    ----------
    annotation : Annotation
    region : RegionStatistics or None
        Of a region whose voxels are at hand.
    """
    if annotation.length_mm is not None:
        return length_text(annotation.length_mm)
    if annotation.angle_deg is not None:
        return f"{annotation.angle_deg:.0f}°"
    if annotation.area_mm2 is None:
        return ""
    area = area_text(annotation.area_mm2)
    if region is None:
        return area
    return f"{hu_text(region.mean_hu, unit=False)} ± {hu_text(region.deviation_hu)}, {area}"


def range_text(region: RegionStatistics) -> str:
    """Return what else is known of a region: ``−20 to 310 HU, 642 voxels``."""
    voxels = "voxel" if region.count == 1 else "voxels"
    return f"{hu_text(region.lowest_hu, unit=False)} to {hu_text(region.highest_hu)}, {region.count} {voxels}"
