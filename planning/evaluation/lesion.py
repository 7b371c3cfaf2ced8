"""Coverage of the lesion and the margin around it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from imaging.distance import sample
from imaging.labels import Box, Mask
from imaging.later import ndimage
from imaging.structures import Tube
from imaging.surface import Mesh, surface_of_mask
from planning.catalogue.thresholds import LesionGoal
from planning.errors import PlanError
from planning.evaluation.exposure import places_in_voxel
from planning.evaluation.margin import MarginMap, margin_map
from planning.model.case import Structure
from planning.model.point import Point
from planning.model.zone import PredictedZone


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ResidualLesion:
    """What of a lesion stays untreated.

    Attributes
    ----------
    mask : Mask
        Its voxels that lie mostly outside the isotherm.
    surface : Mesh
    pieces : int
    largest_at_mm : tuple of float
        A place within the largest piece, as deep as there is.
    """

    mask: Mask
    surface: Mesh
    pieces: int
    largest_at_mm: Point


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class LesionVerdict:
    """How much of a lesion the zone treats.

    Attributes
    ----------
    volume_mm3 : float
    covered_frac : float
        Share of the lesion inside the goal's isotherm.
    covered_mm3 : float
    margin : MarginMap or None
        All over its surface.
    residual : ResidualLesion or None
        What of the lesion stays outside the isotherm; None where that is less than half a voxel anywhere.
    isotherm_c, goal_margin_mm : float
    coverage_source, margin_source : str
    """

    volume_mm3: float
    covered_frac: float
    covered_mm3: float
    margin: MarginMap | None
    residual: ResidualLesion | None
    isotherm_c: float
    goal_margin_mm: float
    coverage_source: str
    margin_source: str

    @property
    def residual_mm3(self) -> float:
        """Volume that stays untreated."""
        return self.volume_mm3 - self.covered_mm3

    @property
    def margin_mm(self) -> float | None:
        """Smallest signed distance from the lesion's surface to the zone's, negative where the lesion reaches beyond.

        None if there is no zone.
        """
        return None if self.margin is None else self.margin.smallest_mm

    @property
    def margin_at_mm(self) -> Point | None:
        """Where that is."""
        return None if self.margin is None else self.margin.place(self.margin.smallest)

    @property
    def margin_met(self) -> bool:
        """Whether the zone reaches far enough beyond the lesion all round."""
        return self.margin_mm is not None and self.margin_mm >= self.goal_margin_mm

    @property
    def goal_met(self) -> bool:
        """Whether the margin is met and the zone leaves no pocket out inside the lesion."""
        return self.margin_met and self.covered_frac >= 1.0


def judge_lesion(lesion: Structure, zone: PredictedZone, goal: LesionGoal) -> LesionVerdict:
    """Return coverage and margin of a lesion.

    Parameters
    ----------
    lesion : Structure
        Given by a mask.
    zone : PredictedZone
    goal : LesionGoal

    Raises
    ------
    PlanError
        If the lesion has no volume.
    GeometryError
        If lesion and zone lie in different frames of reference.
    """
    if isinstance(lesion.shape, Tube) or lesion.shape.count == 0:
        raise PlanError("The lesion has no volume.", code="lesion-empty", hint="Mark the lesion first.")
    mask: Mask = lesion.shape
    zone.grid.require_same_frame(mask.grid, "The lesion")
    covered, residual = _coverage(mask, zone, goal.isotherm_c)
    return LesionVerdict(
        volume_mm3=mask.volume_mm3,
        covered_frac=covered,
        covered_mm3=covered * mask.volume_mm3,
        margin=margin_map(mask, zone, goal.isotherm_c),
        residual=residual,
        isotherm_c=goal.isotherm_c,
        goal_margin_mm=goal.margin_mm,
        coverage_source=goal.coverage_source,
        margin_source=goal.margin_source,
    )


def _coverage(mask: Mask, zone: PredictedZone, isotherm_c: float) -> tuple[float, ResidualLesion | None]:
    """Share of a mask inside an isotherm, read at several places of long voxels, and what is mostly outside."""
    box = mask.box
    kji = np.argwhere(mask.array(box))
    ijk = kji[:, None, ::-1] + np.array(box.start_kji)[::-1] + places_in_voxel(mask.grid)
    # A place outside the grid is not treated, whatever the model's boundary says.
    points = mask.grid.to_lps(ijk.reshape(-1, 3))
    read_c = sample(zone.extreme_c, zone.grid, points, outside=zone.body_c).reshape(ijk.shape[:2])
    treated = read_c <= isotherm_c if zone.cold else read_c >= isotherm_c
    left = np.zeros(mask.array(box).shape, bool)
    left[tuple(kji.T)] = treated.mean(axis=1) < 0.5
    return float(treated.mean()), _residual(mask, box, left) if left.any() else None


def _residual(lesion: Mask, box: Box, left: npt.NDArray[np.bool_]) -> ResidualLesion:
    labels, pieces = ndimage.label(left, np.ones((3, 3, 3)))
    largest = labels == np.bincount(labels.ravel())[1:].argmax() + 1
    depth = ndimage.distance_transform_edt(np.pad(largest, 1), lesion.grid.spacing_ijk_mm[::-1])[1:-1, 1:-1, 1:-1]
    kji = np.array(np.unravel_index(int(depth.argmax()), depth.shape)) + np.array(box.start_kji)
    x, y, z = lesion.grid.to_lps(kji[::-1].astype(float)).reshape(3).tolist()
    mask = Mask.empty(lesion.grid).with_box(box, left)
    return ResidualLesion(mask=mask, surface=surface_of_mask(mask), pieces=int(pieces), largest_at_mm=(x, y, z))
