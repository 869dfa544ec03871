#!/usr/bin/env bash
# Measures how fast the scripts train, and writes benchmarks/results.md:
#
#     bash benchmarks/run.sh [--rounds N] [--one-thread]
#
# Ours, the textbook way and PyTorch take turns at the same work, one epoch each in a round; there are 5 rounds with one
# thread, and, unless --one-thread is given, 5 with all cores. This takes about a quarter of an hour on a machine with
# nothing else to do. The first time, it installs the packages of requirements.txt into benchmarks/.venv.

case " $* " in *' -h '* | *' --help '*)
    sed -n '2,/^$/s/^# \{0,1\}//p' "$0"
    exit
    ;;
esac
cd "$(dirname "$0")" || exit 2

fail() {
    echo "run.sh: $1" >&2
    exit 2
}

python=.venv/bin/python
fits() {
    "$python" -c 'import numpy, torch, sys; sys.exit(not torch.__version__.startswith("2.13.0"))' 2>/dev/null
}
if ! fits; then
    echo 'Installing the packages of benchmarks/requirements.txt into benchmarks/.venv ...' >&2
    python3 -m venv --clear .venv >/dev/null || fail 'Python 3.10 or later with its venv module is needed'
    "$python" -m pip install -q --disable-pip-version-check -r requirements.txt ||
        fail 'pip cannot install the packages of benchmarks/requirements.txt; is this machine online?'
    fits || fail 'numpy or torch does not work, although it was installed again'
fi

set -o pipefail
trap 'rm -f results.new' EXIT
"$python" measure.py "$@" | tee results.new || exit
mv results.new results.md
