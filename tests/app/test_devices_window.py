"""Devices of the user's own in the window: added from a file, entered in the form, refused, placed and predicted."""

from __future__ import annotations

import pytest

from planning.catalogue import load_devices
from planning.catalogue.devices import device
from planning.catalogue.user_files import add_file, reload_user_files
from planning.thermal.zone_sizes import zone_size
from planning.thermal.zone_tables import has_table, load_table
from tests.app.conftest import place_probe
from tests.builders.user_devices import device_text, table_text

pytestmark = pytest.mark.window


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("SACROPLAN_HOME", str(tmp_path / "home"))
    yield tmp_path / "home"
    reload_user_files()


def panel_of(driver):
    from app.view_state import Step

    driver.window.view.go_to(Step.PROBES)
    driver.spin()
    return driver.window.panels[Step.PROBES]


def words_of(widget):
    from PySide6.QtWidgets import QLabel

    return " ".join(label.text() for label in widget.findChildren(QLabel) if not label.isHidden())


def dialog_of(driver, chosen=None):
    from app.widgets.devices_dialog import DevicesDialog

    driver.window.choose_file = lambda *_: chosen
    driver.window.commands.run("devices")
    driver.spin()
    (dialog,) = driver.window.findChildren(DevicesDialog)
    return dialog


def form_of(driver, dialog):
    from app.widgets.new_device_dialog import NewDeviceDialog

    dialog.new_button.click()
    driver.spin()
    return dialog.findChildren(NewDeviceDialog)[-1]


def typed(field, words):
    from PySide6.QtTest import QTest

    field.clear()
    QTest.keyClicks(field, words)


def escape(widget):
    from PySide6.QtCore import Qt
    from PySide6.QtTest import QTest

    QTest.keyClick(widget, Qt.Key.Key_Escape)


def written(folder, name, text):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def test_broken_file_is_said_in_the_panel_and_the_window_goes_on(home, request):
    written(home / "devices", "bad.toml", device_text(diameter_mm="diameter_cm = 0.2"))
    written(home / "devices", "good.toml", device_text())
    driver = request.getfixturevalue("driver")
    panel = panel_of(driver)
    assert "bad.toml, key 'diameter_cm'" in words_of(panel)
    assert panel._devices.findData("made-up") >= 0


def test_file_is_added_or_refused_in_the_dialog_and_escape_closes_it(driver, tmp_path, home):
    from PySide6.QtWidgets import QPushButton

    from app.widgets.devices_dialog import DevicesDialog

    panel = panel_of(driver)
    bad = written(tmp_path, "bad.toml", device_text(diameter_mm="diameter_mm = nan"))
    dialog = dialog_of(driver, bad)
    assert dialog.table.rowCount() == len(load_devices())
    dialog.add_button.click()
    assert "bad.toml, key 'diameter_mm'" in dialog.said.text() and not (home / "devices").exists()
    good = written(tmp_path, "good.toml", device_text())
    driver.window.choose_file = lambda *_: good
    dialog.add_button.click()
    assert "was added" in dialog.said.text()
    assert dialog.table.selectedItems()[0].text() == "Made-up needle"
    assert panel._devices.findData("made-up") >= 0
    dialog.add_button.click()
    assert "already has" in dialog.said.text()
    driver.window.choose_file = lambda *_: None
    dialog.add_button.click()
    escape(dialog)
    driver.spin()
    assert not driver.window.findChildren(DevicesDialog)
    next(b for b in panel.findChildren(QPushButton) if b.text() == "Devices…").click()
    driver.spin()
    driver.window.commands.run("devices")
    (again,) = driver.window.findChildren(DevicesDialog)
    again.close()


