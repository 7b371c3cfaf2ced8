"""One kind of measurement in a process of its own: ``python -m app.bench_window KIND COUNT [small]`` prints seconds as JSON."""

from __future__ import annotations

import json
import sys

from app.bench_window.cycles import cycle_memory_mb
from app.bench_window.dragging import drag_times_s
from app.bench_window.opening import opening_times_s
from app.bench_window.slices import slice_times_s
from app.bench_window.turning import turning_times_s

_KINDS = {
    "slices": slice_times_s,
    "turning": turning_times_s,
    "drag": drag_times_s,
    "opening": opening_times_s,
    "memory": cycle_memory_mb,
}

if __name__ == "__main__":
    kind, count = sys.argv[1], int(sys.argv[2])
    print(json.dumps(_KINDS[kind](count, small="small" in sys.argv)))  # noqa: T201
