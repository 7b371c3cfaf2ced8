"""What can be chosen about a phantom: size, sex, posture, anomaly, scanner, lesions and screws."""

from __future__ import annotations

import dataclasses
import enum
import hashlib
import json
import math
from dataclasses import dataclass

from imaging.phantom.errors import PhantomError
from imaging.structures import Side

Point = tuple[float, float, float]

OSTEOID_OSTEOMA = "osteoid osteoma"
LESION_KINDS = ("lytic", "mixed", "sclerotic", OSTEOID_OSTEOMA)
VERTEBRAE = ("T11", "T12", "L1", "L2", "L3", "L4", "L5")
LESION_SITES = (*VERTEBRAE, "S1", "S2", "S3", "S4", "S5", "ala", "ilium")
POSITIONS = ("HFS", "HFP")
TOP_LEVELS = VERTEBRAE[:5]

_MAX_VOXELS = 600_000_000


class Sex(enum.StrEnum):
    """Which pelvis: the female one is wider, shorter and carries a straighter upper sacrum."""

    FEMALE = "F"
    MALE = "M"


class Anomaly(enum.StrEnum):
    """Lumbosacral transitional anatomy."""

    NONE = "none"
    SACRALISED_L5 = "sacralised_l5"
    LUMBARISED_S1 = "lumbarised_s1"


class Contrast(enum.StrEnum):
    """What was injected into a vein before the scan."""

    NONE = "none"
    PORTAL_VENOUS = "portal_venous"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesion:
    """A tumour in the phantom.

    Attributes
    ----------
    kind : str
        ``lytic``, ``mixed``, ``sclerotic`` or ``osteoid osteoma``: a nidus within bone that it made dense.
    site : str
        ``T11`` to ``L5`` (the vertebral body), ``S1`` to ``S5`` (beside the foramen of that level), ``ala`` or
        ``ilium``; ignored with ``centre_mm``.
    side : Side
        The patient's side of the site.
    centre_mm : tuple of float, optional
        LPS position in the phantom's space; takes the place of the site.
    diameters_mm : tuple of float
        Along left-right, front-back and head-foot of the patient; of an osteoid osteoma those of its nidus.

    Raises
    ------
    PhantomError
        If the kind or site is unknown, or a diameter is not between 2 and 120 mm.
    """

    kind: str = "lytic"
    site: str = "S2"
    side: Side = Side.LEFT
    centre_mm: Point | None = None
    diameters_mm: Point = (24.0, 24.0, 24.0)

    def __post_init__(self) -> None:
        if self.kind not in LESION_KINDS:
            raise PhantomError(
                f"A lesion cannot be {self.kind!r}.",
                code="phantom-lesion-kind",
                hint=f"Choose one of {', '.join(LESION_KINDS)}.",
            )
        if self.centre_mm is None and self.site not in LESION_SITES:
            raise PhantomError(
                f"There is no lesion site {self.site!r}.",
                code="phantom-lesion-site",
                hint=f"Choose one of {', '.join(LESION_SITES)}, or give centre_mm.",
            )
        if len(self.diameters_mm) != 3 or not all(2.0 <= d <= 120.0 for d in self.diameters_mm):
            raise PhantomError(
                f"Lesion diameters of {self.diameters_mm} mm are not three numbers from 2 to 120 mm.",
                code="phantom-lesion-size",
            )
        _require_finite(self.centre_mm, "The lesion's centre")


