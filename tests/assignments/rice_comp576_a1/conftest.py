"""The project and the folder of this assignment on the path, at its end, where their names cannot hide others."""

import os
import sys
from pathlib import Path

for name in ('OPENBLAS_NUM_THREADS', 'OMP_NUM_THREADS', 'MKL_NUM_THREADS', 'VECLIB_MAXIMUM_THREADS'):
    os.environ.setdefault(name, '1')

ROOT = Path(__file__).resolve().parents[3]
for folder in (ROOT, ROOT / 'assignments' / 'rice_comp576_a1'):
    if str(folder) not in sys.path:
        sys.path.append(str(folder))
