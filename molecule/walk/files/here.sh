#!/usr/bin/env bash
# here.sh DIRECTORY: writes what the newcomer finds, on the machine that runs the tests: the app and its repository, the
# repository and the tarball of the collection, as git would commit it, and the newcomer's key.
set -euo pipefail
root=$(cd "$(dirname "$0")/../../.." && pwd)
directory=$1

rm -rf "$directory"
mkdir -p "$directory/deploy" "$directory/certificates"
"$root/script/lib/new-app" "$directory/blog"
rm -rf "$directory/blog"
ssh-keygen -q -t ed25519 -N '' -C you@laptop -f "$directory/id_ed25519"
find /usr/local/share/ca-certificates -name '*.crt' -exec cp {} "$directory/certificates" \;
cp -r "$root/molecule/walk/files" "$directory/files"

cd "$root"
git ls-files -z --cached --others --exclude-standard | tar -c --null --ignore-failed-read -T - 2>/dev/null |
  tar -x -C "$directory/deploy"
cd "$directory/deploy"
git init -q -b main
git add -A
git -c user.name=walk -c user.email=walk@localhost -c commit.gpgsign=false -c core.hooksPath=/dev/null commit -q -m "The collection"
ansible-galaxy collection build --output-path "$directory" >/dev/null
mv "$directory"/masonite-deploy-*.tar.gz "$directory/masonite-deploy.tar.gz"
