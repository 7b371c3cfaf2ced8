"""What users hand to a program by mistake, and what disks do to it."""

from __future__ import annotations

import errno
import io
import json
import zipfile
from pathlib import Path

import numpy as np
import pydicom
import pytest
from PIL import Image

from app.export import written
from planning.case_io import archive, journal


def photographs(folder: Path) -> Path:
    """Return a folder of three photographs."""
    folder.mkdir()
    for n in range(3):
        Image.fromarray(np.full((8, 8, 3), 40 * n, np.uint8)).save(folder / f"{n}.jpg")
    return folder


def keep_one_slice(folder: Path) -> None:
    """Delete all files of a series but one."""
    for path in sorted(folder.iterdir())[1:]:
        path.unlink()


def truncate_one_file(folder: Path) -> Path:
    """Cut a file of a series off within its pixels, and return it."""
    victim = sorted(folder.iterdir())[5]
    victim.write_bytes(victim.read_bytes()[:4000])
    return victim


def make_magnetic_resonance(folder: Path) -> None:
    """Turn a series into MR."""
    for path in folder.iterdir():
        dataset = pydicom.dcmread(path)
        dataset.Modality = "MR"
        dataset.save_as(path)


def cut_in_half(path: Path) -> None:
    """Keep the first half of a file."""
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def make_newer(path: Path) -> None:
    """Turn a case file into one of the next format, with a key nobody knows yet."""
    with zipfile.ZipFile(path) as old:
        members = {name: old.read(name) for name in old.namelist()}
    document = json.loads(members["case.json"])
    document["schema_version"] += 1
    document["something new"] = True
    members["case.json"] = json.dumps(document).encode()
    with zipfile.ZipFile(path, "w") as new:
        for name, content in members.items():
            new.writestr(name, content)


class _FullDisk(io.RawIOBase):
    """A file on a disk that takes no more bytes."""

    def writable(self) -> bool:
        return True

    def write(self, _: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")


def fill_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let neither a case file nor a picture nor a page be written to its end."""

    def half_a_case(stream: io.BufferedWriter, *_: object) -> None:
        stream.write(b"PK half a case")
        raise OSError(errno.ENOSPC, "No space left on device")

    def full(handle: int, mode: str) -> _FullDisk:
        written.os.close(handle)
        return _FullDisk()

    real = archive.write_whole
    for module in (archive, journal):
        monkeypatch.setattr(module, "write_whole", lambda path, _: real(path, half_a_case))
    monkeypatch.setattr(written.os, "fdopen", full)
