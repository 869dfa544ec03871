"""What of this machine the confined interpreter has to see: its own folders and the system libraries, no more."""
import json
import os
import subprocess
from pathlib import Path

_REPOSITORY = str(Path(__file__).resolve().parent.parent)
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


def visible_paths(python, environment):
    """The (source, target) pairs to show read-only; sources are free of symbolic links, no target lies in another.

    Only parts of the interpreter's prefixes are taken (module folders, executable, libraries), because a prefix may
    also hold this repository or a home. python: the interpreter; environment: as it gets it in confinement.
    Raises OSError with one line where it finds no numpy in isolated mode.
    """
    command = [python, '-I', '-c', _REPORT]
    report = subprocess.run(command, env=environment, cwd='/', stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if report.returncode != 0:
        reason = (report.stderr.strip().splitlines() or ['no reason given'])[-1]
        raise OSError(f'{python} -I cannot import numpy ({reason}): install it into this interpreter or a '
                      'virtual environment, not for one user or by PYTHONPATH')
    modules, mapped, *prefixes = json.loads(report.stdout)
    private = [_REPOSITORY] + [home for home in [os.path.expanduser('~')] if home not in ('/', '~')]
    wanted = [python, os.path.join(prefixes[0], 'pyvenv.cfg'), *modules, *map(os.path.dirname, mapped)]
    wanted = [path for path in wanted if not any(_holds(path, place) for place in private) and (
        any(_holds(prefix, path) for prefix in prefixes) or not any(_holds(place, path) for place in private))]
    paths = {*_SYSTEM, *wanted, *map(os.path.realpath, wanted)}
    targets = []
    for path in sorted(path for path in paths if os.path.exists(path)):
        if not any(_holds(target, path) for target in targets):
            targets.append(path)
    return [(os.path.realpath(target), target) for target in targets]
