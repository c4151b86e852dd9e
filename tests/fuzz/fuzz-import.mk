# Fuzzing the readers of listening histories: `make -C build fuzz-import` builds the targets with
# clang, and tells how to run one. Nothing else needs them.
# SPDX-License-Identifier: GPL-3.0-or-later

FUZZ_CC = clang
FUZZ_CFLAGS = -g -O1 -std=gnu11 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined
FUZZ_IMPORT = fuzz-history-json fuzz-history-csv fuzz-archive
FUZZ_IMPORT_FILES = \
	src/base/error.c src/base/glyphs.c src/base/task.c src/base/text.c src/base/text-fold.c \
	src/data/history.c src/data/history-csv.c src/data/history-input.c \
	src/data/history-json.c src/data/stream.c

EXTRA_DIST += tests/fuzz/fuzz-history.h $(FUZZ_IMPORT:%=tests/fuzz/%.c) \
	$(FUZZ_IMPORT:%=tests/fuzz/corpus/%)

fuzz-import:
	@mkdir -p tests/fuzz
	@for target in $(FUZZ_IMPORT); do \
	    $(FUZZ_CC) $(FUZZ_CFLAGS) $(DEFS) -I. $(AM_CPPFLAGS) $(GLIB_CFLAGS) $(ARCHIVE_CFLAGS) \
	        -o tests/fuzz/$$target $(top_srcdir)/tests/fuzz/$$target.c \
	        $(FUZZ_IMPORT_FILES:%=$(top_srcdir)/%) $(ARCHIVE_LIBS) $(GLIB_LIBS) -lm || exit 1; \
	    echo "tests/fuzz/$$target -max_total_time=600 -timeout=10 -rss_limit_mb=1024 NEW $(top_srcdir)/tests/fuzz/corpus/$$target"; \
	done

.PHONY: fuzz-import
