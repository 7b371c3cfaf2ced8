"""The user's own devices and isotherm tables: what is taken, what is refused, and that one bad file stops nothing."""

from __future__ import annotations

import tomllib

import pytest

from imaging.errors import DomainError
from planning.catalogue import device, load_devices
from planning.catalogue.devices import builtin_devices, device_findings, reload_devices
from planning.catalogue.isotherm_tables import load_isotherm_tables, read_isotherm_table
from planning.catalogue.user_files import (
    add_file,
    check_file,
    reload_user_files,
    save_device,
    toml_text,
    user_file_findings,
)
from planning.catalogue.user_folder import user_folder
from tests.builders.user_devices import device_text, table_text


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("SACROPLAN_HOME", str(tmp_path / "home"))
    yield tmp_path / "home"
    reload_user_files()


def written(folder, name, text):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def test_home_is_named_by_the_environment_or_qts_own_place(home, monkeypatch):
    assert user_folder() == home
    monkeypatch.delenv("SACROPLAN_HOME")
    core = pytest.importorskip("PySide6.QtCore")
    monkeypatch.setattr("planning.catalogue.user_folder._ORGANISATION", core.QCoreApplication.organizationName() or "")
    monkeypatch.setattr("planning.catalogue.user_folder._APPLICATION", core.QCoreApplication.applicationName() or "")
    place = core.QStandardPaths.writableLocation(core.QStandardPaths.StandardLocation.AppDataLocation)
    assert str(user_folder()) == place


def test_device_of_the_users_own_stands_beside_the_built_in_ones(home):
    written(home / "devices", "mine.toml", device_text())
    assert device("made-up").diameter_mm == 2.0
    assert set(load_devices()) == {*builtin_devices(), "made-up"}
    assert device_findings() == ()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"diameter_mm": "diameter_cm = 0.2"}, "key 'diameter_cm' cannot be used: there is no such key"),
        ({"maker": 'maker = "x"\ncolour = "red"'}, "key 'colour'"),
        ({"diameter_mm": "diameter_mm = nan"}, "key 'diameter_mm'"),
        ({"diameter_mm": "diameter_mm = -2.0"}, "key 'diameter_mm'"),
        ({"active_length_mm": "active_length_mm = 800"}, "key 'active_length_mm'"),
        ({"wall_temperature_c": "wall_temperature_c = 20"}, "key 'drive.wall_temperature_c'"),
        ({"wall_temperature_c": "power_w = 20\npenetration_mm = 2"}, "does not belong to this family"),
        ({"id": 'id = "../escape"'}, "key 'id'"),
        ({"id": 'id = "icerod-1.5"'}, "a built-in device has this id"),
        ({"family": 'family = "magic"'}, "key 'family'"),
        ({"[drive]": "[drive"}, "cannot be used"),
    ],
)
def test_broken_device_is_a_finding_and_the_rest_loads(home, changes, said):
    written(home / "devices", "bad.toml", device_text(**changes))
    written(home / "devices", "good.toml", device_text("good-one"))
    assert set(load_devices()) == {*builtin_devices(), "good-one"}
    (finding,) = user_file_findings()
    assert "bad.toml" in finding.message and said in finding.message and "left out" in finding.message
    assert finding.where.endswith("bad.toml")
    with pytest.raises(DomainError, match="bad"):
        add_file(home / "devices" / "bad.toml")


def test_bytes_that_are_no_text_are_a_finding(home):
    (home / "devices").mkdir(parents=True)
    (home / "devices" / "picture.toml").write_bytes(b"\x89PNG\xff\xfe")
    assert "picture.toml" in user_file_findings()[0].message
    assert set(load_devices()) == set(builtin_devices())


@pytest.mark.parametrize(
    "content",
    [
        "a = " + "[" * 5000,
        "a = " + "9" * 9000,
        'family = ["cryo"]',
        "family = 3\ndrive = 4",
        'family = "laser"\n[drive]\nx = { y = 1 }',
        "isotherms = 3",
        "isotherms = [[]]\ndevice = 7",
        "\ufeff\x00",
        "",
        device_text(diameter_mm="diameter_mm = 1" + "0" * 400),
        device_text(diameter_mm="diameter_mm = 1979-05-27"),
        device_text(diameter_mm="diameter_mm = inf"),
        device_text(diameter_mm="diameter_mm = true"),
    ],
    ids=lambda text: text[:24],
)
def test_whatever_a_file_holds_the_rest_loads(home, tmp_path, content):
    for folder in ("devices", "isotherms"):
        written(home / folder, "odd.toml", content)
    assert set(load_devices()) == set(builtin_devices())
    assert len(user_file_findings()) == 2
    with pytest.raises(DomainError, match=r"odd\.toml"):
        check_file(home / "devices" / "odd.toml")


def test_folder_in_the_place_of_a_file_is_a_finding(home):
    (home / "devices" / "folder.toml").mkdir(parents=True)
    assert "folder.toml" in user_file_findings()[0].message


def test_two_files_with_one_id_keep_the_first(home):
    written(home / "devices", "a.toml", device_text())
    written(home / "devices", "b.toml", device_text(diameter_mm="diameter_mm = 3.0"))
    assert device("made-up").diameter_mm == 2.0
    assert "a.toml has this id too" in user_file_findings()[0].message


