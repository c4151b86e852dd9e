# Helpers for the shell tests: TAP with the plan at the end, and one way to run falsetto.
# Source it first:  . "$srcdir/tests/lib.sh"
#
# `run` keeps what the program said in $dir/out and $dir/err and its exit status in $status; the
# assertions after it look at those. $dir is the test's own empty folder, removed at the end.
#
# SPDX-License-Identifier: GPL-3.0-or-later

: "${srcdir:=.}"
: "${FALSETTO:=$srcdir/build/falsetto}"
: "${FALSETTO_DATADIR:=$srcdir/data}"
: "${FAL_SMALL:=$srcdir/../shared/data/audioscrobbler-small}"
export FALSETTO FALSETTO_DATADIR FAL_SMALL

tests_done=0
status=0
dir=$(mktemp -d "${TMPDIR:-/tmp}/falsetto-test.XXXXXX") || exit 99
# Nobody's own commands run before the tests'.
XDG_CONFIG_HOME=$dir/config
export XDG_CONFIG_HOME
: >"$dir/out"
: >"$dir/err"
# Tests leave what the user keeps alone, and start without any.
XDG_STATE_HOME=$dir/state
export XDG_STATE_HOME
XDG_DATA_HOME=$dir/share
export XDG_DATA_HOME
trap 'rm -rf "$dir"' EXIT
trap 'exit 130' HUP INT TERM

# A program that hangs must fail its test and not the whole run.
if timeout 5 true 2>/dev/null; then
    limit() { timeout -k 5 "${FAL_TIMEOUT:-300}" "$@"; }
else
    limit() { "$@"; }
fi

# ok DESC, not_ok DESC: one result each.
ok() {
    tests_done=$((tests_done + 1))
    printf 'ok %d - %s\n' "$tests_done" "$1"
}

not_ok() {
    tests_done=$((tests_done + 1))
    printf 'not ok %d - %s\n' "$tests_done" "$1"
}

# skip DESC REASON: a result that could not be had here.
skip() {
    tests_done=$((tests_done + 1))
    printf 'ok %d - %s # SKIP %s\n' "$tests_done" "$1" "$2"
}

# note TEXT: a line for who reads the log.
note() {
    printf '%s\n' "$1" | sed 's/^/# /'
}

# check DESC COMMAND [ARG...]: the command succeeds. It runs in this shell: functions work too.
check() {
    check_desc=$1
    shift
    if "$@" >"$dir/check.log" 2>&1; then
        ok "$check_desc"
    else
        not_ok "$check_desc"
        note "failed: $*"
        sed 's/^/# /;40q' "$dir/check.log"
    fi
}

# run [ARG...]: falsetto with nothing on its standard input.
run() {
    run_line="falsetto $*"
    limit "$FALSETTO" "$@" </dev/null >"$dir/out" 2>"$dir/err"
    status=$?
}

# run_with TEXT [ARG...]: falsetto reading TEXT from a pipe.
run_with() {
    run_line="printf TEXT | falsetto"
    run_text=$1
    shift
    run_line="$run_line $*"
    printf '%s' "$run_text" >"$dir/in"
    # cat keeps it a pipe; the pipeline's status is that of falsetto, its last part.
    cat "$dir/in" | limit "$FALSETTO" "$@" >"$dir/out" 2>"$dir/err"
    status=$?
}

# What was run and what it said, for a result that failed.
show_run() {
    note "ran: $run_line"
    note "exit status: $status"
    sed 's/^/# out: /;20q' "$dir/out"
    sed 's/^/# err: /;20q' "$dir/err"
}

# The result of the command before it, with what the program said where it failed.
judge() {
    if [ "$1" -eq 0 ]; then
        ok "$2"
    else
        not_ok "$2"
        show_run
    fi
}

is_status() { # N DESC
    [ "$status" -eq "$1" ]
    judge $? "$2"
}

# Patterns are extended regular expressions that match within one line.
out_has() { # PATTERN DESC
    grep -E -q -e "$1" "$dir/out"
    judge $? "$2"
}

out_lacks() { # PATTERN DESC
    ! grep -E -q -e "$1" "$dir/out"
    judge $? "$2"
}

err_has() { # PATTERN DESC
    grep -E -q -e "$1" "$dir/err"
    judge $? "$2"
}

err_lacks() { # PATTERN DESC
    ! grep -E -q -e "$1" "$dir/err"
    judge $? "$2"
}

# The whole of standard output; newlines at the end do not count.
out_is() { # EXPECTED DESC
    [ "$(cat "$dir/out")" = "$1" ]
    out_is_status=$?
    judge $out_is_status "$2"
    [ $out_is_status -eq 0 ] || note "expected: $1"
}

err_is() { # EXPECTED DESC
    [ "$(cat "$dir/err")" = "$1" ]
    err_is_status=$?
    judge $err_is_status "$2"
    [ $err_is_status -eq 0 ] || note "expected: $1"
}

# json FILTER: what jq finds in the last run's output, which is one document a line. Documents
# are told apart by their command: json 'select(.command == "stats") | .rows[0].users'
json() {
    jq -r "$1" "$dir/out" 2>"$dir/jq.log"
}

# json_is FILTER EXPECTED DESC: skipped where there is no jq.
json_is() {
    if ! command -v jq >/dev/null 2>&1; then
        skip "$3" "jq is not installed"
        return
    fi
    json_got=$(json "$1")
    if [ $? -eq 0 ] && [ "$json_got" = "$2" ]; then
        ok "$3"
    else
        not_ok "$3"
        note "filter:   $1"
        note "expected: $2"
        note "got:      $json_got"
        sed 's/^/# jq: /' "$dir/jq.log"
        show_run
    fi
}

# skip_all REASON: the whole file, before its first result.
skip_all() {
    printf '1..0 # SKIP %s\n' "$1"
    exit 0
}

# need_small: for tests on the published sample, which is no part of the source.
need_small() {
    [ -f "$FAL_SMALL/user_artist_data_small.txt" ] ||
        skip_all "no audioscrobbler-small in \$FAL_SMALL"
}

# need COMMAND...: programs without which the whole file makes no sense.
need() {
    for need_command; do
        command -v "$need_command" >/dev/null 2>&1 || skip_all "$need_command is not installed"
    done
}

# finish: the last line of every test. A file that stops before it has no plan and so fails. The
# results have been told by then: an exit status of 1 would count as one more.
finish() {
    printf '1..%d\n' "$tests_done"
    exit 0
}
