"""What a structure feels, in the words of tables."""

from __future__ import annotations

import math
from typing import NamedTuple

from planning.evaluation.exposure import Crossing
from planning.quantities import deviation_text, level_text, time_text, volume_text

_LITTLE_MM3 = 50.0
"""Less is no tenth of a cubic centimetre."""


class CrossingText(NamedTuple):
    """One level and how much passes it: ``≤ 0 °C``, ``6:39``, ``31.0 mm``, ``0.4 cm³``."""

    level: str
    since: str
    length: str
    volume: str


def crossing_text(crossing: Crossing, *, cold: bool) -> CrossingText:
    """Return a crossing in words; what is not known is said, what does not apply is empty."""
    if crossing.temperature_c is not None:
        level = f"{'≤' if cold else '≥'} {level_text(crossing.temperature_c)}"
        since = "not known" if crossing.from_s is None else time_text(math.floor(crossing.from_s))
    else:
        level, since = f"CEM43 > {crossing.cem43_min:g} min", ""
    length = "" if crossing.length_mm is None else deviation_text(crossing.length_mm)
    return CrossingText(
        level, since, length, "" if crossing.volume_mm3 is None else small_volume_text(crossing.volume_mm3)
    )


def small_volume_text(volume_mm3: float) -> str:
    """Return a volume that is harmed: never as none where there is some."""
    return volume_text(volume_mm3) if volume_mm3 >= _LITTLE_MM3 else f"< {volume_text(100.0)}"
