"""An independent solver in cylinder coordinates: refined, explicit, the applicator's body resolved.

It shares nothing with the planner's solver: other coordinates, other grid, other time stepping, a held wall in place
of a sub-grid source, and a direct sparse solution for the potential.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from scipy.sparse import coo_matrix, diags
from scipy.sparse.linalg import spsolve


@dataclass(frozen=True)
class HalfPlane:
    """Faces of a grid in r and z >= 0 (mirror plane at z = 0) around an applicator centred at the origin, in m."""

    r_faces: np.ndarray
    z_faces: np.ndarray

    @property
    def r(self) -> np.ndarray:
        return 0.5 * (self.r_faces[1:] + self.r_faces[:-1])

    @property
    def z(self) -> np.ndarray:
        return 0.5 * (self.z_faces[1:] + self.z_faces[:-1])

    @property
    def volume(self) -> np.ndarray:
        return np.pi * np.diff(self.r_faces**2)[:, None] * np.diff(self.z_faces)[None, :]


def half_plane(radius_mm: float, half_length_mm: float, *, cells_in_radius: int = 3, reach_mm: float = 45) -> HalfPlane:
    """Fine cells at the applicator, growing by 6 % a cell away from it."""
    h = radius_mm / cells_in_radius
    r = _graded(0.0, 0.0, radius_mm * 2.5, reach_mm, h)
    n = max(round(half_length_mm / h), 4)
    hz = half_length_mm / n
    near = [half_length_mm]
    step = hz
    while near[-1] > 0:  # coarser towards the middle of the applicator
        near.append(max(near[-1] - step, 0.0))
        step = min(step * 1.06, 0.8)
    if len(near) > 2 and near[-2] - near[-1] < 0.5 * hz:
        near.pop(-2)
    z = np.concatenate(
        [near[::-1], _graded(half_length_mm, half_length_mm, half_length_mm + 1.5, half_length_mm + reach_mm, hz)[1:]]
    )
    return HalfPlane(r * 1e-3, z * 1e-3)


def _graded(start: float, fine_from: float, fine_to: float, stop: float, h: float) -> np.ndarray:
    faces = [start]
    step = h
    while faces[-1] < stop:
        faces.append(faces[-1] + step)
        if faces[-1] > fine_to:
            step = min(step * 1.06, 1.5)
    return np.array(faces)


@njit(cache=True)
def _t_k(h, p):
    if h >= 0:
        return p[0] + h / p[2], p[4]
    if h <= p[6]:
        return p[1] + (h - p[6]) / p[3], p[5]
    x = h / p[6]
    return p[0] + (p[1] - p[0]) * x, p[4] + (p[5] - p[4]) * x


@njit(cache=True)
def _march(h, held, t_held, source, body, p, ar, az, dr2, dz2, vol, perf, blood, far, dt, n):
    nr, nz = h.shape
    t = np.empty((nr, nz))
    k = np.empty((nr, nz))
    for _ in range(n):
        for i in range(nr):
            for j in range(nz):
                if held[i, j]:
                    t[i, j], k[i, j] = t_held, 1e9
                else:
                    t[i, j], k[i, j] = _t_k(h[i, j], p)
        for i in range(nr):
            for j in range(nz):
                if held[i, j]:
                    continue
                q = source[i, j] * vol[i, j]
                if t[i, j] >= p[0] and not body[i, j]:
                    q += perf * (blood - t[i, j]) * vol[i, j]
                if i > 0:
                    q += ar[i, j] * (t[i - 1, j] - t[i, j]) / (dr2[i - 1] / k[i - 1, j] + dr2[i] / k[i, j])
                if i < nr - 1:
                    q += ar[i + 1, j] * (t[i + 1, j] - t[i, j]) / (dr2[i + 1] / k[i + 1, j] + dr2[i] / k[i, j])
                else:
                    q += ar[i + 1, j] * (far - t[i, j]) * k[i, j] / dr2[i]
                if j > 0:
                    q += az[i] * (t[i, j - 1] - t[i, j]) / (dz2[j - 1] / k[i, j - 1] + dz2[j] / k[i, j])
                if j < nz - 1:
                    q += az[i] * (t[i, j + 1] - t[i, j]) / (dz2[j + 1] / k[i, j + 1] + dz2[j] / k[i, j])
                else:
                    q += az[i] * (far - t[i, j]) * k[i, j] / dz2[j]
                h[i, j] += dt * q / vol[i, j]
    for i in range(nr):
        for j in range(nz):
            t[i, j] = t_held if held[i, j] else _t_k(h[i, j], p)[0]
    return t


def march(
    plane: HalfPlane, medium, *, duration_s, start_c=37.0, blood_c=37.0, held=None, held_c=0.0, source=None, body=None
):
    """Return the temperature of all cells after ``duration_s``; ``medium`` is a planner's `Medium`."""
    m, f = medium, medium.frozen
    cw = m.density_kg_m3 * m.specific_heat_j_kgk
    if f is None:
        p = np.array([-400.0, -400.0, cw, cw, m.conductivity_w_mk, m.conductivity_w_mk, 0.0])
    else:
        cc = m.density_kg_m3 * f.specific_heat_j_kgk
        low = -(m.density_kg_m3 * f.latent_heat_j_kg + 0.5 * (cw + cc) * (f.freezing_high_c - f.freezing_low_c))
        p = np.array([f.freezing_high_c, f.freezing_low_c, cw, cc, m.conductivity_w_mk, f.conductivity_w_mk, low])
    dr, dz = np.diff(plane.r_faces), np.diff(plane.z_faces)
    fastest = max(p[4] / p[2], p[5] / p[3]) if held is not None else p[4] / p[2]
    dt = 0.45 / fastest / (1.3 / dr.min() ** 2 + 1 / dz.min() ** 2) / 1.0
    n = int(np.ceil(duration_s / dt))
    shape = (len(dr), len(dz))
    none = np.zeros(shape, bool)
    ar = 2 * np.pi * plane.r_faces[:, None] * dz[None, :]
    return _march(
        np.full(shape, (start_c - p[0]) * cw), none if held is None else held, held_c,
        np.zeros(shape) if source is None else source, none if body is None else body, p, ar,
        np.pi * np.diff(plane.r_faces**2), dr / 2, dz / 2, plane.volume, m.perfusion_1_s * 1050 * 3617, blood_c,
        start_c, duration_s / n, n,
    )  # fmt: skip


