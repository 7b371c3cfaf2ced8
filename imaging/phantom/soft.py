"""Skin, fat, the muscle compartments of trunk and buttock, and the muscles inside them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from imaging.phantom.canvas import Canvas, Hounsfield
from imaging.phantom.dimensions import number
from imaging.phantom.hip import HIP
from imaging.phantom.lattice import Field, Lattice
from imaging.phantom.shapes import Chain, Loft, Mirrored, Shape
from imaging.phantom.texture import noise_at
from imaging.phantom.tissues import HU, PhantomLabel

Row = tuple[float, float, float, float, float]

# Rows of (z, half width, front y, back y, middle y) of the skin and of the deep fascia, drawn by eye after one CT.
BODY = (
    (100, 150, -138, 70, -22), (60, 154, -136, 71, -22), (30, 163, -133, 73, -20), (0, 172, -130, 78, -16),
    (-30, 178, -127, 83, -14), (-60, 182, -124, 87, -12), (-90, 184, -120, 90, -10), (-120, 184, -118, 91, -8),
    (-160, 178, -112, 88, -6),
)  # fmt: skip
FASCIA = (
    (100, 126, -112, 60, -22), (60, 128, -111, 60, -22), (30, 135, -109, 61, -20), (0, 143, -106, 64, -16),
    (-30, 150, -104, 69, -14), (-60, 154, -101, 72, -12), (-90, 157, -97, 71, -10), (-120, 157, -93, 68, -8),
    (-160, 150, -88, 64, -6),
)  # fmt: skip

PELVIC_TRUNK = (BODY, FASCIA)

_SQUARE = 0.45


def section_distance(
    x: Field, y: Field, z: Field, rows: Sequence[Sequence[float]], groove_mm: Field, front_scale: float
) -> Field:
    """Distance to a trunk-like tube with a groove along the back."""
    table = np.asarray(rows, float)[::-1]
    half, front, back, middle = (np.interp(z, table[:, 0], table[:, n]).astype(np.float32) for n in range(1, 5))
    dy = y - middle
    dy = dy + groove_mm * (dy > 0)
    depth = np.where(dy < 0, (middle - front) * np.float32(front_scale), back - middle)
    u, v = np.minimum(np.abs(x) / half, np.float32(1.5)), np.minimum(np.abs(dy) / depth, np.float32(1.5))
    u2, v2 = u * u, v * v
    k = np.float32(_SQUARE)
    f = np.sqrt(np.maximum(u2 + v2 - k * u2 * v2, np.float32(1e-4)))
    gx, gy = u / half * (1 - k * v2), v / depth * (1 - k * u2)
    steep = np.sqrt(gx * gx + gy * gy) / f
    return np.asarray((f - 1) / np.maximum(steep, np.float32(2e-3)), dtype=np.float32)


def _groove(x: Field, z: Field) -> Field:
    """Depth of the lumbar furrow and the natal cleft."""
    furrow = np.interp(z, [-60, -30, 20, 80], [0, 3, 7, 9]).astype(np.float32)
    cleft = np.interp(z, [-150, -110, -85, -62], [46, 34, 12, 0]).astype(np.float32)
    depth = furrow * np.exp(-((x / np.float32(16)) ** 2)) + cleft * np.exp(-((np.abs(x) / np.float32(9)) ** 1.5))
    return np.asarray(depth, dtype=np.float32)


def _coarse_noise(canvas: Canvas, seed: int, size_mm: tuple[float, float, float], stride: int) -> Field:
    """Noise over the whole canvas, sampled at every ``stride``-th row and column."""
    k, j, i = canvas.lattice.shape_kji
    rows, columns = -(-j // stride), -(-i // stride)
    step = np.array([1.0, stride, stride])
    sparse = Lattice((k, rows, columns), canvas.lattice.matrix * step, canvas.lattice.offset)
    x, y, z = sparse.xyz
    noise = noise_at(seed, x, y, z, size_mm)
    return np.asarray(noise.repeat(stride, axis=1)[:, :j].repeat(stride, axis=2)[:, :, :i])


def trunk_distances(
    canvas: Canvas, *, prone: bool, lean: float, rows: tuple[Sequence[Row], Sequence[Row]]
) -> tuple[Field, Field]:
    """Return the distances to the skin and to the deep fascia.

    Parameters
    ----------
    canvas : Canvas
    prone : bool
        The belly is flattened.
    lean : float
        Below 1 the fat under the skin is thinner.
    rows : tuple of two sequences
        Sections of skin and fascia, as `BODY` and `FASCIA`.
    """
    x, y, z = canvas.lattice.xyz
    front = 0.9 if prone else 1.0
    groove = _groove(x, z)
    body = section_distance(x, y, z, rows[0], groove, front)
    fascia = section_distance(x, y, z, rows[1], np.float32(0.35) * groove, front)
    if lean != 1.0:
        fascia = fascia - np.float32(1 - lean) * np.clip(fascia - body - np.float32(8), 0, 30)
    return body, np.maximum(fascia, body + np.float32(4))


def paint_trunk(canvas: Canvas, body: Field, fascia: Field) -> None:
    """Paint skin, fat under it, and the fat inside the fascia."""
    canvas.fill(body, PhantomLabel.SKIN)
    canvas.fill(body + np.float32(number("skin_mm")), PhantomLabel.FAT)
    lobes = _coarse_noise(canvas, canvas.seed + 2, (26.0, 12.0, 30.0), 2)
    fat = (canvas.labels == PhantomLabel.FAT) & (body < -3)
    septa = np.clip(np.float32(1) - np.abs(lobes) * np.float32(22), 0, 1) * (fascia > 0)
    canvas.hu[fat] += (np.float32(3) * lobes + np.float32(16) * septa)[fat]


def _ramp(value: Field, zero_at: float, one_at: float) -> Field:
    """Rise smoothly from 0 to 1 between two values, in either direction, with a steep start."""
    share = np.clip((value - np.float32(zero_at)) / np.float32(one_at - zero_at), 0, 1)
    return np.asarray(np.sqrt(share * (2 - share)))


def _ease(value: Field, zero_at: float, one_at: float) -> Field:
    """Rise smoothly from 0 to 1 between two values, flat at both ends."""
    share = np.clip((value - np.float32(zero_at)) / np.float32(one_at - zero_at), 0, 1)
    return np.asarray(share * share * (3 - 2 * share))


def _wall(fascia: Field, x: Field, y: Field, z: Field) -> Field:
    """Distance to the wall of the belly, in front and at the sides, thinning out towards the back."""
    side = np.abs(x)
    thick = np.interp(side, [0, 50, 80, 100], [9, 9, 14, 19]).astype(np.float32)
    thick = thick * np.interp(z, [-150, -100, -40], [0.5, 0.75, 1.0]).astype(np.float32)
    back = np.interp(z, [-70, 0, 40, 70], [-64, -30, 10, 24]).astype(np.float32)
    thick = thick * _ramp(y - back, 0.0, -30.0)
    return np.asarray(np.maximum(fascia, -fascia - thick), dtype=np.float32)


def _gluteal(fascia: Field, x: Field, y: Field, z: Field) -> tuple[Field, Field, Field]:
    """Distances to gluteus maximus, medius and minimus."""
    side = np.abs(x)
    outer, slope = HIP.outer(y, z)
    off = (side - outer) * slope
    depth = -fascia
    reach = np.interp(y, [-45, -5, 30, 60], [-6, 20, 33, 37]).astype(np.float32)
    reach = reach * np.interp(z, [-150, -110, -20, 14], [1.1, 1.15, 0.9, 0.0]).astype(np.float32)
    medial = np.interp(z, [-140, -115, -90, -60, -35, -10, 10], [16, 11, 8, 14, 30, 44, 56]).astype(np.float32)
    front = np.float32(22) + z + np.float32(0.9) * np.maximum(-y - np.float32(40), 0)
    inside = np.maximum(fascia, np.minimum(HIP.rim(y, z) - np.float32(4), front))
    behind = np.maximum(fascia, np.minimum(HIP.rim(y, z) - np.float32(2), z + np.float32(12)))
    below = np.maximum(_ramp(HIP.rim(y, z), 2.0, -26.0), _ramp(z, -12.0, -38.0))
    maximus = np.maximum(behind, depth - reach * below * _ease(side - medial, -4.0, 36.0))
    thin = np.float32(13) * _ramp(z, -8.0, -46.0) * _ramp(y, 34.0, 10.0)
    deep = np.maximum(np.maximum(inside, reach + np.float32(1.6) - depth), -off)
    minimus = np.maximum(deep, off - thin)
    limit = y + np.float32(0.45) * off - np.float32(52)
    limit = np.maximum(limit, off - np.float32(46) * below)
    medius = np.maximum(np.maximum(deep, limit), thin + np.float32(1.3) - off)
    return maximus, medius, minimus


def paint_compartments(canvas: Canvas, fascia: Field) -> None:
    """Paint belly wall, gluteal muscles, iliacus and obturator internus, which follow fascia and hip bone."""
    x, y, z = canvas.lattice.xyz
    side = np.abs(x)
    fascia = fascia + np.float32(1.3) * _coarse_noise(canvas, canvas.seed + 8, (38.0, 30.0, 44.0), 4)
    canvas.fill(_wall(fascia, x, y, z), PhantomLabel.MUSCLE, meat(canvas, 0.0))
    seams = np.minimum(side - np.float32(1.3), np.abs(side - np.float32(62)) - np.float32(0.7))
    front = np.maximum(np.broadcast_to(seams, canvas.hu.shape), y + np.float32(40))
    canvas.fill(front, PhantomLabel.FASCIA, -5.0, over=(PhantomLabel.MUSCLE,))
    layers = np.minimum(np.abs(fascia + np.float32(6.5)), np.abs(fascia + np.float32(12.5))) - np.float32(0.4)
    canvas.fill(np.maximum(layers, np.float32(76) - side), PhantomLabel.FAT, -30.0, over=(PhantomLabel.MUSCLE,))
    warp = np.float32(1.5) * _coarse_noise(canvas, canvas.seed + 9, (26.0, 26.0, 34.0), 4)
    maximus, medius, minimus = _gluteal(fascia, x + warp * np.sign(x), y, z)
    canvas.fill(medius, PhantomLabel.MUSCLE, meat(canvas, 0.35))
    canvas.fill(minimus, PhantomLabel.MUSCLE, meat(canvas, 0.2))
    canvas.fill(maximus, PhantomLabel.MUSCLE, meat(canvas, 1.0))
    inner, slope = HIP.inner(y, z)
    rim = HIP.rim(y, z)
    off = (inner - side) * slope + warp
    thick = np.interp(z, [-120, -60, 0, 34], [14, 17, 14, 0]).astype(np.float32)
    thick = thick * _ramp(y, 4.0, -26.0) * _ramp(z, -82.0, -58.0) * _ramp(rim, 3.0, -8.0)
    canvas.fill(np.maximum(-off, off - thick), PhantomLabel.MUSCLE, meat(canvas, 0.25))
    thick = np.float32(12) * _ramp(z, -66.0, -92.0) * _ramp(np.abs(y + np.float32(18)), 38.0, 14.0)
    canvas.fill(np.maximum(-off, off - thick), PhantomLabel.MUSCLE, meat(canvas, 0.15))


def meat(canvas: Canvas, streaks: float) -> Hounsfield:
    """Return muscle with fat streaks along its fibres; more of them with ``streaks``."""

    def hu(x: Field, y: Field, z: Field) -> Field:
        value = np.float32(HU[PhantomLabel.MUSCLE]) + np.float32(4) * noise_at(canvas.seed + 3, x, y, z, (9, 9, 30))
        if streaks > 0:
            down = np.asarray(z + np.float32(0.8) * np.abs(x), np.float32)
            along = np.asarray(np.abs(x) - np.float32(0.5) * z, np.float32)
            stripe = noise_at(canvas.seed + 4, along, y, down, (60.0, 11.0, 13.0))
            value -= np.float32(75 * streaks) * np.clip(stripe - np.float32(1.15), 0, 1)
        return value

    return hu


_ERECTOR = Loft(
    [
        (110, 38, 40, 31, 20, 8), (60, 38, 40, 33, 20, 10), (30, 35, 44, 34, 19, 12), (8, 29, 49, 27, 15, 14),
        (-15, 22, 53, 20, 12, 20), (-35, 15, 58, 13, 9, 20), (-62, 10, 64, 9, 6, 20),
    ],
    cap_mm=14, power=2.6,
)  # fmt: skip
_PSOAS = Loft(
    [
        (120, 42, -22, 19, 23, 10), (70, 48, -24, 22, 24, 12), (30, 55, -26, 24, 22, 10), (0, 61, -36, 24, 17, 22),
        (-30, 70, -52, 23, 15, 30), (-60, 80, -68, 22, 15, 35), (-90, 90, -76, 20, 17, 20),
        (-120, 100, -66, 19, 18, 0), (-170, 104, -40, 18, 18, 0),
    ],
    cap_mm=5, power=2.3,
)  # fmt: skip
_QUADRATUS = Loft([(110, 74, 12, 18, 9, 25), (60, 80, 10, 20, 9, 25), (22, 82, 12, 14, 7, 30)], cap_mm=10)


Muscles = Sequence[tuple[Shape, float]]
"""Left-sided muscles with their share of fat streaks."""


def muscles(erector: Loft, psoas: Loft, quadratus: Loft) -> Muscles:
    """Left-sided muscles with their share of fat streaks: (z, x, y, radius along, across, angle)."""
    piriformis = Chain([(24, 30, -50), (40, 30, -62), (58, 30, -76), (90, 26, -98), (126, 12, -116)], [6, 10, 11, 9, 4])
    sartorius = Chain([(112, -86, -34), (116, -92, -80), (104, -92, -150)], [7, 9, 10])
    tensor = Chain([(122, -72, -40), (136, -62, -90), (142, -50, -160)], [8, 13, 12])
    rectus = Chain([(98, -72, -76), (112, -76, -120), (118, -70, -180)], [6, 12, 15])
    lateral = Chain([(132, -28, -100), (150, -20, -140), (150, -20, -190)], [10, 16, 18])
    adductor = Chain([(30, -82, -138), (52, -70, -190)], [13, 20])
    hamstring = Chain([(78, 30, -128), (84, 30, -190)], [13, 16])
    levator = Chain([(46, -10, -92), (30, 14, -112), (8, 34, -124)], [3, 3, 3])
    return (
        (erector, 1.2), (psoas, 0.15), (quadratus, 0.1), (piriformis, 0.4), (sartorius, 0), (tensor, 0),
        (rectus, 0), (lateral, 0), (adductor, 0), (hamstring, 0.2), (levator, 0),
    )  # fmt: skip


MUSCLES = muscles(_ERECTOR, _PSOAS, _QUADRATUS)
"""The muscles of the pelvis, cut off above L3."""


def paint_muscles(canvas: Canvas, left: Muscles) -> None:
    """Paint the muscles that are solids of their own, with a thin plane of fat around each."""
    for shape, streaks in left:
        for part in (shape, Mirrored(shape)):
            where = canvas.window(part.box_mm, 4.0)
            if where is None:
                continue
            distance = part.distance(where.lattice)
            where.fill(distance - np.float32(0.9), PhantomLabel.FAT, -50.0, over=(PhantomLabel.MUSCLE,))
            free = (PhantomLabel.FAT, PhantomLabel.MUSCLE)
            where.fill(distance, PhantomLabel.MUSCLE, meat(where, streaks), over=free)


def paint_ligaments(canvas: Canvas, *, short: bool) -> None:
    """Paint the ligaments between the spines, behind the sacroiliac joint and from sacrum to ischium; by eye.

    With ``short`` those between the lumbar spines are left to the column.
    """
    free = (PhantomLabel.FAT, PhantomLabel.MUSCLE)
    spines = Chain([(0, 30, 100), (0, 30, 75), (0, 32, 50), (0, 32, 28), (0, 40, 8)], [3.2, 3.2, 3.2, 3.0, 2.4])
    behind = Chain([(0, 17, 100), (0, 18, 72), (0, 20, 50), (0, 24, 30), (0, 33, 12)], 2.6)
    for middle in () if short else (spines, behind):
        canvas.paint(middle, PhantomLabel.FASCIA, over=free)
    sides = (
        Chain([(56, 34, 2), (53, 42, -12), (49, 50, -28), (47, 54, -40)], [5.5, 6.5, 6.0, 4.0]),
        Chain([(45, 50, -48), (32, 52, -74), (50, 32, -118), (62, 18, -150)], [3.0, 3.0, 3.0, 4.0]),
        Chain([(46, 18, 27), (62, 20, 22), (76, 20, 18)], [3.5, 2.4, 3.4]),
    )
    for side in sides:
        for part in (side, Mirrored(side)):
            canvas.paint(part, PhantomLabel.FASCIA, over=free)
