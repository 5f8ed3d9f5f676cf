import pytest

from rendering import NAMES, rendered


@pytest.fixture(params=NAMES)
def chart(request):
    """The chart as rendered with each of the example files."""
    return rendered(request.param)
