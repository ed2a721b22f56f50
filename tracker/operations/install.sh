#!/bin/sh
# Makes the environment: .venv from a lock file, and the front-end packages.
#   install.sh [--port PORT] [--command 'make demo'] run|dev
# Every refusal is one sentence and exit code 2. A second run finds its stamps and takes no time.
set -eu
cd "$(dirname "$0")/../.."
python=${PYTHON:-python3}
port="" command="make install" set=run
while [ $# -gt 0 ]; do
    case $1 in
    --port) port=$2; shift 2 ;;
    --command) command=$2; shift 2 ;;
    *) set=$1; shift ;;
    esac
done

refuse() {
    echo "$1" >&2
    exit 2
}

# Runs a long step as a child that ends with us, shows one line before and one after, and its output only if it fails.
long_step() {
    echo "$1 ..."
    shift
    begun=$(date +%s)
    output=$(mktemp)
    "$@" >"$output" 2>&1 &
    child=$!
    trap 'kill "$child" 2>/dev/null; rm -f "$output"; exit 143' INT TERM HUP
    if ! wait "$child"; then
        cat "$output" >&2
        rm -f "$output"
        refuse "That step failed, for the reason above; '$command' can simply be run again."
    fi
    trap - INT TERM HUP
    rm -f "$output"
    echo "  done in $(($(date +%s) - begun)) s"
}

check_python() {
    command -v "$python" >/dev/null 2>&1 ||
        refuse "Throughline needs Python 3.11 or newer, and there is no $python here: install it, or name it with PYTHON=/path/to/python3."
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null ||
        refuse "Throughline needs Python 3.11 or newer, and $python here is $("$python" --version 2>&1 | sed "s/^Python //"): install a newer one, or name it with PYTHON=/path/to/python3."
    "$python" -c 'import ensurepip, venv' 2>/dev/null ||
        refuse "Python's venv module is missing: install it (on Debian: apt-get install python3-venv)."
}

check_folders() {
    set -- . var
    [ ! -d .venv ] || set -- "$@" .venv
    [ -z "$port" ] || set -- --port "$port" "$@"
    "$python" tracker/operations/preflight.py --command "$command" "$@" || exit 2
}

venv_works() {
    [ -x .venv/bin/python ] &&
        .venv/bin/python -c 'import os, pip, sys
sys.exit(sys.version_info < (3, 11) or os.path.realpath(sys.prefix) != os.path.realpath(".venv"))' 2>/dev/null
}

# The lock file that was installed is kept as the stamp; what is in the tests' lock is more than what a run needs.
installed() {
    cmp -s "$1" ".venv/installed-$1" || { [ "$1" = requirements.txt ] && cmp -s "$1" .venv/covered-by-dev-requirements.txt; }
}

install_python() {
    lock=$1
    ! installed "$lock" || return 0
    long_step "Installing the Python packages of $lock (about a minute)" \
        .venv/bin/python -m pip install --disable-pip-version-check --no-input --quiet --require-hashes -r "$lock"
    cp "$lock" ".venv/installed-$lock"
    [ "$lock" != requirements-dev.txt ] || cp requirements.txt .venv/covered-by-dev-requirements.txt
}

install_front_end() {
    ! cmp -s package-lock.json node_modules/.installed-package-lock.json || return 0
    if ! npm=$(command -v npm); then
        install_python requirements-npm.txt
        npm=$PWD/.venv/bin/npm
    fi
    if [ ! -w "${HOME:-/nonexistent}" ]; then
        npm_config_cache=$PWD/var/npm-cache
        export npm_config_cache
    fi
    # Node.js trusts its own list only; an organisation's authority is in the system's.
    authorities=/etc/ssl/certs/ca-certificates.crt
    if [ -z "${NODE_EXTRA_CA_CERTS:-}" ] && [ -r $authorities ]; then
        NODE_EXTRA_CA_CERTS=$authorities
        export NODE_EXTRA_CA_CERTS
    fi
    long_step "Fetching the front-end packages" "$npm" ci --no-progress --loglevel=error
    cp package-lock.json node_modules/.installed-package-lock.json
}

check_python
check_folders
if command -v flock >/dev/null 2>&1; then
    exec 9>var/install.lock
    flock 9
fi
if ! venv_works; then
    long_step "Making the Python environment in .venv" "$python" -m venv --clear .venv
fi
if [ "$set" = dev ]; then
    install_python requirements-dev.txt
else
    install_python requirements.txt
fi
install_front_end
