#!/bin/sh
# Pins what the project installs, with hashes and without naming a registry.
set -eu
cd "$(dirname "$0")/.."
lock() {
    out=$1; shift
    .venv/bin/uv pip compile --quiet --generate-hashes --no-header --no-emit-index-url --no-emit-find-links \
        --no-annotate --python-version 3.11 "$@" pyproject.toml requirements/build.in -o "requirements/$out.txt"
}
users="--extra pcsc --extra lab --extra sm2 --extra fhir --extra shell --extra training"
issuer="$users --extra issuer --extra pg --extra hsm --extra print"
# shellcheck disable=SC2086
lock runtime $users
# shellcheck disable=SC2086
lock issuer $issuer
# shellcheck disable=SC2086
lock dev $issuer --extra test --extra check
