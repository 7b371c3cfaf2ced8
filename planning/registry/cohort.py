"""A cohort as published series tell it: mean ± SD, median, range, percentages, and how many are missing."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from planning.model.course import Complication, PainScale
from planning.quantities import MINUS, NNBSP
from planning.registry.rows import RegistryRow, numbers_of

MEANINGFUL_PAIN = 2
"""A fall of pain by so many points is meaningful."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """A number over the cohort.

    Attributes
    ----------
    name, unit : str
    missing : int
        Cases in which it is not known, among those it was asked of.
    values : tuple of float
        Of those in which it is.
    """

    name: str
    unit: str
    missing: int
    values: tuple[float, ...]

    @property
    def mean(self) -> float | None:
        """The mean; None without values."""
        return statistics.fmean(self.values) if self.values else None

    @property
    def deviation(self) -> float | None:
        """The standard deviation of a sample; None of fewer than two."""
        return statistics.stdev(self.values) if len(self.values) > 1 else None

    @property
    def median(self) -> float | None:
        """The median; None without values."""
        return statistics.median(self.values) if self.values else None

    @property
    def words(self) -> str:
        """As a series tells it: ``38.0 ± 19.0 mm (median 35.0, range 10.0–80.0), n = 23``."""
        count = len(self.values)
        if self.mean is None or self.median is None:
            return f"not assessed ({self.missing} missing)"
        unit = f"{NNBSP}{self.unit}" if self.unit else ""
        mean = _number(self.mean) if self.deviation is None else f"{_number(self.mean)} ± {_number(self.deviation)}"
        spread = f"median {_number(self.median)}, range {_number(min(self.values))} to {_number(max(self.values))}"
        return f"{mean}{unit} ({spread}), n = {count}{_missing(self.missing)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """How many of the cohort have something.

    Attributes
    ----------
    name : str
    count, known : int
        So many of those in which it is known.
    missing : int
    """

    name: str
    count: int
    known: int
    missing: int

    @property
    def pct(self) -> float | None:
        """Per cent of those in which it is known; None where it is known in none."""
        return 100 * self.count / self.known if self.known else None

    @property
    def words(self) -> str:
        """As a series tells it: ``20/23 (87 %)``."""
        if self.pct is None:
            return f"not assessed ({self.missing} missing)"
        return f"{self.count}/{self.known} ({self.pct:.0f}{NNBSP}%){_missing(self.missing)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cohort:
    """All cases together.

    Attributes
    ----------
    count : int
    entries : tuple of Distribution or Share
        In the order in which series tell them.
    """

    count: int
    entries: tuple[Distribution | Share, ...]

    @property
    def distributions(self) -> tuple[Distribution, ...]:
        """The numbers."""
        return tuple(e for e in self.entries if isinstance(e, Distribution))

    @property
    def shares(self) -> tuple[Share, ...]:
        """The shares."""
        return tuple(e for e in self.entries if isinstance(e, Share))


def cohort_of(rows: Sequence[RegistryRow]) -> Cohort:
    """Return a cohort. Pain is told for each scale by itself; a scale that no case has is left out.

    Parameters
    ----------
    rows : sequence of RegistryRow
    """
    entries: list[Distribution | Share] = [
        _distribution("Largest diameter", "mm", rows, lambda r: r.size_mm),
        *_kinds("Intent", rows, lambda r: r.intent),
        *_kinds("Modality", rows, lambda r: r.modality),
        _share("Protection", rows, lambda r: r.protected),
        _share("Consolidation", rows, lambda r: r.consolidated),
    ]
    for scale in PainScale:
        if any(r.course.pain_scale is scale for r in rows):
            entries += _pain(scale.value, [r for r in rows if r.course.pain_scale in (scale, None)])
    entries += [
        _distribution("Pain taken after", "weeks", rows, lambda r: r.course.pain_after_weeks),
        _distribution("Karnofsky before", "%", rows, lambda r: r.course.karnofsky_before_pct),
        _distribution("Karnofsky after", "%", rows, lambda r: r.course.karnofsky_after_pct),
        _share("Any complication", rows, _complicated),
    ]
    entries += [
        _share(f"CIRSE grade {grade}", rows, lambda r, g=grade: _is(r.course.complication, g))  # type: ignore[misc]
        for grade in Complication
        if grade is not Complication.NONE and any(r.course.complication is grade for r in rows)
    ]
    entries += [
        _share("Local control", rows, lambda r: r.course.local_control),
        _distribution("Local control seen at", "months", rows, lambda r: r.course.local_control_months),
    ]
    return Cohort(count=len(rows), entries=tuple(entries))


def _pain(scale: str, rows: Sequence[RegistryRow]) -> list[Distribution | Share]:
    return [
        _distribution(f"{scale} before", "", rows, lambda r: r.course.pain_before),
        _distribution(f"{scale} after", "", rows, lambda r: r.course.pain_after),
        _distribution(f"{scale} change", "", rows, lambda r: r.course.pain_change),
        _share(f"{scale} lower by {MEANINGFUL_PAIN} or more", rows, _eased),
    ]


def _distribution(
    name: str, unit: str, rows: Sequence[RegistryRow], value: Callable[[RegistryRow], float | None]
) -> Distribution:
    values = tuple(numbers_of(rows, value))
    return Distribution(name=name, unit=unit, missing=len(rows) - len(values), values=values)


def _share(name: str, rows: Sequence[RegistryRow], has: Callable[[RegistryRow], bool | None]) -> Share:
    known = [answer for answer in map(has, rows) if answer is not None]
    return Share(name=name, count=sum(known), known=len(known), missing=len(rows) - len(known))


def _kinds(name: str, rows: Sequence[RegistryRow], kind: Callable[[RegistryRow], str | None]) -> list[Share]:
    """A share of each kind there is; that it is known in no case is told too."""
    kinds = sorted({str(k) for k in map(kind, rows) if k is not None})
    if not kinds:
        return [Share(name=name, count=0, known=0, missing=len(rows))]
    return [_share(f"{name}: {each}", rows, lambda r, k=each: _is(kind(r), k)) for each in kinds]  # type: ignore[misc]


def _is(value: str | None, wanted: str) -> bool | None:
    return None if value is None else value == wanted


def _eased(row: RegistryRow) -> bool | None:
    change = row.course.pain_change
    return None if change is None else change <= -MEANINGFUL_PAIN


def _complicated(row: RegistryRow) -> bool | None:
    grade = row.course.complication
    return None if grade is None else grade is not Complication.NONE


def _number(value: float) -> str:
    return f"{value:.1f}".replace("-", MINUS)


def _missing(count: int) -> str:
    return f", {count} missing" if count else ""