def test_form_says_what_the_catalogue_would_and_saves_a_file(driver, home):
    dialog = dialog_of(driver)
    form = form_of(driver, dialog)
    assert not form.save.isEnabled() and "Name: it is missing" in form.said.text()
    steps = [
        (form.name, "Needle Ü 2.0", "Maker: "),
        (form.maker, "Somebody", "Diameter: it is missing"),
        (form.numbers["diameter_mm"], "-2", "Diameter: it should be greater than 0"),
        (form.numbers["diameter_mm"], "nan", "Diameter: it should be a finite number"),
        (form.numbers["diameter_mm"], "two", "Diameter: it should be a valid number"),
        (form.numbers["diameter_mm"], "2,1", "Active length: it is missing"),
        (form.numbers["active_length_mm"], "30", "Schedule: "),
        (form.on_min, "10", "Wall temperature: it is missing"),
        (form.numbers["drive.wall_temperature_c"], "20", "Wall temperature: it should be less than 0"),
        (form.numbers["drive.wall_temperature_c"], "-120", "Will be saved as needle-u-2.0.toml"),
        (form.cycles, "0", "Schedule: "),
        (form.cycles, "2", "Schedule: "),
        (form.off_min, "5", "Will be saved"),
        (form.name, "IceROD 1.5", "is taken"),
        (form.name, "???", "Name: it has no letter or digit"),
        (form.name, "Needle Ü 2.0", "Will be saved"),
    ]
    for field, words, said in steps:
        typed(field, words)
        assert said in form.said.text(), (words, form.said.text())
        assert form.save.isEnabled() == said.startswith("Will be saved")
    typed(form.sources["diameter_mm"], "A leaflet")
    form.save.click()
    driver.spin()
    saved = device("needle-u-2.0")
    assert (home / "devices" / "needle-u-2.0.toml").is_file()
    assert saved.diameter_mm == 2.1 and [p.duration_s for p in saved.default_schedule] == [600, 300, 600]
    assert saved.sources == {"diameter_mm": "A leaflet"} and "drive.wall_temperature_c" in saved.assumptions
    assert dialog.table.selectedItems()[0].text() == "Needle Ü 2.0"
    again = form_of(driver, dialog)
    again.numbers["diameter_mm"].setFocus()
    again.focusNextChild()
    assert again.focusWidget() is again.sources["diameter_mm"]
    typed(again.name, "Needle U 2.0")
    escape(again)
    driver.spin()
    assert dialog.isVisible()
    dialog.close()


def test_form_takes_shaft_thaw_wall_curve_and_tines(driver):
    from planning.catalogue import DeviceFamily, Phase
    from planning.catalogue.tines import Tines

    dialog = dialog_of(driver)
    form = form_of(driver, dialog)
    cold = (form.name, "Slow needle"), (form.maker, "Somebody"), (form.numbers["diameter_mm"], "2"), (form.on_min, "10")
    for field, words in (
        *cold,
        (form.numbers["active_length_mm"], "30"),
        (form.numbers["drive.wall_temperature_c"], "-140"),
    ):
        typed(field, words)
    steps = [
        (form.numbers["shaft_length_mm"], "30", "Shaft length must be longer than active length."),
        (form.numbers["shaft_length_mm"], "150", "Will be saved"),
        (form.thaw_min, "3", "Active thaw: it needs minutes and a temperature."),
        (form.thaw_c, "-5", "Active thaw: a device thaws with a wall above 0"),
        (form.thaw_c, "warm", "Active thaw: it should be a valid number"),
        (form.thaw_c, "15", "Will be saved"),
        (form.curve.rows[0][0], "60", "Wall curve, line 1, temperature: it is missing."),
        (form.curve.rows[0][1], "70", "Wall curve, line 1, temperature: it should be less than 60"),
        (form.curve.rows[0][1], "-100", "Will be saved"),
        (form.curve.rows[1][1], "-120", "Wall curve, line 2, time: it is missing."),
        (form.curve.rows[1][0], "60", "do not follow each other in time"),
        (form.curve.rows[1][0], "90", "Will be saved"),
    ]
    for field, words, said in steps:
        typed(field, words)
        assert said in form.said.text(), (words, form.said.text())
    assert len(form.curve.rows) == 3, "there is always a line more"
    typed(form.sources["drive.wall_curve"], "A leaflet")
    form.save.click()
    driver.spin()
    saved = device("slow-needle")
    assert saved.shaft_length_mm == 150 and saved.default_schedule[-1] == Phase(kind="thaw", duration_s=180, wall_c=15)
    assert [(p.after_s, p.wall_c) for p in saved.drive.wall_curve] == [(60, -100), (90, -120)]
    assert saved.sources == {"drive.wall_curve": "A leaflet"}

    form = form_of(driver, dialog)
    form.family.setCurrentIndex(list(DeviceFamily).index(DeviceFamily.RF_MONOPOLAR))
    assert not form.curve.isVisible() and not form.thaw_c.isVisible() and not form.numbers["tines.count"].isVisible()
    form.tine_shape.setCurrentIndex(form.tine_shape.findText("Straight"))
    hot = (form.name, "Fork"), (form.maker, "Somebody"), (form.numbers["diameter_mm"], "2"), (form.on_min, "5")
    for field, words in (*hot, (form.numbers["active_length_mm"], "3"), (form.numbers["drive.max_power_w"], "50")):
        typed(field, words)
    steps = [
        (form.numbers["tines.count"], "4.5", "Number of tines: it should be a valid integer"),
        (form.numbers["tines.count"], "4", "Deployed diameter: it is missing."),
        (form.numbers["tines.deployed_diameter_mm"], "20", "Tine diameter: it is missing."),
        (form.numbers["tines.diameter_mm"], "0.5", "Reach ahead of the tip: it is missing."),
        (form.numbers["tines.reach_mm"], "8", "Will be saved"),
        (form.numbers["tines.diameter_mm"], "2.5", "Tine diameter: it should be less than or equal to 2."),
        (form.numbers["diameter_mm"], "0.4", "Tine diameter"),
        (form.numbers["tines.diameter_mm"], "0.5", "Tine diameter must not be larger than diameter"),
        (form.numbers["diameter_mm"], "2", "Will be saved"),
    ]
    for field, words, said in steps:
        typed(field, words)
        assert said in form.said.text(), (words, form.said.text())
    form.save.click()
    driver.spin()
    assert device("fork").tines == Tines(
        shape="straight", count=4, deployed_diameter_mm=20, diameter_mm=0.5, reach_mm=8
    )
    dialog.close()


