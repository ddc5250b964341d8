"""The door that a test of the procedure comes in by: Python, unless it is marked `both_doors`."""

import pytest

from tests.processes.desk import Desk


@pytest.fixture
def door():
    return Desk
