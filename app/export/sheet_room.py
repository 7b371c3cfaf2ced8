"""The sheet's numbers for the CT room: one column a probe."""

from __future__ import annotations

from app.export.page_text import SMALL_LINE_PX, SMALL_PX, fitted, paragraph, rule, words, wrapped
from app.representations.primitives import Primitive
from planning.model.case import Probe
from planning.quantities import angle_text, coordinate_text, length_text
from planning.report.model import ReportInput
from planning.report.room_sections import ANGLES_NOTE
from planning.report.wording import devices_of
from planning.trajectory.console import console_numbers

_ROW_PX = 25.5
_MOST_PROBES = 4
_MOST_WITH_UNIT = 2
_NAMES_PX = 176.0
_AXES = ("left–right", "front–back", "slice")


def room_table(given: ReportInput, x_px: float, top_px: float, width_px: float) -> list[Primitive]:
    """Return depth, angles and coordinates of up to four probes, the first to be placed first."""
    probes = given.case.plan.in_order
    shown = probes[:_MOST_PROBES]
    drawn: list[Primitive] = [words("CT room", x_px, top_px, size_px=21, weight="semibold")]
    used = "; ".join(f"{', '.join(names)}: {applicator.name}" for applicator, names in devices_of(given.case))
    drawn.append(words(fitted(used, width_px - 110, SMALL_PX), x_px + 110, top_px + 1, size_px=SMALL_PX, role="text-2"))
    each = min((width_px - _NAMES_PX) / len(shown), 140.0)
    edges = [x_px + width_px - each * (len(shown) - 1 - n) for n in range(len(shown))]
    unit = len(shown) <= _MOST_WITH_UNIT
    y = top_px + 28
    drawn.append(
        words(
            ("in the CT's coordinates" if unit else "in mm") + (", in order of placement" if len(probes) > 1 else ""),
            x_px,
            y,
            size_px=SMALL_PX,
            role="text-2",
        )
    )
    for probe, edge in zip(shown, edges, strict=True):
        drawn.append(words(probe.name, edge, y, size_px=17, weight="semibold", anchor="right"))
    columns = [_values(probe, unit=unit) for probe in shown]
    for n, name in enumerate(_names()):
        top = y + 14 + _ROW_PX * n
        drawn.append(rule(x_px, top, width_px))
        drawn.append(words(name, x_px, top + _ROW_PX / 2, size_px=17))
        for column, edge in zip(columns, edges, strict=True):
            cell = words(
                column[n], edge, top + _ROW_PX / 2, size_px=17 if unit else 16, weight="semibold", anchor="right"
            )
            drawn.append(cell)
    y += 14 + _ROW_PX * len(_names())
    drawn.append(rule(x_px, y, width_px))
    more = f"And {len(probes) - len(shown)} more in the report. " if len(probes) > len(shown) else ""
    note = wrapped(
        [(f"{more}{ANGLES_NOTE} Drawn, with checkpoints, in the report.", "regular")], width_px, SMALL_PX, most=2
    )
    return [*drawn, *paragraph(note, x_px, y + 16, size_px=SMALL_PX, line_px=SMALL_LINE_PX, role="text-2")]


def _names() -> list[str]:
    ends = [f"{end}, {axis}" for end in ("Entry", "Tip") for axis in _AXES]
    return ["Depth, skin to tip", "Hub, in plane", "Hub, craniocaudal", *ends]


def _values(probe: Probe, *, unit: bool) -> list[str]:
    numbers = console_numbers(probe)
    ends = [
        coordinate_text(axis, point[axis], unit=unit)
        for point in (probe.entry_mm, probe.tip_mm)
        for axis in range(len(_AXES))
    ]
    in_plane = angle_text(numbers.in_plane_deg, "left", "right")
    craniocaudal = angle_text(numbers.craniocaudal_deg, "cranial", "caudal")
    return [length_text(numbers.depth_mm, unit=unit), in_plane, craniocaudal, *ends]
