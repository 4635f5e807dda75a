#!/bin/sh
# set_up.sh <virtual environment> <requirements files> <stamps ...>
# Makes the virtual environment, installs the requirements, leaves the stamps. Says one line when it cannot.
# PYTHON: which Python to use; empty: the first on PATH that is new enough.
set -eu
venv=$1
requirements=$2
shift 2

fail() {
    echo "$*" >&2
    exit 1
}

is_new_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

find_python() {
    for candidate in python3 python3.14 python3.13 python3.12 python3.11; do
        if is_new_enough "$candidate"; then
            echo "$candidate"
            return
        fi
    done
}

version_of() {
    command -v "$1" >/dev/null || { echo "not found"; return; }
    "$1" --version 2>&1 | tail -n 1
}

venv_package_of() {
    "$1" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])'
}

if [ -n "${PYTHON:-}" ]; then
    python=$PYTHON
    is_new_enough "$python" || fail "PYTHON=$python is not Python 3.11 or newer ($(version_of "$python"))."
else
    python=$(find_python)
    [ -n "$python" ] || fail "Python 3.11 or newer is needed; python3 is: $(version_of python3)." \
        "Install one (Debian, Ubuntu: apt install python3.11 python3.11-venv) or name it: make PYTHON=/path/to/python3"
fi

"$python" -c 'import ensurepip, venv' 2>/dev/null ||
    fail "$python has no venv module. Install it (Debian, Ubuntu: apt install $(venv_package_of "$python"))" \
        "or name another Python: make PYTHON=/path/to/python3"

if ! is_new_enough "$venv/bin/python"; then
    echo "Making $venv with $(version_of "$python")"
    "$python" -m venv --clear "$venv" || fail "$python -m venv $venv failed: see its last lines above."
fi

echo "Installing the requirements (about a minute the first time)"
# Unquoted: several files. Modules are compiled when they are first used, which saves a third of the time.
# shellcheck disable=SC2046,SC2086
"$venv/bin/python" -m pip install -qq --disable-pip-version-check --no-compile $(printf -- '-r %s ' $requirements) ||
    fail "pip could not install the requirements: see its last lines above. Is the network or its proxy reachable?"

rm -f "$venv"/installed-*
touch "$@"
