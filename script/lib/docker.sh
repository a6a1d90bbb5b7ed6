# Docker Engine and the base images: sourced by script/bootstrap.
# shellcheck shell=bash

RECIPE=$ROOT/script/lib/server.Dockerfile
PACKAGES_RECIPE=$ROOT/script/lib/server-with-packages.Dockerfile

docker_answers() { docker version --format '{{.Server.Version}}' 2>/dev/null; }

start_docker() {
  local seconds
  if [ -d /run/systemd/system ]; then
    as_root systemctl start docker
  else
    # No init runs here (a container, a bare chroot): the daemon is started by hand.
    mountpoint -q /sys/fs/cgroup || { apt_install cgroupfs-mount && as_root cgroupfs-mount; }
    as_root sh -c 'setsid nohup dockerd >>/var/log/dockerd.log 2>&1 </dev/null &'
  fi
  for seconds in $(seq 60); do
    [ -S /var/run/docker.sock ] && as_root docker version >/dev/null 2>&1 && return
    sleep 1
  done
  die "Docker was started, but does not answer after $seconds s." \
    "Its log: journalctl -u docker, or /var/log/dockerd.log." "Start Docker your own way, then run $0 again."
}

# allow_docker: who is neither root nor in the group docker may use the daemon, until it starts again. A new member of the
# group would have to log in again first.
allow_docker() {
  docker_answers >/dev/null && return
  [ -n "${DOCKER_HOST-}" ] || as_root setfacl -m "u:$(id -u):rw" /var/run/docker.sock
  docker_answers >/dev/null ||
    die "Docker runs, but $(id -un) may not use it. Run this, log in again, then run $0 again:" \
      "    sudo usermod -aG docker $(id -un)"
  say made "access to Docker for $(id -un), until Docker starts again; for good: sudo usermod -aG docker $(id -un)"
}

ensure_docker() {
  local made=ok
  if ! docker_answers >/dev/null; then
    if ! command -v docker >/dev/null || { [ -z "${DOCKER_HOST-}" ] && ! command -v dockerd >/dev/null; }; then
      # Debian 13 has the command line in a package of its own.
      if [ -n "$(apt-cache search --names-only '^docker-cli$')" ]; then
        apt_install docker.io docker-cli
      else
        apt_install docker.io
      fi
    fi
    if [ -z "${DOCKER_HOST-}" ] && ! as_root docker version >/dev/null 2>&1; then
      start_docker
      made=made
    fi
    allow_docker
  fi
  say "$made" "Docker Engine $(docker_answers)"
}

# debian_base VERSION SUITE: the distribution's own image, or the same from its packages where no registry is in reach.
debian_base() {
  local archive options=()
  if registry_reachable && docker pull --quiet "debian:$1" >/dev/null; then
    docker tag "debian:$1" "masonite-deploy/base-debian:$1"
    return
  fi
  # The lists of a release that is not out yet are valid for a week, and a mirror may be further behind.
  [[ $1 = [0-9]* ]] || options=(--aptopt='Acquire::Check-Valid-Until "false"')
  archive=$(mktemp -d)
  as_root mmdebstrap --quiet --variant=minbase "${options[@]}" \
    --include=systemd,systemd-sysv,dbus,python3,ca-certificates,iproute2 "$2" "$archive/$2.tar" || return
  docker import "$archive/$2.tar" "masonite-deploy/base-debian:$1" >/dev/null || return
  as_root rm -rf "$archive"
}

ubuntu_base() {
  docker pull --quiet "ubuntu:$1" >/dev/null
  docker tag "ubuntu:$1" "masonite-deploy/base-ubuntu:$1"
}

recipe_id() { sha256sum "$RECIPE" | cut -c1-12; }

# image_current IMAGE [RECIPE_ID]
image_current() {
  [ "$(docker image inspect --format '{{index .Config.Labels "masonite.deploy.recipe"}}' "$1" 2>/dev/null)" = "${2-$(recipe_id)}" ]
}

