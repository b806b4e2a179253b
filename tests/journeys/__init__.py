"""A browser against a real server."""
