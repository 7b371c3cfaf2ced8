"""Device files and isotherm tables that nobody sells, for tests of the user's own folder."""

from __future__ import annotations

DEVICE = """
id = "{id}"
name = "Made-up needle"
maker = "nobody"
family = "cryo"
diameter_mm = 2.0
active_length_mm = 20
default_schedule = [{{ kind = "on", duration_s = 30 }}]

[drive]
wall_temperature_c = -100

[sources]
diameter_mm = "made up for a test"

[assumptions]
active_length_mm = "made up for a test"
default_schedule = "made up for a test"
"drive.wall_temperature_c" = "made up for a test"
"""

ARRAY = """
id = "{id}"
name = "Made-up array"
maker = "nobody"
family = "rf_monopolar"
diameter_mm = 2.0
active_length_mm = 3
default_schedule = [{{ kind = "on", duration_s = 30 }}]

[tines]
shape = "straight"
count = 4
deployed_diameter_mm = 20
diameter_mm = 0.5
reach_mm = 8

[drive]
control = "power"
max_power_w = 40

[assumptions]
diameter_mm = "made up for a test"
active_length_mm = "made up for a test"
default_schedule = "made up for a test"
"tines.count" = "made up for a test"
"tines.deployed_diameter_mm" = "made up for a test"
"tines.diameter_mm" = "made up for a test"
"tines.reach_mm" = "made up for a test"
"drive.max_power_w" = "made up for a test"

[sources]
"""

TABLE = """
device = "{id}"
medium = "gel"
baseline_c = 20
schedule = [{{ kind = "on", duration_s = 600 }}]
source = "made up for a test"

[[isotherms]]
temperature_c = 0
width_mm = 33
length_mm = 40
widest_from_tip_mm = 10
tolerance_mm = 5

[[isotherms]]
temperature_c = -20
width_mm = 20
length_mm = 30
tolerance_mm = 5
"""


def device_text(device_id: str = "made-up", **changes: str) -> str:
    """Return a device file, with lines replaced: ``diameter_mm="diameter_cm = 0.2"``."""
    return _changed(DEVICE.format(id=device_id), changes)


def array_text(device_id: str = "made-up-array", *edits: tuple[str, str]) -> str:
    """Return the file of a multi-tined electrode, with pieces replaced."""
    text = ARRAY.format(id=device_id)
    for old, new in edits:
        assert old in text
        text = text.replace(old, new, 1)
    return text


def table_text(device_id: str = "icerod-1.5", **changes: str) -> str:
    """Return an isotherm table of which the first line that begins with a name is replaced."""
    return _changed(TABLE.format(id=device_id), changes)


def _changed(text: str, changes: dict[str, str]) -> str:
    lines = text.splitlines()
    for key, line in changes.items():
        at = next(n for n, old in enumerate(lines) if old.startswith(key))
        lines[at] = line
    return "\n".join(lines) + "\n"
