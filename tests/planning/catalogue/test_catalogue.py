"""What ships is complete and sourced; what is broken is refused by file, key and reason."""

from __future__ import annotations

import pytest

from imaging.errors import DomainError
from imaging.structures import StructureKind
from planning.catalogue import DeviceFamily, Level, Mode, device, load_devices, load_thresholds, load_tissues
from planning.catalogue.devices import read_device
from planning.catalogue.thresholds import read_thresholds
from planning.catalogue.tissues import read_tissues
from planning.errors import PlanError
from planning.thermal import PulsedPower, WallTemperature, from_device
from resources import resource


def edited(tmp_path, folder, name, old, new):
    text = resource(folder, name).read_text(encoding="utf-8")
    assert old in text
    file = tmp_path / name
    file.write_text(text.replace(old, new, 2 if "kind" in old else 1), encoding="utf-8")
    return file


def test_every_family_has_a_device_and_every_number_a_reason():
    devices = load_devices()
    # No source gives an antenna's size: those come from files of the user's.
    assert {d.family for d in devices.values()} == set(DeviceFamily) - {DeviceFamily.MICROWAVE}
    for d in devices.values():
        assert "diameter_mm" in {*d.sources, *d.assumptions}
        assert not {*d.sources} & {*d.assumptions}
        assert d.zone_note == "zone from physics"


def test_assumed_wall_temperature_is_not_presented_as_published():
    assert "drive.wall_temperature_c" in device("iceseed-1.5").assumptions
    assert "drive.wall_temperature_c" in device("icerod-1.5").sources


def test_unknown_device_names_id_and_what_exists():
    with pytest.raises(PlanError, match=r"no-such.*icerod-1\.5"):
        device("no-such")


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("diameter_mm = 1.5", "diameter_cm = 1.5", "diameter"),
        ("diameter_mm = 1.5", "diameter_mm = nan", "diameter_mm"),
        ("diameter_mm = 1.5", "diameter_mm = -1", "diameter_mm"),
        ("duration_s = 600", "duration_s = -600", "duration_s"),
        ('family = "cryo"', 'family = "rf_monopolar"', "drive does not belong"),
        ('diameter_mm = "17', 'diametre_mm = "17', "no source for diameter_mm"),
        ("[drive]", "[drive", "cannot be used"),
        ("wall_temperature_c = -130", "wall_temperature_k = 143", "drive.wall_temperature_k"),
        ("wall_temperature_c = -130", "wall_temperature_c = -300", "drive.wall_temperature_c"),
        ("wall_temperature_c = -130", "wall_temperature_c = -130\ncooling_power_w = 0", "drive.cooling_power_w"),
        ("wall_temperature_c = -130", "wall_temperature_c = -130\ncooling_power_w = 30", "drive.cooling_power_w"),
        (
            "wall_temperature_c = -130",
            "wall_temperature_c = -130\nwall_curve = [{ after_s = 9, wall_c = 0 }, { after_s = 9, wall_c = 1 }]",
            "in time",
        ),
        ('kind = "on"', 'kind = "off"', "never works"),
    ],
)
def test_broken_device_is_refused(tmp_path, old, new, reason):
    file = edited(tmp_path, "devices", "icerod-1.5.toml", old, new)
    with pytest.raises(DomainError, match=r"icerod-1\.5\.toml") as refusal:
        read_device(file)
    assert reason in str(refusal.value)
    assert refusal.value.code == "catalogue-file-invalid"


def test_a_cryoprobe_comes_to_its_temperature_as_its_file_says(tmp_path):
    text = resource("devices", "icerod-1.5.toml").read_text(encoding="utf-8")
    text = text.replace(
        "wall_temperature_c = -130",
        "wall_temperature_c = -130\ncooling_power_w = 30\n"
        "wall_curve = [{ after_s = 0, wall_c = 20 }, { after_s = 60, wall_c = -100 }]",
    )
    file = tmp_path / "slow.toml"
    file.write_text(
        text.replace("[sources]", '[sources]\n"drive.cooling_power_w" = "a test"\n"drive.wall_curve" = "a test"'),
        encoding="utf-8",
    )
    drive = from_device(read_device(file), (0, 0, 0), (0, 0, 50)).drive
    assert drive == WallTemperature(c=-130, curve=((0, 20), (60, -100)), max_power_w=30)


