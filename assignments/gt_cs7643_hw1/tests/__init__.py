"""The public tests; in the folder above:  python3 -m unittest tests.test_loading, or all:  python3 -m unittest"""

import os

# BLAS, which multiplies numpy's matrices, starts a thread for each core when numpy is imported. For matrices as small
# as ours these mostly wait for each other. So it gets one, unless you have set any of these yourself.
THREADS = 'OPENBLAS_NUM_THREADS', 'OMP_NUM_THREADS', 'MKL_NUM_THREADS', 'VECLIB_MAXIMUM_THREADS'
if not any(map(os.environ.get, THREADS)):
    os.environ.update(dict.fromkeys(THREADS, '1'))
