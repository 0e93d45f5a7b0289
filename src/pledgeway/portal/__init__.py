"""The cell's web: pages, their tables and pictures, and the API. A worker that serves it never loads the engine."""
