"""The file that describes a bench-top experiment: typed, and refused by key and reason before any work."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError, model_validator
from pydantic.dataclasses import dataclass

from planning.benchtop.refusal import path_text, refusal

STRICT = ConfigDict(extra="forbid", allow_inf_nan=False, strict=True)

SCHEMA = "sacroplan.bench-top/1"
RESULT_SCHEMA = "sacroplan.bench-top-result/1"

AboveZero = Annotated[float, Field(gt=0)]
NotNegative = Annotated[float, Field(ge=0)]
Celsius = Annotated[float, Field(gt=-273.15, le=1000)]
WallCelsius = Annotated[float, Field(gt=-197, le=1000)]
"""No wall is colder than liquid nitrogen."""

Point = tuple[float, float, float]
Size = tuple[AboveZero, AboveZero, AboveZero]


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class FrozenMedium:
    """How a medium behaves in ice."""

    conductivity_w_mk: AboveZero
    specific_heat_j_kgk: AboveZero
    latent_heat_j_kg: NotNegative
    freezing_range_c: tuple[Celsius, Celsius]


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class MediumProperties:
    """Thermal and electrical properties; every one must be given."""

    density_kg_m3: AboveZero
    specific_heat_j_kgk: AboveZero
    conductivity_w_mk: AboveZero
    electrical_conductivity_s_m: NotNegative
    perfusion_1_s: NotNegative
    metabolic_w_m3: NotNegative
    electrical_temperature_coefficient_1_k: float
    frozen: FrozenMedium | None = None


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class SphereRegion:
    """A ball."""

    shape: Literal["sphere"]
    medium: str
    centre_mm: Point
    radius_mm: AboveZero


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class CylinderRegion:
    """A cylinder with flat ends."""

    shape: Literal["cylinder"]
    medium: str
    centre_mm: Point
    axis: Point
    radius_mm: AboveZero
    length_mm: AboveZero


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class BoxRegion:
    """A box along the axes."""

    shape: Literal["box"]
    medium: str
    centre_mm: Point
    size_mm: Size


AnyRegion = Annotated[SphereRegion | CylinderRegion | BoxRegion, Field(discriminator="shape")]


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class HeldWall:
    """The active surface is held at a temperature."""

    kind: Literal["wall_temperature"]
    c: WallCelsius


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class HeldLinePower:
    """Heat per length of the active part."""

    kind: Literal["line_power"]
    w_m: float


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class HeldVoltage:
    """Monopolar RF at a voltage."""

    kind: Literal["voltage"]
    v_rms: AboveZero
    cooled_c: WallCelsius | None = None


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class HeldPower:
    """Monopolar RF at a dissipated power."""

    kind: Literal["power"]
    w: AboveZero
    cooled_c: WallCelsius | None = None


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class HeldTip:
    """Monopolar RF regulated by temperature."""

    kind: Literal["tip_temperature"]
    c: Celsius
    max_power_w: AboveZero
    cooled_c: WallCelsius | None = None


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class HeldBipolarPower:
    """Two poles on one shaft at a dissipated power."""

    kind: Literal["bipolar_power"]
    w: AboveZero
    gap_mm: AboveZero
    cooled_c: WallCelsius | None = None


AnyDrive = Annotated[
    HeldWall | HeldLinePower | HeldVoltage | HeldPower | HeldTip | HeldBipolarPower, Field(discriminator="kind")
]
MONOPOLAR = HeldVoltage | HeldPower | HeldTip
RF = HeldVoltage | HeldPower | HeldTip | HeldBipolarPower


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class PlacedApplicator:
    """One applicator by tip and direction."""

    id: Annotated[str, Field(min_length=1)]
    tip_mm: Point
    direction: Point
    diameter_mm: AboveZero
    active_length_mm: AboveZero
    drive: AnyDrive


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class PhaseOfSchedule:
    """One part of the schedule."""

    phase: Literal["on", "off", "thaw"]
    duration_s: AboveZero
    c: WallCelsius | None = None


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class Outputs:
    """What is reported, at each of the times."""

    times_s: Annotated[tuple[NotNegative, ...], Field(min_length=1)]
    isotherms_c: tuple[Celsius, ...] = ()
    cem43_min: tuple[AboveZero, ...] = ()
    points_mm: tuple[Point, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class Specification:
    """A bench-top experiment as its file gives it; docs/bench-top.md explains every key."""

    schema: Literal["sacroplan.bench-top/1"]
    size_mm: Size
    spacing_mm: AboveZero
    boundary: Literal["fixed", "insulated"]
    initial_c: Celsius
    blood_c: Celsius
    media: Annotated[Mapping[str, MediumProperties], Field(min_length=1)]
    background: str
    applicators: tuple[PlacedApplicator, ...]
    outputs: Outputs
    regions: tuple[AnyRegion, ...] = ()
    duration_s: AboveZero | None = None
    schedule: Annotated[tuple[PhaseOfSchedule, ...], Field(min_length=1)] | None = None

    @property
    def phases(self) -> tuple[PhaseOfSchedule, ...]:
        """The schedule; ``duration_s`` alone is one phase."""
        if self.schedule is not None:
            return self.schedule
        assert self.duration_s is not None
        return (PhaseOfSchedule(phase="on", duration_s=self.duration_s),)

    @property
    def total_s(self) -> float:
        return sum(p.duration_s for p in self.phases)

    @model_validator(mode="after")
    def _fits_together(self) -> Specification:
        _check_schedule(self)
        _check_media(self)
        _check_applicators(self)
        _check_outputs(self)
        return self


def read_specification(file: Path) -> Specification:
    """Return the experiment a file describes.

    Raises
    ------
    PlanError
        ``bench-top-invalid``, with the path of the offending key and the reason.
    OSError
        If the file cannot be read.
    """
    return specification_of(file.read_bytes())


def specification_of(text: str | bytes) -> Specification:
    """Return the experiment that a JSON text describes; refusals as in `read_specification`."""
    try:
        return TypeAdapter(Specification).validate_json(text)
    except ValidationError as error:
        # An unknown key is the likelier slip than the missing one it stands for.
        first = min(error.errors(), key=lambda e: e["type"] not in ("extra_forbidden", "unexpected_keyword_argument"))
        raise refusal(_path(text, first), _reason(first)) from error


def _path(text: str | bytes, error: Any) -> str:
    """The place of an error as in the file: parts that are not in it name the kind of drive or shape."""
    if error["type"] == "json_invalid":
        return ""
    values, parts = json.loads(text), []
    for n, part in enumerate(error["loc"]):
        missing = error["type"].startswith("missing") and n == len(error["loc"]) - 1
        if _holds(values, part):
            values = values[part]
        elif not missing:
            continue
        parts.append(part)
    if error["type"].startswith("union_tag"):
        parts.append(str(error["ctx"]["discriminator"]).strip("'"))
    return path_text(parts)


def _holds(values: object, part: int | str) -> bool:
    if isinstance(values, dict):
        return part in values
    return isinstance(values, list) and isinstance(part, int) and part < len(values)


_WORDS = {
    "extra_forbidden": "unknown key",
    "unexpected_keyword_argument": "unknown key",
    "missing": "missing; units are part of a key's name",
    "missing_argument": "missing; units are part of a key's name",
    "finite_number": "not a finite number",
    "json_invalid": "not JSON",
    "union_tag_not_found": "missing",
}


def _reason(error: Any) -> str:
    if error["type"] in _WORDS:
        return _WORDS[error["type"]]
    return str(error["msg"])[:1].lower() + str(error["msg"])[1:]


def _check_schedule(spec: Specification) -> None:
    if (spec.duration_s is None) == (spec.schedule is None):
        raise refusal("duration_s", "give either duration_s or schedule")
    for n, phase in enumerate(spec.schedule or ()):
        if (phase.phase == "thaw") != (phase.c is not None):
            raise refusal(f"schedule[{n}].c", "a thaw, and nothing else, has a wall temperature")


def _check_media(spec: Specification) -> None:
    for name, medium in spec.media.items():
        if medium.frozen is not None and medium.frozen.freezing_range_c[0] > medium.frozen.freezing_range_c[1]:
            raise refusal(f"media.{name}.frozen.freezing_range_c", "the lower end comes first")
    if spec.background not in spec.media:
        raise refusal("background", f"there is no medium '{spec.background}'")
    for n, region in enumerate(spec.regions):
        if region.medium not in spec.media:
            raise refusal(f"regions[{n}].medium", f"there is no medium '{region.medium}'")
        if isinstance(region, CylinderRegion) and not any(region.axis):
            raise refusal(f"regions[{n}].axis", "has no length")


def _check_applicators(spec: Specification) -> None:
    names = [a.id for a in spec.applicators]
    for n, a in enumerate(spec.applicators):
        if a.id in names[:n]:
            raise refusal(f"applicators[{n}].id", f"'{a.id}' is the name of another applicator")
        if not any(a.direction):
            raise refusal(f"applicators[{n}].direction", "has no length")
        if isinstance(a.drive, HeldBipolarPower) and a.drive.gap_mm >= a.active_length_mm:
            raise refusal(f"applicators[{n}].drive.gap_mm", "is not shorter than active_length_mm, which contains it")
        if isinstance(a.drive, HeldTip) and a.drive.c <= spec.initial_c:
            raise refusal(f"applicators[{n}].drive.c", "is not above initial_c")
    if any(isinstance(a.drive, RF) for a in spec.applicators):
        _check_rf(spec)


def _check_rf(spec: Specification) -> None:
    """What one prediction can hold of radiofrequency."""
    held = [a.drive for a in spec.applicators if isinstance(a.drive, HeldVoltage)]
    volts, coolants = {drive.v_rms for drive in held}, {drive.cooled_c for drive in held}
    for n, a in enumerate(spec.applicators):
        drive = a.drive
        cold = (isinstance(drive, HeldWall) and drive.c < 37.0) or (isinstance(drive, HeldLinePower) and drive.w_m < 0)
        if cold:
            raise refusal(f"applicators[{n}].drive", "a cold applicator cannot work beside radiofrequency")
        if isinstance(drive, HeldVoltage) and len(volts) > 1:
            raise refusal(f"applicators[{n}].drive.v_rms", "electrodes held at different voltages cannot work together")
        if isinstance(drive, HeldVoltage) and len(coolants) > 1:
            raise refusal(f"applicators[{n}].drive.cooled_c", "electrodes held at one voltage must be cooled alike")


def _check_outputs(spec: Specification) -> None:
    for n, at_s in enumerate(spec.outputs.times_s):
        if at_s > spec.total_s + 1e-6:
            raise refusal(f"outputs.times_s[{n}]", f"lies after the end of the experiment at {spec.total_s:g} s")
    for n, c in enumerate(spec.outputs.isotherms_c):
        if c == spec.initial_c:
            raise refusal(f"outputs.isotherms_c[{n}]", "is initial_c, which has no zone")
    if not spec.applicators and (spec.outputs.isotherms_c or spec.outputs.cem43_min):
        raise refusal("applicators", "zones are measured along the first applicator, and there is none")
    for n, point in enumerate(spec.outputs.points_mm):
        if any(abs(x) > 0.5 * size + 1e-9 for x, size in zip(point, spec.size_mm, strict=True)):
            raise refusal(f"outputs.points_mm[{n}]", "lies outside the box")
