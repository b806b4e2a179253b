"""Outside products that agents act in: one folder each, deletable without a trace."""
