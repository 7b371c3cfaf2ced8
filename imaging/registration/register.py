"""Bring a new CT onto the planning CT by its bones, and refuse what does not fit."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from imaging.errors import Finding, Severity
from imaging.geometry import Floats, VoxelGrid
from imaging.later import transform
from imaging.progress import Progress, no_progress
from imaging.registration.bone_image import BoneImage, bone_image
from imaging.registration.errors import RegistrationError
from imaging.registration.limits import RegistrationLimits, load_limits
from imaging.registration.refine import moved, refined
from imaging.registration.residual import Residual, residual
from imaging.registration.start import FLIPS, UPRIGHT, difference, starts
from imaging.volume import Volume

_TRIED = 6
"""Places that are refined on coarse voxels; the likeliest of them is made exact."""
_SAME_MM, _SAME_DEG = 8.0, 6.0
_UNLIKELY = 0.75
"""A place that agrees less is not yet the right one: then the patient may lie the other way round in the file."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Registration:
    """Where a new CT lies in the planning CT.

    Attributes
    ----------
    target_from_source : ndarray, shape (4, 4)
        Planning CT from new CT, rigid, LPS millimetres.
    residual : Residual
    likeness : float
        Correlation of both skeletons, at most 1.
    rival_mean_mm : float or None
        Mean residual at the likeliest other place; None where there is none.
    turn_deg, shift_mm : float
        By how much the new CT was turned, and moved at the middle of its bone.
    findings : tuple of Finding
    """

    target_from_source: Floats
    residual: Residual
    likeness: float
    rival_mean_mm: float | None
    turn_deg: float
    shift_mm: float
    findings: tuple[Finding, ...] = ()

    def to_target(self, points_mm: Floats) -> Floats:
        """Return points of the new CT, shape (..., 3), in the planning CT."""
        return np.asarray(points_mm @ self.target_from_source[:3, :3].T + self.target_from_source[:3, 3])

    def moved(self, source: Volume, frame_uid: str) -> Volume:
        """Return the new CT in the planning CT's space: the same voxels elsewhere, none of them interpolated."""
        grid = VoxelGrid(
            shape_kji=source.grid.shape_kji,
            lps_from_ijk=self.target_from_source @ source.grid.lps_from_ijk,
            frame_uid=frame_uid,
        )
        return replace(source, grid=grid)


def register(
    target: Volume, source: Volume, progress: Progress | None = None, *, about_mm: Floats | None = None,
    limits: RegistrationLimits | None = None,
) -> Registration:  # fmt: skip
    """Return where a new CT lies in the planning CT, judged by what is left between their bones.

    Parameters
    ----------
    target : Volume
        The planning CT.
    source : Volume
        The new CT; it may show a small part of the other, in thick slices.
    progress : Progress, optional
    about_mm : ndarray, shape (n, 3), optional
        Targets in the planning CT. Once it is known where they lie only bone around them counts, since joints move.
    limits : RegistrationLimits, optional
        Those that ship with the program by default.

    Raises
    ------
    RegistrationError
        ``registration-no-bone``, ``registration-no-overlap``, ``registration-failed`` or ``registration-ambiguous``.
    Cancelled
    """
    found = measured(target, source, progress, about_mm=about_mm, limits=limits)
    require_sound(found, limits or load_limits())
    return found


def measured(
    target: Volume, source: Volume, progress: Progress | None = None, *, about_mm: Floats | None = None,
    limits: RegistrationLimits | None = None,
) -> Registration:  # fmt: skip
    """Return what `register` would judge, for studies of the limits; parameters and other refusals are its own."""
    progress, limits = progress or no_progress(), limits or load_limits()
    progress.report(0.0, "Reading the bones")
    fixed = bone_image(target, "The planning CT", limits.bone_cm3)
    progress.report(0.05, "Reading the bones")
    moving = bone_image(source, "The new CT", limits.bone_cm3)
    places = _places(fixed, moving, progress.part(0.1, 0.7))
    if not places:
        raise RegistrationError(
            "The new CT and the planning CT have no place where their bones overlap.",
            code="registration-no-overlap",
            hint="Choose a CT of the same region of the same patient.",
        )
    within_mm = limits.about_mm
    near = about_mm if about_mm is not None and _reaches(moving, places[0][0], about_mm, limits) else None
    exact, likeness = refined(fixed, moving, places[0][0], progress.part(0.7, 0.95), about_mm=near, within_mm=within_mm)
    progress.report(0.95, "Measuring what is left")
    left = residual(fixed, moving, exact, near, within_mm)
    middle = moving.bone_points_mm.mean(axis=0)
    found = Registration(
        target_from_source=exact,
        residual=left,
        likeness=likeness,
        rival_mean_mm=_rival_mm(fixed, moving, [place for place, _ in places[1:]], exact),
        turn_deg=float(np.degrees(transform.Rotation.from_matrix(exact[:3, :3]).magnitude())),
        shift_mm=float(np.linalg.norm(moved(exact, middle[None])[0] - middle)),
    )
    progress.report(1.0, "Registered")
    return replace(found, findings=_findings(found, near is None and about_mm is not None))


