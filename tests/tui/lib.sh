# Helpers for the tests of the screens: a private tmux server types the keys and is asked what stands
# on the screen. Nothing waits for a time, all for a text. Sourced after tests/lib.sh.
#
# SPDX-License-Identifier: GPL-3.0-or-later

need tmux
tmux_do() {
    tmux -L "falsetto-test-$$" -f /dev/null "$@"
}
tmux_do -u new-session -d -s probe 'exec sleep 3600' 2>"$dir/err" ||
    skip_all "tmux cannot start: $(cat "$dir/err")"
trap 'tmux_do kill-server 2>/dev/null; rm -rf "$dir"' EXIT
tmux_do set-option -g default-terminal tmux-256color

XDG_STATE_HOME=$dir/state
export XDG_STATE_HOME
unset NO_COLOR ENV
data=$dir/data
run_line='falsetto'

# Artist number i has 61 - i listeners: the order of the list is known. A name that would paint
# the screen red, and a wide one, stand among the first.
mkdir "$data"
awk 'BEGIN {
    for (a = 1; a <= 40; a++)
        for (u = 1; u <= 61 - a; u++)
            print u, 100 + a, 1 + (u * a) % 7
}' >"$data/user_artist_data.txt"
{
    printf '%s\t%s\n' 101 Radiohead 102 'The Beatles' 103 'Björk' 104 '椎名林檎'
    printf '105\tEvil\033[31mRed\033]0;x\007\n'
    printf '%s\t%s\n' 106 'Sigur Rós' 107 'Nina Simone' 108 'Nine Inch Nails'
    awk 'BEGIN { for (a = 9; a <= 40; a++) printf "%d\tArtist %02d\n", 100 + a, a }'
} >"$data/artist_data.txt"

# Runs falsetto in the pane's shell, so that what it leaves behind can be seen.
cat >"$dir/go" <<END
stty -g >'$dir/before'
sh -c 'echo \$\$ >"\$0"; exec "\$@"' '$dir/pid' '$FALSETTO' "\$@"
echo "ended with \$?"
stty -g >'$dir/after'
echo 'all is over'
END

look() {
    tmux_do capture-pane -p -t s >"$dir/out" 2>/dev/null
}

# until_true COMMAND...: it succeeds within a minute.
until_true() {
    until_tries=1200
    until "$@"; do
        until_tries=$((until_tries - 1))
        [ "$until_tries" -gt 0 ] || return 1
        sleep 0.05
    done
}

shows() {
    look
    grep -E -q -e "$1" "$dir/out"
}

hides() {
    look
    ! grep -E -q -e "$1" "$dir/out"
}

see() { # PATTERN DESC
    until_true shows "$1"
    judge $? "$2"
}

# also: what see found may have been drawn before the rest of the screen.
also() { # PATTERN DESC
    grep -E -q -e "$1" "$dir/out" || until_true shows "$1"
    judge $? "$2"
}

not_see() { # PATTERN DESC
    until_true hides "$1"
    judge $? "$2"
}

keys() {
    tmux_do send-keys -t s "$@"
}

text() {
    tmux_do send-keys -t s -l "$1"
}

# type TEXT: and Enter.
type() {
    text "$1"
    keys Enter
}

# is_flag NAME VALUE: a flag of the pane, as tmux sees it.
is_flag() {
    [ "$(tmux_do display-message -p -t s "#{$1}")" = "$2" ]
}

# shell [ENV...]: a fresh shell in a pane of 100 x 30.
shell() {
    tmux_do kill-session -t s 2>/dev/null
    tmux_do new-session -d -s s -x 100 -y 30 env "PS1=ready> " "$@" sh -i
    tmux_do set-window-option -t s window-size manual 2>/dev/null
    until_true shows '^ready>'
}

# in_shell: its prompt is the last line with anything on it.
in_shell() {
    look
    [ "$(grep -v '^ *$' "$dir/out" | tail -n 1 | sed 's/ *$//')" = 'ready>' ]
}

# start [ARG...]: falsetto in that shell. What stands there from before is wiped off: it is no answer.
start() {
    until_true in_shell
    tmux_do send-keys -R -t s
    rm -f "$dir/before" "$dir/after" "$dir/pid"
    type "clear; sh '$dir/go' $*"
}

resize() {
    tmux_do resize-window -t s -x "$1" -y "$2"
}

# The terminal is as it was before.
restored() { # DESC
    see '^all is over' "$1: the shell is back"
    check "$1: the alternate screen is left" until_true is_flag alternate_on 0
    check "$1: the cursor shows" until_true is_flag cursor_flag 1
    check "$1: the terminal's modes are what they were" cmp "$dir/before" "$dir/after"
}
