# Everything there is to do here. It sets up what is missing: QGIS by apt, the engine by the plugin's
# own installer, tools below build/. Set-up speaks on stderr, so that stdout holds the answer alone.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.NOTPARALLEL:

# The Python that QGIS runs on; the engine's environment is made with it too.
PYTHON ?= /usr/bin/python3
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
APT_INSTALL = $(SUDO) apt-get update -q >&2 && \
	$(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -yq --no-install-recommends

ENVIRONMENT := plugin/engine/environment.py
ENGINE = "$$($(PYTHON) $(ENVIRONMENT) python)"
VERSION = $$(sed -n 's/^version=//p' metadata.txt)
SCREEN := xvfb-run -a -s "-screen 0 1600x1000x24"

# A stamp carries the hash of what it stands for: other tools, other stamp.
TOOLS := $(shell sed -n '/^\[dependency-groups\]/,/^\[/p' pyproject.toml | sha256sum | cut -c1-12)
PIP := build/pip/bin/python -m pip --disable-pip-version-check
PIP_READY := build/pip/.ready
LINT_READY := build/lint/.ready-$(TOOLS)
CORE_READY := build/test-core/.ready-$(TOOLS)-$(notdir $(shell $(PYTHON) $(ENVIRONMENT) path 2>/dev/null))
QGIS_READY := build/test-qgis/.ready-$(TOOLS)
LINT := build/lint/bin

# main.py alone may hold iface; QGS202 takes every setValue() of a widget for one that can fail.
QGS := --select QGS --extend-ignore QGS202 --per-file-ignores plugin/main.py:QGS105

.PHONY: help
help:  ## this list
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9-]+):.*## (.*)/\1\t\2/' | expand -t16

.PHONY: run
run: qgis engine  ## open QGIS with LandLoop and a demo scene, or with SCENE=my.tif LEGEND=my.csv
	@$(PYTHON) tests/e2e/desktop.py $(if $(SCENE),--scene "$(SCENE)") $(if $(LEGEND),--legend "$(LEGEND)")

.PHONY: test
test: test-core test-qgis test-e2e  ## all tests, each in the Python that it is about

.PHONY: test-core
test-core: engine $(CORE_READY)  ## the engine and everything without QGIS, in the engine's environment
	PYTHONNOUSERSITE=1 PYTHONPATH="$(CURDIR)/build/test-core" $(ENGINE) -m pytest tests/core

.PHONY: test-qgis
test-qgis: qgis engine $(QGIS_READY)  ## the plugin, in QGIS's own Python
	@rm -rf .qgis-settings  # pytest-qgis keeps a QGIS profile there
	QT_QPA_PLATFORM=offscreen build/test-qgis/bin/python -m pytest tests/qgis

.PHONY: test-e2e
test-e2e: qgis engine $(QGIS_READY)  ## the whole loop, on a screen
	@rm -rf .qgis-settings
	$(SCREEN) build/test-qgis/bin/python -m pytest tests/e2e

.PHONY: lint
lint: engine $(LINT_READY)  ## every check of the code, and the scanners of plugins.qgis.org
	$(LINT)/ruff check .
	$(LINT)/ruff format --check .
	$(LINT)/mypy --python-executable $(ENGINE)
	PYTHONPATH=. $(LINT)/lint-imports
	$(LINT)/flake8 --isolated $(QGS) __init__.py plugin
	$(LINT)/bandit --quiet --configfile pyproject.toml --recursive __init__.py al_core plugin
	git ls-files -z --cached --others --exclude-standard __init__.py al_core plugin resources '*.md' | \
		xargs -0 $(LINT)/detect-secrets-hook --disable-plugin IPPublicDetector

.PHONY: format
format: $(LINT_READY)  ## put the code into its form
	$(LINT)/ruff check --fix .
	$(LINT)/ruff format .

.PHONY: engine-python
engine-python: engine  ## the path of the engine's interpreter, for use in a shell
	@$(PYTHON) $(ENVIRONMENT) python

.PHONY: benchmarks
benchmarks: qgis engine $(QGIS_READY)  ## the figures that our pages quote
	@for file in benchmarks/engine_*.py; do [ ! -e "$$file" ] || PYTHONPATH=. $(ENGINE) "$$file"; done
	@for file in benchmarks/qgis_*.py; do \
		[ ! -e "$$file" ] || $(SCREEN) build/test-qgis/bin/python "$$file"; done

.PHONY: package
package:  ## the zip for QGIS's plugin manager, of what is committed
	@mkdir -p build/i18n && rm -f build/i18n/*.qm build/landloop-*.zip
	@translations=(); for file in resources/i18n/*.ts; do [ -e "$$file" ] || continue; \
		qm="build/i18n/$$(basename "$${file%.ts}").qm"; lrelease -silent "$$file" -qm "$$qm"; \
		translations+=("--add-file=$$qm"); done; \
	git archive --format=zip --prefix=landloop/resources/i18n/ "$${translations[@]}" \
		--prefix=landloop/ --output="build/landloop-$(VERSION).zip" HEAD
	@ls build/landloop-*.zip

.PHONY: clean
clean:  ## remove what was made here; the engine's environment stays
	rm -rf build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .qgis-settings
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Set-up, from here on.

.PHONY: venv-module
venv-module:
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { $(APT_INSTALL) python3 python3-venv >&2; }

# One program or module of each package tells whether the package is there.
.PHONY: qgis
qgis: venv-module
	@missing=(); \
	for pair in qgis:qgis xvfb-run:xvfb xauth:xauth xdotool:xdotool import:imagemagick openbox:openbox; do \
		command -v "$${pair%:*}" >/dev/null || missing+=("$${pair#*:}"); done; \
	$(PYTHON) -c 'import qgis' 2>/dev/null || missing+=(python3-qgis qgis-providers); \
	if [ "$${#missing[@]}" -gt 0 ]; then \
		command -v apt-get >/dev/null || { echo "Install QGIS 3.22 or newer, Xvfb, xdotool, ImageMagick \
	and openbox; without apt-get this cannot be done for you." >&2; exit 1; }; \
		echo "Installing $${missing[*]}" >&2; $(APT_INSTALL) "$${missing[@]}" >&2; fi

.PHONY: engine
engine: venv-module
	@$(PYTHON) $(ENVIRONMENT) install >/dev/null

$(PIP_READY): | venv-module
	@echo "Setting up pip" >&2; rm -rf build/pip; $(PYTHON) -m venv build/pip
	@$(PIP) install --quiet --upgrade 'pip>=25.1' >&2  # the first that knows dependency groups
	@touch $@

$(LINT_READY): $(PIP_READY)
	@echo "Setting up the linters" >&2; rm -rf build/lint; $(PYTHON) -m venv --without-pip build/lint
	@$(PIP) --python build/lint/bin/python install --quiet --group lint >&2
	@touch $@

# Beside the engine's environment, not in it: the tests see what the user has.
$(CORE_READY): $(PIP_READY) | engine
	@echo "Setting up the tests of the engine" >&2; rm -rf build/test-core
	@$(PIP) --python $(ENGINE) install --quiet --target build/test-core --group test-core >&2
	@touch $@

$(QGIS_READY): $(PIP_READY) | qgis
	@echo "Setting up the tests of the plugin" >&2; rm -rf build/test-qgis
	@$(PYTHON) -m venv --without-pip --system-site-packages build/test-qgis
	@$(PIP) --python build/test-qgis/bin/python install --quiet --group test-qgis >&2
	@touch $@
