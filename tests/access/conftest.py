"""Django is set up before anything of it is imported."""

import tests.databases  # noqa: F401
