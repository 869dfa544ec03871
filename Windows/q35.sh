#!/usr/bin/env bash
# Q3.5: the MLP with too much dropout. Writes MLP_lr0.01_m0.0_w0.0_d0.95.json one folder up.
cd "$(dirname "$0")/.." || exit 2
trap 'exit 130' INT
for python in .venv/bin/python .venv/Scripts/python python3 python; do
    "$python" -c 'import numpy, sys; sys.exit(sys.version_info < (3, 9))' >/dev/null 2>&1 &&
        exec "$python" dnn_mlp.py --dropout_rate 0.95 "$@"
done
echo "numpy or Python 3.9 is missing: install Python 3.9 or later (python.org), then run:" \
    "cd \"$PWD\" && python3 -m venv .venv && .venv/bin/python -m pip install numpy" \
    "(on Windows: python and .venv/Scripts/python)" >&2
exit 2
