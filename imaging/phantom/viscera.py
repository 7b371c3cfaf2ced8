"""Bowel, rectum, bladder, pelvic organ and the iliac vessels."""

from __future__ import annotations

import numpy as np

from imaging.phantom.canvas import Canvas, Hounsfield
from imaging.phantom.lattice import Field
from imaging.phantom.parameters import Sex
from imaging.phantom.shapes import Chain, Ellipsoid, Grown, Mirrored, Shape, Union
from imaging.phantom.texture import noise_at
from imaging.phantom.tissues import PhantomLabel

_SOFT = (PhantomLabel.FAT, PhantomLabel.MUSCLE)
_FAT = (PhantomLabel.FAT,)

# Positions and radii are drawn by eye.
_COLON_RIGHT = Chain(
    [(-96, -32, 110), (-97, -34, 70), (-99, -46, 40), (-96, -56, 15), (-88, -66, -12), (-80, -70, -28)],
    [20, 21, 22, 24, 23, 17],
)
_COLON_LEFT = Chain(
    [
        (98, -26, 110), (101, -32, 60), (103, -46, 25), (98, -66, -2), (84, -78, -22), (62, -72, -38), (40, -58, -44),
        (22, -62, -34), (4, -48, -28), (-14, -28, -36), (-12, -6, -46), (-3, 8, -55),
    ],
    [12, 12, 13, 12, 11, 11, 12, 12, 11, 11, 12, 14],
)  # fmt: skip
_RECTUM = Chain(
    [
        (-3, 8, -55),
        (2, 12, -66),
        (3, 17, -78),
        (-1, 18, -90),
        (0, 12, -102),
        (0, 12, -112),
        (0, 24, -128),
        (0, 34, -150),
    ],
    [14, 16, 18, 19, 17, 12, 9, 9],
)


def _stool(seed: int) -> Hounsfield:
    def hu(x: Field, y: Field, z: Field) -> Field:
        bubbles = noise_at(seed + 5, x, y, z, (6.0, 6.0, 6.0))
        return np.asarray(np.float32(30) - np.float32(420) * np.clip(bubbles - np.float32(0.7), 0, 1.2))

    return hu


def small_bowel(seed: int) -> list[tuple[Chain, bool]]:
    """Return loops of small bowel, and whether each holds some gas."""
    rng = np.random.default_rng([seed, 11])
    loops = []
    for n in range(17):
        low = n % 3 == 2
        at = rng.uniform((-48, -78, -72), (48, -36, -40)) if low else rng.uniform((-66, -88, -42), (66, -60, 92))
        heading = rng.normal(size=3)
        points = [at]
        for _ in range(9):
            heading = 0.55 * heading / np.linalg.norm(heading) + 0.75 * rng.normal(size=3)
            heading += (np.array([0.0, -52.0 if low else -72.0, -48.0 if low else 25.0]) - points[-1]) / np.array(
                [120.0, 40.0, 130.0]
            )
            step = points[-1] + 13.0 * heading / np.linalg.norm(heading)
            points.append(np.clip(step, (-76, -92, -74), (76, -38 if low else -56, 110)))
        smooth = np.array([np.interp(np.linspace(0, 9, 28), np.arange(10), c) for c in np.array(points).T]).T
        radii = 10.0 + 1.6 * np.sin(np.linspace(0, 20, 28) + n) + rng.uniform(-1, 1.5)
        loops.append((Chain(smooth, radii), n % 3 == 0))
    return loops


def _gas_level(prone: bool) -> float:
    return 1.0 if prone else -1.0


def _paint_gut(canvas: Canvas, tube: Chain, wall_mm: float, gas: float, *, prone: bool, stool: bool = False) -> None:
    """Paint a tube with wall and content, and gas where it collects uppermost."""
    canvas.paint(tube, PhantomLabel.BOWEL_WALL, over=_SOFT)
    content = _stool(canvas.seed) if stool else None
    inside = (PhantomLabel.BOWEL_WALL,)
    canvas.paint(Grown(tube, -wall_mm), PhantomLabel.BOWEL_CONTENT, content, over=inside)
    if gas <= 0:
        return
    points = np.asarray(tube.points, float)
    radii = np.broadcast_to(np.asarray(tube.radii, float), len(points))
    lift = np.array([0.0, _gas_level(prone), 0.0])
    beat = np.clip(np.sin(np.arange(len(points)) * 1.9 + 0.6) + gas, 0.12, 1.0)
    pocket = Chain(points + lift * (radii * 0.30)[:, None], (radii - wall_mm) * 0.72 * beat)
    canvas.paint(pocket, PhantomLabel.BOWEL_GAS, over=(PhantomLabel.BOWEL_CONTENT, PhantomLabel.BOWEL_WALL))


