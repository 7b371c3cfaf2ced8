"""Numbers as they are read: rounded towards danger, with true minus signs and thin spaces."""

from __future__ import annotations

import pytest

from planning.quantities import (
    MINUS,
    NNBSP,
    angle_text,
    coordinate_text,
    dose_text,
    length_text,
    level_text,
    lps_text,
    percent_text,
    temperature_text,
    time_text,
    volume_text,
)


@pytest.mark.parametrize(
    ("value_c", "cold", "heat"),
    [
        (-19.9, "−20", "−19"),
        (-20.0, "−20", "−20"),
        (-20.1, "−21", "−20"),
        (-0.4, "−1", "0"),
        (0.4, "0", "1"),
        (41.2, "41", "42"),
        (44.9, "44", "45"),
        (-0.01, "0", "0"),
    ],
)
def test_a_temperature_is_never_told_milder(value_c, cold, heat):
    assert temperature_text(value_c, cold=True, unit=False) == cold
    assert temperature_text(value_c, cold=False, unit=False) == heat


@pytest.mark.parametrize("tenths", range(-600, 1001, 7))
def test_every_temperature_is_told_within_a_degree_and_towards_danger(tenths):
    value_c = tenths / 10

    def told(cold):
        return int(temperature_text(value_c, cold=cold, unit=False).replace(MINUS, "-"))

    assert value_c - 1 < told(True) <= value_c <= told(False) < value_c + 1


@pytest.mark.parametrize(
    ("value_mm", "text"),
    [
        (3.0, "3.0"),
        (2.99, "2.9"),
        (2.9996, "2.9"),
        (9.999, "9.9"),
        (0.1 + 0.2, "0.3"),
        (0.05, "0.0"),
        (-0.04, "−0.1"),
        (-2.0, "−2.0"),
        (-2.01, "−2.1"),
        (-0.0, "0.0"),
        (-1e-12, "0.0"),
    ],
)
def test_a_distance_is_rounded_down_to_a_tenth(value_mm, text):
    assert length_text(value_mm, unit=False) == text


@pytest.mark.parametrize("n", range(-80, 120))
def test_a_distance_in_whole_tenths_is_told_as_it_is(n):
    assert length_text(n * 0.1, unit=False).replace(MINUS, "-") == f"{n / 10:.1f}"


@pytest.mark.parametrize(
    ("fraction", "text"), [(1.0, "100"), (0.9999, "99"), (0.29, "29"), (0.57, "57"), (0.009, "0"), (0.0, "0")]
)
def test_a_percentage_is_rounded_down(fraction, text):
    assert percent_text(fraction, unit=False) == text


@pytest.mark.parametrize(
    ("minutes", "text"),
    [
        (0.0, "0"),
        (0.01, "1"),
        (9.5, "10"),
        (59.01, "60"),
        (60.01, "61"),
        (60.0, "60"),
        (1000.0, "1000"),
        (1e9, "> 1000"),
    ],
)
def test_a_dose_is_rounded_up(minutes, text):
    assert dose_text(minutes) == text


@pytest.mark.parametrize(
    "text", [length_text(-1.5), temperature_text(-8.2, cold=True), level_text(-20.0), length_text(-0.04)]
)
def test_minus_signs_are_true_ones(text):
    assert text.startswith(MINUS) and "-" not in text


@pytest.mark.parametrize(
    "text",
    [
        length_text(-0.0),
        temperature_text(-0.0, cold=True),
        temperature_text(-0.04, cold=True),
        temperature_text(-0.9, cold=False),
        level_text(-0.0),
        coordinate_text(0, -0.01),
    ],
)
def test_there_is_no_minus_zero(text):
    assert MINUS not in text and "-" not in text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (length_text(4.0), f"4.0{NNBSP}mm"),
        (temperature_text(-20.0, cold=True), f"{MINUS}20{NNBSP}°C"),
        (level_text(-37.5), f"{MINUS}37.5{NNBSP}°C"),
        (percent_text(0.5), f"50{NNBSP}%"),
        (volume_text(12_340.0), f"12.3{NNBSP}cm³"),
    ],
)
def test_units_follow_a_narrow_no_break_space(text, expected):
    assert text == expected and " " not in text


@pytest.mark.parametrize(
    ("degrees", "text"),
    [(17.6, "18° hub left"), (-17.6, "18° hub right"), (0.4, "0°"), (-0.4, "0°"), (90.0, "90° hub left")],
)
def test_angles_are_told_in_words(degrees, text):
    assert angle_text(degrees, "hub left", "hub right") == text


@pytest.mark.parametrize(("seconds", "text"), [(0, "0:00"), (59.4, "0:59"), (59.6, "1:00"), (600, "10:00")])
def test_times_are_minutes_and_seconds(seconds, text):
    assert time_text(seconds) == text


def test_places_are_told_by_the_letters_of_the_patients_axes():
    assert lps_text((8.31, 109.0, -765.12)) == f"L{NNBSP}8.3 P{NNBSP}109.0 I{NNBSP}765.1{NNBSP}mm"
    assert lps_text((-8.31, -109.0, 765.12)) == f"R{NNBSP}8.3 A{NNBSP}109.0 S{NNBSP}765.1{NNBSP}mm"
