# Commands of this checkout. Everything is installed into .venv; see scripts/setup.py.
PYTHON ?= python3
export DATA_DIR ?= data
export PORT ?= 8000
XIANGLING = .venv/bin/xiangling

.DEFAULT_GOAL := help
.PHONY: screenshots help setup demo run test test-spark test-ocr check messages loops lock bench test-long

help:  ## this list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 18

setup:  ## everything for development: environment, front end, catalogue
	@$(PYTHON) scripts/setup.py test

demo:  ## a fictional city on http://127.0.0.1:8000 (PORT= and DATA_DIR= choose where)
	@$(PYTHON) scripts/setup.py run
	@exec $(XIANGLING) demo

run: setup  ## development server with reload and debug pages
	@XL_DEBUG=1 exec $(XIANGLING) run

check: setup  ## style, types, import direction, translations, locks, migrations
	@.venv/bin/python scripts/check.py

test:  ## all tests on SQLite and PostgreSQL, and the browser journeys
	@$(PYTHON) scripts/setup.py browser
	@.venv/bin/python scripts/test.py

test-long: setup  ## 10,000 random moves with killed counters on both databases, then no difference (half an hour)
	@for db in postgres sqlite; do XL_TALLY_MOVES=10000 .venv/bin/python -m pytest \
		xiangling/insight/tests/test_tallies.py -q -k random_moves --db $$db || exit 1; done

bench: setup  ## how fast it is, on both databases, each figure beside a raw reference (BENCH_ROWS=)
	@.venv/bin/python -m benchmarks

messages: setup  ## gather the words users read into the Chinese catalogue
	@.venv/bin/python -m xiangling.config.messages

test-spark:  ## the questions of the lake on DuckDB and on a Spark of its own (450 MB, Java 17)
	@$(PYTHON) scripts/setup.py spark
	@.venv/bin/python scripts/test.py spark

test-ocr:  ## scans recognised and read (355 MB)
	@$(PYTHON) scripts/setup.py ocr
	@.venv/bin/python scripts/test.py ocr

loops: setup  ## write docs/loops.md anew from the declarations
	@$(XIANGLING) manage loops docs/loops.md

lock: setup  ## write the lock files anew (UPGRADE=1 takes newer versions)
	@scripts/lock.sh $(if $(UPGRADE),--upgrade)

screenshots: setup  ## the pictures of the README, taken from a fresh demo city
	@.venv/bin/python scripts/screenshots.py
