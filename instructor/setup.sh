# Makes .venv with everything that the teacher's commands and the tests need:  bash instructor/setup.sh
#
# run_all.sh and run_tests.sh source this file in the project's folder to find or make the Python that they use.

# Speed: the matrices are small, and several scripts run side by side, so further BLAS threads would only wait.
num_cores=$(OMP_NUM_THREADS='' OMP_THREAD_LIMIT='' nproc 2>/dev/null || getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)
export OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 MKL_NUM_THREADS=1 VECLIB_MAXIMUM_THREADS=1

pythons=(.venv/bin/python python3)  # use_python tries these before it makes .venv

# use_python FILE...: set $python to the first of them that has what these requirements files ask for. If none has, make
# or complete .venv with pip and take its Python. If that fails, say why in one line and exit with status 2.
use_python() {
    case $OSTYPE in
        msys* | cygwin*) give_up 'this needs Linux, macOS or WSL; for Windows itself, the q-scripts are in Windows/' ;;
    esac

    for python in "${pythons[@]}"; do
        if fits "$@"; then return; fi
    done

    command -v python3 >/dev/null ||
        give_up "python3 is missing: install Python 3.9 or later (python.org, or your system's packages)"
    python3 -c 'import sys; sys.exit(sys.version_info < (3, 9))' 2>/dev/null ||
        give_up "Python 3.9 or later is needed, and python3 is: $(python3 --version 2>&1 | tail -n 1)"
    python3 -c 'import ensurepip, venv' 2>/dev/null ||
        give_up 'this python3 cannot make a virtual environment; on Debian or Ubuntu: sudo apt install python3-venv'

    python=.venv/bin/python
    for attempt in 1 2; do
        # An interrupted run can leave a .venv without pip, or with half a package that pip believes to be complete.
        if [ $attempt = 2 ] || ! has_pip; then
            echo "Making .venv with $(python3 --version) ..." >&2
            output=$(python3 -m venv --clear .venv 2>&1) || give_up "cannot make $PWD/.venv: $(last_line)"
        fi
        echo "Installing the packages of $* into .venv ..." >&2
        output=$(pip_install "$@" 2>&1) ||
            give_up "pip cannot install the packages; is this machine online? Its last line: $(last_line)"
        if fits "$@"; then return; fi
    done
    give_up "$PWD/.venv does not work, although it was made again: $(last_line)"
}

# fits FILE...: whether $python has what these requirements files ask for. Their lines have the form name>=version, with
# "# import NAME" at the end if the module has another name than the package.
fits() {
    "$python" - "$@" >/dev/null 2>&1 <<'END_OF_PYTHON'
import importlib.metadata, re, sys

def release(version):
    return [int(number) for number in re.findall('[0-9]+', version)[:2]]

fitting = sys.version_info >= (3, 9)
for path in sys.argv[1:]:
    for package, lowest, module in re.findall(r'(?m)^([\w-]+)>=([0-9.]+)(?:.*# import (\w+))?', open(path).read()):
        # Some packages have no __version__ any more.
        there = getattr(importlib.import_module(module or package), '__version__', None)
        fitting = fitting and release(there or importlib.metadata.version(package)) >= release(lowest)
sys.exit(not fitting)
END_OF_PYTHON
}

has_pip() {
    "$python" -m pip --version >/dev/null 2>&1 || "$python" -m ensurepip >/dev/null 2>&1
}

pip_install() {
    "$python" -m pip install --disable-pip-version-check --prefer-binary $(printf -- '-r %s ' "$@")
}

last_line() {
    printf '%s\n' "$output" | grep -v '^ *$' | tail -n 1
}

give_up() {
    echo "$(basename "$0"): $1" >&2
    exit 2
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then  # called, not sourced: the README's commands need .venv itself
    cd "$(dirname "$0")/.." || exit 2
    pythons=(.venv/bin/python)
    use_python requirements.txt requirements-dev.txt
    echo "Ready. Type .venv/bin/python for Python, for example: .venv/bin/python -m instructor.grade --help"
fi
