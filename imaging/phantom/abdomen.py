"""The trunk above the pelvis: its outline, muscles of the back and belly, chest wall, lungs, organs and great vessels.

Everything here is drawn by eye, so that the spine does not lie in empty surroundings; no size is a measurement.
"""

from __future__ import annotations

import numpy as np

from imaging.phantom.canvas import Canvas
from imaging.phantom.lattice import Field
from imaging.phantom.shapes import Chain, Ellipsoid, Grown, Loft, Mirrored, Shape, Union, smooth_max
from imaging.phantom.soft import BODY, FASCIA, meat, muscles
from imaging.phantom.texture import noise_at
from imaging.phantom.tissues import PhantomLabel

_FAT = (PhantomLabel.FAT,)
_SOFT = (PhantomLabel.FAT, PhantomLabel.MUSCLE)

TALL_TRUNK = (
    ((300, 160, -124, 80, -22), (240, 161, -130, 77, -22), (190, 157, -135, 74, -22), (140, 151, -138, 71, -22), *BODY),
    (
        (300, 142, -106, 64, -22), (240, 142, -111, 63, -22), (190, 138, -113, 62, -22), (140, 130, -113, 60, -22),
        *FASCIA,
    ),
)  # fmt: skip
"""Sections of skin and fascia from the thighs up to the chest."""

_ERECTOR = Loft(
    [
        (300, 32, 44, 25, 15, 6), (230, 33, 42, 27, 16, 6), (170, 36, 38, 30, 20, 8), (110, 38, 36, 32, 24, 8),
        (60, 38, 36, 34, 24, 10), (30, 35, 42, 34, 21, 12), (8, 29, 49, 27, 15, 14), (-15, 22, 53, 20, 12, 20),
        (-35, 15, 58, 13, 9, 20), (-62, 10, 64, 9, 6, 20),
    ],
    cap_mm=14, power=2.6,
)  # fmt: skip
_PSOAS = Loft(
    [
        (196, 24, -8, 5, 6, 10), (170, 28, -12, 8, 11, 10), (140, 33, -16, 12, 16, 10), (110, 40, -20, 17, 21, 10),
        (70, 48, -24, 22, 24, 12), (30, 55, -26, 24, 22, 10), (0, 61, -36, 24, 17, 22), (-30, 70, -52, 23, 15, 30),
        (-60, 80, -68, 22, 15, 35), (-90, 90, -76, 20, 17, 20), (-120, 100, -66, 19, 18, 0), (-170, 104, -40, 18, 18, 0),
    ],
    cap_mm=5, power=2.3,
)  # fmt: skip
_QUADRATUS = Loft(
    [(178, 52, 14, 12, 6, 18), (150, 60, 13, 17, 8, 20), (110, 72, 12, 19, 9, 25), (60, 80, 10, 20, 9, 25),
     (22, 82, 12, 14, 7, 30)],
    cap_mm=10,
)  # fmt: skip
_MULTIFIDUS = Loft(
    [(300, 12, 32, 10, 12, 0), (170, 12, 28, 11, 15, 0), (100, 12, 27, 11, 16, 0), (40, 14, 32, 13, 16, 0),
     (0, 14, 42, 13, 10, 0)],
    cap_mm=10, power=3.2,
)  # fmt: skip
_LATISSIMUS = Loft([(300, 112, 22, 38, 7, -42), (200, 104, 30, 38, 7, -38), (130, 92, 34, 28, 5, -34)], cap_mm=20)
_CRUS = Chain(
    [(13, -40, 92), (15, -38, 130), (16, -34, 170), (19, -28, 205), (28, -14, 240)], [3.5, 5.0, 6.0, 5.0, 4.0]
)

MUSCLES = (*muscles(_ERECTOR, _PSOAS, _QUADRATUS), (_MULTIFIDUS, 1.0), (_LATISSIMUS, 0.3), (_CRUS, 0.0))
"""The muscles of pelvis, belly and back."""

_CAGE_X_MM = (20.0, 36.0, 50.0, 66.0, 86.0, 104.0, 118.0)
_CAGE_BACK_MM = (0.0, 8.0, 16.0, 20.0, 15.0, -2.0, -28.0)
"""The inside of the ribs at the back: distance from the midline, and y there."""

_WALL_MM = 15.0
_CHEST_FROM_MM, _CHEST_FULL_MM = 128.0, 168.0


