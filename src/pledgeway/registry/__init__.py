"""Who and what the ledger speaks of: parties, items, places, and the other names they go by."""
