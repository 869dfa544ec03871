"""Talks to others: a TCP port PORT of this machine, and a Unix socket with the abstract name NAME."""
import socket

PORT, NAME = '@PORT@', '@NAME@'


def attack():
    for family, address in ((socket.AF_INET, ('127.0.0.1', PORT)), (socket.AF_UNIX, '\0' + NAME)):
        try:
            with socket.socket(family) as connection:
                connection.settimeout(2)
                connection.connect(address)
                connection.sendall(b'REACHED')
                print('REACHED', address, flush=True)
        except OSError as error:
            print(error, flush=True)


attack()