@dataclass(frozen=True, slots=True, kw_only=True)
class Screw:
    """A metal screw.

    Attributes
    ----------
    entry_mm, tip_mm : tuple of float
        LPS positions of its head and its tip.
    diameter_mm : float

    Raises
    ------
    PhantomError
        If the screw has no length or its diameter is not between 1 and 15 mm.
    """

    entry_mm: Point
    tip_mm: Point
    diameter_mm: float = 7.0

    def __post_init__(self) -> None:
        _require_finite(self.entry_mm, "The screw's head")
        _require_finite(self.tip_mm, "The screw's tip")
        if math.dist(self.entry_mm, self.tip_mm) < 1.0:
            raise PhantomError("A screw needs a head and a tip at least 1 mm apart.", code="phantom-screw-length")
        if not 1.0 <= self.diameter_mm <= 15.0:
            raise PhantomError(
                f"A screw of {self.diameter_mm} mm diameter is outside 1 to 15 mm.", code="phantom-screw-diameter"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class PhantomParameters:
    """A member of the phantom family.

    Attributes
    ----------
    shape_kji : tuple of int
        Slices, rows, columns.
    spacing_ijk_mm : tuple of float
        0.5 to 5 mm; the third is the slice distance and thickness.
    centre_mm : tuple of float
        LPS position of the middle of the image; the middle of the upper endplate of S1 is (0, 0, 0).
    size_scale : float
        0.7 to 1.3; multiplies every length of the patient.
    sex : Sex
    rotation_deg : tuple of float
        How the patient is turned on the table, about the L, P and S axes in this order; up to 30 degrees each.
    anomaly : Anomaly
    patient_position : str
        ``HFS`` (supine) or ``HFP`` (prone).
    noise_hu : float
        Standard deviation in the middle of the body, 0 to 100 HU.
    blur_mm : float
        Standard deviation of the scanner's in-plane blur, 0 to 3 mm.
    seed : int
        Of texture, noise, bowel and the outline of lesions.
    lesions : tuple of Lesion
    screws : tuple of Screw
    top_level : str
        The highest vertebra with its nerves, ``T11`` to ``L3``. ``L3`` is the pelvis with three simple vertebrae; any
        higher one is the thoracolumbar spine with ribs, spinal cord and the organs around it, and one more vertebra
        above. Which part of it an image shows is up to ``centre_mm`` and ``shape_kji``.
    contrast : Contrast

    Raises
    ------
    PhantomError
        Naming the parameter that is out of its range.
    """

    shape_kji: tuple[int, int, int] = (220, 512, 512)
    spacing_ijk_mm: Point = (0.78125, 0.78125, 1.0)
    centre_mm: Point = (0.0, -18.0, -21.0)
    size_scale: float = 1.0
    sex: Sex = Sex.FEMALE
    rotation_deg: Point = (0.0, 0.0, 0.0)
    anomaly: Anomaly = Anomaly.NONE
    patient_position: str = "HFS"
    noise_hu: float = 14.0
    blur_mm: float = 0.65
    seed: int = 1
    lesions: tuple[Lesion, ...] = ()
    screws: tuple[Screw, ...] = ()
    top_level: str = "L3"
    contrast: Contrast = Contrast.NONE

    def __post_init__(self) -> None:
        if len(self.shape_kji) != 3 or min(self.shape_kji) < 4 or math.prod(self.shape_kji) > _MAX_VOXELS:
            raise PhantomError(
                f"An image of {self.shape_kji} voxels cannot be made.",
                code="phantom-shape",
                hint="Use at least 4 voxels along each axis and at most 600 million in all.",
            )
        for spacing in self.spacing_ijk_mm:
            _require_range(spacing, 0.5, 5.0, "spacing_ijk_mm", "mm")
        _require_range(self.size_scale, 0.7, 1.3, "size_scale", "")
        for angle in self.rotation_deg:
            _require_range(angle, -30.0, 30.0, "rotation_deg", "degrees")
        _require_range(self.noise_hu, 0.0, 100.0, "noise_hu", "HU")
        _require_range(self.blur_mm, 0.0, 3.0, "blur_mm", "mm")
        _require_finite(self.centre_mm, "The middle of the image")
        if self.patient_position not in POSITIONS:
            raise PhantomError(
                f"The patient cannot lie {self.patient_position!r}.",
                code="phantom-position",
                hint="Choose HFS (supine) or HFP (prone).",
            )
        if self.seed < 0:
            raise PhantomError("The seed must not be negative.", code="phantom-seed")
        object.__setattr__(self, "sex", _member(Sex, self.sex, "sex"))
        object.__setattr__(self, "anomaly", _member(Anomaly, self.anomaly, "anomaly"))
        object.__setattr__(self, "contrast", _member(Contrast, self.contrast, "contrast"))
        self._require_levels()

    def _require_levels(self) -> None:
        if self.top_level not in TOP_LEVELS:
            raise PhantomError(
                f"The highest vertebra cannot be {self.top_level!r}.",
                code="phantom-top-level",
                hint=f"Choose one of {', '.join(TOP_LEVELS)}.",
            )
        absent = VERTEBRAE[: VERTEBRAE.index(self.top_level)]
        for lesion in self.lesions:
            if lesion.centre_mm is None and lesion.site in absent:
                raise PhantomError(
                    f"There is no {lesion.site} for a lesion below a top level of {self.top_level}.",
                    code="phantom-lesion-level",
                    hint=f"Set top_level to {lesion.site} or higher.",
                )

    @property
    def whole_spine(self) -> bool:
        """Whether the thoracolumbar spine was asked for, not only the pelvis."""
        return self.top_level != TOP_LEVELS[-1]

    @property
    def digest(self) -> str:
        """SHA-256 over all parameters; those added later count only where they are used, so that caches last."""
        values = dataclasses.asdict(self)
        for name, usual in _ADDED_LATER.items():
            if values[name] == usual:
                del values[name]
        text = json.dumps(values, sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()


_ADDED_LATER = {"top_level": "L3", "contrast": Contrast.NONE}


def _member(kind: type[enum.StrEnum], value: str, name: str) -> enum.StrEnum:
    try:
        return kind(value)
    except ValueError as error:
        raise PhantomError(
            f"{name} cannot be {value!r}.", code=f"phantom-{name}", hint=f"Choose one of {', '.join(kind)}."
        ) from error


def _require_range(value: float, low: float, high: float, name: str, unit: str) -> None:
    if not low <= value <= high:
        raise PhantomError(
            f"{name} of {value} {unit} is outside {low} to {high}.".replace("  ", " "),
            code=f"phantom-{name.replace('_', '-')}",
            context={"value": value, "low": low, "high": high},
        )


def _require_finite(point: Point | None, what: str) -> None:
    if point is not None and (len(point) != 3 or not all(math.isfinite(c) for c in point)):
        raise PhantomError(f"{what} is not a point of three numbers.", code="phantom-point")


DEMO = PhantomParameters(
    lesions=(Lesion(kind="lytic", site="S2", side=Side.LEFT, diameters_mm=(25.0, 23.0, 24.0)),),
)
"""The demonstration: a lytic lesion of the left S2 lateral mass, next to the left S2 root."""

SMALL = PhantomParameters(
    shape_kji=(72, 84, 128),
    spacing_ijk_mm=(3.0, 3.0, 3.0),
    blur_mm=1.0,
    lesions=(Lesion(kind="lytic", site="S2", side=Side.LEFT, diameters_mm=(25.0, 23.0, 24.0)),),
)
"""The same patient on a coarse grid, for tests."""
