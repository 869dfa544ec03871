"""What the confined interpreter has to see of this machine: only its own folders and the system's libraries."""
import json
import os
import subprocess
from pathlib import Path

_REPOSITORY = str(Path(__file__).resolve().parents[2])
_SYSTEM = ('/lib', '/lib64', '/usr/lib', '/usr/lib64', '/nix/store', '/etc/ld.so.cache', '/etc/alternatives')
_REPORT = """
import json, sys
import numpy
with open('/proc/self/maps') as lines:
    mapped = sorted({line.split(maxsplit=5)[5].strip() for line in lines if '/' in line and '.so' in line})
json.dump([sys.path, mapped, sys.prefix, sys.base_prefix], sys.stdout)
"""


def _holds(outer, inner):
    return f'{inner}/'.startswith(f'{outer.rstrip("/")}/')


def plain_path(python):
    """The path of an interpreter, with .. and links to its folder resolved; the file may be a link, as in a venv."""
    folder, name = os.path.split(python)
    return os.path.join(os.path.realpath(folder), name)


def visible_paths(python, environment):
    """The (source, target) pairs to show read-only; sources have no symbolic links, no target is inside another.

    They are the system's libraries and, from the interpreter's two prefixes (its own, and that of the Python from which
    a virtual environment was made), the executable and the folders of modules and of libraries in use. Nothing else of
    a prefix is shown, since it may hold this repository or a home, nor folders elsewhere, such as a .pth file may add.
    A library elsewhere is shown as a single file. python: the interpreter; environment: its environment in confinement.
    Raises OSError with one line if it finds no numpy in isolated mode.
    """
    command = [python, '-I', '-c', _REPORT]
    report = subprocess.run(command, env=environment, cwd='/', stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if report.returncode != 0:
        reason = (report.stderr.strip().splitlines() or ['no reason given'])[-1]
        raise OSError(f'{python} -I cannot import numpy ({reason}): install it into this interpreter or a '
                      'virtual environment, not for one user or by PYTHONPATH')
    modules, mapped, *prefixes = json.loads(report.stdout)
    places = [*prefixes, *map(os.path.realpath, prefixes)]

    def shown(path):
        return any(_holds(place, path) for place in places) and not any(_holds(path, place) for place in _private())

    wanted = [python, os.path.join(prefixes[0], 'pyvenv.cfg'), *filter(shown, modules)]
    wanted += [os.path.dirname(path) if shown(os.path.dirname(path)) else path for path in mapped]
    paths = {*_SYSTEM, *wanted, *map(os.path.realpath, wanted)}
    targets: list[str] = []
    for path in sorted(path for path in paths if os.path.exists(path)):
        if not any(_holds(target, path) for target in targets):
            targets.append(path)
    return [(os.path.realpath(target), target) for target in targets]


def _private():
    """Folders that must not be inside a shown one."""
    return [_REPOSITORY] + [home for home in [os.path.expanduser('~')] if home not in ('/', '~')]
