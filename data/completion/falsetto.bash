# Completion of falsetto's command line for bash (4 or newer).
#
# The options and their arguments come from `falsetto --help`, what may stand after -c and the
# values of settings from `falsetto --complete LINE`: nothing here needs to follow the program.
# Artists and listeners are not completed, as that would take loading a data set.
#
# SPDX-License-Identifier: GPL-3.0-or-later

# Reads the line up to the cursor as bash would. words: the words without their quotes, the last
# one being typed; quote: the quote that is open in it; before: what of it readline leaves alone,
# as it completes from the last character that parts words, or from the open quote; redirect: it
# names the file of a redirection.
_falsetto_read() {
    local line=$1 word='' parted='' begun='' c
    local -i i
    words=() quote='' before='' redirect=''
    for ((i = 0; i < ${#line}; i++)); do
        c=${line:i:1}
        if [[ $c == \\ && $quote != "'" ]]; then
            # Within "..." it is a character like others, but before these.
            if [[ -z $quote || ${line:i+1:1} == [\"\\\$\`] ]]; then
                i+=1 c=${line:i:1}
            fi
            word+=$c begun=1
        elif [[ -n $quote ]]; then
            if [[ $c == "$quote" ]]; then
                quote='' before=$parted
            else
                word+=$c
            fi
        elif [[ $c == [\"\'] ]]; then
            quote=$c before=$word begun=1
        elif [[ $c == [$' \t\n<>'] ]]; then
            # The number of a stream belongs to its redirection.
            [[ $c != [\<\>] || $word == *[!0-9]* ]] || begun=''
            [[ -z $begun || -n $redirect ]] || words+=("$word")
            [[ -z $begun ]] || redirect=''
            [[ $c != [\<\>] ]] || redirect=1
            word='' parted='' before='' begun=''
        else
            word+=$c begun=1
            [[ $COMP_WORDBREAKS != *"$c"* ]] || parted=$word before=$word
        fi
    done
    words+=("$word")
}

# argument: what each option takes, as the help calls it; nothing for those that take none.
_falsetto_options() {
    local line pattern='^  ((-.), )?(--[a-z-]+)(=([A-Z]+))?'
    argument=() long=()
    while IFS= read -r line; do
        [[ $line =~ $pattern ]] || continue
        argument[${BASH_REMATCH[3]}]=${BASH_REMATCH[5]}
        long[${BASH_REMATCH[3]}]=${BASH_REMATCH[3]}
        if [[ -n ${BASH_REMATCH[2]} ]]; then
            argument[${BASH_REMATCH[2]}]=${BASH_REMATCH[5]}
            long[${BASH_REMATCH[2]}]=${BASH_REMATCH[3]}
        fi
    done < <("$program" --help 2>/dev/null)
}

# What the words before the one being typed ask for. option: the one whose argument is due;
# dataset: there is one already; ended: by --, no more options.
_falsetto_walk() {
    local word
    option='' dataset='' ended=''
    for word in "${words[@]:1:${#words[@]}-2}"; do
        if [[ -n $option ]]; then
            option=''
        elif [[ -n $ended || $word != -?* ]]; then
            dataset=1
        elif [[ $word == -- ]]; then
            ended=1
        else
            # Of letters put together the last one may take an argument.
            [[ $word == --* ]] || word=-${word: -1}
            [[ -z ${argument[$word]-} ]] || option=$word
        fi
    done
}

# Files that begin with $2, $1 standing before each: readline quotes them.
_falsetto_files() {
    local path
    compopt -o filenames 2>/dev/null
    while IFS= read -r path; do
        path=$1$path
        COMPREPLY+=("${path#"$before"}")
    done < <(compgen -f -- "$2")
}

# Puts candidates into the answer, whole words, with the quotes that the place takes.
_falsetto_offer() {
    local word
    for word; do
        word=${word#"$before"}
        case $quote in
        "'") word=${word//\'/"'\\''"} ;;
        '"')
            word=${word//\\/\\\\} word=${word//\"/\\\"}
            word=${word//\$/\\\$} word=${word//\`/\\\`}
            ;;
        *) printf -v word %q "$word" ;;
        esac
        COMPREPLY+=("$word")
    done
}

# The argument $2 of option $1, behind $3 (--output=).
_falsetto_argument() {
    local line typed=$2 ask='' lines=()
    case ${argument[$1]} in
    FILE)
        _falsetto_files "$3" "$2"
        return
        ;;
    COMMAND) compopt -o nospace 2>/dev/null ;;
    WHEN)
        # shellcheck disable=SC2046
        _falsetto_offer $(compgen -P "$3" -W 'auto always never' -- "$typed")
        return
        ;;
    # Options with words to choose from are settings, too.
    *) ask="set ${long[$1]#--} " ;;
    esac
    while IFS= read -r line; do
        lines+=("$3${line#"$ask"}")
    done < <("$program" --complete="$ask$typed" 2>/dev/null)
    if [[ -z $ask && $COMP_TYPE == 63 && ${#lines[@]} -gt 1 ]]; then
        # They are only listed: the words that are new will do.
        COMPREPLY=("${lines[@]##* }")
    else
        _falsetto_offer "${lines[@]}"
    fi
}

_falsetto() {
    local program=${1:-falsetto} words quote before redirect option dataset ended typed name
    local -A argument long
    COMPREPLY=()
    [[ $program != '~/'* ]] || program=$HOME/${program#'~/'}
    _falsetto_read "${COMP_LINE:0:COMP_POINT}"
    typed=${words[${#words[@]}-1]}
    if [[ -n $redirect ]]; then
        _falsetto_files '' "$typed"
        return
    fi
    _falsetto_options
    _falsetto_walk
    if [[ -n $option ]]; then
        _falsetto_argument "$option" "$typed" ''
    elif [[ -z $ended && $typed == --*=* ]]; then
        name=${typed%%=*}
        [[ -z ${argument[$name]-} ]] || _falsetto_argument "$name" "${typed#*=}" "$name="
    elif [[ -z $ended && $typed == -* ]]; then
        for name in "${!argument[@]}"; do
            [[ $name != --* || -z ${argument[$name]} ]] || name+='='
            [[ $name != "$typed"* ]] || _falsetto_offer "$name"
        done
        [[ ${#COMPREPLY[@]} -ne 1 || ${COMPREPLY[0]} != *= ]] || compopt -o nospace 2>/dev/null
    elif [[ -z $dataset ]]; then
        _falsetto_files '' "$typed"
        [[ demo != "$typed"* ]] || _falsetto_offer demo
    fi
}

complete -F _falsetto falsetto
