"""What facts rest on: sources, and the exact passages in them."""
