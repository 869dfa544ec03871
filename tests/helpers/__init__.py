"""What several test files share, and where the project is."""

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# For tests that hold numbers of the shipped digits and seed; the copy for another term has others, see new_term.py.
of_the_shipped_term = pytest.mark.skipif((ROOT / 'TERM.md').exists(), reason='numbers of the shipped digits and seed')
