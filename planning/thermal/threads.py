"""How the compiled kernels' threads wait for each other; imported before any of them runs.

A stage of the solver takes a millisecond, and by default OpenMP's threads wait for the next one in a loop that takes the
processor from whoever else needs it: with one other program at work a prediction took twenty times as long. Two thousand
turns, some microseconds, bridge the gaps between kernels; then a thread sleeps.
"""

from __future__ import annotations

import os

os.environ.setdefault("GOMP_SPINCOUNT", "2000")
