"""How fast the drawing tools answer, for `bench`: on a CT of the size that is asked of them, without a window."""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median

import numpy as np

from imaging.geometry import VoxelGrid
from imaging.labels import Mask
from imaging.segmentation.brush import BrushLimits, paint_stroke
from imaging.segmentation.edge_trace import live_wire
from imaging.structures import Side, StructureKind, Tube
from imaging.volume import Provenance, Volume
from planning.model.case import Case, ImageReference
from planning.model.naming import make_structure
from planning.operations.structures import put_structure, reshape_structure
from planning.store import Store
from planning.thermal.verification import VerificationRow

_SHAPE_KJI, _SPACING_MM, _RADIUS_MM = (300, 512, 512), (0.7, 0.7, 1.0), 10.0


def tool_rows(repeats: int = 9) -> list[VerificationRow]:
    """Return the times of a brush stroke and of a live wire.

    Parameters
    ----------
    repeats : int
        Each time is the median of this many, after one that does not count.
    """
    grid = VoxelGrid.axis_aligned(_SHAPE_KJI, _SPACING_MM, (-179.0, -179.0, -150.0), "bench")
    return [
        _row(
            "brush stroke of 10 mm, 512×512×300, as an undoable edit",
            _brush_s(grid, repeats),
            16.0,
            "one frame at 60 Hz",
        ),
        _row(
            "live wire around a quarter of 60 mm, 512×512", _wire_s(grid, repeats), 200.0, "the line follows the mouse"
        ),
    ]


def _row(name: str, seconds: float, target_ms: float, source: str) -> VerificationRow:
    milliseconds = seconds * 1e3
    return VerificationRow(
        name=name,
        value=milliseconds,
        unit="ms",
        target=f"≤ {target_ms:g}",
        met=milliseconds <= target_ms,
        source=source,
    )


def _median_s(act: Callable[[int], object], repeats: int) -> float:
    times = []
    for n in range(repeats + 1):
        began = time.perf_counter()
        act(n)
        times.append(time.perf_counter() - began)
    return median(times[1:])


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

    return _median_s(stroke, repeats)


def _wire_s(grid: VoxelGrid, repeats: int) -> float:
    flat = grid.crop((0, 0, 0), (1, *_SHAPE_KJI[1:]))
    j, i = (np.arange(n) * 0.7 - 179.0 for n in _SHAPE_KJI[1:])
    noise = np.random.default_rng(1).normal(0, 20, _SHAPE_KJI[1:])
    disc = np.where(np.hypot(j[:, None], i[None]) < 30, 300.0, 50.0) + noise
    volume = Volume(hu=np.rint(disc[None]).astype(np.int16), grid=flat, provenance=Provenance(kind="phantom"))
    return _median_s(lambda n: live_wire(volume, (30, 0, -150), (0, 30 - n / 10, -150)), repeats)
