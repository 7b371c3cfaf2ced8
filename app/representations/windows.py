"""Grey windows, by number key: name, width and level in HU."""

from __future__ import annotations

WINDOW_PRESETS: tuple[tuple[str, float, float], ...] = (
    ("Bone", 2000, 400),
    ("Soft tissue", 400, 40),
    ("Lung", 1500, -600),
    ("Bone and soft tissue", 1500, 350),
    ("Nerve and fat", 250, 0),
)