def test_device_in_use_outlives_its_file(home):
    file = written(home / "devices", "mine.toml", device_text())
    used = device("made-up")
    file.unlink()
    reload_devices()
    assert "made-up" not in load_devices()
    assert device("made-up") == used


def test_adding_copies_only_what_can_be_used(home, tmp_path):
    good = written(tmp_path, "mine.toml", device_text())
    assert add_file(good) == home / "devices" / "made-up.toml"
    assert device("made-up").label == "Made-up needle (nobody)"
    with pytest.raises(DomainError, match=r"already has a device 'made-up'") as refused:
        add_file(good)
    assert refused.value.code == "user-file-exists"
    good.write_text(device_text(diameter_mm="diameter_mm = 3.0"), encoding="utf-8")
    add_file(good, replace=True)
    assert device("made-up").diameter_mm == 3.0
    assert [f.name for f in (home / "devices").iterdir()] == ["made-up.toml"]


def test_what_is_no_file_or_too_large_is_refused(tmp_path):
    with pytest.raises(DomainError, match="no file"):
        check_file(tmp_path / "none.toml")
    with pytest.raises(DomainError, match="too large"):
        check_file(written(tmp_path, "large.toml", "#" * 1_000_001))


def test_built_in_device_is_never_replaced(tmp_path):
    with pytest.raises(DomainError, match="built-in"):
        add_file(written(tmp_path, "x.toml", device_text("icerod-1.5")), replace=True)


def test_saved_values_come_back_as_the_same_device(home):
    values = tomllib.loads(device_text())
    values["name"] = 'Needle "ß" \\ 1'
    save_device(values)
    assert tomllib.loads(toml_text(values)) == values
    assert device("made-up").name == values["name"]
    with pytest.raises(DomainError, match="diameter_mm"):
        save_device({**values, "id": "other", "diameter_mm": float("nan")})
    assert not (home / "devices" / "other.toml").exists()


# ---------------------------------------------------------------- isotherm tables


def test_table_is_taken_and_found_by_its_device(home, tmp_path):
    kept = add_file(written(tmp_path, "t.toml", table_text()))
    assert kept == home / "isotherms" / "icerod-1.5.toml"
    (table,) = load_isotherm_tables("icerod-1.5")
    assert [r.temperature_c for r in table.by_distance] == [0, -20]
    assert load_isotherm_tables("iceseed-1.5") == ()


def test_same_measurement_is_not_taken_twice_but_another_medium_is(tmp_path):
    add_file(written(tmp_path, "t.toml", table_text()))
    with pytest.raises(DomainError, match="already has a table"):
        add_file(written(tmp_path, "t.toml", table_text()))
    add_file(written(tmp_path, "t.toml", table_text(width_mm="width_mm = 34")), replace=True)
    add_file(written(tmp_path, "t.toml", table_text(medium='medium = "water"')))
    assert sorted((t.medium, t.isotherms[0].width_mm) for t in load_isotherm_tables("icerod-1.5")) == [
        ("gel", 34),
        ("water", 33),
    ]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"device": 'device = "no-such"'}, "key 'device' cannot be used: there is no device 'no-such'"),
        ({"tolerance_mm": "tolerance_mm = true"}, "key 'isotherms.0.tolerance_mm'"),
        ({"device": 'device = "cool-tip-20"'}, "heats, but they are colder"),
        ({"baseline_c": "baseline_c = nan"}, "key 'baseline_c'"),
        ({"baseline_c": "baseline_f = 68"}, "key 'baseline_f' cannot be used: there is no such key"),
        ({"baseline_c": "baseline_c = -10"}, "key 'baseline_c'"),
        ({"width_mm": "width_cm = 3.3"}, "key 'isotherms.0.width_cm'"),
        ({"width_mm": "width_mm = -3"}, "key 'isotherms.0.width_mm'"),
        ({"width_mm": "width_mm = 10"}, "-20 °C is larger than 0 °C"),
        ({"widest_from_tip_mm": "widest_from_tip_mm = 90"}, "lies outside"),
        ({"temperature_c": "temperature_c = -20"}, "given twice"),
        ({"temperature_c": "temperature_c = 20"}, "equals baseline_c"),
        ({"temperature_c": "temperature_c = 50"}, "some are hotter"),
        ({"tolerance_mm": "tolerance_mm = 0"}, "tolerance_mm"),
        ({"source": 'source = ""'}, "key 'source'"),
        ({"schedule": "schedule = []"}, "key 'schedule'"),
    ],
)
def test_broken_table_is_refused_and_is_a_finding(home, tmp_path, changes, said):
    file = written(tmp_path, "bad.toml", table_text(**changes))
    with pytest.raises(DomainError, match=r"bad\.toml") as refused:
        read_isotherm_table(file)
    assert said in str(refused.value)
    written(home / "isotherms", "bad.toml", table_text(**changes))
    assert load_isotherm_tables("icerod-1.5") == ()
    assert "bad.toml" in user_file_findings()[0].message


def test_same_table_twice_in_the_folder_is_a_finding(home):
    for name in ("a.toml", "b.toml"):
        written(home / "isotherms", name, table_text())
    assert len(load_isotherm_tables("icerod-1.5")) == 1
    assert "b.toml" in user_file_findings()[0].message and "a.toml" in user_file_findings()[0].message
