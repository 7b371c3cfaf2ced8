"""Spreads of what a prediction is given: each has a source, and a wrong file is refused by name."""

from __future__ import annotations

from dataclasses import fields

import pytest

from imaging.errors import DomainError
from planning.catalogue import load_tissues
from planning.catalogue.ranges import Factor, moved, moved_value
from planning.catalogue.spreads import Spreads, load_spreads, read_spreads

GOOD = "".join(f'[{f.name}]\nvalue = 1.0\nsource = "a source"\n' for f in fields(Spreads))


def test_every_spread_names_its_source_and_one_without_is_blank():
    found = load_spreads()
    assert all(getattr(found, f.name).source for f in fields(Spreads))
    assert found.wall_k.value is None and found.tip_mm.value == 3.3


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ('source = "a source"\n', "", "source"),
        ("value = 1.0", "value = -1.0", "value"),
        ("value = 1.0", "value = nan", "value"),
        ("[tip_mm]", "[tip_cm]", "tip"),
        ("[tip_mm]\n", "[tip_mm]\nmean = 2\n", "mean"),
    ],
)
def test_a_wrong_file_is_refused_by_name(tmp_path, old, new, named):
    file = tmp_path / "spreads.toml"
    file.write_text(GOOD.replace(old, new, 1))
    with pytest.raises(DomainError) as refusal:
        read_spreads(file)
    assert "spreads.toml" in str(refusal.value) and named in str(refusal.value)
    file.write_text(GOOD)
    assert read_spreads(file).tip_mm.value == 1.0


def test_a_value_moves_within_its_range_and_one_without_stays():
    table = load_tissues()
    given = table["cortical_bone"].conductivity_w_mk
    assert [moved_value(given, s).value for s in (-1.0, 0.0, 1.0)] == [given.low, given.value, given.high]
    assert moved_value(given, 0.5).value == pytest.approx((given.value + given.high) / 2)
    marrow = table["red_marrow"]
    assert moved_value(marrow.density_kg_m3, 1.0) == marrow.density_kg_m3
    frozen = [
        moved(table, Factor.FROZEN_CONDUCTIVITY, s)["red_marrow"].frozen.conductivity_w_mk.value for s in (-1, 0, 1)
    ]
    assert frozen[0] < frozen[1] < frozen[2]
    # One factor at a time: nothing else moved.
    assert moved(table, Factor.PERFUSION, 1.0)["cortical_bone"].conductivity_w_mk == given


def test_frozen_bone_and_every_metastasis_without_a_source_carry_a_range():
    for name, record in load_tissues().tissues.items():
        if record.frozen is not None and "no direct source" in record.frozen.conductivity_w_mk.source:
            frozen = record.frozen.conductivity_w_mk
            assert frozen.low is not None and frozen.high is not None and frozen.low < frozen.high, name
