# The measuring bench (tests/bench/bench): its programs are built with the tests, or by name
# (`make tests/bench/synth tests/bench/measure`), and not installed.
# SPDX-License-Identifier: GPL-3.0-or-later

check_PROGRAMS += tests/bench/synth tests/bench/measure

tests_bench_synth_LDADD = $(BASE_LIBS) $(BASE_EXT)

tests_bench_measure_SOURCES = \
	tests/bench/measure.c tests/bench/measure.h \
	tests/bench/measure-answers.c \
	tests/bench/measure-file.c \
	tests/bench/measure-load.c \
	tests/bench/measure-machine.c \
	tests/bench/measure-train.c
tests_bench_measure_LDADD = $(QUERY_LIBS) $(MODEL_EXT)

EXTRA_DIST += \
	tests/bench/bench \
	tests/bench/compare.py \
	tests/bench/NOTES.md \
	tests/bench/peers \
	tests/bench/peers.py \
	tests/bench/report.py \
	tests/bench/RESULTS.md \
	tests/bench/runs.py \
	tests/bench/sample.json \
	tests/bench/screens.py
