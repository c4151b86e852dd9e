# The tests: GTest programs in tests/unit, TAP scripts elsewhere, all through automake's TAP
# driver. A unit test links the lowest set of libraries that it needs.
# SPDX-License-Identifier: GPL-3.0-or-later

UNIT_TESTS = \
	tests/unit/test-alloc \
	tests/unit/test-kernels \
	tests/unit/test-random \
	tests/unit/test-task \
	tests/unit/test-text \
	tests/unit/test-newfile \
	tests/unit/test-plays \
	tests/unit/test-histogram \
	tests/unit/test-history \
	tests/unit/test-reader \
	tests/unit/test-dataset \
	tests/unit/test-load \
	tests/unit/test-cache \
	tests/unit/test-settings \
	tests/unit/test-train \
	tests/unit/test-warmup \
	tests/unit/test-foldin \
	tests/unit/test-search \
	tests/unit/test-metrics \
	tests/unit/test-split \
	tests/unit/test-model-file \
	tests/unit/test-evaluate \
	tests/unit/test-tune \
	tests/unit/test-lex \
	tests/unit/test-keyname \
	tests/unit/test-bindings \
	tests/unit/test-command \
	tests/unit/test-browse \
	tests/unit/test-filter \
	tests/unit/test-resolve \
	tests/unit/test-jump \
	tests/unit/test-you \
	tests/unit/test-match-names \
	tests/unit/test-complete \
	tests/unit/test-typed \
	tests/unit/test-render \
	tests/unit/test-chart \
	tests/unit/test-list \
	tests/unit/test-map \
	tests/unit/test-theme \
	tests/unit/test-space

check_PROGRAMS = $(UNIT_TESTS)
EXTRA_DIST += tests/lib.sh tests/tui/lib.sh $(SCRIPT_TESTS) $(KEYS_TESTS) tests/unit/fixture.h tests/unit/random-files.h \
	tests/unit/same-dataset.h tests/cli/range-server.py tests/cli/make-exports.py

tests_unit_test_alloc_LDADD = $(BASE_LIBS) $(BASE_EXT)
tests_unit_test_kernels_LDADD = $(BASE_LIBS) $(BASE_EXT)
tests_unit_test_random_LDADD = $(BASE_LIBS) $(BASE_EXT)
tests_unit_test_task_LDADD = $(BASE_LIBS) $(BASE_EXT)
tests_unit_test_text_LDADD = $(BASE_LIBS) $(BASE_EXT)
tests_unit_test_newfile_LDADD = $(DATA_LIBS) $(DATA_EXT)
tests_unit_test_plays_LDADD = $(DATA_LIBS) $(DATA_EXT)
tests_unit_test_histogram_LDADD = $(DATA_LIBS) $(DATA_EXT)
tests_unit_test_history_CFLAGS = $(AM_CFLAGS) $(ARCHIVE_CFLAGS)
tests_unit_test_history_LDADD = $(DATA_LIBS) $(DATA_EXT)
tests_unit_test_reader_LDADD = $(DATA_LIBS) $(DATA_EXT)
tests_unit_test_dataset_LDADD = $(DATA_LIBS) $(DATA_EXT)
tests_unit_test_load_LDADD = $(DATA_LIBS) $(DATA_EXT)
tests_unit_test_cache_LDADD = $(DATA_LIBS) $(DATA_EXT)
tests_unit_test_settings_LDADD = $(MODEL_LIBS) $(MODEL_EXT)
tests_unit_test_train_LDADD = $(MODEL_LIBS) $(MODEL_EXT)
tests_unit_test_warmup_LDADD = $(MODEL_LIBS) $(MODEL_EXT)
tests_unit_test_foldin_LDADD = $(MODEL_LIBS) $(MODEL_EXT)
tests_unit_test_search_LDADD = $(MODEL_LIBS) $(MODEL_EXT)
tests_unit_test_metrics_LDADD = $(EVAL_LIBS) $(MODEL_EXT)
tests_unit_test_split_LDADD = $(EVAL_LIBS) $(MODEL_EXT)
tests_unit_test_model_file_CFLAGS = $(AM_CFLAGS) $(ARCHIVE_CFLAGS) $(XXHASH_CFLAGS)
tests_unit_test_model_file_LDADD = $(EVAL_LIBS) $(MODEL_EXT)
tests_unit_test_evaluate_LDADD = $(EVAL_LIBS) $(MODEL_EXT)
tests_unit_test_tune_LDADD = $(EVAL_LIBS) $(MODEL_EXT)
tests_unit_test_lex_LDADD = $(QUERY_LIBS) $(MODEL_EXT)
tests_unit_test_keyname_LDADD = $(QUERY_LIBS) $(MODEL_EXT)
tests_unit_test_bindings_LDADD = $(QUERY_LIBS) $(MODEL_EXT)
tests_unit_test_command_LDADD = $(QUERY_LIBS) $(MODEL_EXT)
tests_unit_test_browse_LDADD = $(QUERY_LIBS) $(MODEL_EXT)
tests_unit_test_filter_LDADD = $(QUERY_LIBS) $(MODEL_EXT)
tests_unit_test_resolve_LDADD = $(QUERY_LIBS) $(MODEL_EXT)
tests_unit_test_jump_LDADD = $(QUERY_LIBS) $(MODEL_EXT)
tests_unit_test_you_LDADD = $(QUERY_LIBS) $(MODEL_EXT)
tests_unit_test_match_names_LDADD = $(QUERY_LIBS) $(MODEL_EXT)
tests_unit_test_complete_LDADD = $(QUERY_LIBS) $(MODEL_EXT)
tests_unit_test_typed_LDADD = $(QUERY_LIBS) $(MODEL_EXT)
tests_unit_test_render_CFLAGS = $(AM_CFLAGS) $(JSON_CFLAGS)
tests_unit_test_render_LDADD = $(RENDER_LIBS) $(RENDER_EXT)
tests_unit_test_chart_LDADD = $(RENDER_LIBS) $(RENDER_EXT)
tests_unit_test_map_LDADD = $(RENDER_LIBS) $(RENDER_EXT)
tests_unit_test_space_LDADD = $(RENDER_LIBS) $(RENDER_EXT)
# The list and the themes know no curses: they link without.
tests_unit_test_list_LDADD = src/libtui.a $(RENDER_LIBS) $(RENDER_EXT)
tests_unit_test_theme_LDADD = src/libtui.a $(RENDER_LIBS) $(RENDER_EXT)

