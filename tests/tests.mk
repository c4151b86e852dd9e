# The tests: GTest programs in tests/unit, TAP scripts elsewhere, all through automake's TAP
# driver. A unit test links the lowest set of libraries that it needs.
# SPDX-License-Identifier: GPL-3.0-or-later

UNIT_TESTS = \
	tests/unit/test-alloc \
	tests/unit/test-kernels \
	tests/unit/test-random \
	tests/unit/test-task \
	tests/unit/test-text \
	tests/unit/test-plays \
	tests/unit/test-histogram \
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
	tests/unit/test-evaluate \
	tests/unit/test-lex \
	tests/unit/test-command \
	tests/unit/test-browse \
	tests/unit/test-filter \
	tests/unit/test-resolve \
	tests/unit/test-you \
	tests/unit/test-complete \
	tests/unit/test-typed \
	tests/unit/test-render \
	tests/unit/test-chart \
	tests/unit/test-list \
	tests/unit/test-map

check_PROGRAMS = $(UNIT_TESTS)
EXTRA_DIST += tests/lib.sh tests/tui/lib.sh $(SCRIPT_TESTS) tests/unit/fixture.h tests/unit/random-files.h \
	tests/unit/same-dataset.h tests/cli/range-server.py

tests_unit_test_alloc_LDADD = $(BASE_LIBS) $(BASE_EXT)
tests_unit_test_kernels_LDADD = $(BASE_LIBS) $(BASE_EXT)
tests_unit_test_random_LDADD = $(BASE_LIBS) $(BASE_EXT)
tests_unit_test_task_LDADD = $(BASE_LIBS) $(BASE_EXT)
tests_unit_test_text_LDADD = $(BASE_LIBS) $(BASE_EXT)
tests_unit_test_plays_LDADD = $(DATA_LIBS) $(DATA_EXT)
tests_unit_test_histogram_LDADD = $(DATA_LIBS) $(DATA_EXT)
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
tests_unit_test_evaluate_LDADD = $(EVAL_LIBS) $(MODEL_EXT)
tests_unit_test_lex_LDADD = $(QUERY_LIBS) $(MODEL_EXT)
tests_unit_test_command_LDADD = $(QUERY_LIBS) $(MODEL_EXT)
tests_unit_test_browse_LDADD = $(QUERY_LIBS) $(MODEL_EXT)
tests_unit_test_filter_LDADD = $(QUERY_LIBS) $(MODEL_EXT)
tests_unit_test_resolve_LDADD = $(QUERY_LIBS) $(MODEL_EXT)
tests_unit_test_you_LDADD = $(QUERY_LIBS) $(MODEL_EXT)
tests_unit_test_complete_LDADD = $(QUERY_LIBS) $(MODEL_EXT)
tests_unit_test_typed_LDADD = $(QUERY_LIBS) $(MODEL_EXT)
tests_unit_test_render_CFLAGS = $(AM_CFLAGS) $(JSON_CFLAGS)
tests_unit_test_render_LDADD = $(RENDER_LIBS) $(RENDER_EXT)
tests_unit_test_chart_LDADD = $(RENDER_LIBS) $(RENDER_EXT)
tests_unit_test_map_LDADD = $(RENDER_LIBS) $(RENDER_EXT)
# The list knows no curses: it links without.
tests_unit_test_list_LDADD = src/libtui.a $(RENDER_LIBS) $(RENDER_EXT)

SCRIPT_TESTS = \
	tests/layers.test \
	tests/cli/small.test \
	tests/cli/bench.test \
	tests/cli/errors.test \
	tests/cli/output.test \
	tests/cli/demo.test \
	tests/cli/explore.test \
	tests/cli/you.test \
	tests/cli/cache.test \
	tests/cli/completion.test \
	tests/cli/get-audioscrobbler.test \
	tests/docs/man.test \
	tests/repl/prompt.test \
	tests/tui/random.test \
	tests/tui/screens.test

TESTS = $(UNIT_TESTS) $(SCRIPT_TESTS)
TEST_EXTENSIONS = .test
LOG_DRIVER = env AM_TAP_AWK='$(AWK)' $(SHELL) $(top_srcdir)/build-aux/tap-driver.sh
TEST_LOG_DRIVER = $(LOG_DRIVER)
# What a test may see: no user's files, no locale, no time zone but these.
AM_TESTS_ENVIRONMENT = \
	G_DEBUG=fatal-warnings; export G_DEBUG; \
	LC_ALL=C.UTF-8; export LC_ALL; TZ=UTC; export TZ; \
	HOME='$(abs_top_builddir)/tests/home'; export HOME; \
	unset XDG_STATE_HOME XDG_CONFIG_HOME XDG_CACHE_HOME NO_COLOR COLUMNS LINES INPUTRC; \
	FALSETTO='$(abs_top_builddir)/falsetto'; export FALSETTO; \
	FALSETTO_DATADIR='$(abs_top_srcdir)/data'; export FALSETTO_DATADIR; \
	srcdir='$(abs_top_srcdir)'; export srcdir; \
	builddir='$(abs_top_builddir)'; export builddir; \
	FAL_SMALL=$${FAL_SMALL-'$(abs_top_srcdir)/../shared/data/audioscrobbler-small'}; export FAL_SMALL;

clean-local:
	rm -rf tests/home
