"""How the patient lies and what stands around: the CT room as far as a path depends on it."""

from __future__ import annotations

import enum
from dataclasses import dataclass

import numpy as np

from imaging.geometry import Floats

MOST_TILT_DEG = 30.0
"""No gantry tilts farther."""


class Posture(enum.StrEnum):
    """How the patient lies during the procedure."""

    PRONE = "prone"
    PRONE_LEFT_UP = "prone, left side raised"
    LEFT_UP = "on the right side"
    SUPINE_LEFT_UP = "supine, left side raised"
    SUPINE = "supine"
    SUPINE_RIGHT_UP = "supine, right side raised"
    RIGHT_UP = "on the left side"
    PRONE_RIGHT_UP = "prone, right side raised"

    @property
    def up(self) -> Floats:
        """Unit vector away from the floor, LPS, shape (3,); oblique positions are turned by 45°."""
        turned = np.radians(45.0 * list(Posture).index(self))
        return np.array([np.sin(turned), np.cos(turned), 0.0])


_OF_CT = {"P": Posture.PRONE, "S": Posture.SUPINE, "DL": Posture.RIGHT_UP, "DR": Posture.LEFT_UP}


def posture_on_ct(patient_position: str) -> Posture | None:
    """Return how the patient lay in the scanner, from DICOM's code (HFP); None where it says nothing."""
    return _OF_CT.get(patient_position[2:]) if patient_position[:2] in ("HF", "FF") else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """The CT room.

    Attributes
    ----------
    posture : Posture
        For the procedure; needles into the sacrum and the spine go in from behind.
    gantry_tilt_deg : float
        Positive with the top of the gantry towards the patient's feet in a prone, head-first patient: slices then run
        from cranial behind to caudal in front.
    bore_mm : float or None
        Diameter of the gantry's opening; None where nobody said it.
    bore_centre_mm : (float, float) or None
        Where its axis runs: left and posterior, LPS. None takes the middle of the CT's field of view.
    placing : tuple of str
        Ids of probes in the order in which they are placed; those that are not named come after, in the plan's order.
    """

    posture: Posture = Posture.PRONE
    gantry_tilt_deg: float = 0.0
    bore_mm: float | None = None
    bore_centre_mm: tuple[float, float] | None = None
    placing: tuple[str, ...] = ()

    @property
    def slice_normal(self) -> Floats:
        """Unit normal of the slices, cranial, LPS, shape (3,)."""
        tilt = np.radians(self.gantry_tilt_deg)
        return np.array([0.0, -np.sin(tilt), np.cos(tilt)])
