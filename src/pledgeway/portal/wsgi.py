"""The application that a web server runs."""

from __future__ import annotations

import gc
import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pledgeway.settings")
application = get_wsgi_application()
# What every request needs is loaded now and stays: searching it for cycles again and again takes a fifth of the time of
# a page that weighs thousands of rows.
_ = get_resolver().url_patterns
gc.collect()
gc.freeze()
