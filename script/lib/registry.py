"""Exit 0 when Docker Hub can be reached from here: it answers its version question with 401."""

import sys
import urllib.error
import urllib.request

try:
    urllib.request.urlopen("https://registry-1.docker.io/v2/", timeout=4)
except urllib.error.HTTPError as answer:
    sys.exit(0 if answer.code == 401 else 1)
except OSError:
    sys.exit(1)
