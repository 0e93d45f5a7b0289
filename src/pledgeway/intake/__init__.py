"""Files into the ledger: what they say becomes one batch, with its sources."""
