# Shared by script/*: sourced by bash, never run.
# shellcheck shell=bash

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
VENV=$ROOT/.venv
LOGS=$VENV/log
BIN=$VENV/bin

# uv trusts the certificate authorities that this machine trusts, as pip, git and curl do, and not only its own list.
[ ! -e /etc/ssl/certs/ca-certificates.crt ] || export UV_SYSTEM_CERTS=${UV_SYSTEM_CERTS-true}

# One line a step: what was done (ok: nothing to do), and to what.
say() { printf '%-7s %s\n' "$1" "$2"; }

die() {
  printf 'FAILED  %s\n' "$1" >&2
  shift
  for line in "$@"; do printf '        %s\n' "$line" >&2; done
  exit 1
}

has_sudo() { sudo -n true 2>/dev/null || { [ -t 0 ] && command -v sudo >/dev/null; }; }

need_root() {
  [ "$(id -u)" -eq 0 ] || has_sudo ||
    die "This step needs root, and neither root nor sudo is at hand. As root run this, then $0 again:" "    $*"
}

# as_root COMMAND...: the command as root; without root and sudo, the end, with what to run by hand.
as_root() {
  need_root "$*"
  if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo -- "$@"; fi
}

apt_updated=
apt_update() {
  [ -z "$apt_updated" ] || return 0
  need_root "apt-get update"
  as_root apt-get update -qq >>"$LOGS/apt.log" 2>&1 || true
  apt_updated=yes
}

apt_install() {
  command -v apt-get >/dev/null || die "Missing: $*." "No apt-get here. Install them your system's way, then run $0 again."
  need_root "apt-get update && apt-get install -y --no-install-recommends $*"
  apt_update
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >>"$LOGS/apt.log" 2>&1 ||
    die "apt-get could not install: $*" "$(tail -n 3 "$LOGS/apt.log")" "The whole log: $LOGS/apt.log"
  say made "packages: $*"
}

# Asked once a run.
registry=
registry_reachable() {
  if [ -z "$registry" ]; then
    if "$BIN/python" "$ROOT/script/lib/registry.py"; then registry=yes; else registry=no; fi
  fi
  [ "$registry" = yes ]
}

image_exists() { docker image inspect "$1" >/dev/null 2>&1; }
