"""What the situation page gathers: stock and flows, what comes soon, coverage of needs, and alerts."""
