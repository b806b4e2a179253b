"""Servers that stand in for the outside, over real HTTP on loopback."""