@pytest.mark.parametrize(
    ("family", "entered"),
    [
        ("rf_monopolar", {"drive.max_power_w": "50", "drive.target_c": "90"}),
        ("rf_bipolar", {"drive.max_power_w": "15", "pole_gap_mm": "2"}),
        ("laser", {"drive.power_w": "2", "drive.penetration_mm": "3"}),
        ("microwave", {"drive.power_w": "20", "drive.penetration_mm": "6", "drive.cooled_c": "20"}),
    ],
)
def test_form_makes_every_family(driver, family, entered):
    from planning.catalogue import DeviceFamily

    dialog = dialog_of(driver)
    form = form_of(driver, dialog)
    form.family.setCurrentIndex(list(DeviceFamily).index(DeviceFamily(family)))
    common = {"diameter_mm": "1.5", "active_length_mm": "10"}
    typed(form.name, family)
    typed(form.maker, "Somebody")
    typed(form.on_min, "5")
    for key, words in {**common, **entered}.items():
        assert form.numbers[key].isVisible()
        typed(form.numbers[key], words)
    assert not form.numbers["drive.wall_temperature_c"].isVisible()
    assert form.save.isEnabled(), form.said.text()
    form.save.click()
    driver.spin()
    saved = next(d for d in load_devices().values() if d.name == family)
    assert saved.family == family and saved.default_schedule[0].duration_s == 300
    dialog.close()


def test_isotherm_table_stands_beside_the_physics(driver, tmp_path):
    panel = panel_of(driver)
    assert "No isotherm table of this device" in words_of(panel)
    dialog = dialog_of(driver, written(tmp_path, "t.toml", table_text("icesphere-1.5", length_mm="length_mm = 60")))
    dialog.add_button.click()
    driver.spin()
    dialog.close()
    shown = words_of(panel)
    physics = zone_size(load_table("icesphere-1.5"), 0.0)
    assert f"{physics.width_mm:.1f} × {physics.length_mm:.1f}" in shown and physics.length_mm < 60
    assert "33.0 × 60.0" in shown and "mm shorter by the physics" in shown
    assert "Source of the table: made up for a test" in shown


def test_own_device_is_placed_and_predicted_though_it_has_no_estimate_yet(home, tmp_path, request, small_phantom):
    add_file(written(tmp_path, "good.toml", device_text()))
    driver = request.getfixturevalue("opened")
    panel = panel_of(driver)
    panel._devices.setCurrentIndex(panel._devices.findData("made-up"))
    target = small_phantom.lesions[0].centre_mm
    place_probe(driver, target, target + (5.0, 60.0, 0.0))
    driver.wait(lambda: "no drag estimate" in driver.window.messages.words)
    driver.wait(lambda: has_table("made-up"), 120)
    driver.wait_settled()
    assert driver.window.messages.words == ""
    assert (home / "zones" / "made-up.npz").is_file()
