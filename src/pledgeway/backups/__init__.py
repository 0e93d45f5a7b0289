"""The whole database as one file that either database takes back: written while others work, whole or not at all."""
