"""Options and fixtures shared by all tests."""

import pytest
from hypothesis import settings

# The same examples every time, so that a red test is the change's. `just explore` looks for new ones.
settings.register_profile("steady", derandomize=True, max_examples=50, deadline=None)  # machines are not alike
settings.register_profile("explore", max_examples=500, deadline=None)
settings.load_profile("steady")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="rewrite golden files from what the code says now")


@pytest.fixture
def update_golden(request: pytest.FixtureRequest) -> bool:
    """Whether golden files are to be rewritten instead of compared."""
    return bool(request.config.getoption("--update-golden"))
