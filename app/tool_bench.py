"""How fast the drawing tools answer, for `bench`: on a CT of the size that is asked of them, without a window."""

from __future__ import annotations

import numpy as np

from imaging.geometry import VoxelGrid
from imaging.labels import Mask
from imaging.segmentation.brush import BrushLimits, paint_stroke
from imaging.segmentation.edge_trace import live_wire
from imaging.segmentation.region_grow import GrowthLimits, LesionClick
from imaging.segmentation.scribble import from_scribbles
from imaging.structures import Side, StructureKind, Tube
from imaging.volume import Provenance, Volume
from planning.benchmark import budget_row, median_s
from planning.model.case import Case, ImageReference
from planning.model.naming import make_structure
from planning.operations.structures import put_structure, reshape_structure
from planning.store import Store
from planning.thermal.verification import VerificationRow

_SHAPE_KJI, _SPACING_MM, _RADIUS_MM = (300, 512, 512), (0.7, 0.7, 1.0), 10.0


def tool_rows(repeats: int = 9) -> list[VerificationRow]:
    """Return the times of a brush stroke, of a live wire, of a scribble and of the lesion's size slider.

    Parameters
    ----------
    repeats : int
        Each time is the median of this many, after one that does not count.
    """
    lesion = _lesion_of_60_mm()
    grid = VoxelGrid.axis_aligned(_SHAPE_KJI, _SPACING_MM, (-179.0, -179.0, -150.0), "bench")
    return [
        budget_row(
            "brush stroke of 10 mm, 512×512×300, as an undoable edit",
            _brush_s(grid, repeats),
            16.0,
            "one frame at 60 Hz",
        ),
        budget_row(
            "live wire around a quarter of 60 mm, 512×512", _wire_s(grid, repeats), 200.0, "the line follows the mouse"
        ),
        budget_row(
            "scribble in a lesion of 60 mm", _scribble_s(lesion, repeats), 200.0, "the border is seen while drawing"
        ),
        budget_row(
            "lesion of 60 mm by its size slider", _resize_s(lesion, repeats), 200.0, "the lesion follows the slider"
        ),
    ]


def _brush_s(grid: VoxelGrid, repeats: int) -> float:
    """A move of the mouse by 6 mm, kept off a root, beside a whole body whose bricks the history counts too."""
    image = ImageReference(kind="phantom", location="bench", series_uid="bench", digest="bench", grid=grid)
    case = Case(name="bench", image=image)
    body = Mask.from_array(grid, np.ones((280, 400, 400), bool), (10, 56, 56))
    root = Tube(np.linspace([8.0, -40.0, 0.0], [8.0, 60.0, 10.0], 60), np.full(60, 2.0))
    lesion = paint_stroke(Mask.empty(grid), (0, 0, 0), _RADIUS_MM)
    for structure in (
        make_structure(StructureKind.SKIN, body),
        make_structure(StructureKind.ROOT, root, level="S2", side=Side.LEFT),
        make_structure(StructureKind.LESION, lesion),
    ):
        case = put_structure(case, structure)
    store, limits = Store(case), BrushLimits(keep_off=(root,))

    def stroke(n: int) -> None:
        mask = store.case.structure("lesion").shape
        assert isinstance(mask, Mask)
        made = paint_stroke(mask, [(0, 6 * n, 0), (0, 6 * n + 6, 0)], _RADIUS_MM, limits=limits)
        store.apply("Paint", lambda c: reshape_structure(c, "lesion", made), merge_key="stroke")

    return median_s(stroke, repeats)


def _wire_s(grid: VoxelGrid, repeats: int) -> float:
    flat = grid.crop((0, 0, 0), (1, *_SHAPE_KJI[1:]))
    j, i = (np.arange(n) * 0.7 - 179.0 for n in _SHAPE_KJI[1:])
    noise = np.random.default_rng(1).normal(0, 20, _SHAPE_KJI[1:])
    disc = np.where(np.hypot(j[:, None], i[None]) < 30, 300.0, 50.0) + noise
    volume = Volume(hu=np.rint(disc[None]).astype(np.int16), grid=flat, provenance=Provenance(kind="phantom"))
    return median_s(lambda n: live_wire(volume, (30, 0, -150), (0, 30 - n / 10, -150)), repeats)


def _lesion_of_60_mm() -> Volume:
    """A ball of soft tissue in marrow, with noise."""
    grid = VoxelGrid.axis_aligned((90, 90, 90), (1.0, 1.0, 1.0), (-44.5, -44.5, -44.5), "bench")
    k, j, i = (np.arange(90) - 44.5,) * 3
    away_mm = np.sqrt(k[:, None, None] ** 2 + j[:, None] ** 2 + i**2)
    noise = np.random.default_rng(2).normal(0, 20, away_mm.shape)
    hu = np.where(away_mm < 30, 45.0, 190.0) + noise
    return Volume(hu=np.rint(hu).astype(np.int16), grid=grid, provenance=Provenance(kind="phantom"))


def _scribble_s(volume: Volume, repeats: int) -> float:
    inside = np.linspace((-12, 0, 0), (12, 3, 0), 30)
    around = 37 * np.stack([np.cos(t := np.linspace(0, 6.2, 200)), np.sin(t), 0 * t], axis=1)
    return median_s(lambda n: from_scribbles(volume, inside + [0, 0, n / 10], around), repeats)


def _resize_s(volume: Volume, repeats: int) -> float:
    click = LesionClick(volume, (1.0, 2.0, 3.0))
    click.grown()
    return median_s(lambda n: click.grown(GrowthLimits(size_mm=56.0 + n)), repeats)
