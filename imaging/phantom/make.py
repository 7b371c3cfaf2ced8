"""Making a phantom: paint the truth slab by slab on two threads, then scan it."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.typing as npt

from imaging.labels import Box, Mask
from imaging.phantom.anatomy import Anatomy
from imaging.phantom.canvas import Canvas
from imaging.phantom.model import LesionTruth, Phantom
from imaging.phantom.parameters import Contrast, PhantomParameters
from imaging.phantom.pathology import Growth, Implant, site_point
from imaging.phantom.posture import Posture
from imaging.phantom.scanner import scan
from imaging.phantom.tissues import ENHANCEMENT_HU, PhantomLabel
from imaging.phantom.truth import canal_tube, cord_tube, foramina, ganglia, neural_foramina, root_tubes, sac_tube
from imaging.progress import Progress, no_progress
from imaging.volume import Provenance, Volume

GENERATOR_VERSION = 2

_VOXELS_AT_ONCE = 2_000_000
_VOXELS_AT_LEAST = 800_000


def make_phantom(parameters: PhantomParameters, progress: Progress | None = None) -> Phantom:
    """Make a phantom with its truth.

    Parameters
    ----------
    parameters : PhantomParameters
    progress : Progress, optional

    Returns
    -------
    Phantom
        The same for the same parameters.

    Raises
    ------
    Cancelled
        If the progress was told to stop.
    """
    progress = progress or no_progress()
    posture, anatomy = Posture(parameters), Anatomy(parameters)
    growths = _growths(parameters, posture, anatomy)
    grid = posture.grid
    truth = np.empty(grid.shape_kji, np.int16)
    labels = np.empty(grid.shape_kji, np.uint8)
    per_slice = _samples_per_slice(parameters)

    def paint(start: int, stop: int) -> None:
        canvas = _painted(posture, anatomy, growths, start, stop, per_slice)
        hu = canvas.hu.reshape(stop - start, per_slice, *canvas.hu.shape[1:]).mean(axis=1)
        truth[start:stop] = np.clip(np.rint(hu), -1024, 3071)
        labels[start:stop] = canvas.labels[per_slice // 2 :: per_slice]

    hu = np.empty(grid.shape_kji, np.int16)

    def expose(start: int, stop: int) -> None:
        hu[start:stop] = scan(
            truth,
            labels,
            grid,
            start,
            stop,
            blur_mm=parameters.blur_mm,
            noise_hu=parameters.noise_hu,
            seed=parameters.seed,
            thick_already=per_slice > 1,
        )

    _in_slabs(paint, parameters, per_slice, progress.part(0.0, 0.7), "Building the phantom")
    _in_slabs(expose, parameters, 1, progress.part(0.7, 1.0), "Scanning the phantom")
    progress.report(1.0, "Phantom ready")
    return assembled(parameters, hu, labels)


def assembled(parameters: PhantomParameters, hu: npt.NDArray[np.int16], labels: npt.NDArray[np.uint8]) -> Phantom:
    """Return the phantom of voxels that were made before; its nerves follow from the parameters.

    Parameters
    ----------
    parameters : PhantomParameters
    hu, labels : ndarray, shape (k, j, i)
    """
    posture, anatomy = Posture(parameters), Anatomy(parameters)
    labels.setflags(write=False)
    return Phantom(
        parameters=parameters,
        volume=Volume(hu=hu, grid=posture.grid, provenance=_provenance(parameters)),
        labels=labels,
        roots=root_tubes(anatomy, posture),
        canal=canal_tube(anatomy, posture),
        thecal_sac=sac_tube(anatomy, posture),
        ganglia=ganglia(anatomy, posture),
        foramina=foramina(anatomy, posture),
        lesions=_lesion_truths(_growths(parameters, posture, anatomy), labels, posture),
        neural_foramina=neural_foramina(anatomy, posture),
        cord=cord_tube(anatomy, posture),
    )


def _samples_per_slice(parameters: PhantomParameters) -> int:
    return max(1, 2 * round((parameters.spacing_ijk_mm[2] / 2.0 - 1) / 2 + 0.2) + 1)


def _growths(parameters: PhantomParameters, posture: Posture, anatomy: Anatomy) -> tuple[Growth, ...]:
    out = []
    for n, lesion in enumerate(parameters.lesions):
        centre = (
            site_point(anatomy, lesion) if lesion.centre_mm is None else posture.to_patient(np.array(lesion.centre_mm))
        )
        radii = np.asarray(lesion.diameters_mm, float) / 2 / posture.scale
        out.append(Growth(lesion, centre, radii, parameters.seed + 100 * n))
    return tuple(out)


def _painted(
    posture: Posture, anatomy: Anatomy, growths: Sequence[Growth], start: int, stop: int, per_slice: int
) -> Canvas:
    """Return the truth of some slices."""
    p = posture.parameters
    soft_mm = float(np.mean(p.spacing_ijk_mm[:2])) / p.size_scale
    enhanced = None if p.contrast is Contrast.NONE else ENHANCEMENT_HU
    canvas = Canvas.empty(posture.lattice(start, stop, per_slice), soft_mm, p.seed, enhanced)
    anatomy.paint(canvas)
    for growth in growths:
        growth.paint(canvas)
    anatomy.paint_nerves(canvas)
    for screw in p.screws:
        ends = posture.to_patient(np.array([screw.entry_mm, screw.tip_mm]))
        Implant(ends[0], ends[1], screw.diameter_mm / p.size_scale).paint(canvas)
    posture.paint_table(canvas, start, stop, per_slice)
    return canvas


def _in_slabs(
    work: Callable[[int, int], None], parameters: PhantomParameters, per_slice: int, progress: Progress, text: str
) -> None:
    """Run work over all slices in slabs, on a few threads."""
    depth, rows, columns = parameters.shape_kji
    plane = rows * columns * per_slice
    size = max(1, min(_VOXELS_AT_ONCE // plane, math.ceil(depth / 4)), math.ceil(_VOXELS_AT_LEAST / plane))
    starts = range(0, depth, size)
    progress.report(0.0, text)
    with ThreadPoolExecutor(min(os.cpu_count() or 1, 4)) as pool:
        jobs = [pool.submit(work, start, min(start + size, depth)) for start in starts]
        try:
            for n, job in enumerate(jobs):
                job.result()
                progress.report((n + 1) / len(jobs), text)
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _provenance(parameters: PhantomParameters) -> Provenance:
    return Provenance(
        kind="phantom",
        description=f"Synthetic {'spine' if parameters.whole_spine else 'pelvis'} (digital phantom)",
        patient_position=parameters.patient_position,
        slice_thickness_mm=parameters.spacing_ijk_mm[2],
        scanner="sacroplan phantom (synthetic)",
        synthetic=True,
    )


def _lesion_truths(
    growths: Sequence[Growth], labels: npt.NDArray[np.uint8], posture: Posture
) -> tuple[LesionTruth, ...]:
    """Return what each lesion took; where lesions overlap the later one has the voxels."""
    grid, out = posture.grid, []
    taken = Mask.empty(grid)
    for growth in reversed(growths):
        low, high = growth.box_mm
        corners = posture.to_lps(np.array(np.meshgrid(*zip(low, high, strict=True), indexing="ij")).reshape(3, -1).T)
        box = Box.around(grid, corners.min(axis=0), corners.max(axis=0))
        mask = Mask.empty(grid)
        if not box.empty:
            lattice = posture.lattice(box.start_kji[0], box.stop_kji[0], 1)
            k, j, i = box.slices
            part = Canvas.empty(lattice, 1.0, growth.seed).crop((slice(0, k.stop - k.start), j, i))
            inside = (growth.distance(part) < 0) & (labels[box.slices] == PhantomLabel.LESION)
            mask = Mask.from_array(grid, inside, box.start_kji).minus(taken)
        taken = taken.union(mask)
        centre = posture.to_lps(growth.centre)
        ellipsoid = math.pi / 6 * math.prod(growth.lesion.diameters_mm)
        out.append(LesionTruth(growth.lesion, centre, ellipsoid, mask.volume_mm3, mask))
    return tuple(reversed(out))
