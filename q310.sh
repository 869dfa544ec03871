#!/usr/bin/env bash
# Q3.10: the CNN with two convolutional layers. Writes CNN2_lr0.001_m0.9_w0.0_d0.5.json beside this script.
cd "$(dirname "$0")" || exit 2
trap 'exit 130' INT
for python in .venv/bin/python .venv/Scripts/python python3 python; do
    "$python" -c 'import numpy, sys; sys.exit(sys.version_info < (3, 9))' >/dev/null 2>&1 &&
        exec "$python" dnn_cnn_2.py --alpha 0.9 "$@"
done
echo "numpy or Python 3.9 is missing: install Python 3.9 or later (python.org), then run:" \
    "cd \"$PWD\" && python3 -m venv .venv && .venv/bin/python -m pip install numpy" \
    "(on Windows: python and .venv/Scripts/python)" >&2
exit 2
