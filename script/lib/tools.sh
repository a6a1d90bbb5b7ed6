# .venv with the locked tools: sourced by script/bootstrap.
# shellcheck shell=bash

usable_python() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

# The system's own Python before anything on PATH: a shim found there need not run.
find_python() {
  local candidate
  if [ -n "${PYTHON-}" ]; then
    usable_python "$PYTHON" || die "PYTHON=$PYTHON does not run, or is older than 3.11."
    echo "$PYTHON"
    return
  fi
  for candidate in /usr/bin/python3 /usr/bin/python3.1[1-9] python3 python3.14 python3.13 python3.12 python3.11; do
    if usable_python "$candidate"; then
      echo "$candidate"
      return
    fi
  done
  return 1
}

# uv comes from the lock too, by the pip of the virtualenv: only one file says what is installed.
install_uv() {
  local requirement
  requirement=$(mktemp)
  sed -n '/^uv==/,/^[^ ]/{/^uv==/p;/^ *--hash/p}' "$ROOT/requirements/dev.txt" >"$requirement"
  "$BIN/python" -m pip install -q --disable-pip-version-check --require-hashes -r "$requirement" ||
    die "pip could not install uv from PyPI; its own message is above." \
      "Behind a proxy or a mirror, set HTTPS_PROXY or PIP_INDEX_URL, then run $0 again."
  rm -f "$requirement"
}

ensure_tools() {
  local python made=ok
  # shellcheck disable=SC2310
  if ! usable_python "$BIN/python"; then
    # shellcheck disable=SC2310
    if ! python=$(find_python); then
      [ -z "${PYTHON-}" ] || exit 1
      apt_install python3.11 python3.11-venv
      python=/usr/bin/python3.11
    fi
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
      apt_install "$("$python" -c 'import sys; print("python3.%d-venv" % sys.version_info[1])')"
    fi
    "$python" -m venv --clear "$BIN/.."
    made=made
    mkdir -p "$LOGS"
  fi
  "$BIN/uv" --version >/dev/null 2>&1 || install_uv
  [ -n "$("$BIN/uv" pip sync --python "$BIN/python" --require-hashes --dry-run "$ROOT/requirements/dev.txt" 2>&1 |
    sed -n '/^Would \(download\|install\|uninstall\)/p')" ] && made=made
  if [ "$made" = made ]; then
    "$BIN/uv" pip sync -q --python "$BIN/python" --require-hashes "$ROOT/requirements/dev.txt" ||
      die "uv could not install the locked tools; its own message is above." \
        "Behind a proxy or a mirror, set HTTPS_PROXY or UV_DEFAULT_INDEX, then run $0 again."
    # Where nothing writes bytecode by itself, each run of ansible would compile all of it again: half a second.
    "$BIN/python" -m compileall -q -j 0 -x '/(ansible_collections|tests?)/' "$BIN/../lib" >/dev/null || true
  fi
  say "$made" "tools in .venv: $("$BIN/ansible" --version | sed -n '1s/.*\[core \(.*\)\]/ansible-core \1/p'), $("$BIN/python" --version)"
}
