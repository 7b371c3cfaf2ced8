"""How exactly a new CT of a phantom is registered, which wrong ones are refused, and how exactly needles are found."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from imaging.geometry import Floats
from imaging.needle_finding import find_needles
from imaging.phantom import DEMO, PhantomParameters, family, make_phantom, on_grid
from imaging.phantom.rescan import part_of, placement_error, rescanned, with_needle
from imaging.progress import Progress, no_progress
from imaging.registration.errors import RegistrationError
from imaging.registration.limits import load_limits
from imaging.registration.register import measured, require_sound
from imaging.volume import Volume

MOST_MM, MOST_DEG = 0.5, 0.5
_VOXEL_MM = 1.5
_SHIFT = np.array([0.6, -0.5, 0.62])
_TURN = np.array([0.7, 0.5, -0.5])
_NEEDLES_EACH = 6
_HALF_OF_CASES = 14


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationRow:
    """One registration.

    Attributes
    ----------
    name : str
    right : bool
        Both CT are of one patient and overlap, so that it must be accepted; the others must be refused.
    away_mm, turned_deg : float or None
        What it is wrong by at the middle of the new CT; None where there is no truth.
    mean_mm, p95_mm, agreement, likeness, overlap : float or None
        What was left; None where it came to no placement.
    refused : str
        Code of the refusal; empty if it was accepted.
    """

    name: str
    right: bool
    away_mm: float | None = None
    turned_deg: float | None = None
    mean_mm: float | None = None
    p95_mm: float | None = None
    agreement: float | None = None
    likeness: float | None = None
    overlap: float | None = None
    refused: str = ""

    @property
    def as_wanted(self) -> bool:
        if not self.right:
            return bool(self.refused)
        away_mm, turned_deg = self.away_mm or 0.0, self.turned_deg or 0.0
        return not self.refused and away_mm <= MOST_MM and turned_deg <= MOST_DEG


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedleRow:
    """Needles of one thickness in slices of one thickness.

    Attributes
    ----------
    slice_mm, diameter_mm : float
    found, refused, painted : int
        How many gave a tip; how many were refused.
    along_mm, beside_mm, angle_deg : float
        Largest errors of those found: of the tip along and across the shaft, and of the direction.
    """

    slice_mm: float
    diameter_mm: float
    found: int
    refused: int
    painted: int
    along_mm: float
    beside_mm: float
    angle_deg: float


def registration_rows(progress: Progress | None = None) -> list[RegistrationRow]:
    """Return all registrations of the study; takes some minutes."""
    progress = progress or no_progress()
    rows = []
    for n, (name, target, source, truth, right) in enumerate(_cases()):
        progress.report(n / (n + _HALF_OF_CASES), name)  # how many there are is known when they are all made
        rows.append(_row(name, target, source, truth, right))
    progress.report(1.0, "")
    return rows


Case = tuple[str, Volume, Volume, tuple[Floats, Floats] | None, bool]


def _cases() -> Iterator[Case]:
    """Name, planning CT, new CT, its true place with a point to measure at, and whether it is right."""
    demo = _made(DEMO)
    lesion = np.asarray(_lesion_mm(DEMO))
    for turn, shift, slice_mm, height_mm, noise_hu in (
        (10, 20, 1, 40, 15), (10, 20, 3, 40, 15), (10, 20, 5, 40, 15), (10, 20, 5, 20, 25), (10, 20, 2, 20, 45),
        (18, 40, 3, 40, 15), (5, 300, 3, 40, 15),
    ):  # fmt: skip
        yield _moved(f"sacrum, {height_mm} mm of {slice_mm} mm, noise {noise_hu} HU", demo, lesion, turn, shift,
                     slice_mm, height_mm, noise_hu)  # fmt: skip
    turned, truth = rescanned(demo, (0, 0, 180), (10, 0, 50), lesion)
    yield "sacrum, prone called supine", demo, turned, (truth, lesion + (10, 0, 50)), True
    new, truth = rescanned(demo, 10 * _TURN, 20 * _SHIFT, lesion)
    tip = (np.linalg.inv(truth) @ np.append(lesion, 1))[:3]
    metal = with_needle(new, tip, (0.2, 1, 0.1), 2.4, streaks_hu=250)
    yield "sacrum, needle with streaks of 250 HU", demo, metal, (truth, lesion + 20 * _SHIFT), True
    lumbar = _made(family()["lumbar-contrast"].parameters)
    screws = _made(family()["lumbar-screws"].parameters)
    for name, spine, z in (
        ("L4", lumbar, 68.0),
        ("L3", lumbar, 98.0),
        ("L2", lumbar, 133.0),
        ("L4 with screws", screws, 70.0),
    ):
        at = np.array([0.0, 0.0, z])
        yield _moved(f"{name}, 40 mm of 3 mm", spine, at, 10, 20, 3, 40, 15, width_mm=170)
    yield from _wrong(demo, lumbar, lesion)


def _wrong(demo: Volume, lumbar: Volume, lesion: Floats) -> Iterator[Case]:
    low, high = lumbar.grid.bounds_mm
    for name, z in (("L4", 68.0), ("L3", 98.0), ("L2", 133.0)):
        new = _moved("", lumbar, np.array([0.0, 0.0, z]), 8, 15, 3, 34, 15, width_mm=170)[2]
        yield f"{name}, planned on what lies above it", part_of(lumbar, z + 20, high[2]), new, None, False
        yield f"{name}, planned on what lies below it", part_of(lumbar, low[2], z - 20), new, None, False
    for name in ("man", "small-woman", "large-man", "lumbarised-s1-man"):
        other = family()[name].parameters
        at = np.array([0.0, 20.0, -30.0 * other.size_scale])
        new = _moved("", _made(other), at, 5, 10, 3, 40, 15)[2]
        yield f"another patient: {name}", demo, new, None, False
    flesh = Volume(hu=np.minimum(demo.hu, 60), grid=demo.grid, provenance=demo.provenance)
    yield "soft tissue only", demo, _moved("", flesh, lesion, 5, 10, 3, 40, 15)[2], None, False
    air = Volume(hu=np.full_like(demo.hu, -1000), grid=demo.grid, provenance=demo.provenance)
    yield "air", demo, _moved("", air, lesion, 5, 10, 3, 40, 15)[2], None, False
    resonance = Volume(hu=np.clip(500 - demo.hu, 0, 1500), grid=demo.grid, provenance=demo.provenance)
    yield "an MR, bone dark", demo, _moved("", resonance, lesion, 5, 10, 3, 40, 15)[2], None, False
    upper, lower = part_of(demo, lesion[2] + 30, 1e4), part_of(demo, -1e4, lesion[2] - 30)
    yield "no overlap", upper, lower, None, False


def _moved(
    name: str, volume: Volume, at: Floats, turn_deg: float, shift_mm: float, slice_mm: float, height_mm: float,
    noise_hu: float, width_mm: float = 300.0,
) -> Case:  # fmt: skip
    turn, shift = turn_deg * _TURN / np.linalg.norm(_TURN), shift_mm * _SHIFT / np.linalg.norm(_SHIFT)
    new, truth = rescanned(
        volume, turn, shift, at, slice_mm=slice_mm, height_mm=height_mm, noise_hu=noise_hu, width_mm=width_mm
    )
    return f"{name}, {turn_deg:g}° and {shift_mm:g} mm", volume, new, (truth, at + shift), True


def _row(
    name: str, target: Volume, source: Volume, truth: tuple[Floats, Floats] | None, right: bool
) -> RegistrationRow:
    try:
        found = measured(target, source)
    except RegistrationError as error:
        return RegistrationRow(name=name, right=right, refused=error.code)
    refused = ""
    try:
        require_sound(found, load_limits())
    except RegistrationError as error:
        refused = error.code
    away = placement_error(found.target_from_source, *truth) if truth is not None else (None, None)
    left = found.residual
    return RegistrationRow(
        name=name, right=right, away_mm=away[0], turned_deg=away[1], mean_mm=left.mean_mm, p95_mm=left.p95_mm,
        agreement=left.agreement, likeness=found.likeness, overlap=left.overlap, refused=refused,
    )  # fmt: skip


def _made(parameters: PhantomParameters) -> Volume:
    return make_phantom(on_grid(parameters, (_VOXEL_MM, _VOXEL_MM, _VOXEL_MM))).volume


def _lesion_mm(parameters: PhantomParameters) -> Floats:
    coarse = make_phantom(on_grid(parameters, (4.0, 4.0, 4.0)))
    return np.asarray(coarse.lesions[0].centre_mm)


def needle_rows(progress: Progress | None = None) -> list[NeedleRow]:
    """Return how exactly needles of some thicknesses are found in slices of some thicknesses, around one lesion."""
    progress = progress or no_progress()
    demo, lesion = _made(DEMO), _lesion_mm(DEMO)
    rows = []
    kinds = [(s, d) for s in (1.0, 2.0, 3.0, 5.0) for d in (1.5, 2.1, 2.4)]
    for n, (slice_mm, diameter_mm) in enumerate(kinds):
        progress.report(n / len(kinds), f"Needles of {diameter_mm:g} mm in slices of {slice_mm:g} mm")
        rows.append(_needles(demo, lesion, slice_mm, diameter_mm))
    progress.report(1.0, "")
    return rows


def _needles(demo: Volume, lesion: Floats, slice_mm: float, diameter_mm: float) -> NeedleRow:
    rng = np.random.default_rng(1)
    along, beside, angle, refused = [0.0], [0.0], [0.0], 0
    for seed in range(_NEEDLES_EACH):
        axis = np.array([rng.uniform(-0.5, 0.5), 1, rng.uniform(-0.25, 0.25)])
        axis /= np.linalg.norm(axis)
        tip = lesion + rng.uniform(-8, 8, 3)
        new, _ = rescanned(
            demo, (0, 0, 0), (0, 0, 0), lesion, slice_mm=slice_mm, height_mm=60, noise_hu=20, pixel_mm=0.8, seed=seed
        )
        found = find_needles(with_needle(new, tip, axis, diameter_mm, length_mm=140)).needles
        if not found:
            refused += 1
            continue
        away = found[0].tip_mm - tip
        along.append(abs(float(away @ axis)))
        beside.append(float(np.linalg.norm(away - (away @ axis) * axis)))
        angle.append(float(np.degrees(np.arccos(np.clip(found[0].direction @ axis, -1, 1)))))
    return NeedleRow(
        slice_mm=slice_mm, diameter_mm=diameter_mm, found=_NEEDLES_EACH - refused, refused=refused, painted=_NEEDLES_EACH,
        along_mm=max(along), beside_mm=max(beside), angle_deg=max(angle),
    )  # fmt: skip