# The screens, driven by scripts (HACKING.md): their program, and what it is given.
check_PROGRAMS += tests/tui/drive
tests_tui_drive_SOURCES = \
	tests/tui/drive.c tests/tui/drive.h \
	tests/tui/drive-lines.c \
	tests/tui/drive-random.c \
	tests/tui/drive-term.c tests/tui/drive-term.h
tests_tui_drive_CFLAGS = $(AM_CFLAGS) $(CURSES_CFLAGS)
tests_tui_drive_LDADD = src/libtui.a $(RENDER_LIBS) $(CURSES_LIBS) $(RENDER_EXT)
KEYS_TESTS = \
	tests/tui/alone.keys \
	tests/tui/artists.keys \
	tests/tui/cancel.keys \
	tests/tui/demo.keys \
	tests/tui/evaluate.keys \
	tests/tui/hints.keys \
	tests/tui/jobs.keys \
	tests/tui/last.keys \
	tests/tui/listeners.keys \
	tests/tui/map.keys \
	tests/tui/models.keys \
	tests/tui/mouse.keys \
	tests/tui/overview.keys \
	tests/tui/pages.keys \
	tests/tui/prompt.keys \
	tests/tui/random.keys \
	tests/tui/roles.keys \
	tests/tui/sizes.keys \
	tests/tui/train.keys \
	tests/tui/write.keys \
	tests/tui/you.keys

SCRIPT_TESTS = \
	tests/layers.test \
	tests/cli/small.test \
	tests/cli/bench.test \
	tests/cli/peers.test \
	tests/cli/errors.test \
	tests/cli/output.test \
	tests/cli/demo.test \
	tests/cli/explore.test \
	tests/cli/files.test \
	tests/cli/you.test \
	tests/cli/bind.test \
	tests/cli/import.test \
	tests/cli/tune.test \
	tests/cli/cache.test \
	tests/cli/completion.test \
	tests/cli/get-audioscrobbler.test \
	tests/docs/man.test \
	tests/repl/prompt.test \
	tests/tui/bind.test \
	tests/tui/empty.test \
	tests/tui/state.test \
	tests/tui/colour.test \
	tests/tui/ends.test \
	tests/tui/input.test \
	tests/tui/latency.test \
	tests/tui/random-terminal.test \
	tests/tui/rc.test \
	tests/tui/resize.test \
	tests/tui/suspend.test \
	tests/tui/terminals.test \
	tests/tui/long-list.test \
	tests/tui/jump.test \
	tests/tui/import.test \
	tests/tui/tune.test

TESTS = $(UNIT_TESTS) $(SCRIPT_TESTS) $(KEYS_TESTS)
TEST_EXTENSIONS = .test .keys
LOG_DRIVER = env AM_TAP_AWK='$(AWK)' $(SHELL) $(top_srcdir)/build-aux/tap-driver.sh
TEST_LOG_DRIVER = $(LOG_DRIVER)
KEYS_LOG_DRIVER = $(LOG_DRIVER)
KEYS_LOG_COMPILER = tests/tui/drive
# What a test may see: no user's files, no locale, no time zone but these.
AM_TESTS_ENVIRONMENT = \
	G_DEBUG=fatal-warnings; export G_DEBUG; \
	LC_ALL=C.UTF-8; export LC_ALL; TZ=UTC; export TZ; \
	HOME='$(abs_top_builddir)/tests/home'; export HOME; \
	unset XDG_STATE_HOME XDG_DATA_HOME XDG_CONFIG_HOME XDG_CACHE_HOME NO_COLOR COLUMNS LINES INPUTRC; \
	FALSETTO='$(abs_top_builddir)/falsetto'; export FALSETTO; \
	FALSETTO_DATADIR='$(abs_top_srcdir)/data'; export FALSETTO_DATADIR; \
	srcdir='$(abs_top_srcdir)'; export srcdir; \
	builddir='$(abs_top_builddir)'; export builddir; \
	FAL_SMALL=$${FAL_SMALL-'$(abs_top_srcdir)/../shared/data/audioscrobbler-small'}; export FAL_SMALL;

clean-local:
	rm -rf tests/home
