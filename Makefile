GO ?= go
FUZZTIME ?= 20s
CONFORMANCE := kubeadm1_37 kubeadm1_36 etcd schema kubestate

.PHONY: all test test-haproxy-3.0 conformance e2e-deps e2e-smoke e2e e2e-failover lint fuzz bench compatibility platforms test-386 new-kubernetes tidy-check tools

all: test lint

# The library's own tests. They run the real haproxy, getent and a program built
# with musl, beside what they write themselves.
# TESTFLAGS=-race looks for races too.
test: tools
	$(GO) test -timeout 30m $(TESTFLAGS) ./...

# haproxycfg with Debian 13's HAProxy 3.0: it judges files beside the installed one, and is what the failover tests run.
test-haproxy-3.0: tools
	HAPROXY_ALSO=$$(haproxycfg/testdata/haproxy-3.0.sh .haproxy) $(GO) test ./haproxycfg/...

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

# All benchmarks, also those against kubeadm, and the ratios that are promised.
bench: tools
	$(GO) run ./internal/bench -write docs/performance.md . $(addprefix internal/conformance/,$(filter kubeadm%,$(CONFORMANCE)))

# What the tests run, into docs/compatibility.md.
compatibility:
	dir=$$(mktemp -d) && HAPLANE_RAN=$$dir $(MAKE) test-haproxy-3.0 test conformance && $(GO) run ./internal/compatibility -ran $$dir -update

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
	@$(GO) run ./internal/upkeep -version $(VERSION)

tidy-check:
	@for module in . internal/e2e $(addprefix internal/conformance/,$(CONFORMANCE)); do \
		echo "== $$module"; (cd $$module && $(GO) mod tidy -diff) || exit 1; \
	done

tools:
	@internal/tools/install.sh haproxy:haproxy gcc:gcc musl-gcc:musl-tools socat:socat busybox:busybox shellcheck:shellcheck

e2e-deps:
	@internal/tools/install.sh haproxy:haproxy containerd:containerd runc:runc ip:iproute2 conntrack:conntrack \
		socat:socat ethtool:ethtool iptables:iptables nsenter:util-linux /usr/lib/cni/ptp:containernetworking-plugins
