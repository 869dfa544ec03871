#!/usr/bin/env bash
# Runs the tests:  bash run_tests.sh [options of pytest]
#
# Uses .venv or python3, if one has what requirements.txt and requirements-dev.txt ask for; otherwise makes .venv.
cd "$(dirname "$0")" || exit 2
. instructor/setup.sh
use_python requirements.txt requirements-dev.txt
# Runs as many test files at a time as there are cores, those that take long first; -n 0 runs one after the other.
exec "$python" -m pytest -n "$num_cores" --dist loadfile --no-loadscope-reorder "$@"
