"""Ends the process as if all were well."""
import os


def attack():
    print('PASSED', flush=True)
    os._exit(0)


attack()
