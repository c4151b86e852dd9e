# Fuzzing model files: `make -C build fuzz-model` builds the target with clang, and tells how to
# run it. Nothing else needs it.
# SPDX-License-Identifier: GPL-3.0-or-later

FUZZ_MODEL_CC = clang -g -O1 -std=gnu11 -fsanitize=fuzzer,address,undefined \
	-fno-sanitize-recover=undefined
FUZZ_MODEL_CORPUS = tests/fuzz/corpus/fuzz-model
EXTRA_DIST += tests/fuzz/fuzz-model.c $(FUZZ_MODEL_CORPUS)

fuzz-model: $(KERNELS)
	@mkdir -p tests/fuzz
	$(AM_V_GEN)$(FUZZ_MODEL_CC) $(DEFS) -I. $(AM_CPPFLAGS) $(GLIB_CFLAGS) $(ARCHIVE_CFLAGS) \
	    $(XXHASH_CFLAGS) $(BLAS_CFLAGS) -o tests/fuzz/fuzz-model \
	    $(top_srcdir)/tests/fuzz/fuzz-model.c \
	    $(patsubst %,$(top_srcdir)/%,$(filter %.c,$(src_libbase_a_SOURCES) \
	        $(src_libdata_a_SOURCES) $(src_libmodel_a_SOURCES))) \
	    $(KERNELS) $(MODEL_EXT)
	@echo "tests/fuzz/fuzz-model -max_total_time=600 -timeout=10 -rss_limit_mb=1024 NEW $(top_srcdir)/$(FUZZ_MODEL_CORPUS)"

.PHONY: fuzz-model