# build_image TAG BASE RECIPE RECIPE_ID [ARGUMENT...]
build_image() {
  local tag=$1 base=$2 recipe=$3 id=$4 proxy arguments=()
  shift 4
  for proxy in http_proxy https_proxy no_proxy; do
    [ -z "${!proxy-}" ] || arguments+=(--build-arg "$proxy=${!proxy}")
  done
  DOCKER_BUILDKIT=0 docker build --build-arg "BASE=$base" "${arguments[@]}" "$@" \
    --label "masonite.deploy.recipe=$id" --tag "$tag" - <"$recipe"
}

# make_image DISTRIBUTION VERSION [SUITE], in the background: the output goes to a log.
make_image() {
  image_exists "masonite-deploy/base-$1:$2" || "$1_base" "$2" "${3-}" || return
  build_image "masonite-deploy/$1:$2" "masonite-deploy/base-$1:$2" "$RECIPE" "$(recipe_id)"
}

# Debian 12 with the packages of the role base.
ensure_image_with_packages() {
  local image=masonite-deploy/debian:12-packages packages id
  packages=$("$BIN/python" -c 'import sys, yaml; print(*yaml.safe_load(open(sys.argv[1]))["base_packages"])' \
    "$ROOT/roles/base/defaults/main.yml")
  id=$({ recipe_id && echo "$packages" && cat "$PACKAGES_RECIPE"; } | sha256sum | cut -c1-12)
  if image_current "$image" "$id"; then
    say ok "image $image"
    return
  fi
  build_image "$image" masonite-deploy/debian:12 "$PACKAGES_RECIPE" "$id" --build-arg "PACKAGES=$packages" \
    >"$LOGS/image-debian-12-packages.log" 2>&1 ||
    die "The image $image could not be made; the end of $LOGS/image-debian-12-packages.log:" \
      "$(tail -n 3 "$LOGS/image-debian-12-packages.log")"
  say made "image $image"
}

ensure_images() {
  local wanted=("debian 12 bookworm" "debian 13 trixie")
  if image_current masonite-deploy/ubuntu:22.04 && image_current masonite-deploy/ubuntu:24.04; then
    say ok "images masonite-deploy/ubuntu:22.04, masonite-deploy/ubuntu:24.04"
  elif registry_reachable; then
    wanted+=("ubuntu 22.04" "ubuntu 24.04")
  else
    say skipped "Ubuntu images: no image registry can be reached from here, so Molecule tests Debian only"
  fi
  make_images "${wanted[@]}"
  ensure_image_with_packages
}

# make_images IMAGE...: side by side, those that are missing or old; an IMAGE is "DISTRIBUTION VERSION [SUITE]".
make_images() {
  local name version suite image job failed=() jobs=()
  for image in "$@"; do
    read -r name version suite <<<"$image"
    if image_current "masonite-deploy/$name:$version"; then
      say ok "image masonite-deploy/$name:$version"
      continue
    fi
    if [ "$name" = debian ] && [ ${#jobs[@]} -eq 0 ] && ! command -v mmdebstrap >/dev/null && ! registry_reachable; then
      apt_install mmdebstrap debian-archive-keyring
    fi
    (make_image "$name" "$version" "$suite") >"$LOGS/image-$name-$version.log" 2>&1 &
    jobs+=("$!:$name:$version")
  done
  for job in "${jobs[@]}"; do
    IFS=: read -r job name version <<<"$job"
    if wait "$job"; then
      say made "image masonite-deploy/$name:$version"
    else
      failed+=("masonite-deploy/$name:$version; the end of $LOGS/image-$name-$version.log:" \
        "$(tail -n 3 "$LOGS/image-$name-$version.log")")
    fi
  done
  [ ${#failed[@]} -eq 0 ] || die "These base images could not be made:" "${failed[@]}"
}
