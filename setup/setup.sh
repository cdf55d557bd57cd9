#!/bin/sh
# Sets a fresh Debian 12 machine up: system packages, .venv, pinned Python packages, .venv/bin/rhc.
# The sets: runtime (simulator and reader), issuer (that and the issuance backend), test (all).
# Does only what is missing, so that the second call takes no time.
set -eu
cd "$(dirname "$0")/.."

set_=${1:?usage: setup.sh runtime, issuer or test}
PYTHON=${PYTHON:-python3}
runtime_packages="python3-venv python3-dev gcc libc6-dev libpcsclite-dev pkg-config pcscd vsmartcard-vpcd"
issuer_packages="libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-noto-cjk"
test_packages="pcsc-tools opensc iproute2 postgresql softhsm2 chromium"
case $set_ in
    runtime) packages=$runtime_packages lock=requirements/runtime.txt ;;
    issuer) packages="$runtime_packages $issuer_packages" lock=requirements/issuer.txt ;;
    test) packages="$runtime_packages $issuer_packages $test_packages" lock=requirements/dev.txt ;;
    *) printf 'setup: no such set: %s\n' "$set_" >&2; exit 2 ;;
esac

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

# what a set of packages was installed from: one that holds this set will do
installed() {
    wanted=$(cat "requirements/$2.txt" pyproject.toml | cksum)
    [ -x .venv/bin/rhc ] && [ "$(cat ".venv/installed-$1" 2>/dev/null)" = "$wanted" ]
}

install_python() {
    installed test dev && return 0
    case $set_ in
        runtime) installed issuer issuer && return 0; installed runtime runtime && return 0 ;;
        issuer) installed issuer issuer && return 0 ;;
    esac
    state=$(cat "$lock" pyproject.toml | cksum)
    [ -x .venv/bin/python ] || { say "making .venv"; "$PYTHON" -m venv .venv; }
    if ! pkg-config --exists libpcsclite 2>/dev/null; then
        say "libpcsclite-dev is missing, so that pyscard is left out: only --in-process will work"
        lock_without_pcsc
    fi
    say "installing Python packages ($lock)"
    # the list is whole, so nothing is resolved: pip before 23.3 would look for a newer release of what an extra names
    .venv/bin/python -m pip install -q --disable-pip-version-check --no-deps --require-hashes -r "$lock"
    .venv/bin/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
    printf '%s' "$state" >".venv/installed-$set_"
}

# the pinned list without pyscard and its hashes, for machines where it cannot be built
lock_without_pcsc() {
    awk '/^[a-z]/ { keep = !/^pyscard/ } keep' "$lock" >.venv/without-pcsc.txt
    lock=.venv/without-pcsc.txt
}

install_packages
install_python
