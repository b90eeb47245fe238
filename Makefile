# All that is done with this repository. "make help" lists it.

HTTP   ?= 127.0.0.1:8080
SSH    ?= 127.0.0.1:2222
DATA   ?= ./data
TRIALS ?= 5000
ROLLS  ?= 100
FUZZTIME ?= 30s
GO     ?= go

VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
PROGRAM := bin/rhaptos

# No C compiler is needed, and none of git's opinion on who owns the folder.
export CGO_ENABLED := 0
export GOFLAGS += -buildvcs=false

.DEFAULT_GOAL := help

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-13s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))
	@echo
	@echo "Variables: HTTP=$(HTTP) SSH=$(SSH) DATA=$(DATA); of drill: TRIALS=$(TRIALS) ROLLS=$(ROLLS); of fuzz: FUZZTIME=$(FUZZTIME)"

run: ## serve on 127.0.0.1, with a sample library; Ctrl-C ends it
	@.ci/install git
	@$(MAKE) --no-print-directory build
	@cmd/rhaptos/sample/serve $(PROGRAM) '$(DATA)' '$(HTTP)' '$(SSH)'

cluster: ## run two servers, PostgreSQL, an S3 server and nginx, with a sample library
	@.ci/install git curl nginx nginx-stream postgresql
	@$(MAKE) --no-print-directory build bin/versitygw
	@cmd/rhaptos/sample/cluster $(PROGRAM) bin/versitygw '$(DATA)/cluster' '$(HTTP)' '$(SSH)'

build: ## build bin/rhaptos
	$(GO) build -trimpath -ldflags '-X main.version=$(VERSION)' -o $(PROGRAM) ./cmd/rhaptos

test: ## run the linters and all tests; installs what they need
	@.ci/install git git-lfs gpg xmllint ssh ssh-keygen ssh-audit nginx nginx-stream pgbouncer varnishd haproxy curl browser java epubcheck pdftotext postgresql unzip python3 node npm python3-dulwich python3-pygit2 openssl
	@$(MAKE) --no-print-directory npm bin/versitygw
	@$(MAKE) --no-print-directory lint
	$(GO) test -vet=off -timeout 30m ./...
	$(GO) test -vet=off -timeout 10m -tags failpoint -run Killed ./publish/webhook
	@$(MAKE) --no-print-directory race RACE="./gitserver/fetchcache ./gitserver/gitexec ./publish/check"

# What -short leaves out is decided by testenv.Slow; of the scenarios one is run.
quick: ## run the unit tests and one scenario, without browser and Java
	@.ci/install git ssh ssh-keygen
	$(GO) test -short $$($(GO) list ./... | grep -v /e2e)
	$(GO) test -short -run '^TestScripts$$/^first_book$$' ./cmd/rhaptos/e2e

RACE ?= ./gitserver/... ./hooks/... ./publish/... ./web/...

race: ## run the tests under the race detector, which needs a C compiler; takes long
	@.ci/install git gcc
	CGO_ENABLED=1 $(GO) test -race -short -timeout 30m $(RACE)

fuzz: ## fuzz every target for FUZZTIME; found cases are kept in testdata/fuzz
	@.ci/fuzz $(FUZZTIME)

# What tests take from npm is kept below bin, and installed anew when its list changes.
npm: bin/npm/.installed
bin/npm/.installed: $(wildcard cmd/rhaptos/e2e/testdata/clients/package*.json)
	@mkdir -p bin/npm && cp $^ bin/npm/
	npm ci --prefix bin/npm --ignore-scripts --no-audit --no-fund
	@touch $@

lint: ## gofmt, go vet, staticcheck
	@unformatted=$$($$($(GO) env GOROOT)/bin/gofmt -l cmd docs gitserver hooks publish web) && \
		if [ -n "$$unformatted" ]; then echo "not formatted, run gofmt -w:"; echo "$$unformatted"; exit 1; fi
	$(GO) vet ./...
	$(GO) vet -tags failpoint ./gitserver/failpoint ./publish/webhook
	$(GO) tool staticcheck ./...

bench: bench-git bench-publish ## measure all beside others, and print tables; takes many minutes

bench-git: build ## measure git and HTTP beside other servers
	@.ci/install git ssh ssh-keygen nginx fcgiwrap
	@PATH="$$PATH:/usr/sbin" $(GO) run ./cmd/rhaptos-bench -program $(PROGRAM)
	@PATH="$$PATH:/usr/sbin" $(GO) test -run '^$$' -bench 'Flow|Loopback' -benchmem ./web/decision

bench-publish: build bin/hugo ## measure publication beside Hugo
	@.ci/install git ssh-keygen
	@$(GO) run ./cmd/rhaptos-bench -publish -program $(PROGRAM) -hugo bin/hugo

# An S3 server for the tests, which look for it here.
bin/versitygw:
	GOBIN=$(CURDIR)/bin $(GO) install github.com/versity/versitygw/cmd/versitygw@v1.8.0

# The newest one that this Go builds.
bin/hugo:
	GOBIN=$(CURDIR)/bin $(GO) install github.com/gohugoio/hugo@v0.165.0

benchmarks: ## run the benchmarks of single parts
	$(GO) test -run '^$$' -bench . -benchmem ./...

drill: ## kill the server thousands of times and look what is lost; takes hours
	@.ci/install git ssh ssh-keygen nginx nginx-stream postgresql openssl
	@$(MAKE) --no-print-directory bin/versitygw
	RHAPTOS_MUTANTS=1 RHAPTOS_MERGES=10000 $(GO) test -run '^(TestCrossedEdits|TestMovedPassages|TestMutants)$$' -count 1 -timeout 0 -v ./publish/merge
	RHAPTOS_TRIALS=$(TRIALS) $(GO) test -run '^TestCrash$$' -count 1 -timeout 0 -v ./cmd/rhaptos/e2e
	RHAPTOS_ROLLS=$(ROLLS) $(GO) test -run '^TestRollingRestart$$' -count 1 -timeout 0 -v ./cmd/rhaptos/e2e

clean: ## remove what was built; the data stay
	rm -rf bin

.PHONY: help run cluster build test quick race fuzz npm lint bench bench-git bench-publish benchmarks drill clean
