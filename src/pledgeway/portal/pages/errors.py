"""What is answered in place of a page. Denied and missing look the same from outside."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Return the page for what is not there, or not for this reader."""
    del exception
    return render(request, "portal/missing.html", {"title": "There is nothing here that you may see"}, status=404)


def failed(request: HttpRequest) -> HttpResponse:
    """Return the page for a fault of the program itself."""
    return render(request, "portal/failed.html", {"title": "This page failed"}, status=500)
