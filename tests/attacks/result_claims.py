"""Sends an array whose header claims more than there is. SIZE: elements claimed."""
import io
import os
import zipfile

import numpy as np

SIZE = '@SIZE@'


def attack():
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {'descr': '<f8', 'fortran_order': False, 'shape': (SIZE,)})
    with open(int(os.environ['RESULT_FD']), 'wb') as out, zipfile.ZipFile(out, 'w') as archive:
        archive.writestr('answer.npy', header.getvalue() + b'\0' * 80)
    os._exit(0)


attack()
