"""The window's way to devices and isotherm tables of the user's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.widgets.devices_dialog import DevicesDialog

if TYPE_CHECKING:
    from app.main_window import MainWindow


def show_devices(window: MainWindow) -> None:
    """Show the devices beside the work; what is added can be placed at once."""
    for open_one in window.findChildren(DevicesDialog):
        open_one.raise_()
        open_one.activateWindow()
        return
    dialog = DevicesDialog(
        lambda: window.choose_file("Add a device or an isotherm table", "Devices and isotherm tables (*.toml)"), window
    )
    dialog.changed.connect(lambda: window.panels[window.view.step].refresh())
    dialog.show_device(window.view.device_id)
    dialog.show()
