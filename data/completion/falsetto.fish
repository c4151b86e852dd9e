# Completion of falsetto's command line for fish (3.2 or newer).
#
# The options and their arguments come from `falsetto --help`, what may stand after -c and the
# values of settings from `falsetto --complete LINE`: nothing here needs to follow the program.
# Artists and listeners are not completed, as that would take loading a data set.
#
# SPDX-License-Identifier: GPL-3.0-or-later

# The argument that is being typed, without its quotes and the option before it.
function __falsetto_typed
    commandline -ct | string replace -r '^--[a-z-]+=' '' | string unescape | string collect
end

# What the program says may become of a line. The tab ends each without a text of its own: else
# fish would show the option's.
function __falsetto_ask --argument-names line
    command falsetto --complete=$line 2>/dev/null | string replace -r '$' \t
end

# The argument of -c: whole lines.
function __falsetto_command
    __falsetto_ask (__falsetto_typed | string collect --allow-empty)
end

# Options with words to choose from are settings, too.
function __falsetto_value --argument-names name
    __falsetto_ask "set $name "(__falsetto_typed | string collect --allow-empty) |
        string replace "set $name " ''
end

# Whether a data set may still be named: each word is an option, or the argument of one.
function __falsetto_wants_dataset
    set -l due no
    for word in (commandline -opc)[2..-1]
        if test $due = yes
            set due no
        else if not string match -q -- '-*' $word
            return 1
        else if contains -- (string replace -r '^-[^-]*([^-])$' -- '-$1' $word) $__falsetto_taking
            set due yes
        end
    end
    test $due = no
end

complete -c falsetto -f
complete -c falsetto -n __falsetto_wants_dataset -a demo -d 'the bundled data set'
complete -c falsetto -n __falsetto_wants_dataset -F

set -g __falsetto_taking
for line in (command falsetto --help 2>/dev/null | string match -r '^  -.*')
    # Each of these is empty where the line has none.
    set -l short (string replace -rf '^  -(.), .*' '$1' -- $line)
    set -l long (string replace -rf '^  (?:-., )?--([a-z-]+).*' '$1' -- $line)
    set -l what (string replace -rf '^  [^=]*--[a-z-]+=([A-Z]+) .*' '$1' -- $line)
    set -l text (string replace -r '^  (?:-., )?--\S+ +' '' -- $line)
    set -l option -l $long -d $text
    set -q short[1]
    and set -a option -s $short
    if set -q what[1]
        set -a option -r
        set -a __falsetto_taking -$short --$long
    end
    switch "$what"
        case FILE
            complete -c falsetto $option -F
        case WHEN
            complete -c falsetto $option -x -a 'auto always never'
        case COMMAND
            complete -c falsetto $option -x -a '(__falsetto_command)'
        case ''
            complete -c falsetto $option
        case '*'
            complete -c falsetto $option -x -a "(__falsetto_value $long)"
    end
end
