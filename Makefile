GO ?= go
FUZZTIME ?= 20s
CONFORMANCE := kubeadm1_37 kubeadm1_36 etcd schema kubestate

.PHONY: all quick test race test-haproxy test-keepalived conformance e2e-deps e2e-smoke e2e e2e-failover lint fuzz bench bench-compare api-changes platforms test-386 new-kubernetes tidy-check tools

all: quick

# Whether a change is sound, in some minutes.
quick: tools
	$(GO) build ./...
	$(GO) vet ./...
	cd internal/e2e && $(GO) vet ./...
	$(MAKE) test lint

# The library's own tests. They run the real haproxy, getent and a program built
# with musl, beside what they write themselves.
test: tools
	$(GO) test -timeout 30m $(TESTFLAGS) ./...

# The tests with the race detector, but for those that count allocations, and those that try or judge
# thousands of texts one after the other.
race: tools
	$(GO) test -race -timeout 30m $$($(GO) list ./... | grep -vE '/internal/(limits|conformance|hostile)$$')

# What runs HAProxy, with other releases than the installed one, each by itself,
# so that each has its files judged and its failover watched. 3.2 is there too:
# make test-haproxy HAPROXY_RELEASES=3.2
HAPROXY_RELEASES ?= 3.0 3.4
test-haproxy: tools
	@for release in $(HAPROXY_RELEASES); do \
		echo "== HAProxy $$release"; \
		binary=$$(haproxycfg/testdata/haproxy.sh .haproxy $$release) || exit 1; \
		HAPROXY=$$binary $(GO) test -timeout 30m ./haproxycfg ./haproxycfg/haproxylog || exit 1; \
	done

# Two thousand files of keepalivedcfg, judged by the installed keepalived and by
# Debian 13's 2.3. make test has the installed one judge some hundred.
test-keepalived: tools
	KEEPALIVED_ALSO=$$(haproxycfg/keepalivedcfg/testdata/keepalived-2.3.sh .keepalived) \
		$(GO) test -timeout 30m ./haproxycfg/keepalivedcfg -run Keepalived -args -files 2000

# The library against kubeadm's own code and against real etcd clusters. With a
# coverage profile the kubeadm modules fail where the files that they make cover
# too little of kubeadm's validation.
VALIDATION := k8s.io/kubernetes/cmd/kubeadm/app/apis/kubeadm/validation
conformance: tools
	@for module in $(CONFORMANCE); do \
		echo "== $$module"; \
		flags=; case $$module in kubeadm*) flags="-v -coverpkg=$(VALIDATION) -coverprofile=$$(mktemp)";; esac; \
		(cd internal/conformance/$$module && $(GO) vet ./... && $(GO) test -timeout 40m -parallel 4 $$flags ./...) || exit 1; \
	done

# A real cluster in network namespaces, from the library's files: needs root on
# Linux. The first run compiles Kubernetes and etcd.
e2e-smoke: e2e-deps
	cd internal/e2e && $(GO) vet ./... && $(GO) test -count=1 -v -timeout 60m -run '^(TestSmoke|TestLab.*)$$' .

# All scenarios, and then the failover table, which takes longer.
e2e: e2e-deps
	cd internal/e2e && $(GO) test -count=1 -v -timeout 2h -skip '^TestFailover' -evidence $(CURDIR)/docs/e2e.md .
	$(MAKE) e2e-failover

# The failover table. FAILOVER_RUNS repeats each fault.
FAILOVER_RUNS ?= 1
e2e-failover: e2e-deps
	cd internal/e2e && $(GO) test -count=1 -v -timeout 8h -run '^TestFailover' -runs $(FAILOVER_RUNS) -evidence $(CURDIR)/docs/e2e-failover.md .

# Its cache stands here, because it holds the paths of the checkout.
lint:
	GOLANGCI_LINT_CACHE=$(CURDIR)/.cache/golangci-lint $(GO) tool -modfile=internal/lint/go.mod golangci-lint run ./...

