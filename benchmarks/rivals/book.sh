#!/bin/sh
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The book's manual procedure for a new version, as a plain script on the server: what a person types after ssh.
# Argument: update-first (the old process serves until the files are new) or stop-first.
set -e
site=book.test
stop() { kill "$(cat /srv/bench/sockets/$site.pid)"; }

cd /srv/bench/sites/$site
# shellcheck source=/dev/null
. /srv/bench/venvs/$site/bin/activate
[ "$1" != stop-first ] || stop
git pull -q
pip install -q -r requirements.txt
[ "$1" != update-first ] || stop
uwsgi --socket /srv/bench/sockets/$site.sock --wsgi-file wsgi.py --chmod-socket=777 \
  --pidfile /srv/bench/sockets/$site.pid --daemonize /srv/bench/sites/$site.log >/dev/null
