#!/bin/sh
# Sets a fresh Debian 12 machine up: system packages, .venv, pinned Python packages, .venv/bin/rhc.
# Does only what is missing, so that the second call takes no time.
set -eu
cd "$(dirname "$0")/.."

set_=${1:?usage: setup.sh runtime or test}
PYTHON=${PYTHON:-python3}
runtime_packages="python3-venv python3-dev gcc libc6-dev libpcsclite-dev pkg-config pcscd vsmartcard-vpcd"
test_packages="pcsc-tools opensc iproute2"
[ "$set_" = test ] && packages="$runtime_packages $test_packages" || packages=$runtime_packages

say() { printf '%s\n' "setup: $*"; }

missing() {
    for package in $packages; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || printf '%s ' "$package"
    done
}

install_packages() {
    command -v dpkg-query >/dev/null || { say "not a Debian system; install by hand: $packages"; return; }
    wanted=$(missing)
    [ -n "$wanted" ] || return 0
    root=""
    if [ "$(id -u)" != 0 ]; then
        if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then root=sudo
        elif command -v sudo >/dev/null && [ -t 0 ]; then root=sudo
        else
            say "no root and no sudo; without these packages only --in-process works: $wanted"
            return 0
        fi
    fi
    say "installing system packages: $wanted"
    export DEBIAN_FRONTEND=noninteractive
    # shellcheck disable=SC2086
    $root apt-get install -qq -y --no-install-recommends $wanted >/dev/null 2>&1 || {
        $root apt-get update -qq
        $root apt-get install -qq -y --no-install-recommends $wanted >/dev/null
    }
}

install_python() {
    [ "$set_" = test ] && lock=requirements/dev.txt || lock=requirements/runtime.txt
    stamp=.venv/installed-$set_
    state=$(cat "$lock" pyproject.toml | cksum)
    [ -x .venv/bin/rhc ] && [ "$(cat "$stamp" 2>/dev/null)" = "$state" ] && return 0
    # the test set holds the runtime set
    [ "$set_" = runtime ] && [ -x .venv/bin/rhc ] && [ -e .venv/installed-test ] &&
        [ "$(cat .venv/installed-test)" = "$(cat requirements/dev.txt pyproject.toml | cksum)" ] && return 0
    [ -x .venv/bin/python ] || { say "making .venv"; "$PYTHON" -m venv .venv; }
    if ! pkg-config --exists libpcsclite 2>/dev/null; then
        say "libpcsclite-dev is missing, so that pyscard is left out: only --in-process will work"
        lock_without_pcsc
    fi
    say "installing Python packages ($lock)"
    .venv/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r "$lock"
    .venv/bin/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
    printf '%s' "$state" >"$stamp"
}

# the pinned list without pyscard and its hashes, for machines where it cannot be built
lock_without_pcsc() {
    lock=.venv/without-pcsc.txt
    awk '/^[a-z]/ { keep = !/^pyscard/ } keep' requirements/runtime.txt >"$lock"
}

install_packages
install_python
