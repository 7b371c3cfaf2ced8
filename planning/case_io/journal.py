"""A case that is kept against a crash: a case file with a note of whose it is."""

from __future__ import annotations

import json
import zipfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from planning.case_io.archive import DAMAGE, PackedMasks, write_case
from planning.errors import CaseFileError
from planning.model.case import Case

_NOTE = "journal.json"


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


def write_journal(path: Path, case: Case, note: JournalNote, packed: PackedMasks | None = None) -> None:
    """Write a kept case, whole or not at all; its predictions are left out, for they can be made again.

    Parameters
    ----------
    path : Path
    case : Case
    note : JournalNote
    packed : PackedMasks, optional
        What is known from having written an earlier state of the case.

    Raises
    ------
    CaseFileError
        ``case-not-saved``; what was kept before is untouched.
    """
    values = {
        "case_name": note.case_name,
        "path": None if note.path is None else str(note.path),
        "file_digest": note.file_digest,
        "changed_at": note.changed_at.isoformat(),
    }
    write_case(path, case, notes={_NOTE: json.dumps(values)}, packed=packed)


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