# Every fuzz target of the library, FUZZTIME each, and their number. The seeds
# are run by make test.
fuzz: tools
	@count=0; for package in $$($(GO) list -f '{{if or .TestGoFiles .XTestGoFiles}}{{.ImportPath}}{{end}}' ./...); do \
		for target in $$($(GO) test -list '^Fuzz' $$package | grep '^Fuzz'); do \
			echo "== $$package $$target"; count=$$((count + 1)); \
			GO="$(GO)" internal/tools/fuzz.sh $$package $$target $(FUZZTIME) || exit 1; \
		done; \
	done; echo "== $$count fuzz targets, $(FUZZTIME) each"

# All benchmarks, also those against kubeadm, into docs/performance.md, with the
# promises that they are held to. BENCH selects benchmarks, BENCHCOUNT repeats them.
BENCHSTAT := $(GO) tool -modfile=internal/tools/go.mod benchstat
bench: tools
	@mkdir -p .cache/bench && GO="$(GO)" internal/tools/bench.sh . $(CURDIR)/.cache/bench/here.txt
	@status=0; { sed '/^## /,$$d' docs/performance.md; \
		printf '## Promises\n\n%s, commit %s; load before it ended: %s.\n\n' "$$(date -u '+%F %H:%M UTC')" "$$(git describe --always --dirty)" "$$(cut -d' ' -f1 /proc/loadavg)"; \
		internal/tools/promises.sh .cache/bench/here.txt || status=1; \
		printf '\n## Everything that was measured\n\n```text\n'; $(BENCHSTAT) .cache/bench/here.txt; echo '```'; \
	} > .cache/bench/page.md && cp .cache/bench/page.md docs/performance.md && exit $$status

# The same beside another commit: make bench-compare SINCE=main
bench-compare: tools
	@mkdir -p .cache/bench && git worktree add --quiet --detach .cache/bench/then $(SINCE)
	@trap 'git worktree remove --force .cache/bench/then' EXIT; \
	GO="$(GO)" internal/tools/bench.sh .cache/bench/then $(CURDIR)/.cache/bench/then.txt && \
	GO="$(GO)" internal/tools/bench.sh . $(CURDIR)/.cache/bench/here.txt && \
	$(BENCHSTAT) then=.cache/bench/then.txt here=.cache/bench/here.txt

# What changed in the exported API, and which of it breaks importers: make
# api-changes SINCE=v0.1.0
api-changes:
	@GO="$(GO)" internal/tools/api-changes.sh $(SINCE)

# The library and the examples, built for each platform.
PLATFORMS ?= linux/amd64 linux/arm64 linux/386 darwin/amd64 darwin/arm64 windows/amd64 windows/arm64 windows/386 js/wasm
platforms:
	@packages=$$($(GO) list ./... | grep -v /internal/); for platform in $(PLATFORMS); do \
		echo "== $$platform"; \
		CGO_ENABLED=0 GOOS=$${platform%/*} GOARCH=$${platform#*/} $(GO) build $$packages || exit 1; \
	done

# The tests on 32 bits, which an amd64 machine runs too.
test-386:
	GOARCH=386 CGO_ENABLED=0 $(GO) test ./etcdcheck/... ./haproxycfg/haproxylog/... ./haproxycfg/haproxystat/... ./kubeadmcfg ./joinplan/...

# make new-kubernetes VERSION=1.38.0: the conformance checks for another release,
# and what changed in kubeadm since the one before.
new-kubernetes:
	@GO="$(GO)" internal/tools/new-kubernetes.sh $(VERSION)

tidy-check:
	@for module in . internal/tools internal/e2e $(addprefix internal/conformance/,$(CONFORMANCE)); do \
		echo "== $$module"; (cd $$module && $(GO) mod tidy -diff) || exit 1; \
	done

tools:
	@internal/tools/install.sh haproxy:haproxy gcc:gcc musl-gcc:musl-tools socat:socat busybox:busybox shellcheck:shellcheck \
		keepalived:keepalived ip:iproute2 python3:python3 iptables:iptables nft:nftables

e2e-deps:
	@internal/tools/install.sh haproxy:haproxy containerd:containerd runc:runc ip:iproute2 conntrack:conntrack \
		socat:socat ethtool:ethtool iptables:iptables nsenter:util-linux /usr/lib/cni/ptp:containernetworking-plugins
