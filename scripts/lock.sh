#!/usr/bin/env bash
# Writes the lock files anew (needs the network). `--upgrade` takes newer versions.
set -euo pipefail
cd "$(dirname "$0")/.."
compile() {
    .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
        --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" "$@"
}
compile --extra build --extra pdf pyproject.toml -o requirements.lock "${@}"
compile --extra build --extra pdf --group dev pyproject.toml -c requirements.lock -o requirements-dev.lock "${@}"
compile --extra build --extra pdf --group dev --group spark pyproject.toml -c requirements-dev.lock -o requirements-spark.lock "${@}"
compile --extra build --extra pdf --extra ocr --group dev pyproject.toml -c requirements-dev.lock -o requirements-ocr.lock "${@}"
compile --group pyproject.toml:node -o requirements-node.lock "${@}"
compile --group pyproject.toml:installer -o requirements-installer.lock "${@}"
