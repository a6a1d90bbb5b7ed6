#!/bin/sh
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# On the server: every trace of the two other copies. Harmless where there are none.
systemctl stop bench-systemd bench-ansistrano 2>/dev/null
for process in /proc/[0-9]*; do
  case $(readlink "$process/cwd") in
    /srv/bench/*) kill -9 "${process#/proc/}" ;;
  esac
done 2>/dev/null
rm -rf /srv/bench /etc/nginx/conf.d/bench-*.conf /etc/systemd/system/bench-*.service
systemctl daemon-reload
if systemctl is-active -q nginx && nginx -t -q; then systemctl reload nginx; fi
exit 0
