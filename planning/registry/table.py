"""The registry as a table, for the window and for CSV."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from planning.errors import CaseFileError
from planning.quantities import deviation_text
from planning.registry.rows import RegistryRow

COLUMNS = (
    "case", "place", "largest_diameter_mm", "intent", "modality", "protection", "consolidation", "pain_scale",
    "pain_before_0_10", "pain_after_0_10", "pain_after_weeks", "karnofsky_before_pct", "karnofsky_after_pct",
    "complication_cirse", "local_control", "local_control_months",
)  # fmt: skip
"""Of a row of CSV; the unit is part of the name."""


def csv_text(rows: Sequence[RegistryRow], *, with_identity: bool = False) -> str:
    """Return rows as CSV with a header; what is not known is empty.

    Parameters
    ----------
    rows : sequence of RegistryRow
    with_identity : bool
        Whether the name of a case stands in the first column, or only its number.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for n, row in enumerate(rows, start=1):
        writer.writerow([_harmless(row.name) if with_identity else n, *_cells(row)])
    return out.getvalue()


def write_csv(path: Path, rows: Sequence[RegistryRow], *, with_identity: bool = False) -> None:
    """Write rows as CSV; an old file stays whole until the new one is complete.

    Raises
    ------
    CaseFileError
        ``registry-not-saved``.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        # The mark at the beginning has spreadsheets read it as UTF-8.
        temporary.write_text(csv_text(rows, with_identity=with_identity), encoding="utf-8-sig")
        temporary.replace(path)
    except OSError as error:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise CaseFileError(
            f"The registry could not be saved as {path.name}: {error.strerror or error}.",
            code="registry-not-saved",
            hint="Save it somewhere else.",
        ) from error


def _cells(row: RegistryRow) -> list[str]:
    course = row.course
    values = (
        _harmless(row.place), None if row.size_mm is None else deviation_text(row.size_mm, unit=False), row.intent,
        row.modality, row.protected, row.consolidated, course.pain_scale, course.pain_before, course.pain_after,
        course.pain_after_weeks, course.karnofsky_before_pct, course.karnofsky_after_pct, course.complication,
        course.local_control, course.local_control_months,
    )  # fmt: skip
    return [_cell(value) for value in values]


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _harmless(name: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{name}" if name.startswith(("=", "+", "-", "@", "\t")) else name
