# The two commands of a fresh machine: make run ARGS="-p tcp", and make test. The rest is for working on the project.
SHELL := /bin/bash
MULTIARCH := /usr/include/$(shell uname -m)-linux-gnu
CLANG ?= clang
# v2: the newest instruction set that a 5.10 kernel takes everywhere
BPF_CFLAGS := -g -O2 -target bpf -mcpu=v2 -Wall -Wextra -Wno-unused-parameter -I$(MULTIARCH)
BPF_OBJECTS := $(foreach name,drop trace trace-untyped trace-cast,dist/bpf/$(name).bpf.o dist/bpf/$(name)-plain.bpf.o)
SOURCES := $(shell find src test scripts -name '*.ts' 2>/dev/null)

.PHONY: build run demo test check lint unit generate reference format clean setup setup-test kernels bench scenarios
.DEFAULT_GOAL := build

build: dist/.bundled $(BPF_OBJECTS)

run: setup
	@$(MAKE) --silent build
	@bin/droptrace $(ARGS)

demo: setup
	@$(MAKE) --silent build
	@scripts/demo

test: setup-test
	@$(MAKE) --silent build
	@scripts/test

# what every commit must pass; under a minute, and without root
check: lint
	@$(MAKE) --silent unit

# style, and that generated files are what their sources say
lint: node_modules/.installed
	@$(MAKE) --silent build
	node_modules/.bin/biome check --error-on-warnings
	node dist/scripts/generate-decoders.js --check
	node dist/scripts/generate-reference.js --check

unit: build
	scripts/unit

generate: build
	node dist/scripts/generate-decoders.js
	node_modules/.bin/biome format --write src/bpf/generated
	@$(MAKE) --silent build
	node dist/scripts/generate-reference.js

reference: build
	node dist/scripts/generate-reference.js

format: node_modules/.installed
	node_modules/.bin/biome check --write

# what tracing costs, into docs/performance.md
bench: setup-test
	@$(MAKE) --silent build
	@scripts/bench/run

# faults, and what is said of them: here, with noise beside each, and on every guest kernel, a table each
scenarios: setup-test
	@$(MAKE) --silent build
	@node dist/scripts/scenarios.js --noise
	@for suite in bullseye bookworm trixie forky; do LIMIT=3000 scripts/guest/run $$suite build/scenarios-$$suite scripts/scenarios-in-guest || exit; done

kernels: setup-test
	scripts/guest/fetch bullseye bookworm trixie forky

setup:
	@scripts/setup build

setup-test:
	@scripts/setup test

clean:
	rm -rf dist build

dist/.compiled: tsconfig.json package.json node_modules/.installed $(SOURCES)
	rm -rf dist/src dist/test dist/scripts
	node_modules/.bin/tsc -p .
	@touch $@

# What bin/ runs: one file each, and no ES module. Finding and reading a hundred modules is a quarter of the start, what Node brings along
# for ES modules a fifth of what is left, and reading what droptrace never calls a twelfth.
NOT_OF_DROPTRACE := nettrace why list doctor completion
bundle = node_modules/.bin/esbuild dist/src/cli/main.js --bundle --format=cjs --platform=node --target=node20 --outfile=dist/run/$(1).cjs \
	--external:koffi --external:cli-table3 --alias:node:child_process=./scripts/child-process.cjs --minify-whitespace --log-level=warning \
	--define:import.meta.url=here --banner:js="const here = require('node:url').pathToFileURL(__filename).href;"

dist/.bundled: dist/.compiled scripts/child-process.cjs Makefile
	rm -rf dist/run
	$(call bundle,nettrace)
	$(call bundle,droptrace) $(NOT_OF_DROPTRACE:%=--external:./%.js)
	@touch $@

# plain: without room for an expression; untyped: for probes whose arguments have no types that the verifier knows; cast: for the same,
# where the kernel lets a program say what they are
compile-bpf = @mkdir -p $(@D) && $(CLANG) $(BPF_CFLAGS) $(1) -c $< -o $@

dist/bpf/%.bpf.o: bpf/%.bpf.c $(wildcard bpf/*.h)
	$(call compile-bpf)

dist/bpf/%-plain.bpf.o: bpf/%.bpf.c $(wildcard bpf/*.h)
	$(call compile-bpf,-DPLAIN)

dist/bpf/%-untyped.bpf.o: bpf/%.bpf.c $(wildcard bpf/*.h)
	$(call compile-bpf,-DUNTYPED)

dist/bpf/%-cast.bpf.o: bpf/%.bpf.c $(wildcard bpf/*.h)
	$(call compile-bpf,-DUNTYPED -DCAST)

dist/bpf/%-cast-plain.bpf.o: bpf/%.bpf.c $(wildcard bpf/*.h)
	$(call compile-bpf,-DUNTYPED -DCAST -DPLAIN)

dist/bpf/%-untyped-plain.bpf.o: bpf/%.bpf.c $(wildcard bpf/*.h)
	$(call compile-bpf,-DUNTYPED -DPLAIN)

node_modules/.installed: package.json package-lock.json
	npm ci --silent
	@touch $@
