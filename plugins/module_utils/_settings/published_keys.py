# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Application keys that anybody can read in a public repository: they protect nothing and are no secrets."""

from __future__ import annotations

PUBLISHED_KEYS = {
    # MasoniteFramework/cookie-cutter, branches 4.0 and 5.x: config/application.py.
    # MasoniteFramework/masonite4, and masonite since 4.0: tests/integrations/config/application.py.
    "-RkDOqXojJIlsF_I8wWiUq_KRZ0PtGWTOZ676u5HtLg=": "the key the Masonite 4 starter app is published with",
    # MasoniteFramework/cookie-cutter, branches 4.0 and 5.x: .env-example, and so in every app whose .env is a
    # copy of it. MasoniteFramework/masonite since 4.10: .env-example.
    "kdFqv3GDtbgryi-1RAtMDwFa80WQuDPwYcFDie4r9zs=": "the key in the .env-example of the Masonite starter app",
    # MasoniteFramework/cookie-cutter and masonite, before 2.2: .env-example (KEY).
    "iP9S645k2UPF4Z0KgWhkPJ54ITzFctm3yaOcy9fwzHM=": "the key in the .env-example of an early starter app",
    # MasoniteFramework/masonite 1.0 to 3.0: config/application.py and tests. MasoniteFramework/entry:
    # config/application.py.
    "NCTpkICMlTXie5te9nJniMj9aVbPM6lsjeq5iDZ0dqY=": "the key that Masonite 1 to 3 are published with",
    # MasoniteFramework/masonite 2.2 to 3.0: config/application.py.
    # girardinsamuel/cookiecutter-masonite-package: config/application.py.
    "mQhQtBZP-WmaJl5FpW2dC0vpnYs2ms1u5AIVqDM8s6w=": "the key that Masonite 2 and 3 are published with",
    # MasoniteFramework/masonite 2.2 to 3.0: tests/core/test_cookie_signing.py.
    "pK1tLuZA8-upZGz-NiSCP_UVt-fxpxd796TaG6-dp8Y=": "a key of Masonite's published tests",
    # MasoniteFramework/masonite and masonite4: tests/features/validation/test_validation.py.
    "UKLAdrye6pZG4psVRPZytukJo2-A_Zxbo0VaqR5oig8=": "a key of Masonite's published tests",
    # MasoniteFramework/api, logging, notifications and orm: config/application.py.
    # girardinsamuel/cookiecutter-masonite-package: config/application.py.
    "wzWfd04IxEjyoyNHN9M-pizOO4TYOnWUoxBqjO61FCA=": "the key that packages of Masonite are published with",
    # girardinsamuel/cookiecutter-masonite-package: .env-example.
    "plyUWY8iZnEH9_8WrVjl-LS3B8aRtHK9UAB35fGAq0M=": "the key in the .env-example of a package starter",
}


def find_published_key(value: str) -> str:
    """Where a key is published; nothing if it is not known to be."""
    return PUBLISHED_KEYS.get(value.strip().strip("'\""), "")
