# Fuzzing what reads files of others: `make -C build fuzz` builds the targets with clang and tells
# how to run them, `make -C build fuzz-check` runs each for a moment from its corpus, with a seed
# that stays the same, so that a failure comes again.
# SPDX-License-Identifier: GPL-3.0-or-later

FUZZ_CC = clang -g -O1 -std=gnu11 -fsanitize=fuzzer,address,undefined \
	-fno-sanitize-recover=undefined
FUZZ_TARGETS = fuzz-archive fuzz-history-csv fuzz-history-json fuzz-model
FUZZ_LIMITS = -timeout=25 -rss_limit_mb=1024

EXTRA_DIST += tests/fuzz/fuzz-history.h $(FUZZ_TARGETS:%=tests/fuzz/%.c) \
	$(FUZZ_TARGETS:%=tests/fuzz/corpus/%)

fuzz-build: $(KERNELS)
	@$(MKDIR_P) tests/fuzz
	$(AM_V_GEN)printf '%s\n' $(FUZZ_TARGETS) | xargs -P 4 -I '{}' \
	    $(FUZZ_CC) $(DEFS) -I. $(AM_CPPFLAGS) $(GLIB_CFLAGS) $(ARCHIVE_CFLAGS) \
	    $(XXHASH_CFLAGS) $(BLAS_CFLAGS) -o tests/fuzz/'{}' $(top_srcdir)/tests/fuzz/'{}'.c \
	    $(patsubst %,$(top_srcdir)/%,$(filter %.c,$(src_libbase_a_SOURCES) \
	        $(src_libdata_a_SOURCES) $(src_libmodel_a_SOURCES))) \
	    $(KERNELS) $(MODEL_EXT)

fuzz: fuzz-build
	@for target in $(FUZZ_TARGETS); do \
	    echo "tests/fuzz/$$target $(FUZZ_LIMITS) -max_total_time=3600 NEW $(top_srcdir)/tests/fuzz/corpus/$$target"; \
	done

# What it finds goes to the first folder. (xargs puts nothing into the command's own name: env.)
fuzz-check: fuzz-build
	rm -rf tests/fuzz/new && $(MKDIR_P) $(FUZZ_TARGETS:%=tests/fuzz/new/%)
	[ ! -w /dev/shm ] || export TMPDIR=/dev/shm; \
	printf '%s\n' $(FUZZ_TARGETS) | xargs -P 4 -I '{}' \
	    env tests/fuzz/'{}' $(FUZZ_LIMITS) -artifact_prefix=tests/fuzz/ -seed=1 -runs=5000 \
	    tests/fuzz/new/'{}' $(top_srcdir)/tests/fuzz/corpus/'{}'

.PHONY: fuzz fuzz-build fuzz-check
