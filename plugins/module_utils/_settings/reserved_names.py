# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Users and groups of Debian, Ubuntu and common packages, which no app may run as."""

from __future__ import annotations


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


# All of Debian's base-passwd.
BASE_USERS = _names(
    """
    root daemon bin sys sync games man lp mail news uucp proxy www-data backup list irc gnats _apt
    nobody
    """
)
BASE_GROUPS = _names(
    """
    root daemon bin sys adm tty disk lp mail news uucp man proxy kmem dialout fax voice cdrom floppy
    tape sudo audio dip www-data backup operator list irc src gnats shadow utmp video sasl plugdev staff
    games users nogroup
    """
)
# Of the system's other packages; membership of some of these groups is as good as root.
SYSTEM = _names(
    """
    admin wheel docker podman lxd lxc libvirt libvirt-qemu kvm qemu input render sgx netdev crontab
    ssl-cert systemd-journal systemd-network systemd-resolve systemd-timesync systemd-coredump
    systemd-oom messagebus dbus polkitd sshd ssh _ssh ssh_keys syslog uuidd tcpdump tss landscape
    fwupd-refresh usbmux avahi rtkit colord saned pulse geoclue whoopsie lightdm gdm nm-openvpn statd
    _rpc _chrony chrony ntp ntpsec systemd utempter mlocate plocate wireshark bluetooth scanner lpadmin
    sambashare google-sudoers
    """
)
# Of servers that run beside an app.
SERVICES = _names(
    """
    nginx apache httpd caddy haproxy varnish traefik postgres postgresql mysql mariadb redis valkey
    memcache memcached mongodb rabbitmq elasticsearch opensearch kibana grafana prometheus loki nagios
    zabbix munin node_exporter postfix postdrop dovecot dovenull opendkim exim debian-exim vmail bind
    unbound dnsmasq clamav fail2ban ftp vsftpd proftpd rsync samba nfsnobody nscd nslcd sssd tomcat
    jenkins gitlab-runner letsencrypt certbot acme ossec telegraf influxdb minio vault consul nomad etcd
    """
)
# Login users of cloud images, and the user who owned the code of all apps until version 0.1.
LOGINS = _names(
    """
    debian ubuntu ec2-user vagrant ansible deploy
    """
)

RESERVED = BASE_USERS | BASE_GROUPS | SYSTEM | SERVICES | LOGINS
RESERVED_PREFIXES = ("systemd-",)


def is_reserved(name: str) -> bool:
    return name in RESERVED or name.startswith(RESERVED_PREFIXES)
