"""The one record: promises, requirements and postings, in batches of one chain. The rules are those of accounts."""
