"""The keys of device files in words."""

from __future__ import annotations

_NUMBER_WORDS = {
    "drive.target_c": "held temperature",
    "drive.cooled_c": "temperature of the cooled surface",
    "tines.count": "number of tines",
    "tines.diameter_mm": "diameter of the tines",
    "tines.reach_mm": "reach of the tines",
}


def number_words(key: str) -> str:
    """Return a device file's key in words: ``drive.wall_temperature_c`` is the wall temperature."""
    if key in _NUMBER_WORDS:
        return _NUMBER_WORDS[key]
    words = key.rpartition(".")[2].split("_")
    return " ".join(words[:-1] if words[-1] in ("c", "mm", "w", "s") else words)