def paint_chest_wall(canvas: Canvas, fascia: Field) -> None:
    """Paint the muscle of the chest wall, all around where the ribs are."""
    x, y, z = canvas.lattice.xyz
    grown = np.clip((z - np.float32(_CHEST_FROM_MM)) / np.float32(_CHEST_FULL_MM - _CHEST_FROM_MM), 0, 1)
    if not grown.any():
        return
    thick = np.float32(_WALL_MM) * grown
    behind = _cage_back(x) + np.float32(70) * (1 - grown) - y
    wall = np.maximum(fascia, np.minimum(-fascia - thick, behind))
    furrow = np.minimum(np.float32(6) - np.abs(x), y - np.float32(24))
    wall = np.asarray(np.maximum(wall, furrow), dtype=np.float32)
    canvas.fill(wall, PhantomLabel.MUSCLE, meat(canvas, 0.5), over=_SOFT)


def _cage_back(x: Field) -> Field:
    return np.asarray(np.interp(np.abs(x), _CAGE_X_MM, _CAGE_BACK_MM), dtype=np.float32)


def _lung(canvas: Canvas, fascia: Field) -> Field:
    """Distance to the lungs, which reach down behind the organs to the level of L1."""
    x, y, z = canvas.lattice.xyz
    inner = np.maximum(fascia + np.float32(_WALL_MM + 2.5), np.float32(0.85) * (y - _cage_back(x)) + np.float32(2.5))
    rise = np.clip(-inner / np.float32(48), 0, 1)
    floor = np.float32(186) + np.float32(70) * rise - np.float32(0.22) * np.clip(y + np.float32(10), -60, 40)
    above = (floor - z) * np.float32(0.6)
    middle = np.float32(30) - np.abs(x)
    return smooth_max(np.asarray(np.maximum(inner, above), np.float32), np.broadcast_to(middle, inner.shape), 6.0)


def _paint_lungs(canvas: Canvas, fascia: Field) -> None:
    distance = _lung(canvas, fascia)
    canvas.fill(distance - np.float32(3.0), PhantomLabel.MUSCLE, 45.0, over=_FAT)
    canvas.fill(distance, PhantomLabel.FAT, over=(PhantomLabel.MUSCLE,))

    def hu(x: Field, y: Field, z: Field) -> Field:
        vessels = np.clip(noise_at(canvas.seed + 12, x, y, z, (9.0, 9.0, 14.0)) - np.float32(1.2), 0, 1)
        return np.asarray(np.float32(-835) + np.float32(620) * vessels, dtype=np.float32)

    canvas.fill(distance, PhantomLabel.LUNG, hu, over=(*_FAT, PhantomLabel.ABDOMINAL_ORGAN))


def _solid(shape: Shape, canvas: Canvas, fascia: Field, hu: float) -> None:
    """Paint an organ inside the wall, a little uneven."""
    where = canvas.lattice.window(shape.box_mm[0] - 4.0, shape.box_mm[1] + 4.0)
    if where is None:
        return
    part = canvas.crop(where)
    uneven = np.float32(1.5) * noise_at(canvas.seed + 14, *part.lattice.xyz, (30.0, 30.0, 30.0))
    inside = fascia[where] + np.float32(_WALL_MM + 3.0)
    distance = smooth_max(np.asarray(shape.distance(part.lattice) + uneven, np.float32), inside, 8.0)
    part.fill(distance, PhantomLabel.ABDOMINAL_ORGAN, hu, over=_FAT)


_LIVER = Union(
    (
        Ellipsoid((-80, -42, 210), (58, 66, 78)),
        Ellipsoid((-20, -74, 236), (74, 34, 46)),
        Chain([(-98, -22, 168), (-100, -30, 132)], [24, 14]),
    ),
    14.0,
)
_SPLEEN = Union((Ellipsoid((104, 2, 214), (24, 42, 46)), Ellipsoid((98, 14, 190), (18, 28, 30))), 10.0)
_STOMACH = Chain(
    [(62, -40, 240), (62, -62, 214), (44, -86, 184), (10, -92, 164), (-22, -84, 160)], [27, 27, 23, 18, 12]
)
_TRANSVERSE = Chain(
    [(-90, -64, 128), (-60, -92, 118), (-20, -98, 112), (24, -98, 114), (62, -90, 130), (92, -58, 168)],
    [17, 16, 15, 15, 14, 13],
)
_COLON_UP = Chain([(-96, -32, 108), (-95, -38, 122), (-90, -64, 128)], [20, 20, 17])
_COLON_DOWN = Chain([(92, -58, 168), (102, -24, 150), (98, -26, 108)], [13, 13, 12])
_DUODENUM = Chain(
    [(-34, -62, 150), (-40, -52, 124), (-30, -58, 96), (0, -72, 92), (22, -66, 104)], [11, 11, 11, 10, 10]
)
_PANCREAS = Chain([(-28, -66, 138), (-4, -74, 150), (30, -62, 164), (66, -34, 178)], [10, 8, 9, 8])


