# .venv with the locked tools: sourced by script/bootstrap.
# shellcheck shell=bash

usable_python() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

# That of .venv, or the system's own before anything on PATH: a shim found there need not run.
find_python() {
  local candidate
  if [ -n "${PYTHON-}" ]; then
    usable_python "$PYTHON" || die "PYTHON=$PYTHON does not run, or is older than 3.11."
    echo "$PYTHON"
    return
  fi
  for candidate in "$BIN/python" /usr/bin/python3 /usr/bin/python3.1[1-9] python3 python3.14 python3.13 python3.12 python3.11; do
    if usable_python "$candidate"; then
      echo "$candidate"
      return
    fi
  done
  return 1
}

# uv comes from the lock too: only one file says what is installed. With pip where the environment has one, which knows
# the user's pip.conf, and without it from the package index itself.
install_uv() {
  local requirement
  if ! "$BIN/python" -c 'import pip' 2>/dev/null; then
    "$BIN/python" "$ROOT/script/lib/get_uv.py" "$ROOT/requirements/dev.txt" "$BIN" ||
      die "uv could not be fetched from the package index; the reason is above." \
        "Behind a proxy or a mirror, set HTTPS_PROXY or UV_DEFAULT_INDEX, then run $0 again."
    return
  fi
  requirement=$(mktemp)
  sed -n '/^uv==/,/^[^ ]/{/^uv==/p;/^ *--hash/p}' "$ROOT/requirements/dev.txt" >"$requirement"
  "$BIN/python" -m pip install -q --disable-pip-version-check --require-hashes -r "$requirement" ||
    die "pip could not install uv from PyPI; its own message is above." \
      "Behind a proxy or a mirror, set HTTPS_PROXY or PIP_INDEX_URL, then run $0 again."
  rm -f "$requirement"
}

# make_environment DIRECTORY: with pip, if this Python can do that.
make_environment() {
  local python options=(--without-pip)
  # shellcheck disable=SC2310
  if ! python=$(find_python); then
    [ -z "${PYTHON-}" ] || exit 1
    apt_install python3.11 python3.11-venv
    python=/usr/bin/python3.11
  fi
  if "$python" -c 'import ensurepip' 2>/dev/null; then options=(); fi
  "$python" -m venv --clear "${options[@]}" "$1"
  mkdir -p "$LOGS"
}

# ensure_packages SUBJECT UV-PIP-COMMAND...: what a lock names, in .venv.
ensure_packages() {
  local subject=$1 made=ok
  shift
  # shellcheck disable=SC2310
  if ! usable_python "$BIN/python"; then
    make_environment "$VENV"
    made=made
  fi
  "$BIN/uv" --version >/dev/null 2>&1 || install_uv
  [ -n "$("$BIN/uv" pip "$@" --python "$BIN/python" --require-hashes --dry-run 2>&1 |
    sed -n '/^Would \(download\|install\|uninstall\)/p')" ] && made=made
  if [ "$made" = made ]; then
    "$BIN/uv" pip "$@" -q --python "$BIN/python" --require-hashes ||
      die "uv could not install the locked tools; its own message is above." \
        "Behind a proxy or a mirror, set HTTPS_PROXY or UV_DEFAULT_INDEX, then run $0 again."
    # Where nothing writes bytecode by itself, each run of ansible would compile all of it again: half a second.
    "$BIN/python" -m compileall -q -j 0 -x '/(ansible_collections|tests?)/' "$VENV/lib" >/dev/null || true
  fi
  say "$made" "$subject in .venv: $("$BIN/ansible" --version | sed -n '1s/.*\[core \(.*\)\]/ansible-core \1/p'), $("$BIN/python" --version)"
}

# Ansible alone: beside the other tools, if those are there.
ensure_ansible() { ensure_packages Ansible install -r "$ROOT/requirements/tools.txt"; }

ensure_tools() {
  local version
  ensure_packages tools sync "$ROOT/requirements/dev.txt"
  # ansible-test makes environments with pip in them.
  if ! "$BIN/python" -c 'import ensurepip' 2>/dev/null; then
    version=$("$BIN/python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    apt_install "python$version-venv"
  fi
}
