"""The window's way to the registry of cases: a folder is read in the background."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from app.widgets.registry_dialog import RegistryDialog
from imaging.errors import DomainError
from planning.registry.rows import Registry, read_registry
from planning.registry.table import write_csv

if TYPE_CHECKING:
    from app.main_window import MainWindow

READING = "Reading cases"


def ask_for_registry(window: MainWindow) -> None:
    """Ask for a folder of case files and show its registry."""
    folder = window.choose_folder("Folder of case files")
    if folder is not None:
        show_registry(window, folder)


def show_registry(window: MainWindow, folder: Path) -> None:
    """Show the registry of a folder beside the work."""
    open_ones = window.findChildren(RegistryDialog)
    dialog = open_ones[0] if open_ones else RegistryDialog(
        lambda: ask_for_registry(window), lambda registry, names: ask_for_csv(window, registry, names), window
    )  # fmt: skip
    dialog.say(f"Reading {folder.name}…")
    dialog.show()
    dialog.raise_()

    def done(registry: Registry) -> None:
        for still_open in window.findChildren(RegistryDialog):
            still_open.show_registry(registry, folder.name)

    def failed(error: DomainError) -> None:
        for still_open in window.findChildren(RegistryDialog):
            still_open.say(f"{error.message} {error.hint}")

    window.jobs.batch(READING, lambda progress: read_registry([folder], progress), done, failed)


def ask_for_csv(window: MainWindow, registry: Registry, with_identity: bool) -> None:
    """Ask for a file and write the registry there."""
    path = window.choose_target("Registry as CSV", "registry.csv", "CSV (*.csv)")
    if path is not None:
        window.jobs.batch(
            "Registry", lambda _: write_csv(path, registry.rows, with_identity=with_identity),
            lambda _: window.status.show_written(f"Registry: {path}"),
        )  # fmt: skip
