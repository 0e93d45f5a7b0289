"""Pictures as SVG drawn on the server, and the report of a plan as one HTML file."""
