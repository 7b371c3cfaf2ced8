import pytest

from tests import report_case


@pytest.fixture(scope="session")
def cold_input():
    return report_case.cold()


@pytest.fixture(scope="session")
def heat_input():
    return report_case.heat()


@pytest.fixture(scope="session")
def bare_input():
    return report_case.bare()


@pytest.fixture(scope="session")
def both_sides_input():
    return report_case.both_sides()
