"""Who uses Pledgeway, for which party, and the one place that decides what they may see and do."""