def potential(plane: HalfPlane, electrode, sigma_s_m: float):
    """Return the potential at 1 V on ``electrode`` (mirrored at z = 0) and the current, in A.

    The outer faces are at 0 V, seen through tissue that goes on to infinity.
    """
    dr, dz = np.diff(plane.r_faces), np.diff(plane.z_faces)
    nr, nz = len(dr), len(dz)
    at = np.arange(nr * nz).reshape(nr, nz)
    r_area = 2 * np.pi * plane.r_faces[1:-1, None] * dz[None, :]
    half_r, half_z = np.where(electrode, 1e-12, dr[:, None] / 2), np.where(electrode, 1e-12, dz[None, :] / 2)
    g_r = sigma_s_m * r_area / (half_r[1:] + half_r[:-1])
    g_z = sigma_s_m * (np.pi * np.diff(plane.r_faces**2))[:, None] / (half_z[:, 1:] + half_z[:, :-1])
    extra = np.zeros((nr, nz))
    r_end, z_end = plane.r_faces[-1], plane.z_faces[-1]
    extra[-1] += sigma_s_m * 2 * np.pi * r_end * dz / (dr[-1] / 2 + (r_end**2 + plane.z**2) / r_end)
    extra[:, -1] += sigma_s_m * np.pi * np.diff(plane.r_faces**2) / (dz[-1] / 2 + (z_end**2 + plane.r**2) / z_end)
    rows = np.concatenate([at[:-1].ravel(), at[:, :-1].ravel()])
    columns = np.concatenate([at[1:].ravel(), at[:, 1:].ravel()])
    g = np.concatenate([g_r.ravel(), g_z.ravel()])
    n = nr * nz
    off = coo_matrix((g, (rows, columns)), (n, n))
    off = (off + off.T).tocsr()
    matrix = diags(np.asarray(off.sum(axis=1)).ravel() + extra.ravel()) - off
    free = ~electrode.ravel()
    phi = np.ones(n)
    phi[free] = spsolve(matrix.tocsr()[free][:, free].tocsc(), -matrix.tocsr()[free][:, ~free] @ np.ones((~free).sum()))
    rim = (off[free][:, ~free] @ np.ones((~free).sum())) * (1 - phi[free])
    current = 2 * float(rim.sum())
    return phi.reshape(nr, nz), current


def crossing(x, t, level):
    """First place where a sampled curve crosses a level, by linear interpolation."""
    above = t > level
    i = int(np.argmax(above != above[0]))
    return float(x[i - 1] + (level - t[i - 1]) / (t[i] - t[i - 1]) * (x[i] - x[i - 1]))
