# Two commands: `make serve` and `make test`. Each sets up everything it needs in .venv first.
# Other Python: make serve PYTHON=python3.12        Options for the server: make serve ARGS="--port 9000"

PYTHON ?= $(shell for p in python3.12 python3.11 python3.13 python3.14 python3.10 python3; do \
	$$p -c 'import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 14))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
PIP := $(BIN)/pip install --quiet --disable-pip-version-check
MEDIAPIPE := $(shell sed -n 's/^mediapipe = \["\(.*\)"\]/\1/p' pyproject.toml)
# One more worker than there are cores; each takes whole files, the slow ones first (tests/conftest.py).
PYTEST := $(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder
ARGS ?=

.PHONY: serve test check test-fast lock clean

serve: .venv/.serve
	@$(BIN)/python -m server $(ARGS)

test: .venv/.test .venv/.npm check
	$(PYTEST) $(ARGS)

# Without the browser, training, rendering and whole sessions: under a minute on two cores.
test-fast: .venv/.test
	$(PYTEST) -m "not slow and not browser" $(ARGS)

check: .venv/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -q tests/test_language.py

# A machine with an NVIDIA GPU also gets PyTorch with CUDA (some gigabytes); others run OpenVINO and need none.
.venv/.serve: pyproject.toml
	@test -n "$(PYTHON)" || { echo "Sightline needs Python 3.10 to 3.14: install one, or name it: make serve PYTHON=/path/to/python"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv || { echo "$(PYTHON) can't make a virtual environment; on Debian and Ubuntu: apt-get install python3-venv"; exit 1; }
	@if $(BIN)/python -I models/gpu.py; then extra='[gpu]'; about=', with PyTorch for the GPU'; fi; \
	echo "Setting up .venv (once, some minutes$$about)"; \
	$(PIP) -e ".$$extra"
	@touch $@

.venv/.test: .venv/.serve tests/foreign/requirements.txt
	$(PIP) -e '.[dev]'
	@# The reference of the landmarks, without its pins: they would put another NumPy and OpenCV under test than users get.
	@$(PIP) --no-deps '$(MEDIAPIPE)' || echo "MediaPipe has no wheel for this Python: the tests that compare with it are skipped"
	@# Other people's programs for the tests, beside our packages and not among them.
	rm -rf .venv/clients
	$(PIP) --no-deps --target .venv/clients -r tests/foreign/requirements.txt
	@touch $@

# Others' JavaScript for the tests. Where npm is missing or can't install it, those tests are skipped and say so.
.venv/.npm: tests/npm/package.json .venv/.test
	@if ! command -v npm >/dev/null; then \
		echo "npm is not here: the tests of jsPsych, of gaze.d.ts and in Firefox will be skipped"; \
	elif npm install --prefix tests/npm --ignore-scripts --no-package-lock --no-audit --no-fund --loglevel=error; then \
		touch $@; \
	else \
		echo "npm could not install others' JavaScript: the tests of jsPsych, of gaze.d.ts and in Firefox will be skipped"; \
	fi

# pip takes the versions of constraints.txt, also for what builds the package.
export PIP_CONSTRAINT := constraints.txt
.venv/.serve: constraints.txt

# Writes the versions, for all systems and Pythons. Those that still fit stay; the newest ones: make lock ARGS=--upgrade
lock: .venv/.test
	$(PIP) --target .venv/lock uv
	.venv/lock/bin/uv pip compile pyproject.toml --quiet --universal --python-version 3.10 --extra dev --no-annotate \
		--custom-compile-command 'make lock' --output-file constraints.txt $(ARGS)

clean:
	rm -rf .venv build *.egg-info tests/npm/node_modules .pytest_cache .mypy_cache .ruff_cache
