"""Is the program fast? Times against their budgets, and ratios of figures measured in one run."""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median

import numpy as np

from imaging.geometry import Floats, VoxelGrid
from imaging.labels import Box, Mask
from imaging.structures import Side, StructureKind, Tube
from imaging.surface import surface_of_field
from imaging.volume import Provenance, Volume
from planning.catalogue import Mode, device
from planning.evaluation import evaluate
from planning.evaluation.margin import margin_of_surface
from planning.model.case import Case, ImageReference
from planning.model.naming import make_structure
from planning.model.zone import Fidelity, PredictedZone
from planning.operations.probes import add_probe
from planning.operations.structures import put_structure
from planning.services import prediction_digest
from planning.thermal.fast import fast_extreme
from planning.thermal.verification import VerificationRow
from planning.trajectory.passage import passage

_DEVICE = "icerod-1.5"
_ENTRY_MM, _TIP_MM = (0.0, 60.0, 0.0), (0.0, 0.0, 0.0)


def bench_rows(repeats: int = 5) -> list[VerificationRow]:
    """Measure speed, in some seconds after the first run has compiled the kernels.

    Parameters
    ----------
    repeats : int
        Each time is the median of this many, after one that does not count.
    """
    case = _case()
    return [
        budget_row("fast model of one probe, a million voxels", _fast_model_s(repeats), 100.0, "a drag feels live"),
        budget_row("verdict on a settled zone, 85³ voxels", _verdict_s(case, repeats), 300.0, "read while it settles"),
        budget_row("margins at 25,000 places of a lesion", _margin_s(case, repeats), 100.0, "peers take 1.3 s"),
        budget_row(
            "oblique way through bone of one probe, 512×512×300", _way_s(repeats), 50.0, "it follows the needle"
        ),
    ]


def budget_row(name: str, seconds: float, target_ms: float, source: str) -> VerificationRow:
    """Return the row of a time against the one that is asked."""
    milliseconds = seconds * 1e3
    return VerificationRow(
        name=name,
        value=milliseconds,
        unit="ms",
        target=f"≤ {target_ms:g}",
        met=milliseconds <= target_ms,
        source=source,
    )


def median_s(work: Callable[[int], object], repeats: int) -> float:
    """Return the median time of some work, which is told its number, after one run that warms it up."""
    times = []
    for n in range(repeats + 1):
        began = time.perf_counter()
        work(n)
        times.append(time.perf_counter() - began)
    return median(times[1:])


def _case() -> Case:
    """A lesion, two roots and a canal beside one probe, on a CT of 1 mm."""
    grid = VoxelGrid.axis_aligned((160, 160, 160), 1.0, (-80, -80, -80), "bench")
    image = ImageReference(kind="phantom", location="bench", series_uid="bench", digest="bench", grid=grid)
    case = Case(name="bench", image=image)
    case = put_structure(case, make_structure(StructureKind.LESION, _ball(Mask.empty(grid), 12.0)))
    for side, x_mm in ((Side.LEFT, 16.0), (Side.RIGHT, -16.0)):
        root = Tube(np.array([[x_mm, 0, -40.0], [x_mm, 5, 40.0]]), np.array([2.0, 2.0]))
        case = put_structure(case, make_structure(StructureKind.ROOT, root, level="S2", side=side))
    canal = _ball(Mask.empty(grid), 9.0, (0.0, 25.0, 0.0))
    case = put_structure(case, make_structure(StructureKind.CANAL, canal))
    return add_probe(case, _DEVICE, _ENTRY_MM, _TIP_MM)


def _ball(mask: Mask, radius_mm: float, centre_mm: tuple[float, float, float] = (0.0, 0.0, 0.0)) -> Mask:
    """Return a mask with a ball painted into it, as a brush does."""
    tube = Tube(np.array([centre_mm, np.add(centre_mm, (1e-6, 0, 0))]), np.full(2, radius_mm))
    box = Box.around(mask.grid, np.subtract(centre_mm, radius_mm), np.add(centre_mm, radius_mm))
    kji = np.indices(box.shape_kji).reshape(3, -1).T + np.array(box.start_kji)
    inside = tube.signed_distance_mm(mask.grid.to_lps(kji[:, ::-1])) <= 0
    return mask.with_box(box, mask.array(box) | inside.reshape(box.shape_kji))


def _fast_model_s(repeats: int) -> float:
    grid = VoxelGrid.axis_aligned((100, 100, 100), 1.0, (-50, -50, -30), "bench")
    probes = [(device(_DEVICE), _TIP_MM, _ENTRY_MM)]
    return median_s(lambda _: fast_extreme(probes, None, grid), repeats)


def _ice(case: Case, radius_mm: float) -> PredictedZone:
    """A ball of ice at -20 °C and below; a field of its own each time, since surfaces of an old zone are kept."""
    grid = VoxelGrid.axis_aligned((85, 85, 85), 1.0, (-42, -42, -42), "bench")
    return PredictedZone(
        grid=grid,
        extreme_c=np.clip(-20 + 4 * (_from_origin_mm(grid) - radius_mm), -130, 37).astype(np.float32),
        cem43_min=None,
        mode=Mode.COLD,
        fidelity=Fidelity.PHYSICS,
        digest=prediction_digest(case),
        model="closed form",
    )


def _from_origin_mm(grid: VoxelGrid) -> Floats:
    kji = np.indices(grid.shape_kji).reshape(3, -1).T
    return np.asarray(np.linalg.norm(grid.to_lps(kji[:, ::-1]), axis=1).reshape(grid.shape_kji))


def _verdict_s(case: Case, repeats: int) -> float:
    zones = [_ice(case, 14.0) for _ in range(repeats + 1)]
    return median_s(lambda n: evaluate(case, zones[n]), repeats)


def _margin_s(case: Case, repeats: int) -> float:
    """A ball of 33 mm in ice of 37 mm."""
    grid = VoxelGrid.axis_aligned((81, 81, 81), 0.9, (-36, -36, -36), "bench")
    surface = surface_of_field(_from_origin_mm(grid), grid, 33.0, below=True)
    zones = [_ice(case, 37.0) for _ in range(repeats + 1)]
    return median_s(lambda n: margin_of_surface(surface, grid, zones[n], -20.0), repeats)


def _way_s(repeats: int) -> float:
    """From behind through a ball of bone of 80 mm, on a whole pelvis."""
    grid = VoxelGrid.axis_aligned((300, 512, 512), (0.7, 0.7, 1.0), (-179.0, -179.0, -150.0), "bench")
    volume = Volume(hu=np.zeros(grid.shape_kji, np.int16), grid=grid, provenance=Provenance(kind="phantom"))
    bone = make_structure(StructureKind.SACRUM, _ball(Mask.empty(grid), 40.0))
    case = put_structure(Case(name="bench", image=ImageReference.of(volume, "bench")), bone)
    case = add_probe(case, _DEVICE, (60.0, 120.0, 60.0), _TIP_MM)
    return median_s(lambda _: passage(case, volume, case.plan.probes[0]), repeats)
