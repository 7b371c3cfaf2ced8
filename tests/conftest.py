"""Fixtures of all tests: the digital pelvis as DICOM, the real CT, and the user's folders kept apart."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from imaging.dicom.write import write_ct_series
from imaging.phantom import SMALL, Phantom, make_phantom
from planning.catalogue.own_thresholds import reset_thresholds
from tests import report_case

REAL_CT = "acrin_flt_breast_001"

_PLANS = tuple(
    f"tests/e2e/test_{name}.py" for name in ("bad_input", "command_line", "script_journey", "scripting_guide")
)
"""Files whose tests share plans that take minutes to make."""


class SharedOut(LoadScopeScheduling):
    """Every process gets a file at a time, the files that share plans in one go, and tests of the window one by one."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.split("::")[0]
        return "plans" if file in _PLANS else nodeid if file.startswith("tests/app/") else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> SharedOut:
    return SharedOut(config, log)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest in one piece begins."""
    items.sort(key=lambda item: item.location[0] not in _PLANS)


@pytest.fixture(scope="session", autouse=True)
def own_folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test reads or writes the settings of whoever runs it."""
    home = tmp_path_factory.mktemp("home")
    before = {name: os.environ.get(name) for name in ("SACROPLAN_HOME",)}
    os.environ["SACROPLAN_HOME"] = str(home)
    yield
    for name, value in before.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


@pytest.fixture(autouse=True)
def no_own_levels(own_folders: None) -> Iterator[None]:
    """Levels of harm that a test sets do not reach the tests after it."""
    yield
    reset_thresholds()


@pytest.fixture(scope="session")
def small_phantom() -> Phantom:
    """The digital pelvis on a coarse grid."""
    return make_phantom(SMALL)


@pytest.fixture(scope="session")
def phantom_folder(small_phantom: Phantom, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The coarse pelvis as a DICOM series. Do not change it."""
    folder = tmp_path_factory.mktemp("phantom")
    write_ct_series(small_phantom.volume, folder)
    return folder


def real_data() -> Path:
    """Return where the real CT is, named by SACROPLAN_TEST_DATA or beside the project."""
    given = os.environ.get("SACROPLAN_TEST_DATA")
    return Path(given) if given else Path(__file__).parents[1].parent / "shared" / "data"


@pytest.fixture(scope="session")
def real_ct_folder() -> Path:
    """A real pelvic CT; in CI its absence is a failure, elsewhere the test is skipped by name."""
    folder = real_data() / REAL_CT
    if not folder.is_dir():
        if os.environ.get("CI"):
            pytest.fail(f"The real CT is missing: {folder}")
        pytest.skip(f"no real CT at {folder}; set SACROPLAN_TEST_DATA")
    return folder


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
