"""Print the body of a page; exit 1, with the reason printed, unless the answer is 200."""

import sys
import urllib.request

try:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(sys.argv[1], timeout=10) as answer:
        print(answer.read().decode())
        sys.exit(0 if answer.status == 200 else 1)
except OSError as error:
    print(error)
    sys.exit(1)
