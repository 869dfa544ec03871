"""Make data/small.npz, a tenth of MNIST, from the digits of the main assignment (mnist_subset.json).

    python3 -m assignments.gt_cs7643_hw1.teacher.make_small_data

Its training and validation digits become the 6,000 rows of the training set (a number that is divisible by 5), its
1,000 test digits the test set. Run it in the folder of the whole project.
"""

import io
import json
import sys
from pathlib import Path

import numpy as np

from assignments.gt_cs7643_hw1 import mnist_csv
from common import write_whole

SOURCE = Path(__file__).resolve().parents[3] / 'mnist_subset.json'


def arrays():
    """train_x, test_x: N x 784 of uint8; train_y, test_y: N of uint8; in the order of the source."""
    splits = json.loads(SOURCE.read_text(encoding='ascii'))
    found = {}
    for name, parts in {'train': ('train', 'valid'), 'test': ('test',)}.items():
        pixels = [row for part in parts for row in splits[part][0]]  # from 0 to 1, rounded to four places
        found[f'{name}_x'] = np.rint(np.array(pixels) * 255).astype(np.uint8)
        found[f'{name}_y'] = np.array([label for part in parts for label in splits[part][1]], dtype=np.uint8)
    return found


def main():
    file = io.BytesIO()
    np.savez_compressed(file, **arrays())
    write_whole(mnist_csv.COMPACT, file.getvalue())
    print(f'{mnist_csv.COMPACT}: {len(file.getvalue())} bytes')
    return 0


if __name__ == '__main__':
    sys.exit(main())
