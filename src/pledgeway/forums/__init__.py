"""Where promises are made and agreed: forums, their meetings, what was decided, and the targets they set."""
