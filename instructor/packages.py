"""Says in one line what to do where the Python that runs lacks a package."""
import importlib
import sys

from plot_curves import how_to_install


def require(command, *packages):
    """End with status 2 and one line where a package cannot be imported; command: that of `python -m`."""
    missing, why = [], ''
    for package in packages:
        try:
            importlib.import_module(package)
        except ImportError as error:  # missing, or installed by halves
            missing.append(package)
            why = why or str(error).partition('\n')[0]
    if missing:
        print(f'{command}: {" and ".join(missing)} missing ({why}); run: {how_to_install(*missing)}   (or once: bash '
              f'instructor/setup.sh, and then .venv/bin/python -m {command})', file=sys.stderr)
        sys.exit(2)
