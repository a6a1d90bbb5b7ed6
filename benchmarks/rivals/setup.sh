#!/bin/sh
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# On the server: two more copies of the app, each with the book's three roots under /srv/bench, so that both are
# live before the first measured deploy. Arguments: the .env to copy ("" makes one), the uv to use ("" is pip).
set -eu
env_file=$1 uv=$2
root=/srv/bench
mkdir -p $root/sites $root/venvs $root/sockets $root/data
chmod 0755 $root $root/sites $root/venvs
chgrp www-data $root/sockets $root/data
chmod 2775 $root/sockets $root/data

make_env() { # NAME: the settings of the live app, but a database of its own
  if [ -n "$env_file" ]; then
    grep -v '^SQLITE_DB_DATABASE=' "$env_file" >"$root/sites/$1/.env"
  else
    key=$(python3 -c 'import base64, os; print(base64.urlsafe_b64encode(os.urandom(32)).decode())')
    printf '%s\n' APP_NAME=blog APP_ENV=production APP_DEBUG=False "APP_KEY=$key" DB_CONNECTION=sqlite \
      DB_LOG=False QUEUE_DRIVER=async MAIL_DRIVER=terminal >"$root/sites/$1/.env"
  fi
  echo "SQLITE_DB_DATABASE=$root/data/$1.sqlite3" >>"$root/sites/$1/.env"
}

make_site() { # NAME
  site=$root/sites/$1 venv=$root/venvs/$1
  git clone -q --branch bench $root/blog.git "$site"
  make_env "$1"
  python3 -m venv "$venv"
  if [ -n "$uv" ]; then
    "$uv" pip install -q --python "$venv/bin/python" -r "$site/requirements.txt" pyuwsgi
  else
    "$venv/bin/pip" install -q -r "$site/requirements.txt" pyuwsgi
  fi
  (cd "$site" && "$venv/bin/python" craft migrate --force >/dev/null)
  chown -R www-data "$site/storage" "$root/data/$1.sqlite3"
  chgrp www-data "$site/.env"
  chmod 0640 "$site/.env"
  cat >/etc/nginx/conf.d/bench-"$1".conf <<EOF
server {
    listen 80;
    server_name $1;
    location / {
        include uwsgi_params;
        uwsgi_pass unix:$root/sockets/$1.sock;
    }
}
EOF
}

make_site book.test
make_site systemd.test

cat >/etc/systemd/system/bench-systemd.service <<EOF
[Service]
Type=notify
NotifyAccess=main
User=www-data
Group=www-data
WorkingDirectory=$root/sites/systemd.test
ExecStart=$root/venvs/systemd.test/bin/uwsgi --master --need-app --die-on-term --vacuum --enable-threads \
  --single-interpreter --processes $(nproc) --module wsgi:application --virtualenv $root/venvs/systemd.test \
  --socket $root/sockets/systemd.test.sock --chmod-socket=660
Restart=on-failure
EOF

systemctl daemon-reload
systemctl start bench-systemd
cd $root/sites/book.test
$root/venvs/book.test/bin/uwsgi --socket $root/sockets/book.test.sock --wsgi-file wsgi.py --chmod-socket=777 \
  --pidfile $root/sockets/book.test.pid --daemonize $root/sites/book.test.log >/dev/null
nginx -t -q
systemctl reload-or-restart nginx