PULSED = (
    'control = "tip_temperature"\nmax_power_w = 200\ntarget_c = 95\n',
    'control = "impedance_pulsed"\nmax_power_w = 200\nimpedance_rise_ohm = 10\npause_s = 15\n',
)
REASONS = ('"drive.target_c" =', '"drive.impedance_rise_ohm" = "assumed"\n"drive.pause_s" =')


def pulsed_device(tmp_path, *edits):
    text = resource("devices", "cool-tip-20.toml").read_text(encoding="utf-8")
    for old, new in edits:
        assert old in text
        text = text.replace(old, new, 1)
    file = tmp_path / "pulsed.toml"
    file.write_text(text, encoding="utf-8")
    return read_device(file)


def test_a_pulsed_generator_is_read_and_placed(tmp_path):
    made = from_device(pulsed_device(tmp_path, PULSED, REASONS), (0, 0, 0), (0, 0, 50))
    assert made.drive == PulsedPower(w=200, rise_ohm=10, pause_s=15, cooled_c=20)


@pytest.mark.parametrize(
    ("edits", "reason"),
    [
        ([PULSED], "no source for drive.impedance_rise_ohm, drive.pause_s"),
        ([PULSED, REASONS, ("pause_s = 15", "")], "belong to control = 'impedance_pulsed'"),
        ([PULSED, REASONS, ("pause_s = 15", "pause_s = 0")], "pause_s"),
        ([("target_c = 95", "target_c = 95\npause_s = 15")], "belong to control = 'impedance_pulsed'"),
        ([PULSED, REASONS, ('"rf_monopolar"', '"rf_bipolar"')], "belongs to monopolar devices"),
    ],
)
def test_a_half_described_pulsed_generator_is_refused(tmp_path, edits, reason):
    with pytest.raises(DomainError, match=r"pulsed\.toml") as refusal:
        pulsed_device(tmp_path, *edits)
    assert reason in str(refusal.value)


@pytest.mark.parametrize("wall_c", ["-5.0", "0.0", "120.0"])
def test_a_device_does_not_thaw_with_a_cold_or_boiling_wall(tmp_path, wall_c):
    passive = '{ kind = "off", duration_s = 480 }'
    thaw = f'{{ kind = "thaw", duration_s = 480, wall_c = {wall_c} }}'
    with pytest.raises(DomainError, match="thaws with a wall"):
        read_device(edited(tmp_path, "devices", "icerod-1.5.toml", passive, thaw))


def test_tissue_outside_its_range_is_refused(tmp_path):
    file = edited(tmp_path, "tissues", "tissues.toml", "low = 0.015", "low = 0.9")
    with pytest.raises(DomainError, match="outside its own range"):
        read_tissues(file)


def test_unknown_tissue_is_refused():
    with pytest.raises(PlanError, match="unobtainium"):
        load_tissues()["unobtainium"]


def test_levels_come_in_rising_order():
    root = load_thresholds().of(StructureKind.ROOT, Mode.COLD)
    assert root is not None
    assert [root.crossed(c).level if root.crossed(c) else None for c in (20.0, 9.0, -1.0, -21.0)] == [
        None,
        Level.CAUTION,
        Level.ALARM,
        Level.INJURY,
    ]
    heat = load_thresholds().of(StructureKind.ROOT, Mode.HEAT)
    assert heat is not None
    hit = heat.crossed(41.0, 61.0)
    assert hit is not None and hit.level is Level.INJURY


@pytest.mark.parametrize("kind", [StructureKind.BOWEL, StructureKind.BLADDER, StructureKind.VESSEL, StructureKind.SKIN])
def test_structures_without_evidence_are_not_assessed(kind):
    entry = load_thresholds().of(kind, Mode.HEAT)
    assert entry is not None and not entry.assessed
    assert entry.crossed(99.0, 1e6) is None


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("temperature_c = 45", "temperature_c = 41", "crossed"),
        ("cem43_min = 30", "cem43_min = 5", "crossed"),
        ('level = "alarm"', 'level = "caution"', "out of order"),
        ('species = "rat, dog, man"\n', "", "species"),
    ],
)
def test_broken_thresholds_are_refused(tmp_path, old, new, reason):
    file = edited(tmp_path, "thresholds", "thresholds.toml", old, new)
    with pytest.raises(DomainError, match=r"thresholds\.toml") as refusal:
        read_thresholds(file)
    assert reason in str(refusal.value)
