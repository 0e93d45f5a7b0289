"""The lists: each declares its table, and which rows a reader sees in it."""
