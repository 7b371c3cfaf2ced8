"""A small CT with a few bones and organs, its label map in TotalSegmentator's numbers, and a stand-in for that program."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from imaging.files import write_volume
from imaging.geometry import VoxelGrid
from imaging.volume import Provenance, Volume
from tests.builders.cases import FRAME

GRID = VoxelGrid.axis_aligned((36, 30, 40), 3.0, (-58.5, -43.5, -52.5), FRAME)
SACRUM, S1, L5, LEFT_HIP, RIGHT_HIP, COLON, ARTERY, BLADDER, LIVER = 25, 26, 27, 77, 78, 20, 65, 21, 5
BONES = (SACRUM, S1, L5, LEFT_HIP, RIGHT_HIP)
# Lowest and highest corner of every label, LPS mm.
_BOXES = {
    SACRUM: ((-20, 12, -40), (20, 32, 2)),
    S1: ((-14, 4, 2), (14, 30, 20)),
    L5: ((-16, 0, 24), (16, 26, 44)),
    LEFT_HIP: ((30, -10, -40), (48, 24, 10)),
    RIGHT_HIP: ((-48, -10, -40), (-30, 24, 10)),
    COLON: ((-16, -30, -10), (16, -6, 14)),
    ARTERY: ((18, -24, -40), (26, -16, 40)),
    BLADDER: ((-16, -36, -46), (16, -8, -20)),
    LIVER: ((-50, -38, 30), (-40, -28, 40)),
}


def label_map(grid=GRID, only=tuple(_BOXES)):
    """The labels on any grid, shape (k, j, i)."""
    kji = np.indices(grid.shape_kji).reshape(3, -1).T
    lps = grid.to_lps(kji[:, ::-1])
    out = np.zeros(len(lps), np.uint8)
    for value in only:
        low, high = (np.array(corner, float) for corner in _BOXES[value])
        out[((lps >= low) & (lps < high)).all(axis=1)] = value
    return out.reshape(grid.shape_kji)


def volume_mm3(*values):
    """The true volume of labels."""
    return sum(float(np.prod(np.subtract(_BOXES[v][1], _BOXES[v][0]))) for v in values)


def bony_ct():
    """A CT whose bones are where the labels say."""
    hu = np.where(np.isin(label_map(), BONES), 300, 40)
    return Volume(hu=hu.astype(np.int16), grid=GRID, provenance=Provenance(kind="nrrd", description="bony.nrrd"))


def write_map(path, grid=GRID, labels=None):
    """Write the label map on a grid."""
    write_volume(path, label_map(grid) if labels is None else labels, grid)
    return path


@dataclass(frozen=True)
class StandIn:
    """An executable that answers like TotalSegmentator, without any network."""

    folder: Path
    weights: Path

    def answer(self, script: str) -> None:
        """Let it do something else: ``sys.argv``, ``options`` by their names and ``os`` are at hand."""
        head = f"#!{sys.executable}\nimport json, os, shutil, sys, time\noptions = dict(zip(sys.argv[1::2], sys.argv[2::2]))\n"
        command = self.folder / "TotalSegmentator"
        command.write_text(head + script)
        command.chmod(0o755)

    def gives(self, labels: Path) -> None:
        """Let it write a label map, and what it was asked into ``asked.json``."""
        self.answer(
            f"asked = {str(self.folder / 'asked.json')!r}\n"
            "home = os.environ['TOTALSEG_HOME_DIR']\n"
            "settings = json.load(open(os.path.join(home, 'config.json')))\n"
            "json.dump({'words': sys.argv[1:], 'settings': settings, 'weights': os.environ['TOTALSEG_WEIGHTS_PATH']}, open(asked, 'w'))\n"
            f"shutil.copy({str(labels)!r}, options['-o'])\n"
        )


def stand_in(folder: Path, monkeypatch, models=(291, 292, 293, 294, 295)) -> StandIn:
    """Put a stand-in on the path, with empty files for weights."""
    made = StandIn(folder / "bin", folder / "weights")
    made.folder.mkdir()
    for model in models:
        (made.weights / f"Dataset{model}_total").mkdir(parents=True)
        (made.weights / f"Dataset{model}_total" / "plans.json").touch()
    monkeypatch.setenv("PATH", f"{made.folder}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("TOTALSEG_WEIGHTS_PATH", str(made.weights))
    return made
