"""The pages: a module each, which gathers what the page's template shows."""
