"""Numbers as the user reads them: unit after a thin no-break space, and rounding that never flatters."""

from __future__ import annotations

import math
from collections.abc import Sequence

NNBSP = "\u202f"
MINUS = "\u2212"


def _signed(text: str) -> str:
    """Use the true minus sign, and no minus before a zero."""
    if text.startswith("-"):
        return text[1:] if not text.strip("-0.") else MINUS + text[1:]
    return text


def length_shown_mm(value_mm: float) -> float:
    """Return a length as `length_text` shows it, for a box that it can be changed in."""
    return math.floor(value_mm * 10 + 1e-6) / 10


def length_text(value_mm: float, *, unit: bool = True) -> str:
    """Return a distance or margin in tenths of a millimetre, rounded towards danger (down)."""
    return _signed(f"{length_shown_mm(value_mm):.1f}") + (f"{NNBSP}mm" if unit else "")


def deviation_text(value_mm: float, *, unit: bool = True) -> str:
    """Return how far something lies off in tenths of a millimetre, rounded towards danger (up)."""
    tenths = math.ceil(value_mm * 10 - 1e-6) / 10
    return _signed(f"{tenths:.1f}") + (f"{NNBSP}mm" if unit else "")


def size_text(width_mm: float, length_mm: float) -> str:
    """Return width and length of a zone in tenths of a millimetre, without unit."""
    return f"{width_mm:.1f} × {length_mm:.1f}"


def temperature_text(value_c: float, *, cold: bool, unit: bool = True) -> str:
    """Return a predicted temperature in whole degrees: first to a tenth, then towards danger."""
    tenths = round(value_c, 1)
    whole = math.floor(tenths) if cold else math.ceil(tenths)
    return _signed(f"{whole:d}") + (f"{NNBSP}°C" if unit else "")


def level_text(value_c: float) -> str:
    """Return a temperature that is a level or an isotherm, not a prediction: never rounded."""
    return _signed(f"{value_c:g}") + f"{NNBSP}°C"


def volume_text(value_mm3: float, *, unit: bool = True) -> str:
    """Return a volume in tenths of a cubic centimetre, or in whole ones from 100 on."""
    volume_cm3 = value_mm3 / 1000
    return (f"{volume_cm3:.1f}" if volume_cm3 < 100 else f"{volume_cm3:.0f}") + (f"{NNBSP}cm³" if unit else "")


def area_text(value_mm2: float) -> str:
    """Return an area in tenths of a square millimetre, or in whole ones from 100 on."""
    return (f"{value_mm2:.1f}" if value_mm2 < 100 else f"{value_mm2:.0f}") + f"{NNBSP}mm²"


def hu_text(value_hu: float, *, unit: bool = True) -> str:
    """Return a density in whole Hounsfield units."""
    return _signed(f"{value_hu:.0f}") + (f"{NNBSP}HU" if unit else "")


def millilitre_text(volume_ml: float) -> str:
    """Return a volume that somebody injects, as it was given."""
    return f"{volume_ml:g}{NNBSP}ml"


def percent_text(fraction: float, *, unit: bool = True) -> str:
    """Return a covered fraction in whole percent, rounded down: 99.9 % is not 100 %."""
    return f"{math.floor(fraction * 100 + 1e-9):d}" + (f"{NNBSP}%" if unit else "")


def dose_text(minutes: float) -> str:
    """Return a thermal dose in equivalent minutes at 43 °C, rounded up; beyond 1000 it only says so."""
    return "> 1000" if minutes > 1000 else f"{math.ceil(round(minutes, 2)):d}"


def time_text(seconds: float) -> str:
    """Return a time as minutes and seconds."""
    whole = round(seconds)
    return f"{whole // 60:d}:{whole % 60:02d}"


def seconds_text(seconds: float) -> str:
    """Return a time that somebody sets in seconds, as it was given."""
    return f"{seconds:g}{NNBSP}s"


def angle_text(degrees: float, positive: str, negative: str) -> str:
    """Return an angle in words: ``18° hub cranial``."""
    whole = round(degrees)
    if whole == 0:
        return "0°"
    return f"{abs(whole):d}° {positive if whole > 0 else negative}"


_AXIS_LETTERS = (("L", "R"), ("P", "A"), ("S", "I"))


def coordinate_text(axis: int, value_mm: float, *, unit: bool = True) -> str:
    """Return one LPS coordinate with its letter: ``I 765.1 mm``."""
    positive, negative = _AXIS_LETTERS[axis]
    letter = positive if value_mm >= 0 else negative
    return f"{letter}{NNBSP}{abs(value_mm):.1f}" + (f"{NNBSP}mm" if unit else "")


def lps_text(lps_mm: Sequence[float]) -> str:
    """Return a point as it is read in the CT room: ``L 8.3 P 109.0 I 765.1 mm``."""
    parts = [coordinate_text(axis, float(value), unit=False) for axis, value in enumerate(lps_mm)]
    return f"{' '.join(parts)}{NNBSP}mm"
