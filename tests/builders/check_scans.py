"""New CT of a patient who was scanned before, as `imaging.phantom.rescan` makes them."""

from __future__ import annotations

from imaging.phantom.rescan import NEW_FRAME, part_of, rescanned, with_needle
from imaging.phantom.rescan import placement_error as error_of

__all__ = ["NEW_FRAME", "error_of", "part_of", "rescanned", "with_needle"]
