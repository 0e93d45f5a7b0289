"""The column engine: prices and routes, a master program, whole units by search. Its door is ``planning.solving``."""
