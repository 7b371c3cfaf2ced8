"""Pictures of the bones of the real CT by name: python -m tests.verification.bone_pictures [CT [FOLDER]]."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
from PIL import Image

from imaging.anatomy import find_spine, propose_body, propose_bone, propose_bones
from imaging.opening import open_ct
from imaging.progress import no_progress
from imaging.structures import Side
from tests.conftest import REAL_CT

COLOURS = {"sacrum": "red", "coccyx": "white", "L": "deepskyblue", "R": "lime"}
LEVELS = ("orange", "yellow", "magenta", "mediumpurple", "cyan")
EVERY, COLUMNS = 3, 4


def colours(proposals) -> list[tuple[np.ndarray, tuple[float, float, float]]]:
    """Every bone with its colour."""
    out, n = [], 0
    for bone in proposals.bones:
        if bone.name == "vertebra":
            colour, n = LEVELS[n % len(LEVELS)], n + 1
        else:
            colour = COLOURS[bone.name if bone.side is None else bone.side.value]
        out.append((bone.mask.array(), mpl.colors.to_rgb(colour)))
    return out


def tinted(hu, masks, part) -> np.ndarray:
    """A slice in grey with the bones in colour over it."""
    grey = np.clip((hu[part].astype(float) + 120) / 800, 0, 1)
    image = np.repeat(grey[..., None], 3, axis=-1)
    for mask, colour in masks:
        image[mask[part]] = 0.6 * image[mask[part]] + 0.4 * np.array(colour)
    return image


def axial(volume, proposals, path: Path) -> None:
    """Slices from the hip joints to L4."""
    masks = colours(proposals)
    pelvis = np.any([m for m, _ in masks], axis=0)
    bones = {bone.name: bone.mask.box for bone in proposals.bones}
    low, high = bones["hip"].start_kji[0] + 2, bones["sacrum"].stop_kji[0] + 8
    j, i = (np.flatnonzero(pelvis.any(axis=axes)) for axes in ((0, 2), (0, 1)))
    rows, columns = slice(max(j[0] - 5, 0), j[-1] + 5), slice(max(i[0] - 5, 0), i[-1] + 5)
    shown = range(low, high, EVERY)
    figure, axes = plt.subplots(-(-len(shown) // COLUMNS), COLUMNS, figsize=(13, 2.1 * -(-len(shown) // COLUMNS)))
    for ax in axes.flat:
        ax.axis("off")
    for ax, k in zip(axes.flat, shown, strict=False):
        ax.imshow(tinted(volume.hu, masks, (k, rows, columns)))
        ax.set_title(f"S {volume.grid.to_lps([0, 0, k])[2]:.0f} mm", fontsize=7)
    saved(figure, path)


def sagittal(volume, proposals, spine, path: Path) -> None:
    """Slices through the middle and through both rows of joints."""
    masks = colours(proposals)
    middle = spine.canal.spine.points_mm.mean(axis=0)
    di, _, dk = volume.grid.spacing_ijk_mm
    figure, axes = plt.subplots(1, 5, figsize=(13, 6.2))
    for ax, left in zip(axes, (-30, -13, 0, 13, 30), strict=True):
        i, j, _ = np.rint(volume.grid.to_ijk(middle + [left, 0, 0])).astype(int)
        part = (slice(None, None, -1), slice(max(j - round(90 / di), 0), j + round(85 / di)), i)
        ax.imshow(tinted(volume.hu, masks, part), aspect=dk / di)
        ax.set_title(f"{abs(left)} mm {'left' if left > 0 else 'right'}" if left else "middle", fontsize=8)
        ax.axis("off")
    saved(figure, path)


def saved(figure, path: Path) -> None:
    """Write a figure with few colours, so that it stays small."""
    figure.tight_layout()
    figure.savefig(path, dpi=75)
    with Image.open(path) as picture:
        small = picture.convert("RGB").quantize(192, method=Image.Quantize.MAXCOVERAGE)
    small.save(path, optimize=True)


def main(arguments: list[str]) -> None:
    data = Path(os.environ.get("SACROPLAN_TEST_DATA", "../shared/data"))
    source = Path(arguments[0]) if arguments else data / REAL_CT
    folder = Path(arguments[1]) if len(arguments) > 1 else Path("docs/pictures/proposals")
    volume = open_ct(source)
    spine = find_spine(volume, no_progress())
    proposals = propose_bones(volume, propose_bone(volume, propose_body(volume)), spine, no_progress())
    for bone in proposals.bones:
        side = {Side.LEFT: " left", Side.RIGHT: " right", None: ""}[bone.side]
        print(
            f"{bone.level or bone.name}{side}: {bone.mask.volume_mm3 / 1000:.0f} ml, {bone.confidence:.2f}, {bone.reasons}"
        )
    print("\n".join(proposals.doubts))
    axial(volume, proposals, folder / "bones_axial.png")
    sagittal(volume, proposals, spine, folder / "bones_sagittal.png")


if __name__ == "__main__":
    main(sys.argv[1:])
