# SPDX-License-Identifier: GPL-2.0
#
# Building, installing, trying and testing ovl; "make help" lists the targets.

# The headers of the kernel to build for, and its name as uname -r has it, which
# "make kernelrelease" of Debian's 6.1 does not say.
KDIR ?= /lib/modules/$(shell uname -r)/build
RELEASE = $(shell sed -n 's/.*UTS_RELEASE "\(.*\)"/\1/p' $(KDIR)/include/generated/utsrelease.h)
PREFIX ?= /usr/local
MODDIR ?= /lib/modules

# The kernels and the tests of "make check"; empty for all.
KERNELS ?=
TESTS ?=
# The kinds of devices of "make bench"; empty for all.
KINDS ?=
# The row of "make bench-profile"; empty for the default.
ROW ?=
# The files of "make bench-compare", as A= and B= or as words: those are no targets.
ifeq ($(firstword $(MAKECMDGOALS)),bench-compare)
A ?= $(word 2,$(MAKECMDGOALS))
B ?= $(word 3,$(MAKECMDGOALS))
$(wordlist 2,3,$(MAKECMDGOALS)):
	@:
.PHONY: $(wordlist 2,3,$(MAKECMDGOALS))
endif

all: $(KDIR)/Makefile ## build the module, kmod/ovl.ko, for the running kernel (KDIR=: another)
	$(MAKE) -C $(KDIR) M=$(CURDIR) modules

$(KDIR)/Makefile:
	@echo "There are no kernel headers in $(KDIR)." >&2
	@echo "Install them (apt-get install linux-headers-\$$(uname -r)), or say KDIR=/path/to/headers" >&2
	@false

plugin: ## build the plugin for ip, iproute2-patch/link_ovl.so
	$(MAKE) -C iproute2-patch plugin

install: all iplibdir plugin ## install module, plugin and man page (DESTDIR=, PREFIX=)
	install -D -m 644 kmod/ovl.ko \
		$(DESTDIR)$(MODDIR)/$(RELEASE)/extra/ovl.ko
	$(if $(DESTDIR),,depmod $(RELEASE))
	$(MAKE) -C iproute2-patch install MANDIR=$(PREFIX)/share/man

# Asked before anything is put anywhere.
iplibdir:
	@$(MAKE) -s -C iproute2-patch iplibdir

uninstall: iplibdir ## remove what install put there
	rm -f $(DESTDIR)$(MODDIR)/$(RELEASE)/extra/ovl.ko
	$(if $(DESTDIR),,depmod $(RELEASE))
	$(MAKE) -C iproute2-patch uninstall MANDIR=$(PREFIX)/share/man

demo: ## show three hosts with an overlay between them, in a VM
	@scripts/demo.sh

check: ## build and test on each kernel, in VMs (KERNELS="6.1 6.12", TESTS="a.sh b.sh")
	@scripts/check.sh $(KERNELS:%=--kernel %) $(TESTS)

conformance: ## test what the RFCs require, row by row (KERNELS=6.12; the newest, unless given)
	@scripts/conformance.sh $(KERNELS:%=--kernel %)

fuzz: ## garbage on every input, a minute each (TESTS="wire receive netlink", OVL_FUZZ_SECONDS=)
	@scripts/fuzz.sh $(TESTS)

check-debug: ## the tests under lockdep, KASAN and kmemleak, in User Mode Linux (TESTS=)
	@scripts/check-debug.sh $(TESTS)

bench: ## the instructions of a packet beside geneve and vxlan, in VMs (KERNELS=, KINDS=, OVL_BENCH_ROWS=)
	@KERNELS="$(KERNELS)" KINDS="$(KINDS)" scripts/bench.sh

bench-compare: ## what differs between two results of bench: make bench-compare A.json B.json
	@scripts/bench-compare.sh $(A) $(B)

bench-profile: ## where the instructions of one row go (KERNELS=7.2 KINDS=ovl ROW=both)
	@KERNELS="$(KERNELS)" KINDS="$(KINDS)" scripts/bench-profile.sh $(ROW)

bench-fdb: ## the FDB's speed and size beside vxlan's, in VMs (KERNELS=, OVL_BENCH_ENTRIES=)
	@KERNELS="$(KERNELS)" scripts/bench-fdb.sh

lint: ## checkpatch, shellcheck, sparse, coccinelle, the analyzers of gcc and clang
	@scripts/lint.sh

patch: ## make the patch for iproute2's own tree
	$(MAKE) -C iproute2-patch patch

clean: ## remove what was built in this tree
	rm -rf build
	find kmod $(wildcard .module-common.o) \( -name '*.o' -o -name '*.ko' \
		-o -name '*.mod' -o -name '*.mod.c' -o -name '.*.cmd' \
		-o -name autoconf.h -o -name '*.tmp' \) -delete
	rm -f modules.order Module.symvers .*.cmd kmod/modules.order
	$(MAKE) -C iproute2-patch clean
	$(MAKE) -C selftests clean

clean-cache: ## remove what is kept for the VMs, outside the tree
	rm -rf --one-file-system "$${XDG_CACHE_HOME:-$$HOME/.cache}/ovl"

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 14

.PHONY: all plugin iplibdir install uninstall demo check conformance check-debug fuzz bench bench-compare bench-profile bench-fdb lint patch clean clean-cache help
