import pytest

from imaging.phantom import SMALL, make_phantom


@pytest.fixture(scope="session")
def small():
    """The phantom for tests; nobody changes it."""
    return make_phantom(SMALL)
