"""Ends the program as if all were well."""
import sys


def attack():
    print('PASSED')
    sys.exit(0)


attack()
