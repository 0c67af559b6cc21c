GO ?= go
CONFORMANCE := kubeadm1_37 kubeadm1_36
FUZZTIME ?= 20s

.PHONY: all test race conformance lint fuzz bench tidy-check clean

all: test lint

# The library's own tests. They run the real haproxy, a program built with musl
# and getent, beside what they write themselves.
test: tools
	$(GO) test ./...

race: tools
	$(GO) test -race ./...

# Every kubeadm file that a test renders, through kubeadm's own code.
conformance:
	@for module in $(CONFORMANCE); do \
		echo "== $$module"; (cd internal/conformance/$$module && $(GO) test ./...) || exit 1; \
	done

lint:
	$(GO) tool -modfile=internal/lint/go.mod golangci-lint run ./...
	$(GO) vet ./...

# Every fuzz target, FUZZTIME each.
fuzz: tools
	@for package in $$($(GO) list ./...); do \
		for target in $$($(GO) test -list '^Fuzz' $$package | grep '^Fuzz'); do \
			echo "== $$package $$target"; \
			$(GO) test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 10x $$package || exit 1; \
		done; \
	done

bench: tools
	$(GO) test -run '^$$' -bench . -benchmem ./...

.PHONY: tools
tools:
	@internal/tools/install.sh haproxy:haproxy musl-gcc:musl-tools

tidy-check:
	$(GO) mod tidy -diff
