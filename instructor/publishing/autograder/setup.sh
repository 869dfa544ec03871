#!/usr/bin/env bash
# Gradescope runs this once, as root, when it builds the container: makes a Python with the grader's packages.

set -u
umask 022  # students' code, as another user, has to reach this Python
root=${AUTOGRADER:-/autograder}
python=$root/python/bin/python

give_up() {
    echo "setup.sh: $1" >&2
    exit 1
}

can_make_venv() {
    python3 -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 9))' 2>/dev/null
}

if ! "$python" "$root/source/check_packages.py" 2>/dev/null; then
    if ! can_make_venv; then
        apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends install \
            python3 python3-venv || give_up 'apt-get cannot install python3 and python3-venv'
    fi
    can_make_venv || give_up "Python 3.9 or later with venv is needed: choose a newer image, such as Ubuntu 22.04"
    # Never cleared, and never through a link: what is there may be somebody's own.
    [ ! -e "$root/python" ] && [ ! -L "$root/python" ] ||
        give_up "$root/python is there, without the packages of requirements.txt: remove it"
    python3 -m venv "$root/python" || give_up "cannot make $root/python"
    "$python" -m pip install --no-cache-dir --prefer-binary -r "$root/source/requirements.txt" ||
        give_up 'pip cannot install the packages of requirements.txt'
    "$python" "$root/source/check_packages.py" || give_up 'the packages do not work, although they were installed'
fi
chown -R "$(id -u):$(id -g)" "$root/source"
chmod -R go= "$root/source"
echo 'setup.sh: ready'
