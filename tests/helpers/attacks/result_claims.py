"""Sends an array that claims to hold more than it does. SIZE: elements claimed, of which ten are there."""
import os

SIZE = '@SIZE@'


def attack():
    array = b'<f8 ' + bytes([1]) + SIZE.to_bytes(8, 'little') + b'\0' * 80
    with open(int(os.environ['RESULT_FD']), 'wb') as out:
        out.write(b'a' + len(array).to_bytes(8, 'little') + array)
    os._exit(0)


attack()
