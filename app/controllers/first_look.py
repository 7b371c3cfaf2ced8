"""Where the views look first."""

from __future__ import annotations

from imaging.structures import StructureKind
from imaging.volume import Volume
from planning.model import Case


def first_look(case: Case, volume: Volume) -> tuple[float, float, float]:
    """Return where the views begin: at the first probe's tip, else the lesion, else the middle of the CT."""
    if case.plan.probes:
        return case.plan.probes[0].tip_mm
    lesions = case.of_kind(StructureKind.LESION)
    centre = volume.grid.centre_mm
    if lesions and not hasattr(lesions[0].shape, "radii_mm"):
        box = lesions[0].shape.box  # type: ignore[union-attr]
        middle = (box.start_kji[2] + box.stop_kji[2]) / 2, (box.start_kji[1] + box.stop_kji[1]) / 2
        centre = volume.grid.to_lps([*middle, (box.start_kji[0] + box.stop_kji[0]) / 2])
    x, y, z = (float(v) for v in centre)
    return (x, y, z)
