# Aliases of run.py, for those who have make.
PYTHON ?= python3

run setup check bench lock:
	@$(PYTHON) run.py $@

test:
	@$(PYTHON) run.py test $(ARGS)

soak:
	@$(PYTHON) run.py soak $(ARGS)

drill:
	@$(PYTHON) run.py drill $(ARGS)

.DEFAULT_GOAL := run
.PHONY: run setup test soak drill check bench lock
