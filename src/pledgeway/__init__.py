"""Pledgeway: from pledge to delivery."""

__version__ = "0.1.0"