def small_vessels(seed: int) -> list[Chain]:
    """Return thin vessels of mesentery, mesorectum and buttock, which keep fat from looking empty."""
    rng = np.random.default_rng([seed, 17])
    homes = (
        ((-80, -80, -40), (80, -30, 95), 46),
        ((-40, -20, -100), (40, 24, -50), 26),
        ((-120, 30, -125), (120, 60, -60), 18),
    )
    out = []
    for low, high, count in homes:
        for _ in range(count):
            at = rng.uniform(low, high)
            steps = rng.normal(size=3) + 0.6 * rng.normal(size=(5, 3))
            points = at + np.cumsum(5.0 * steps, axis=0)
            out.append(Chain(points, np.linspace(rng.uniform(1.0, 1.7), 0.7, 5)))
    return out


def paint_bowel(canvas: Canvas, *, prone: bool) -> None:
    """Paint small bowel, colon and rectum."""
    for n, (loop, gas) in enumerate(small_bowel(canvas.seed)):
        canvas.paint(loop, PhantomLabel.BOWEL_WALL, over=_FAT)
        canvas.paint(
            Grown(loop, -1.8), PhantomLabel.BOWEL_CONTENT, 8.0 + 11.0 * (n % 3), over=(PhantomLabel.BOWEL_WALL,)
        )
        if gas:
            points = np.asarray(loop.points) + np.array([0, 4.0 * _gas_level(prone), 0])
            canvas.paint(Chain(points[6:18], 4.6), PhantomLabel.BOWEL_GAS, over=(PhantomLabel.BOWEL_CONTENT,))
    _paint_gut(canvas, _COLON_RIGHT, 2.2, 0.0, prone=prone, stool=True)
    _paint_gut(canvas, _COLON_LEFT, 2.6, 0.2, prone=prone)
    _paint_gut(canvas, _RECTUM, 3.2, 0.55, prone=prone)


def paint_pelvic_organs(canvas: Canvas, sex: Sex) -> None:
    """Paint bladder, and uterus or prostate."""
    bladder = Ellipsoid((0, -66, -104), (41, 27, 27))
    canvas.paint(bladder, PhantomLabel.BLADDER_WALL, over=_SOFT)
    canvas.paint(Grown(bladder, -3.0), PhantomLabel.URINE, over=(PhantomLabel.BLADDER_WALL,))
    organ: Shape
    if sex is Sex.FEMALE:
        organ = Union(
            (
                Chain([(2, -20, -108), (2, -26, -90), (2, -38, -74)], [11, 13, 17]),
                Chain([(8, -38, -74), (34, -26, -70), (46, -16, -68)], [6, 4, 8]),
                Chain([(-6, -38, -74), (-32, -26, -72), (-45, -14, -70)], [6, 4, 8]),
            ),
            8.0,
        )
    else:
        organ = Union((Ellipsoid((0, -44, -136), (21, 15, 15)), Chain([(-26, -26, -112), (26, -26, -112)], 6)), 5.0)
    canvas.paint(organ, PhantomLabel.PELVIC_ORGAN, over=_FAT)


def paint_vessels(canvas: Canvas) -> None:
    """Paint aorta, cava and the iliac vessels."""
    aorta = Chain([(6, -54, 120), (6, -54, 84), (1, -55, 62)], [8.5, 8, 7.5])
    cava = Chain([(-16, -50, 120), (-16, -49, 80), (-12, -46, 50)], [10, 10, 9.5])
    common = Chain([(1, -55, 62), (16, -52, 36), (30, -42, 12), (37, -30, -8)], [6.5, 5.5, 5.2, 5.0])
    external = Chain([(37, -30, -8), (50, -42, -32), (64, -66, -64), (74, -92, -100), (80, -98, -140)], [4.6] * 5)
    internal = Chain([(37, -30, -8), (42, -14, -26), (43, 4, -44), (44, 14, -58)], [4.0, 3.8, 3.4, 2.6])
    common_vein_left = Chain([(-12, -46, 50), (6, -43, 34), (24, -32, 12), (35, -20, -8)], [7, 6.6, 6.4, 6.2])
    common_vein_right = Chain([(-12, -46, 50), (-26, -34, 16), (-36, -18, -8)], [7.5, 6.6, 6.2])
    external_vein = Chain([(35, -20, -8), (48, -30, -34), (60, -54, -66), (66, -84, -104), (70, -92, -140)], [5.6] * 5)
    internal_vein = Chain([(35, -20, -8), (44, -6, -28), (46, 10, -46), (46, 18, -58)], [4.6, 4.2, 3.8, 2.8])
    for vein in (cava, common_vein_left, common_vein_right):
        canvas.paint(vein, PhantomLabel.VEIN, over=_SOFT)
    for left in (external_vein, internal_vein):
        for vessel in (left, Mirrored(left)):
            canvas.paint(vessel, PhantomLabel.VEIN, over=_SOFT)
    for thin in small_vessels(canvas.seed):
        canvas.paint(thin, PhantomLabel.VEIN, 20.0, over=_FAT)
    free = (*_SOFT, PhantomLabel.VEIN)
    canvas.paint(aorta, PhantomLabel.ARTERY, over=free)
    for left in (common, external, internal):
        for vessel in (left, Mirrored(left)):
            canvas.paint(vessel, PhantomLabel.ARTERY, over=free)
