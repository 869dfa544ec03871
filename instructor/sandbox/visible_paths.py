"""What of this machine the confined interpreter has to see: its own folders and the system libraries, no more."""
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
    """The path of an interpreter without .. and links on the way; it may itself be one, as in a virtual environment."""
    folder, name = os.path.split(python)
    return os.path.join(os.path.realpath(folder), name)


def visible_paths(python, environment):
    """The (source, target) pairs to show read-only; sources are free of symbolic links, no target lies in another.

    Shown are the system's libraries and, of the interpreter's two prefixes (its own, and that of the Python which a
    virtual environment was made from), the executable, the folders of modules and of libraries in use; nothing else of
    a prefix, which may also hold this repository or a home, and no folder elsewhere, as a .pth file may add one. A
    library elsewhere is shown as the one file. python: the interpreter; environment: as it gets it in confinement.
    Raises OSError with one line where it finds no numpy in isolated mode.
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
    """Folders that no shown one may hold."""
    return [_REPOSITORY] + [home for home in [os.path.expanduser('~')] if home not in ('/', '~')]
