"""Agents: their documents and versions, and the one place where an agent is put together."""
