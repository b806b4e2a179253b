"""The HTML door: pages as members see them."""
