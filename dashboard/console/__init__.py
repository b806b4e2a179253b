"""The HTML door: the dashboard."""
