"""Grey windows: those of the number keys, by name, width and level in HU, and what is seen through one."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

WINDOW_PRESETS: tuple[tuple[str, float, float], ...] = (
    ("Bone", 2000, 400),
    ("Soft tissue", 400, 40),
    ("Lung", 1500, -600),
    ("Bone and soft tissue", 1500, 350),
    ("Nerve and fat", 250, 0),
)


def windowed(hu: npt.NDArray[np.int16], width_hu: float, level_hu: float) -> npt.NDArray[np.uint8]:
    """Return HU as grey through a window, shape as given."""
    low = level_hu - width_hu / 2
    scaled = (hu.astype(np.float32) - low) * (255.0 / max(width_hu, 1.0))
    return np.clip(scaled, 0, 255).astype(np.uint8)
