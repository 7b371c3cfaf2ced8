"""What the loss of roots would mean: which published pattern it comes to, and that each figure has its source."""

from __future__ import annotations

import pytest

from imaging.errors import DomainError
from imaging.structures import Side, StructureKind
from planning.catalogue.root_function import load_root_function, read_root_function
from planning.evaluation.function import function_outlook, lost_pattern
from planning.evaluation.structures import StructureRisk
from planning.model.judgement import Judgement

LEVELS = ("L5", "S1", "S2", "S3", "S4", "S5")


def risks(lost="", unknown=""):
    """Roots of both sides: those named are at alarm, or not assessed."""
    return [
        StructureRisk(
            id=f"root.{level}.{side.value}", name=f"{level} {side.value}", kind=StructureKind.ROOT, level=level, side=side,
            judgement=Judgement.ALARM if f"{level} {side.value}" in lost.split(", ")
            else Judgement.NOT_ASSESSED if f"{level} {side.value}" in unknown.split(", ")
            else Judgement.WITHIN,
            isotherm_mm={},
        )
        for level in LEVELS
        for side in Side
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("left", "right", "pattern"),
    [
        ("", "", None),
        ("S2 S3", "", "one_side"),
        ("", "S4", "one_side"),
        ("S4", "S5", "s4_down"),
        ("S4 S5", "S4 S5", "s4_down"),
        ("S3 S4 S5", "S3 S4 S5", "s3_down"),
        ("S3", "S2 S3", "s3_down"),
        ("S2 S3 S4 S5", "S2 S3 S4 S5", "s2_down"),
        ("S2 S3", "S2 S3", "s2_down"),
        ("S2 S3 S4", "S4", "asymmetric"),
        ("S2", "S2", "asymmetric"),
        ("S3", "S4", "asymmetric"),
    ],
)
def test_loss_comes_to_a_published_pattern(left, right, pattern):
    assert lost_pattern({Side.LEFT: set(left.split()), Side.RIGHT: set(right.split())}) == pattern


@pytest.mark.parametrize(
    ("lost", "said"),
    [
        ("S2 L", ["89\u202f% kept a normal bladder and 87\u202f% a normal bowel"]),
        (
            "S4 L, S4 R",
            ["69\u202f% kept a normal bladder and 100", "both S3 kept, 83.3\u202f% had a normal bladder and 94.1"],
        ),
        ("S3 L, S4 R", ["60\u202f% kept", "one S3 kept, 72.7"]),
        ("S3 L, S3 R", ["25\u202f% kept", "both S2 kept, 39.9\u202f% had a normal bladder and 56.2"]),
        ("S3 L, S3 R, S2 L", ["25\u202f% kept", "one S2 kept, 25"]),
        ("S2 L, S3 L, S2 R, S3 R", ["0\u202f% kept a normal bladder and 0", "no S2 kept, 0"]),
    ],
)
def test_sentences_carry_the_figures_of_the_series(lost, said):
    outlook = function_outlook(risks(lost))
    for words, (sentence, source) in zip(said, outlook.sentences, strict=False):
        assert words in sentence and source
    assert set(outlook.lost) == set(lost.split(", "))


def test_higher_roots_are_told_by_what_they_carry():
    outlook = function_outlook(risks("S1 L, L5 R"))
    words = " ".join(sentence for sentence, _ in outlook.sentences)
    assert "L5 R carries lifting foot" in words and "S1 L carries pushing off" in words and "%" not in words


def test_nothing_lost_nothing_said_and_the_unknown_is_named():
    outlook = function_outlook(risks(unknown="S3 L, L5 L"))
    assert outlook.sentences == () and outlook.unknown == ("S3 L",)


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ('source = "Todd 2002, Clin Orthop Relat Res"\n', "", "source"),
        ("bladder_pct = 89", "bladder_pct = 189", "bladder_pct"),
        ('name = "s2_down"', 'name = "s3_down"', "exactly one"),
        ("sides = 0", "sides = 2", "twice"),
    ],
)
def test_a_wrong_file_is_refused_by_name(tmp_path, old, new, named):
    from resources import resource

    text = resource("function", "roots.toml").read_text(encoding="utf-8")
    assert old in text
    file = tmp_path / "roots.toml"
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(DomainError) as refusal:
        read_root_function(file)
    assert "roots.toml" in str(refusal.value) and named in str(refusal.value)
    assert load_root_function().of_pattern("one_side").bowel_pct == 87
