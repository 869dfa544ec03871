"""What the tests of the commands share."""

import pytest


@pytest.fixture
def folder(tmp_path):
    """A folder with a space in its name: submissions.zip of four students, and the gradebook of five."""
    from tests.helpers.grading import (
        put_class,  # here, because it needs matplotlib, and not all tests of this folder do
    )
    return put_class(tmp_path / 'a class')
