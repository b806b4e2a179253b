"""The REST door, under /v1/."""
