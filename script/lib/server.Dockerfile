# A throwaway server: the distribution with systemd as its first process, and nothing of ours.
ARG BASE
FROM ${BASE}
ENV container=docker
RUN rm -f /usr/sbin/policy-rc.d \
 && if ! command -v systemctl >/dev/null; then \
      apt-get update -qq \
   && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        ca-certificates dbus iproute2 python3 systemd systemd-sysv; \
    fi \
 && echo force-unsafe-io >/etc/dpkg/dpkg.cfg.d/throwaway \
 && rm -rf /var/lib/apt/lists/* /etc/machine-id \
 && touch /etc/machine-id \
 && systemctl mask getty.target console-getty.service systemd-logind.service >/dev/null 2>&1
STOPSIGNAL SIGRTMIN+3
CMD ["/lib/systemd/systemd"]
