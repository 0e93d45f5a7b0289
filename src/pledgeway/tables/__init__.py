"""The declared tables: columns, types, units, defaults, allowed values, checks."""
