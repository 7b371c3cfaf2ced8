"""Pictures of what is proposed on the real CT, slice by slice: python -m tests.verification.proposal_pictures [CT [FOLDER]]."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
from scipy import ndimage

from imaging.anatomy import propose_nerves
from imaging.anatomy.canal import find_canal, spine_image
from imaging.anatomy.foramina import find_sacral_levels, front_sheet, name_levels
from imaging.midplane import midplane_of
from imaging.opening import open_ct
from imaging.progress import no_progress
from imaging.resample import rasterise
from imaging.structures import ROOT_LEVELS
from tests.conftest import REAL_CT

AROUND_MM, EVERY_MM, COLUMNS = 55.0, 8.5, 5
COLOURS = {"L5": "C1", "S1": "C2", "S2": "C9", "S3": "C0", "S4": "C4", "S5": "C6"}
ABOVE_COLOURS = ("C3", "C5")


def axial(volume, found, path: Path, levels: tuple[str, ...], every_mm: float = EVERY_MM) -> None:
    """Slices where some roots run, with canal, sac and all roots as outlines."""
    grid = volume.grid
    canal, roots = found.canal.array(), {(r.level, r.side): rasterise(r.tube, grid) for r in found.roots}
    sac = rasterise(found.sac.tube, grid)
    course = found.course.points_mm
    chosen = [r for r in found.roots if r.level in levels]
    low, high = (min(r.tube.points_mm[:, 2].min() for r in chosen), max(r.tube.points_mm[:, 2].max() for r in chosen))
    heights = np.arange(high, low, -every_mm)
    figure, axes = plt.subplots(-(-len(heights) // COLUMNS), COLUMNS, figsize=(13, 2.75 * -(-len(heights) // COLUMNS)))
    for ax in axes.flat:
        ax.axis("off")
    for ax, z in zip(axes.flat, heights, strict=False):
        middle = course[abs(course[:, 2] - z).argmin()]
        i, j, k = np.rint(grid.to_ijk([middle[0], middle[1] - 15, z])).astype(int)
        n = int(AROUND_MM / grid.spacing_ijk_mm[0])
        part = (k, slice(max(j - n, 0), j + n), slice(max(i - n, 0), i + n))
        ax.imshow(volume.hu[part], cmap="gray", vmin=-150, vmax=550)
        ax.contour(canal[part], [0.5], colors="yellow", linewidths=0.8)
        if sac[part].any():
            ax.contour(sac[part], [0.5], colors="white", linewidths=0.6)
        for (level, _), mask in roots.items():
            if mask[part].any():
                colour = COLOURS.get(level, ABOVE_COLOURS[ROOT_LEVELS.index(level) % 2])
                ax.contour(mask[part], [0.5], colors=colour, linewidths=0.8)
        ax.set_title(f"S {z:.0f} mm", fontsize=7)
    figure.tight_layout()
    figure.savefig(path, dpi=75)


def straightened(volume, path: Path) -> None:
    """The sheet in front of the canal in which the foramina are found."""
    midplane = midplane_of(volume)
    image = spine_image(volume, midplane)
    canal = find_canal(image, midplane)
    levels = find_sacral_levels(image, canal)
    s = np.arange((levels.top_mm or 0.0) - 40, canal.spine.length_mm + 15)
    left = np.arange(-48.0, 48.5)
    sheet = ndimage.zoom(front_sheet(image, canal, s, left).T, 2, order=1)
    figure, ax = plt.subplots(figsize=(8, 4.2))
    ax.imshow(sheet, cmap="gray", extent=(s[0], s[-1], left[-1], left[0]))
    for level, pair in name_levels(levels)[0].items():
        for side, at in pair.s_mm.items():
            ax.plot(at, pair.aside_mm[side], "o", mfc="none", color=COLOURS[level], markersize=16)
            ax.annotate(f"{level} {side.value}", (at, pair.aside_mm[side]), color=COLOURS[level], fontsize=8)
    ax.set_xlabel("along the canal towards the tail, mm")
    ax.set_ylabel("to the right, to the left, mm")
    figure.tight_layout()
    figure.savefig(path, dpi=80)


def main(arguments: list[str]) -> None:
    data = Path(os.environ.get("SACROPLAN_TEST_DATA", "../shared/data"))
    source = Path(arguments[0]) if arguments else data / REAL_CT
    folder = Path(arguments[1]) if len(arguments) > 1 else Path("docs/pictures/proposals")
    volume = open_ct(source)
    found = propose_nerves(volume, no_progress())
    axial(volume, found, folder / "real_axial.png", ("S1", "S2", "S3", "S4", "S5"))
    axial(volume, found, folder / "real_above.png", ("T11", "T12", "L1", "L2", "L3", "L4", "L5"), 11.0)
    straightened(volume, folder / "real_straightened.png")


if __name__ == "__main__":
    main(sys.argv[1:])
