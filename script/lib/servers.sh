# The real NGINX and sshd of the unit tests: sourced by script/bootstrap. What the system does not have is unpacked
# below .venv/servers instead of installed: an installed package would start a service on this machine.
# shellcheck shell=bash

SERVERS=$VENV/servers

# Empty where .venv/servers has no such program, or one that does not run.
server_version() { { "$SERVERS/$1" -V 2>&1 || true; } | grep -oE -m 1 '(nginx/|OpenSSH_)[0-9.p]+' || true; }

download_servers() {
  apt-get install -y -qq --download-only --no-install-recommends -o Debug::NoLocking=1 -o APT::Sandbox::User=root \
    -o Dir::Cache::archives="$SERVERS/debs" nginx openssh-server libnss-wrapper >>"$LOGS/apt.log" 2>&1
}

unpack_servers() {
  local archive
  command -v apt-get >/dev/null ||
    die "Missing: nginx, sshd." "No apt-get here. Install them your system's way, then run $0 again."
  rm -rf "$SERVERS/files" "$SERVERS/debs"
  mkdir -p "$SERVERS/files" "$SERVERS/debs/partial"
  # The lists are renewed only if they are missing or too old: that alone needs root.
  # shellcheck disable=SC2310
  download_servers || { apt_update && download_servers; } ||
    die "apt-get could not download nginx, openssh-server and libnss-wrapper, which the unit tests need." \
      "$(tail -n 3 "$LOGS/apt.log")" "The whole log: $LOGS/apt.log"
  for archive in "$SERVERS/debs"/*.deb; do dpkg -x "$archive" "$SERVERS/files"; done
  rm -rf "$SERVERS/debs"
}

# server_program NAME: .venv/servers/NAME, a script that starts the unpacked program; its text comes from stdin.
server_program() {
  local program=$SERVERS/$1
  # It may be a link to a program of the system's that is gone.
  rm -f "$program"
  cat >"$program"
  chmod 755 "$program"
}

server_libraries() { find "$SERVERS/files" -name 'lib*.so*' -printf '%h\n' | sort -u | paste -sd:; }

make_nginx() {
  server_program nginx <<END
#!/bin/sh
export LD_LIBRARY_PATH='$(server_libraries)'
exec '$SERVERS/files/usr/sbin/nginx' "\$@"
END
}

# Root's sshd insists on the user sshd, which its package would have made: so /etc/passwd gets one.
make_sshd() {
  local part option paths=
  for part in session:SshdSessionPath auth:SshdAuthPath; do
    option=${part#*:}
    part=$SERVERS/files/usr/lib/openssh/sshd-${part%:*}
    [ ! -e "$part" ] || paths+=" -o '$option=$part'"
  done
  { getent passwd 0 && echo 'sshd:*:65534:65534::/run/sshd:/usr/sbin/nologin'; } >"$SERVERS/passwd"
  server_program sshd <<END
#!/bin/sh
export LD_LIBRARY_PATH='$(server_libraries)'
if [ "\$(id -u)" -eq 0 ] && ! getent passwd sshd >/dev/null; then
  export LD_PRELOAD=libnss_wrapper.so NSS_WRAPPER_PASSWD='$SERVERS/passwd' NSS_WRAPPER_GROUP=/etc/group
fi
exec '$SERVERS/files/usr/sbin/sshd'$paths "\$@"
END
}

ensure_servers() {
  local name found missing=() made=ok
  # These may be installed: they start nothing.
  command -v ssh-keygen >/dev/null || apt_install openssh-client
  command -v setfacl >/dev/null || apt_install acl
  mkdir -p "$SERVERS"
  for name in nginx sshd; do
    if found=$(PATH=$PATH:/usr/sbin type -P "$name"); then
      ln -sfn "$found" "$SERVERS/$name"
    elif [ -L "$SERVERS/$name" ] || [ -z "$(server_version "$name")" ]; then
      missing+=("$name")
    fi
  done
  if [ ${#missing[@]} -gt 0 ]; then
    unpack_servers
    for name in "${missing[@]}"; do "make_$name"; done
    made=made
  fi
  say "$made" "servers in .venv: $(server_version nginx), $(server_version sshd)"
}
