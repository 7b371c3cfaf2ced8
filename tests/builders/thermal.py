"""Applicators of the thermal tests."""

from __future__ import annotations

import numpy as np

from planning.thermal import Applicator


def applicator(drive, *, name="p", x=0.0, length=10.0, **more) -> Applicator:
    """Return a needle of 1.5 mm along z whose active part is centred on z = 0."""
    return Applicator(
        id=name,
        tip_mm=np.array([x, 0.0, -length / 2]),
        direction=np.array([0.0, 0.0, 1.0]),
        diameter_mm=1.5,
        active_length_mm=length,
        drive=drive,
        **more,
    )