def _kidney(sign: float, z: float) -> tuple[Shape, Shape]:
    """Return a kidney, leaning outwards below, and the fat of its hilum."""
    tall = Loft(
        [(z + 56, sign * 50, -4, 16, 18, 0), (z + 34, sign * 54, -7, 24, 26, 0), (z, sign * 60, -12, 26, 27, 0),
         (z - 34, sign * 66, -16, 24, 25, 0), (z - 56, sign * 69, -19, 15, 17, 0)],
        cap_mm=22,
    )  # fmt: skip
    hilum = Ellipsoid((sign * 48, -18, z), (15, 9, 22))
    return tall, hilum


def paint_organs(canvas: Canvas, fascia: Field, *, prone: bool) -> None:
    """Paint lungs, liver, spleen, kidneys, stomach, pancreas, upper colon and the upper great vessels."""
    _, _, z = canvas.lattice.xyz
    if float(z.max()) < 60.0:
        return
    _paint_great_vessels(canvas)
    for shape, hu in ((_LIVER, 58.0), (_SPLEEN, 50.0), (_PANCREAS, 42.0)):
        _solid(shape, canvas, fascia, hu)
    for sign, height in ((1.0, 152.0), (-1.0, 140.0)):
        kidney, hilum = _kidney(sign, height)
        _solid(kidney, canvas, fascia, 34.0)
        canvas.paint(hilum, PhantomLabel.FAT, -75.0, over=(PhantomLabel.ABDOMINAL_ORGAN,))
    lift = np.array([0.0, 1.0 if prone else -1.0, 0.0])
    for tube, wall, gas in ((_STOMACH, 4.0, 0.5), (_DUODENUM, 2.5, 0.0), (_TRANSVERSE, 2.4, 0.5), (_COLON_UP, 2.4, 0.0),
                            (_COLON_DOWN, 2.4, 0.0)):  # fmt: skip
        canvas.paint(tube, PhantomLabel.BOWEL_WALL, over=_SOFT)
        canvas.paint(Grown(tube, -wall), PhantomLabel.BOWEL_CONTENT, 24.0, over=(PhantomLabel.BOWEL_WALL,))
        if gas > 0:
            points, radii = np.asarray(tube.points, float), np.asarray(tube.radii, float)
            pocket = Chain(points + lift * (0.42 * radii)[:, None], gas * (radii - wall))
            canvas.paint(pocket, PhantomLabel.BOWEL_GAS, over=(PhantomLabel.BOWEL_CONTENT,))
    _paint_lungs(canvas, fascia)


def _paint_great_vessels(canvas: Canvas) -> None:
    aorta = Chain([(6, -54, 112), (7, -52, 150), (8, -46, 190), (10, -38, 250), (12, -34, 300)], [8.5, 9, 10, 11, 11.5])
    cava = Chain([(-16, -50, 112), (-17, -50, 150), (-20, -52, 190), (-20, -58, 250)], [10, 10.5, 11, 12])
    renal_artery = Chain([(8, -51, 146), (28, -38, 146), (50, -22, 150)], [3.4, 3.0, 2.6])
    renal_vein = Chain([(-14, -52, 148), (24, -44, 150), (50, -22, 154)], [4.5, 4.2, 3.6])
    right_vein = Chain([(-18, -50, 138), (-46, -24, 138)], [4.6, 3.8])
    upper = Chain([(5, -62, 152), (2, -72, 130), (-4, -74, 100), (-12, -70, 70)], [3.8, 3.6, 3.2, 2.6])
    portal = Chain([(-6, -74, 120), (-8, -72, 150), (-34, -62, 182)], [5.5, 6.0, 6.0])
    for vein in (cava, renal_vein, right_vein, portal):
        canvas.paint(vein, PhantomLabel.VEIN, over=_SOFT)
    free = (*_SOFT, PhantomLabel.VEIN)
    for artery in (aorta, renal_artery, Mirrored(renal_artery), upper):
        canvas.paint(artery, PhantomLabel.ARTERY, over=free)
