"""Dark and light: what follows the window's theme, what never does, and that all words can be read."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest

from app.demo import true_case
from app.export.sheet import sheet_primitives
from app.main_window import MainWindow
from app.representations.scene import Scene, SurfaceCache, ZoneSurfaces
from app.settings import Settings
from app.theme import judgement_pixmap, set_theme
from app.tokens import (
    current_theme,
    red_green_lesion_colour,
    severity_colour,
    structure_colour,
    theme_colour,
    use_theme,
)
from app.view_state import Step
from app.widgets.time_strip import _stroke
from imaging.errors import DomainError
from imaging.phantom import Phantom
from planning.model.judgement import Judgement
from planning.operations.probes import add_probe
from resources import resource
from tests.app.conftest import Driver
from tests.report_case import input_of, zone_of

window = pytest.mark.window
THEMES = ("dark", "light")


@pytest.fixture(autouse=True)
def dark_afterwards():
    yield
    use_theme("dark")


@pytest.fixture
def planned(driver: Driver, small_phantom: Phantom) -> Driver:
    """A window on the coarse phantom with a probe; nothing is computed."""
    driver.keep_quiet()
    target = np.array(small_phantom.lesions[0].centre_mm)
    case = add_probe(true_case("planned", small_phantom), "icesphere-1.5", target + [0, 40, 0], target)
    driver.window.session.show_case(case, small_phantom.volume)
    driver.wait(lambda: driver.window.session.surfaces.latest(case.structure("lesion")) is not None)
    driver.window.view.go_to(Step.RISK)
    driver.spin(0.5)
    yield driver
    set_theme("dark")


def switch(driver: Driver) -> None:
    """Switch the theme as a user does: by its name."""
    QTest.keyClick(driver.window, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClicks(driver.window.finder, "light")
    QTest.keyClick(driver.window.finder, Qt.Key.Key_Return)
    driver.spin(0.2)


def colour_at(widget, place: QPoint) -> str:
    return widget.grab().toImage().pixelColor(place).name().upper()


def picture(widget) -> bytes:
    image = widget.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    return bytes(image.constBits())


def at_rest(driver: Driver, views) -> list[bytes]:
    """The pictures of views once none changes any more: 3D waits until nothing moves."""
    seen = [picture(view) for view in views]
    for _ in range(20):
        driver.spin(0.5)
        last, seen = seen, [picture(view) for view in views]
        if last == seen:
            return seen
    raise AssertionError("the views never came to rest")


def contrast(one: str, other: str) -> float:
    """The ratio of luminances of WCAG 2."""

    def luminance(colour: str) -> float:
        values = np.array([int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)])
        linear = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
        return float(linear @ [0.2126, 0.7152, 0.0722])

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@window
def test_the_window_follows_at_once_and_images_stay_as_they_are(planned: Driver):
    shown, corner = planned.window, QPoint(100, 500)
    views = (*shown.slices.values(), shown.view3d)
    before = at_rest(planned, views)
    switch(planned)
    for surface in (shown.rail, shown.inspector):
        assert colour_at(surface, corner) == theme_colour("bg-1", "light")
    assert colour_at(shown.top_bar, QPoint(3, 3)) == theme_colour("bg-1", "light")
    assert colour_at(shown.time_strip, QPoint(3, 3)) == theme_colour("bg-1", "light")
    assert colour_at(shown.rail.steps[Step.RISK], QPoint(1, 20)) == theme_colour("accent", "light")
    assert at_rest(planned, views) == before, "something on the images follows the theme"
    switch(planned)
    assert colour_at(shown.rail, corner) == theme_colour("bg-1", "dark")


@window
def test_glyphs_and_icons_that_are_shown_are_drawn_anew(planned: Driver):
    shown = planned.window
    shown.messages.show_error(DomainError("Refused.", code="test"))
    planned.spin()
    mark, made = shown.messages._mark, shown.rail.steps[Step.CASE]
    made._mark.show_drawn(lambda: judgement_pixmap(Judgement.UNCONFIRMED, 12))
    icons = (mark, made._icon, made._mark)
    dark = [each.pixmap().toImage() for each in icons]
    switch(planned)
    assert all(each.pixmap().toImage() != before for each, before in zip(icons, dark, strict=True))
    switch(planned)
    assert [each.pixmap().toImage() for each in icons] == dark
    switch(planned)
    assert colour_at(shown.messages, QPoint(2, 2)) == theme_colour("caution-wash", "light")


@window
def test_the_theme_is_remembered(planned: Driver):
    folder = planned.window.settings.folder
    action = planned.window.commands.actions["light-theme"]
    assert not action.isChecked() and current_theme() == "dark"
    switch(planned)
    assert action.isChecked() and Settings(folder).theme == "light"
    set_theme("dark")
    again = MainWindow(Settings(folder))
    assert current_theme() == "light" and again.commands.actions["light-theme"].isChecked()
    again.close()
    again.deleteLater()
    planned.spin(0.1)
    switch(planned)
    assert Settings(folder).theme == "dark" and current_theme() == "dark"


@pytest.mark.slow
def test_the_sheet_is_the_same_whatever_theme_the_window_has(small_phantom: Phantom):
    target = np.array(small_phantom.lesions[0].centre_mm)
    case = add_probe(true_case("planned", small_phantom), "icesphere-1.5", target + [0, 40, 0], target)
    given = input_of(case, small_phantom.volume)
    drawn = {}
    for theme in THEMES:
        use_theme(theme)
        drawn[theme] = [repr(primitive) for primitive in sheet_primitives(given)]
    assert len(drawn["dark"]) > 100 and drawn["dark"] == drawn["light"]


def pixels_of(view, colour: str) -> int:
    """How many pixels of a view have a colour, give or take what smoothing does."""
    image = view.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    pixels = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)
    wanted = [int(colour[n : n + 2], 16) for n in (5, 3, 1)]
    return int((abs(pixels[..., :3].astype(int) - wanted).max(axis=2) <= 12).sum())


@window
def test_the_red_green_palette_gives_the_lesion_another_colour_at_once_and_is_remembered(planned: Driver):
    shown = planned.window
    lesion = shown.session.case.structure("lesion")
    pink, amber = structure_colour(lesion), red_green_lesion_colour(cold=True)
    axial = planned.view("axial")
    planned.look_at(shown.session.surfaces.latest(lesion).points_mm.mean(axis=0))
    shown.view.go_to(Step.STRUCTURES)
    at_rest(planned, (axial, shown.view3d))
    assert pixels_of(axial, pink) > 50 and pixels_of(axial, amber) == 0
    assert pixels_of(shown.panels[Step.STRUCTURES], pink) > 20

    def switch_palette() -> None:
        QTest.keyClick(shown, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
        QTest.keyClicks(shown.finder, "red-green")
        QTest.keyClick(shown.finder, Qt.Key.Key_Return)
        at_rest(planned, (axial, shown.view3d))

    switch_palette()
    assert pixels_of(axial, amber) > 50 and pixels_of(axial, pink) == 0
    assert pixels_of(shown.panels[Step.STRUCTURES], amber) > 20
    assert pixels_of(shown.panels[Step.STRUCTURES], pink) == 0
    assert shown.commands.actions["red-green"].isChecked() and Settings(shown.settings.folder).red_green
    again = MainWindow(Settings(shown.settings.folder))
    assert again.view.red_green
    again.close()
    again.deleteLater()
    switch_palette()
    assert pixels_of(axial, amber) == 0 and not Settings(shown.settings.folder).red_green


def test_the_red_green_palette_goes_with_the_ice_or_fire_that_is_shown(small_phantom: Phantom):
    target = np.array(small_phantom.lesions[0].centre_mm)
    bare = true_case("planned", small_phantom)
    cases = {d: add_probe(bare, d, target + [0, 40, 0], target) for d in ("icesphere-1.5", "cool-tip-20")}
    for device_id, colour in (("icesphere-1.5", "#FFB02E"), ("cool-tip-20", "#7FB0FF")):
        scene = Scene(case=cases[device_id], surfaces=SurfaceCache(), red_green=True)
        zone = ZoneSurfaces.of(zone_of(cases[device_id]))
        other = Scene(case=cases["icesphere-1.5"], surfaces=SurfaceCache(), red_green=True, zone=zone)
        lesion, *others = scene.case.structures
        assert scene.colour_of(lesion) == other.colour_of(lesion) == colour
        assert [scene.colour_of(s) for s in others] == [structure_colour(s) for s in others]
        usual = Scene(case=scene.case, surfaces=SurfaceCache())
        assert usual.colour_of(lesion) == structure_colour(lesion) != colour


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("ground", ["bg-1", "bg-2", "bg-3"])
@pytest.mark.parametrize("role", ["text-1", "text-2", "text-3", "caution", "alarm", "injury"])
def test_words_can_be_read_on_every_ground(theme, ground, role):
    assert contrast(theme_colour(role, theme), theme_colour(ground, theme)) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(
    ("role", "ground"),
    [
        ("text-2", "bg-4"), ("text-1", "bg-5"), ("on-accent", "accent-fill"), ("on-accent", "accent"),
        ("text-1", "caution-wash"), ("text-2", "caution-wash"), ("text-1", "injury-wash"), ("text-1", "alarm-wash"),
    ],
)  # fmt: skip
def test_words_can_be_read_on_chosen_and_washed_grounds(theme, role, ground):
    assert contrast(theme_colour(role, theme), theme_colour(ground, theme)) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
def test_curves_and_their_names_can_be_read_and_told_apart(theme, small_phantom: Phantom):
    use_theme(theme)
    structures = [s for s in true_case("planned", small_phantom).structures if s.level in ("S1", "S2", "S3")][:3]
    strokes = [_stroke(colour, n) for n, colour in enumerate((*map(structure_colour, structures), None))]
    for stroke in strokes:
        assert contrast(stroke.colour, theme_colour("bg-1")) >= 4.5
        assert contrast(stroke.colour, theme_colour("bg-2")) >= 4.5
    if theme == "light":
        assert len({(s.width_px, s.dash_px) for s in strokes}) == len(strokes)


@pytest.mark.parametrize("theme", THEMES)
def test_the_arrow_of_combo_boxes_has_a_colour_of_the_theme(theme):
    drawn = resource("themes", f"arrow-{theme}.svg").read_text(encoding="utf-8")
    assert f'stroke="{theme_colour("text-2", theme)}"' in drawn


def test_judgements_have_colours_of_their_own_in_both_themes():
    for judgement in Judgement:
        assert severity_colour(judgement, "dark") != severity_colour(judgement, "light")
