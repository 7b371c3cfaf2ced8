"""Do whole cases, or the walk of the manual, where there is a display.

``python -m app.journeys [--only NAME] [--coarse]`` prints what the cases took as JSON; ``--pictures FOLDER`` takes the pictures of
the manual instead.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import numpy as np
from PySide6.QtWidgets import QApplication

from app.controllers.opening import open_any
from app.journeys.actions import Journey
from app.journeys.cases import WholeCase, judge_and_report, whole_cases
from app.journeys.manual_walk import OF_CASE, take_pictures
from app.journeys.scripted_user import ScriptedUser
from app.main_window import MainWindow
from app.settings import Settings
from app.theme import apply_theme
from imaging.dicom.write import write_ct_series
from imaging.geometry import Floats
from imaging.phantom import cached_phantom, on_grid
from imaging.phantom.parameters import Point

_SIZE_PX = (1920, 1080)
_FINE_MM: Point = (0.78125, 0.78125, 1.0)
_COARSE_MM: Point = (1.6, 1.6, 2.0)


@contextmanager
def opened(case: WholeCase, spacing_mm: Point) -> Iterator[tuple[ScriptedUser, Floats, float, Path]]:
    """Open the CT of a case in a window of its own; gives its user, where the lesion is, how long that took, and a folder."""
    phantom = cached_phantom(on_grid(case.parameters, spacing_mm))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ct = folder / "ct"
        ct.mkdir()
        write_ct_series(phantom.volume, ct)
        window = MainWindow(Settings(folder / "settings"))
        window.resize(*_SIZE_PX)
        window.show()
        try:
            # Without a window manager nobody hands the keyboard to a new window.
            window.windowHandle().requestActivate()
            user = ScriptedUser(window)
            user.wait(window.isActiveWindow, "the window")
            began_s = time.monotonic()
            open_any(window, ct)
            user.wait(lambda: window.session.case is not None, "opening")
            opening_s = time.monotonic() - began_s
            user.spin(0.3)
            user.begin()
            yield user, np.asarray(phantom.lesions[0].centre_mm), opening_s, folder
        finally:
            window.session.cancel_prediction()
            window.close()


def done(case: WholeCase, spacing_mm: Point = _FINE_MM) -> Journey:
    """Do a whole case, and return what it took.

    Parameters
    ----------
    case : WholeCase
    spacing_mm : tuple of float
        Voxels of the CT; the user does the same on larger ones.
    """
    with opened(case, spacing_mm) as (user, lesion_mm, opening_s, folder):
        case.work(user, lesion_mm)
        judge_and_report(user, folder / "report.pdf")
        session = user.window.session
        assert session.case is not None and session.verdict is not None
        probes, said = len(session.case.plan.probes), [f.sentence for f in session.verdict.findings[:3]]
    outcome = f"{probes} probe{'s' if probes != 1 else ''}. What the page of risk says first: {' '.join(said)}"
    return Journey(
        name=case.name, title=case.title, actions=tuple(user.actions), waits=tuple(user.waits), opening_s=opening_s,
        outcome=outcome,
    )  # fmt: skip


def main(arguments: list[str]) -> None:
    """Do what is asked for."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--only")
    parser.add_argument("--pictures", type=Path)
    parser.add_argument("--coarse", action="store_true")
    given = parser.parse_args(arguments)
    application = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(application, QApplication)
    apply_theme(application)
    spacing_mm = _COARSE_MM if given.coarse else _FINE_MM
    if given.pictures is not None:
        case = next(c for c in whole_cases() if c.name == OF_CASE)
        with opened(case, spacing_mm) as (user, lesion_mm, _, folder):
            files = take_pictures(user, lesion_mm, given.pictures, folder / "report.pdf")
        print(json.dumps([str(file) for file in files]))  # noqa: T201
        return
    chosen = [c for c in whole_cases() if given.only in (None, c.name)]
    print(json.dumps([asdict(done(c, spacing_mm)) for c in chosen]))  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1:])
