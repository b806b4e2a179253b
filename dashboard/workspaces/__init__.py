"""Whose things these are, who works on them, who calls: workspaces, members, keys, secrets."""
