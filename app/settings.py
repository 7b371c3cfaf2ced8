"""What the program remembers between starts: window, theme, last case. Nothing about a patient but a path the user chose."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings

from app.mouse_scheme import MouseScheme
from app.tokens import Theme
from planning.catalogue.user_folder import user_folder


class Settings:
    """Settings of one user, in a file of the program's own.

    Parameters
    ----------
    folder : Path, optional
        Where to keep them; `user_folder` by default.
    """

    def __init__(self, folder: Path | None = None) -> None:
        if folder is None:
            folder = user_folder()
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._values = QSettings(str(folder / "settings.ini"), QSettings.Format.IniFormat)

    @property
    def last_case(self) -> Path | None:
        """The case file that was open last, if it is still there."""
        stored = self._values.value("last_case")
        path = Path(str(stored)) if stored else None
        return path if path is not None and path.is_file() else None

    @last_case.setter
    def last_case(self, path: Path | None) -> None:
        self._keep("last_case", "" if path is None else str(path))

    @property
    def theme(self) -> Theme:
        """The theme of the window."""
        return "light" if self._values.value("theme") == "light" else "dark"

    @theme.setter
    def theme(self, theme: Theme) -> None:
        self._keep("theme", theme)

    @property
    def red_green(self) -> bool:
        """Whether the lesion has a colour that does not rely on telling red from green."""
        return self._is_on("red_green")

    @red_green.setter
    def red_green(self, used: bool) -> None:
        self._keep("red_green", used)

    @property
    def snaps(self) -> bool:
        """Whether needles under the mouse are drawn to slice, axes and suggested ways."""
        return self._is_on("snaps")

    @snaps.setter
    def snaps(self, used: bool) -> None:
        self._keep("snaps", used)

    @property
    def mouse(self) -> MouseScheme:
        """What the mouse buttons do."""
        stored = str(self._values.value("mouse") or "")
        return next((scheme for scheme in MouseScheme if scheme.value == stored), MouseScheme.OWN)

    @mouse.setter
    def mouse(self, scheme: MouseScheme) -> None:
        self._keep("mouse", scheme.value)

    @property
    def mouse_chosen(self) -> bool:
        """Whether the user ever said what the mouse buttons are to do."""
        return bool(self._values.value("mouse"))

    @property
    def layout(self) -> str:
        """Which views stand where; empty where nothing is remembered."""
        return str(self._values.value("layout") or "")

    @layout.setter
    def layout(self, name: str) -> None:
        self._keep("layout", name)

    @property
    def recent(self) -> list[str]:
        """What was found last by its name: ids of commands, steps and structures."""
        return [name for name in str(self._values.value("recent") or "").split() if name]

    @recent.setter
    def recent(self, names: Sequence[str]) -> None:
        self._keep("recent", " ".join(names))

    @property
    def approver(self) -> str:
        """Who approved a plan last: a name or initials."""
        return str(self._values.value("approver") or "")

    @approver.setter
    def approver(self, name: str) -> None:
        self._keep("approver", name)

    @property
    def autosave_path(self) -> Path:
        """Where a case that has no file of its own is kept when the window closes."""
        return self.folder / "unsaved.sacroplan"

    @property
    def geometry(self) -> QByteArray | None:
        """Size and place of the window when it was closed last."""
        stored = self._values.value("geometry")
        return stored if isinstance(stored, QByteArray) else None

    @geometry.setter
    def geometry(self, value: QByteArray) -> None:
        self._keep("geometry", value)

    @property
    def second_geometry(self) -> QByteArray | None:
        """Size and place of the second window when it was closed last."""
        stored = self._values.value("second_geometry")
        return stored if isinstance(stored, QByteArray) else None

    @second_geometry.setter
    def second_geometry(self, value: QByteArray) -> None:
        self._keep("second_geometry", value)

    @property
    def second_window(self) -> bool:
        """Whether the second window is open."""
        return self._is_on("second_window")

    @second_window.setter
    def second_window(self, shown: bool) -> None:
        self._keep("second_window", shown)

    def _keep(self, name: str, value: object) -> None:
        self._values.setValue(name, value)
        self._values.sync()

    def _is_on(self, name: str) -> bool:
        return str(self._values.value(name)).lower() == "true"
