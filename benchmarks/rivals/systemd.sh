#!/bin/sh
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What most people write next: the app as a systemd service (Type=notify, master, a worker a core), restarted.
# Argument: the uv to install with ("" is pip).
set -e
site=/srv/bench/sites/systemd.test venv=/srv/bench/venvs/systemd.test
cd $site
git pull -q
if [ -n "$1" ]; then
  "$1" pip install -q --python $venv/bin/python -r requirements.txt
else
  $venv/bin/pip install -q -r requirements.txt
fi
$venv/bin/python craft migrate --force >/dev/null
systemctl restart bench-systemd
