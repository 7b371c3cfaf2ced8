"""Refusals of a registration."""

from __future__ import annotations

from imaging.errors import ImagingError


class RegistrationError(ImagingError):
    """Two CT were not brought together: there is nothing to register on, or what was found is not to be relied on."""
