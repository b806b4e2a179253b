# Aliases of run.py, for those who have make.
PYTHON ?= python3

run setup check bench lock:
	@$(PYTHON) run.py $@

test:
	@$(PYTHON) run.py test $(ARGS)

.DEFAULT_GOAL := run
.PHONY: run setup test check bench lock
