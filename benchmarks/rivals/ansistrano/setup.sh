#!/bin/sh
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# On the server: what a first deploy by ansistrano needs, copied from the systemd rival's: settings, virtualenv,
# service, virtual host.
set -eu
command -v rsync >/dev/null || apt-get install -qq --no-install-recommends rsync >/dev/null
root=/srv/bench name=ansistrano.test
mkdir -p $root/ansistrano/shared
sed "s|systemd\\.test|$name|" $root/sites/systemd.test/.env >$root/ansistrano/shared/.env
chgrp www-data $root/ansistrano/shared/.env
chmod 0640 $root/ansistrano/shared/.env
python3 -m venv $root/venvs/$name
$root/venvs/$name/bin/pip install -q pyuwsgi
cp $root/data/systemd.test.sqlite3 $root/data/$name.sqlite3
chown www-data $root/data/$name.sqlite3
sed -e 's|sites/systemd\.test|ansistrano/current|' -e "s|systemd\\.test|$name|g" \
  /etc/systemd/system/bench-systemd.service >/etc/systemd/system/bench-ansistrano.service
systemctl daemon-reload
sed "s|systemd\\.test|$name|g" /etc/nginx/conf.d/bench-systemd.test.conf >/etc/nginx/conf.d/bench-$name.conf
nginx -t -q
systemctl reload nginx
