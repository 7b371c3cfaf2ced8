"""A case that is kept against a crash: a case file with a note of whose it is."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from imaging.labels import Mask
from planning.case_io.archive import DAMAGE, DOCUMENT, packed, write_whole
from planning.case_io.document import document_of
from planning.errors import CaseFileError
from planning.model.case import Case

_NOTE = "journal.json"
# What masks of earlier states may take beside those of the first.
_SPARE_BYTES = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalNote:
    """What is known of a kept case without opening it.

    Attributes
    ----------
    case_name : str
    path : Path or None
        The user's own file of the case.
    file_digest : str
        That file as the case was read from it or written to it last; empty if it never was.
    changed_at : datetime
        When the case was changed last.
    """

    case_name: str
    path: Path | None
    file_digest: str
    changed_at: datetime


class Journal:
    """Writes states of a case one after another; what did not change since the last is neither packed nor compressed again.

    Other threads of a busy program leave little time to this one, so that every state has to be little work.
    """

    def __init__(self) -> None:
        self._masks = _Masks()

    def prepare(self, case: Case) -> dict[str, str]:
        """Pack the masks of a case that are not known yet, and return the names of all by structure id."""
        shapes = {s.id: s.shape for s in case.structures if isinstance(s.shape, Mask)}
        if self._masks.mostly_old:
            self._masks = _Masks()
        return dict(zip(shapes, self._masks.put(shapes.values()), strict=True))

    def write(self, path: Path, case: Case, note: JournalNote) -> None:
        """Write a state of a case, whole or not at all; its predictions are left out, for they can be made again.

        Raises
        ------
        CaseFileError
            ``case-not-saved``; what was kept before is untouched.
        """
        members = self.prepare(case)
        values = {
            "case_name": note.case_name,
            "path": None if note.path is None else str(note.path),
            "file_digest": note.file_digest,
            "changed_at": note.changed_at.isoformat(),
        }
        whole = io.BytesIO(self._masks.archive.getvalue())
        with zipfile.ZipFile(whole, "a", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            archive.writestr(DOCUMENT, document_of(case, (), members).model_dump_json())
            archive.writestr(_NOTE, json.dumps(values))
        write_whole(path, lambda stream: stream.write(whole.getbuffer()))


class _Masks:
    """An archive of the masks of several states, which only grows."""

    def __init__(self) -> None:
        self.archive = io.BytesIO()
        self._first_bytes = 0
        self._known: dict[int, tuple[Mask, str]] = {}

    @property
    def mostly_old(self) -> bool:
        """Whether most of it belongs to earlier states."""
        return len(self.archive.getbuffer()) > 2 * self._first_bytes + _SPARE_BYTES

    def put(self, masks: Collection[Mask]) -> list[str]:
        """Add masks that are not there yet, and return the names of all."""
        with zipfile.ZipFile(self.archive, "a", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            for mask in masks:
                if id(mask) not in self._known:
                    name = f"masks/{len(self._known):05d}.npy"
                    archive.writestr(name, packed(mask))
                    # Held together with its name: as long as it is held its id is no other's.
                    self._known[id(mask)] = mask, name
        self._first_bytes = self._first_bytes or len(self.archive.getbuffer())
        return [self._known[id(mask)][1] for mask in masks]


def read_note(path: Path) -> JournalNote:
    """Return the note of a kept case.

    Raises
    ------
    CaseFileError
        ``case-damaged``.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            values = json.loads(archive.read(_NOTE))
        return JournalNote(
            case_name=str(values["case_name"]),
            path=None if values["path"] is None else Path(values["path"]),
            file_digest=str(values["file_digest"]),
            changed_at=datetime.fromisoformat(values["changed_at"]),
        )
    except DAMAGE as error:
        raise CaseFileError(
            f"The kept case {path.name} is damaged or was cut off.",
            code="case-damaged",
            hint="Open the case's own file.",
            context={"reason": str(error)},
        ) from error
