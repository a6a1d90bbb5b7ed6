#!/bin/sh
# there.sh KIND: makes one of the walk's machines what it was before the newcomer came: a server (web), the newcomer's
# machine (laptop), or the host of the repository (github). Runs on that machine, as root.
set -eu
walk=/root/walk

install_packages() {
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"
}

# add_user NAME SHELL
add_user() {
  useradd --create-home --shell "$2" --password '*' "$1"
  install -d -m 0700 -o "$1" -g "$1" "/home/$1/.ssh"
}

let_in() { install -m 0600 -o "$1" -g "$1" "$walk/id_ed25519.pub" "/home/$1/.ssh/authorized_keys"; }

{
  case $1 in
    web)
      timeout 60 systemctl is-system-running --wait || true
      install_packages openssh-server sudo
      add_user you /bin/bash
      let_in you
      ;;
    laptop)
      install_packages ca-certificates curl git openssh-client sudo
      cp "$walk"/certificates/*.crt /usr/local/share/ca-certificates/ 2>/dev/null || true
      update-ca-certificates
      add_user you /bin/bash
      install -m 0600 -o you -g you "$walk/id_ed25519" /home/you/.ssh/id_ed25519
      # A user may read it; and what the README clones is this state of the repository.
      cp -r "$walk/deploy" "$walk/masonite-deploy.tar.gz" /srv/
      git config --system url./srv/deploy.insteadOf https://github.com/masonite/deploy
      git config --system safe.directory '*'
      ;;
    github)
      install_packages git openssh-server
      add_user git /usr/bin/git-shell
      let_in git
      mkdir /home/git/you
      cp -r "$walk/blog.git" /home/git/you/
      chown -R git:git /home/git/you
      mkdir -p /run/sshd
      /usr/sbin/sshd
      ;;
  esac
  if [ "$1" != github ]; then
    usermod --append --groups sudo you
    echo 'you:a password of sudo' | chpasswd
  fi
} >/var/log/walk.log 2>&1 || { tail -n 20 /var/log/walk.log >&2 && exit 1; }
rm -rf "$walk"
