"""A point of the patient."""

from __future__ import annotations

Point = tuple[float, float, float]
"""LPS millimetres."""
