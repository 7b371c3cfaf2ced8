"""Rules of when to protect: sourced, each kind once, and refused by key where they are not."""

from __future__ import annotations

import pytest

from imaging.errors import DomainError
from imaging.structures import StructureKind
from planning.catalogue.protection_advice import load_protection_advice, read_protection_advice

GOOD = (
    '[[needs]]\nkinds = ["root"]\nlesion_within_mm = 10\nsource = "s"\n'
    '[[watching]]\nplace = "epidural"\nkinds = ["canal"]\nsource = "s"\n'
    '[stopping]\nheat = "h"\ncold = "c"\n'
)


def test_what_ships_knows_every_structure_that_is_judged():
    rules = load_protection_advice()
    for kind in (StructureKind.ROOT, StructureKind.CANAL, StructureKind.SKIN, StructureKind.BOWEL):
        assert rules.need_of(kind).source
    assert rules.need_of(StructureKind.BOWEL).lesion_within_mm is None, "nobody published one"
    assert rules.need_of(StructureKind.SACRUM) is None and rules.watch_of(StructureKind.SKIN) is None


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('source = "s"\n[[w', "[[w", "source"),
        ("lesion_within_mm = 10", "lesion_within_mm = -1", "lesion_within_mm"),
        ('"root"', '"root", "root"', "root is given twice"),
        ('"epidural"', '"elsewhere"', "place"),
        ('cold = "c"\n', "", "cold"),
    ],
)
def test_a_bad_file_is_refused_by_key(tmp_path, old, new, words):
    file = tmp_path / "advice.toml"
    file.write_text(GOOD, encoding="utf-8")
    read_protection_advice(file)
    assert old in GOOD
    file.write_text(GOOD.replace(old, new), encoding="utf-8")
    with pytest.raises(DomainError, match=words):
        read_protection_advice(file)
