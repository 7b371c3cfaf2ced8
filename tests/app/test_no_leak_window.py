"""What was opened is gone when something else is opened, and a window that is closed leaves nothing behind."""

from __future__ import annotations

import gc
import threading
import weakref
from copy import copy
from dataclasses import replace
from pathlib import Path

import pytest

from app.bench_window.driving import spin, the_application, window_of
from app.main_window import MainWindow
from imaging.volume import Volume
from tests.report_case import small_plan, zone_of

pytestmark = pytest.mark.window

CYCLES = 2


def open_anew(window: MainWindow) -> None:
    """Show the plan on a CT of its own, with a zone, surfaces and a 3D picture."""
    case, volume = small_plan()
    # Its own shapes: surfaces of the small plan are kept for all windows of the tests.
    case = replace(case, structures=tuple(replace(s, shape=copy(s.shape)) for s in case.structures))
    anew = Volume(hu=volume.hu.copy(), grid=volume.grid, provenance=volume.provenance)
    session, zone = window.session, zone_of(case)
    session.predict = lambda: None
    window.how_sure._settled = lambda: ""
    session.show_case(case, anew, {zone.digest: zone})
    for _ in range(400):
        spin(0.05)
        made = all(s in session.surfaces for s in case.structures)
        if made and session.verdict is not None and not window.jobs.busy and window.view3d._pixels is not None:
            break
    assert session.verdict is not None and window.view3d._pixels is not None
    for view in window.slices.values():
        view.scroll_slices(1)
    spin(0.1)


def held_by_session(window: MainWindow) -> dict[str, weakref.ref]:
    session = window.session
    mesh = session.surfaces.get(session.case.structures[0])
    assert mesh is not None
    held = (session.volume, session.reslicer, session.surfaces, session.store, mesh)
    return {type(one).__name__: weakref.ref(one) for one in held}


def left_of(references: dict[str, weakref.ref]) -> set[str]:
    for _ in range(3):
        spin(0.02)
        gc.collect()
    return {name for name, reference in references.items() if reference() is not None}


def test_a_case_is_gone_when_another_is_open(display, tmp_path: Path):
    the_application()
    with window_of(tmp_path) as window:
        open_anew(window)
        for _ in range(CYCLES):
            references = held_by_session(window)
            open_anew(window)
            assert not left_of(references)


def test_a_window_leaves_nothing_behind(display, tmp_path: Path):
    the_application()
    threads = threading.active_count()
    for _ in range(CYCLES):
        with window_of(tmp_path) as window:
            open_anew(window)
            references = held_by_session(window)
            parts = (
                window,
                window.session,
                window.jobs,
                window.view3d,
                window.view3d._scene3d,
                *window.panels.values(),
            )
            references |= {f"{n} {type(one).__name__}": weakref.ref(one) for n, one in enumerate(parts)}
            # Of VTK's own: what is drawn goes with the scene.
            renderer = window.view3d._scene3d._renderer
            references["vtkRenderer"] = weakref.ref(renderer)
        del window, parts, renderer
        assert not left_of(references)
        assert threading.active_count() <= threads
