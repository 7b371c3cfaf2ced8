"""Two seeds compete for what lies between them: a walk from every point ends at one or the other (Grady 2006).

Densities take part as in random walks with priors (Grady 2005): a point that looks like one seed is drawn to it, and
steps between what looks unlike are rare.
"""

from __future__ import annotations

import numpy as np
from numba import njit, prange

from imaging.labels import Bools
from imaging.segmentation.halved import COARSER, Field, coarser, finer

_COARSE_SWEEPS, _FINE_SWEEPS = 30, 6
_HASTE = 1.7
_STEEPNESS = 12.0
_LEAST_WEIGHT = 0.01


def share_inside(prior: Field, pull: float, inside: Bools, outside: Bools) -> Field:
    """Return the chance of every point that it belongs to the inner seed.

    Parameters
    ----------
    prior : ndarray of float32, shape (k, j, i)
        The same chance by the point's own looks.
    pull : float
        How much that counts, against the steps to the six neighbours, which count 1 each where they look alike.
    inside, outside : ndarray of bool
        The seeds; they keep their label.

    Returns
    -------
    ndarray of float32
        Between 0 and 1.
    """
    known = inside | outside
    start = prior
    if min(prior.shape) >= 8 * COARSER:
        # A walk is long on a fine grid: a coarse one says how it ends far from the border.
        looks, inner, outer = (coarser(a) for a in (prior, inside, outside))
        coarse = np.where(inner > outer, np.float32(1), np.where(outer > inner, np.float32(0), looks))
        _sweep(coarse, *_weights(looks), pull * COARSER**2, looks, inner != outer, _COARSE_SWEEPS, _HASTE)
        start = finer(coarse, prior.shape)
    out = np.where(known, inside, start).astype(np.float32)
    _sweep(out, *_weights(prior), pull, prior, known, _FINE_SWEEPS, 1.0)
    return out


def _weights(looks: Field) -> tuple[Field, Field, Field]:
    """How easily a step goes to the next point along each axis."""
    weights = []
    for axis in range(3):
        step = np.diff(looks, axis=axis, append=looks.take([-1], axis))
        weights.append(np.exp(-_STEEPNESS * step**2) + np.float32(_LEAST_WEIGHT))
    return weights[0], weights[1], weights[2]


@njit(cache=True, nogil=True, parallel=True)
def _sweep(u, wk, wj, wi, pull, prior, known, sweeps, haste):  # type: ignore[no-untyped-def]
    """Successive over-relaxation on the two colours of a chessboard in turn; the outermost points stay."""
    nk, nj, ni = u.shape
    for n in range(2 * sweeps):
        for k in prange(1, nk - 1):
            for j in range(1, nj - 1):
                for i in range(1 + (k + j + n) % 2, ni - 1, 2):
                    if known[k, j, i]:
                        continue
                    a, b = wk[k, j, i], wk[k - 1, j, i]
                    c, d = wj[k, j, i], wj[k, j - 1, i]
                    e, f = wi[k, j, i], wi[k, j, i - 1]
                    total = (
                        a * u[k + 1, j, i] + b * u[k - 1, j, i] + c * u[k, j + 1, i] + d * u[k, j - 1, i]
                        + e * u[k, j, i + 1] + f * u[k, j, i - 1] + pull * prior[k, j, i]
                    )  # fmt: skip
                    u[k, j, i] += haste * (total / (a + b + c + d + e + f + pull) - u[k, j, i])
