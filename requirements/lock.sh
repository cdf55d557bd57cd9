#!/bin/sh
# Pins what the project installs, with hashes and without naming a registry.
set -eu
cd "$(dirname "$0")/.."
lock() {
    out=$1; shift
    .venv/bin/uv pip compile --quiet --generate-hashes --no-header --no-emit-index-url --no-emit-find-links \
        --no-annotate --python-version 3.11 "$@" pyproject.toml requirements/build.in -o "requirements/$out.txt"
}
lock runtime --extra pcsc --extra lab --extra sm2 --extra fhir --extra shell
lock dev --extra pcsc --extra lab --extra sm2 --extra fhir --extra shell --extra test --extra check
