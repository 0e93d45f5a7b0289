"""The tests. They run over plain http, as on a developer's machine, with a key of no value."""

import os

os.environ |= {"PLEDGEWAY_DEMO": "1", "SECRET_KEY": "a key for tests"}
