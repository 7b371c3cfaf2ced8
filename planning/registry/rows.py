"""One row of the registry: what a case file says of size, treatment and outcome."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from imaging.errors import DomainError
from imaging.progress import Progress
from planning.case_io import SUFFIX, read_case
from planning.catalogue.devices import DeviceFamily, device
from planning.decision.measured import LesionMeasures, measure_lesion
from planning.errors import CaseFileError
from planning.model.case import Case
from planning.model.clinical import Intent
from planning.model.course import Course

_MODALITIES = {
    DeviceFamily.CRYO: "cryoablation",
    DeviceFamily.RF_MONOPOLAR: "RFA",
    DeviceFamily.RF_BIPOLAR: "RFA",
    DeviceFamily.LASER: "laser",
    DeviceFamily.MICROWAVE: "microwave",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryRow:
    """A case as a series counts it; None is not known.

    Attributes
    ----------
    file : Path
    name : str
        Of the case; stands nowhere outside the window unless asked for.
    size_mm : float or None
        Largest diameter of the lesion.
    place : str
        The bone it lies in; empty where none is marked.
    intent : Intent or None
    modality : str or None
        Of the plan's probes; cement alone is one too.
    protected, consolidated : bool or None
        Whether the plan has gas or fluid that protects, and cement; None while it has no probe.
    course : Course
    """

    file: Path
    name: str
    size_mm: float | None
    place: str
    intent: Intent | None
    modality: str | None
    protected: bool | None
    consolidated: bool | None
    course: Course


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """A file that is no row, and why."""

    file: Path
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Registry:
    """The rows, and the files that could not be read."""

    rows: tuple[RegistryRow, ...]
    unreadable: tuple[Unreadable, ...] = ()


def row_of(case: Case, file: Path) -> RegistryRow:
    """Return the row of a case.

    Raises
    ------
    PlanError
        ``device-unknown``: its plan has a device that is not at hand here.
    """
    measures: LesionMeasures = measure_lesion(case)
    families = {_MODALITIES[device(p.device_id).family] for p in case.plan.probes}
    treated = bool(case.plan.probes)
    return RegistryRow(
        file=file,
        name=case.name,
        size_mm=measures.size_mm,
        place=measures.place,
        intent=case.clinical.intent,
        modality=" and ".join(sorted(families)) or ("cementoplasty" if case.plan.cements else None),
        protected=bool(case.plan.pockets) if treated else None,
        consolidated=bool(case.plan.cements) if treated or case.plan.cements else None,
        course=case.clinical.course,
    )


def case_files(places: Iterable[Path]) -> tuple[Path, ...]:
    """Return the case files among files and in folders, not in folders below them, each once and by name.

    Raises
    ------
    CaseFileError
        ``registry-empty``: there is none, or a place does not exist.
    """
    found: dict[Path, None] = {}
    for place in places:
        if not place.exists():
            raise CaseFileError(f"There is no file or folder {place}.", code="registry-empty", hint="Check the path.")
        files = sorted(place.glob(f"*{SUFFIX}")) if place.is_dir() else [place]
        # Half-written files begin with a dot.
        found.update(dict.fromkeys(f.resolve() for f in files if not f.name.startswith(".")))
    if not found:
        raise CaseFileError(
            "There is no case file there.",
            code="registry-empty",
            hint=f"Case files end in {SUFFIX}; folders within the folder are not searched.",
        )
    return tuple(found)


def read_registry(places: Iterable[Path], progress: Progress | None = None) -> Registry:
    """Return a row for every case file; what cannot be read is named with its reason and stops nothing.

    Parameters
    ----------
    places : iterable of Path
        Case files, and folders of them.
    progress : Progress, optional

    Raises
    ------
    CaseFileError
        As `case_files`.
    """
    files = case_files(places)
    rows: list[RegistryRow] = []
    unreadable: list[Unreadable] = []
    for n, file in enumerate(files):
        if progress is not None:
            progress.report(n / len(files), f"{n + 1} of {len(files)}")
        try:
            case, _ = read_case(file, with_zones=False)
            rows.append(row_of(case, file))
        except DomainError as error:
            unreadable.append(Unreadable(file=file, reason=error.message))
    return Registry(rows=tuple(rows), unreadable=tuple(unreadable))


def numbers_of(rows: Iterable[RegistryRow], value: Callable[[RegistryRow], float | None]) -> list[float]:
    """Return the numbers of the rows that have one."""
    found = (value(row) for row in rows)
    return [float(v) for v in found if v is not None and math.isfinite(v)]
