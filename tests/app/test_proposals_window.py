"""Canal and roots appear by themselves after skin and bone, unconfirmed, and are told."""

from __future__ import annotations

import pytest

from app.view_state import Step


@pytest.fixture
def finds_nerves() -> None:
    """As the program does it."""


def test_opening_a_ct_proposes_canal_and_roots_and_undo_takes_them_back(opened):
    session = opened.window.session
    opened.wait(lambda: session.case.find("root.S1.L") is not None, 60)
    opened.window.view.go_to(Step.STRUCTURES)
    opened.spin(0.2)
    nerves = [s for s in session.case.structures if s.id not in ("skin", "bone")]
    kinds = {"canal", "thecal_sac", "epidural_fat", "root", "nerve", "ventral_foramen", "dorsal_foramen"}
    assert {s.kind.value for s in nerves} == kinds
    assert not any(s.confirmed for s in nerves)
    assert all("confidence" in s.origin for s in nerves)
    said = opened.window.messages._said
    assert said[0].startswith("Proposed: canal") and "only 2 pairs" in said[0] and "confirm" in said[1]
    session.undo()
    assert [s.id for s in session.case.structures] == ["skin", "bone"]


def test_a_ct_of_something_else_says_that_no_canal_was_found(driver):
    import numpy as np

    from tests.builders.cases import centred_grid
    from tests.builders.volumes import volume_of

    grid = centred_grid(100, 4.0)
    k, j, i = np.indices(grid.shape_kji)
    away = np.linalg.norm(grid.to_lps(np.stack([i, j, k], axis=-1)), axis=-1)
    ball = np.where(away < 85, 60, -1000)
    ball[(away < 70) & (away > 60)] = 700
    driver.window.session.show_volume(volume_of(ball, grid), "ball", "Ball")
    driver.wait(lambda: driver.window.session.case.find("bone") is not None, 60)
    driver.wait(lambda: "canal" in driver.window.messages._said[0] or "middle" in driver.window.messages._said[0], 60)
    assert driver.window.session.case.find("canal") is None


def test_a_ct_without_a_sacrum_asks_for_the_level_of_its_lowest_foramina(driver):
    from PySide6.QtCore import Qt
    from PySide6.QtTest import QTest

    from app.panels.level_section import LevelSection
    from imaging.phantom import family, make_phantom, on_grid

    phantom = make_phantom(on_grid(family()["chest-base"].parameters, (3.0, 3.0, 3.0)))
    session = driver.window.session
    session.show_volume(phantom.volume, "chest", "Chest")
    driver.window.view.go_to(Step.STRUCTURES)
    section = driver.window.findChild(LevelSection)
    assert not section.isVisible()
    driver.wait(lambda: session.case is not None and session.case.find("canal") is not None, 60)
    driver.wait(section.isVisible, 10)
    QTest.mouseClick(section.find, Qt.MouseButton.LeftButton)
    assert not section.find.isEnabled() and session.case.find("root.L5.L") is None
    section.level.setCurrentText("T12")
    QTest.mouseClick(section.find, Qt.MouseButton.LeftButton)
    driver.wait(lambda: session.case.find("root.T12.L") is not None, 60)
    driver.spin(0.2)
    assert not section.isVisible()
    assert not session.case.structure("root.T12.L").confirmed
    assert "T11" in driver.window.messages._said[0]
    session.undo()
    assert session.case.find("root.T12.L") is None and session.case.find("canal") is not None
