"""Exits with status 0 if this Python has what requirements.txt asks for, in these versions; otherwise says what not."""
import importlib.metadata
import re
import sys
from pathlib import Path

lacking = []
for line in Path(__file__).with_name('requirements.txt').read_text(encoding='utf-8').splitlines():
    [(name, version, bound, minor)] = re.findall(
        r'^([\w.-]+)==([\w.+!]+)(?:; python_version (<|>=) "3\.(\d+)")?$', line)
    if bound and (bound == '<') != (sys.version_info < (3, int(minor))):
        continue
    try:
        there = importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        there = 'missing'
    if there != version:
        lacking.append(f'{name} is {there}, not {version}')
sys.exit('; '.join(lacking) or 0)