def _places(fixed: BoneImage, moving: BoneImage, progress: Progress) -> list[tuple[Floats, float]]:
    """Different placements after a first refinement, each with its likeness, the likeliest first."""
    found = _tried(fixed, moving, (UPRIGHT,), progress.part(0.0, 0.6))
    if not found or found[0][1] < _UNLIKELY:
        found += _tried(fixed, moving, FLIPS, progress.part(0.6, 1.0))
    found.sort(key=lambda f: -f[1])
    middle = moving.bone_points_mm.mean(axis=0)
    kept: list[tuple[Floats, float]] = []
    for place, likeness in found:
        if likeness > 0 and all(_other(place, other, middle) for other, _ in kept):
            kept.append((place, likeness))
    return kept


def _rival_mm(fixed: BoneImage, moving: BoneImage, places: list[Floats], exact: Floats) -> float | None:
    """Mean residual at the likeliest place that stays another one when it is refined."""
    middle = moving.bone_points_mm.mean(axis=0)
    for place in places:
        rival, _ = refined(fixed, moving, place, no_progress(), levels=2)
        if _other(rival, exact, middle):
            return residual(fixed, moving, rival).mean_mm
    return None


def _tried(
    fixed: BoneImage, moving: BoneImage, flips: tuple[Floats, ...], progress: Progress
) -> list[tuple[Floats, float]]:
    begun = starts(fixed, moving, flips, _TRIED, progress.part(0.0, 0.6))
    within = progress.part(0.6, 1.0)
    return [
        refined(fixed, moving, s.target_from_source, within.part(n / len(begun), (n + 1) / len(begun)), levels=1)
        for n, s in enumerate(begun)
    ]


def _other(a: Floats, b: Floats, middle_mm: Floats) -> bool:
    apart_mm, apart_deg = difference(a, b, middle_mm)
    return apart_mm > _SAME_MM or apart_deg > _SAME_DEG


def _reaches(moving: BoneImage, place: Floats, about_mm: Floats, limits: RegistrationLimits) -> bool:
    """Whether there is bone enough around the targets."""
    points = moved(place, moving.bone_points_mm)
    away = np.linalg.norm(points[:, None] - about_mm[None], axis=2).min(axis=1)
    near_cm3 = np.count_nonzero(away <= limits.about_mm) * moving.grid.voxel_volume_mm3 / 1000
    return bool(near_cm3 >= limits.bone_cm3)


def _findings(found: Registration, far: bool) -> tuple[Finding, ...]:
    findings = []
    if found.turn_deg > 60:
        findings.append(
            Finding(
                severity=Severity.CAUTION,
                code="registration-turned",
                message=f"The new CT lies turned by {found.turn_deg:.0f}° in its file: its patient position may be wrong.",
                where="The new CT",
                values={"turn_deg": found.turn_deg},
            )
        )
    if far:
        findings.append(
            Finding(
                severity=Severity.CAUTION,
                code="registration-far",
                message="The new CT shows little bone near the targets: it was registered on bone farther away.",
                where="The new CT",
            )
        )
    return tuple(findings)


def require_sound(found: Registration, limits: RegistrationLimits) -> None:
    """Refuse a registration that is not to be relied on.

    Raises
    ------
    RegistrationError
        ``registration-no-overlap``, ``registration-failed`` or ``registration-ambiguous``, with every figure in its context.
    """
    left = found.residual
    context = {
        "mean_mm": left.mean_mm, "p95_mm": left.p95_mm, "agreement": left.agreement, "overlap": left.overlap,
        "bone_cm3": left.bone_cm3, "rival_mean_mm": found.rival_mean_mm, "likeness": found.likeness,
    }  # fmt: skip
    if left.overlap < limits.overlap or left.bone_cm3 < limits.bone_cm3:
        raise RegistrationError(
            f"Only {left.overlap:.0%} of the new CT's bone ({left.bone_cm3:.0f} cm³) would lie in the planning CT.",
            code="registration-no-overlap",
            hint="Choose a CT of the same region, or plan on a CT that shows more.",
            context=context,
        )
    beyond = _beyond(found, limits)
    if beyond:
        raise RegistrationError(
            f"The bones of the new CT do not fit those of the planning CT: {beyond}.",
            code="registration-failed",
            hint="Check that it is the same patient and the same level of the spine, and not an MR.",
            context=context,
        )
    if found.rival_mean_mm is not None and found.rival_mean_mm < limits.rival_ratio * left.mean_mm:
        raise RegistrationError(
            f"The new CT fits at two places about as well: surfaces lie {left.mean_mm:.1f} and {found.rival_mean_mm:.1f} mm "
            "apart in the mean.",
            code="registration-ambiguous",
            hint="Take a CT that is higher, so that it shows more than one vertebra.",
            context=context,
        )


def _beyond(found: Registration, limits: RegistrationLimits) -> str:
    """What lies beyond its limit, in words; empty if nothing does."""
    left, words = found.residual, []
    if left.mean_mm > limits.mean_mm:
        words.append(
            f"surfaces lie {left.mean_mm:.1f} mm apart in the mean, {limits.mean_mm:g} mm at most are accepted"
        )
    if left.p95_mm > limits.p95_mm:
        words.append(f"5 % of them lie more than {left.p95_mm:.1f} mm apart, {limits.p95_mm:g} mm are accepted")
    if found.likeness < limits.likeness:
        words.append(f"their brightness goes together by {found.likeness:.2f}, {limits.likeness:g} is needed")
    if left.agreement < limits.agreement:
        words.append(f"{left.agreement:.0%} of the bone agrees, {limits.agreement:.0%} are needed")
    return "; ".join(words)
