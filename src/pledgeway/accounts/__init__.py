"""What may happen to a promise: stages, postings, balances by day and by what was known, the chain. Pure."""
