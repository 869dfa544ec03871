"""Says in one line what to do where the Python that runs lacks a package."""
import importlib
import importlib.util
import shlex
import sys

from common import FOLDER, how_to_install


def require(command, *packages):
    """End with status 2 and one line where a package cannot be imported; command: that of `python -m`."""
    missing = [package for package in packages if importlib.util.find_spec(package) is None]
    fault = 'missing'
    if not missing:
        try:
            for package in packages:
                importlib.import_module(package)
            return
        except ImportError as error:  # there, but not whole
            missing, fault = [package], f'damaged ({" ".join(str(error).split())[:200]})'
    verb = 'is' if len(missing) == 1 else 'are'
    print(f'{command}: {" and ".join(missing)} {verb} {fault}; in {FOLDER}, run: '
          f'{how_to_install(*missing, then=shlex.join(["-m", command, *sys.argv[1:]]))}', file=sys.stderr)
    sys.exit(2)
