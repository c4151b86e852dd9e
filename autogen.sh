#!/bin/sh
# From a clone to a running falsetto.
#
# Alone it makes configure and stops, as packagers expect. `run` and `check` also install what is
# missing, configure and build in build/, so that the README needs no list of packages. What it
# has to say goes to standard error: standard output belongs to the program or the tests.
#
# SPDX-License-Identifier: GPL-3.0-or-later

usage() {
    cat <<'END'
usage: ./autogen.sh                make configure, for packagers
       ./autogen.sh run [ARG...]   install what is missing, build in build/, start falsetto
       ./autogen.sh check          the same, then run every test

CC, CFLAGS, CPPFLAGS, LDFLAGS, LIBS, MAKE and PKG_CONFIG_PATH are honoured, and CONFIGURE_FLAGS
holds further arguments for configure; when they change, build/ is configured anew.
END
}

say() { printf 'falsetto: %s\n' "$*" >&2; }
have() { command -v "$1" >/dev/null 2>&1; }

die() {
    say "$*"
    exit 1
}

top=$(unset CDPATH && cd "$(dirname -- "$0")" && pwd -P) || exit 1
build=$top/build

# --- what is needed, and who brings it ---

bootstrap_needs='autoconf automake pkg-config'
build_needs="make $bootstrap_needs glib ncurses readline openblas libarchive xxhash json-glib"
test_needs='tmux mandoc python3 jq curl xz zsh fish'

# A piece, then its packages for apt-get, dnf, pacman and brew ("-": comes with the system).
packages() {
    cat <<'END'
cc          gcc,libc6-dev       gcc,glibc-devel     gcc          -
make        make                make                make         make
autoconf    autoconf            autoconf            autoconf     autoconf
automake    automake            automake            automake     automake
pkg-config  pkg-config          pkgconf-pkg-config  pkgconf      pkgconf
glib        libglib2.0-dev      glib2-devel         glib2        glib
ncurses     libncurses-dev      ncurses-devel       ncurses      ncurses
readline    libreadline-dev     readline-devel      readline     readline
openblas    libopenblas-dev     openblas-devel      openblas     openblas
libarchive  libarchive-dev      libarchive-devel    libarchive   libarchive
xxhash      libxxhash-dev       xxhash-devel        xxhash       xxhash
json-glib   libjson-glib-dev    json-glib-devel     json-glib    json-glib
tmux        tmux                tmux                tmux         tmux
mandoc      mandoc              mandoc              mandoc       mandoc
python3     python3             python3             python       python3
jq          jq                  jq                  jq           jq
curl        curl                curl                curl         curl
xz          xz-utils            xz                  xz           xz
zsh         zsh                 zsh                 zsh          zsh
fish        fish                fish                fish         fish
END
}

# The compiler that configure will take must make a program: a bare gcc has no C library.
compiles() {
    compiler=$CC
    for name in gcc cc clang; do
        [ -n "$compiler" ] || ! have $name || compiler=$name
    done
    [ -n "$compiler" ] && mkdir -p "$build/probe" || return 1
    printf '#include <stdio.h>\nint main(void) { return puts("") < 0; }\n' >"$build/probe/t.c"
    # CC may hold arguments, so it is split into words.
    (cd "$build/probe" && $compiler -o t t.c) >/dev/null 2>&1
    compiles_status=$?
    rm -rf "$build/probe"
    return $compiles_status
}

modules() { "${PKG_CONFIG:-pkg-config}" --exists "$@" 2>/dev/null; }

# The versions are those that configure.ac asks for.
is_there() {
    case $1 in
    cc) compiles ;;
    make) have "${MAKE:-make}" ;;
    autoconf) have autoconf && have autoheader && have autoreconf ;;
    automake) have automake && have aclocal ;;
    pkg-config) have "${PKG_CONFIG:-pkg-config}" ;;
    glib) modules 'glib-2.0 >= 2.66' 'gio-2.0 >= 2.66' 'gio-unix-2.0 >= 2.66' ;;
    ncurses) modules ncursesw ;;
    readline) modules 'readline >= 8.0' ;;
    openblas) modules openblas ;;
    libarchive) modules libarchive ;;
    xxhash) modules 'libxxhash >= 0.8' ;;
    json-glib) modules 'json-glib-1.0 >= 1.6' ;;
    python3) have python3 && python3 -c '' 2>/dev/null ;;
    *) have "$1" ;;
    esac
}

# missing PIECE...: those that are not there, into $lacking.
missing() {
    lacking=
    for piece; do
        is_there "$piece" || lacking="$lacking $piece"
    done
    lacking=${lacking# }
    [ -n "$lacking" ]
}

# --- installing ---

# find_packages PIECE...: this system's $manager, and the $names of its packages for the pieces.
find_packages() {
    column=2
    for manager in apt-get dnf pacman brew none; do
        ! have $manager || break
        column=$((column + 1))
    done
    # Where nothing can be installed, Debian's names say best what is meant.
    [ $manager != none ] || column=2
    names=
    for piece; do
        names="$names $(packages | awk -v p="$piece" -v c=$column '$1 == p && $c != "-" { print $c }')"
    done
    names=$(printf '%s' "$names" | tr -s ', ' '  ')
    names=${names# }
}

# What one would type to install them.
command_line() {
    case $manager in
    apt-get) echo "${1}apt-get install --no-install-recommends -y $names" ;;
    dnf) echo "${1}dnf install -y --setopt=install_weak_deps=False $names" ;;
    pacman) echo "${1}pacman -S --needed --noconfirm $names" ;;
    brew) echo "brew install $names" ;;
    none) echo "your system's packages for (Debian's names) $names" ;;
    esac
}

call_manager() { # [sudo]
    case $manager in
    apt-get)
        set -- "$@" env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300
        # Lists that cannot be refreshed may still be good enough.
        "$@" update
        "$@" install --no-install-recommends -y $names
        ;;
    pacman)
        # A machine that never had the lists cannot install from them.
        refresh=
        ls /var/lib/pacman/sync/*.db >/dev/null 2>&1 || refresh=-y
        "$@" pacman -S $refresh --needed --noconfirm $names
        ;;
    *) "$@" $(command_line) ;;
    esac
}

# install_missing PIECE...: fails, having said why, where one is still missing afterwards.
install_missing() {
    missing "$@" || return 0
    find_packages $lacking
    sudo=
    user=
    why=
    if [ $manager = none ]; then
        why='no package manager that this script knows is here'
    elif [ $manager = brew ]; then
        user='another user'
        [ "$(id -u)" -ne 0 ] || why='brew does not work for root'
    elif [ "$(id -u)" -ne 0 ]; then
        sudo=sudo
        have sudo || why='installing takes root, and there is no sudo'
    fi
    case " $lacking " in
    *' cc '*)
        [ -z "$CC" ] || die "CC is '$CC', which does not make a program: name a compiler that does"
        [ $manager != brew ] || die 'there is no C compiler: run "xcode-select --install" first'
        ;;
    esac
    if [ -n "$why" ]; then
        say "missing: $lacking; $why"
        say "to install them, as ${user:-root}: $(command_line)"
        return 1
    fi

    say "installing $names ($manager)"
    if ! call_manager $sudo </dev/null >"$build/install.log" 2>&1; then
        tail -n 15 "$build/install.log" >&2
        say "$manager failed; its last lines are above, all of them in $build/install.log"
        say "to install by hand: $(command_line "${sudo:+sudo }")"
        return 1
    fi
    if missing "$@"; then
        say "still missing or too old, with $names installed: $lacking"
        return 1
    fi
}

# --- building ---

# step WHAT LOG COMMAND...: keeps the output, and shows its end where it fails.
step() {
    step_name=$1
    step_log=$build/$2.log
    shift 2
    "$@" </dev/null >"$step_log" 2>&1 && return
    step_status=$?
    [ $step_status -lt 128 ] || exit $step_status
    tail -n 30 "$step_log" >&2
    die "$step_name failed; the last lines are above, all of them in $step_log"
}

# autoreconf writes Makefile.in last: without it, a run that was broken off starts over.
bootstrap() (
    cd "$top" || exit
    rm -f Makefile.in
    autoreconf -fi
)

bootstrapped() {
    for file in configure config.h.in aclocal.m4 Makefile.in build-aux/install-sh; do
        [ -f "$top/$file" ] || return 1
    done
    [ -z "$(cd "$top" && find configure.ac Makefile.am tests/tests.mk tests/bench/bench.mk -newer Makefile.in)" ]
}

# What build/ is configured for. The paths in it are void once the tree was moved or copied, and
# objects of another compiler or other flags do not go with new ones.
wanted() {
    printf '%s\n' "$build" "$(uname -sm)" "$CC" "$CFLAGS" "$CPPFLAGS" "$LDFLAGS" "$LIBS" \
        "$PKG_CONFIG_PATH" "$CONFIGURE_FLAGS"
}

unchanged() { [ -f "$build/.setup" ] && [ "$(cat "$build/.setup")" = "$(wanted)" ]; }

configured() {
    unchanged && [ -f "$build/Makefile" ] && [ -f "$build/config.status" ] &&
        [ -z "$(find "$top/configure" -newer "$build/config.status")" ]
}

configure() (
    cd "$build" || exit
    unchanged || find . -type f \( -name '*.[ao]' -o -name '*.Po' -o -name falsetto \) \
        -exec rm -f {} +
    rm -f .setup
    # As ../configure: automake takes no blanks in the path to the source.
    set -f
    ../configure $CONFIGURE_FLAGS && wanted >.setup
)

# Only tells what to say: make knows better, and is always asked.
built() {
    [ -f "$build/falsetto" ] && [ -z "$(find "$top/src" -type f -newer "$build/falsetto")" ]
}

run_make() {
    jobs=$(nproc 2>/dev/null || getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1)
    "${MAKE:-make}" -C "$build" -j "$jobs" "$@"
}

set_up() { # [PIECE...]: what the build itself can do without
    mkdir -p "$build" && [ -w "$build" ] || die "cannot write to $build"
    # Homebrew keeps these out of the way of the system's own.
    if have brew && ! have apt-get; then
        for keg in openblas readline ncurses libarchive; do
            PKG_CONFIG_PATH=$(brew --prefix)/opt/$keg/lib/pkgconfig${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}
        done
        export PKG_CONFIG_PATH
    fi
    needs=$build_needs
    bootstrapped && configured || needs="cc $needs"
    if ! install_missing $needs "$@"; then
        ! missing $needs || exit 1
        missing "$@"
        say "going on without $lacking: tests that need them are skipped"
    fi
    if ! bootstrapped; then
        say bootstrapping
        step bootstrapping bootstrap bootstrap
    fi
    if ! configured; then
        say configuring
        step configuring configure configure
    fi
    built || say building
    step building make run_make all
}

# --- testing ---

# What the tests that failed have to say; all else is in their logs.
show_failures() {
    find "$build/tests" -name '*.trs' | sort | while read -r trs; do
        grep -q -E '^:global-test-result: (FAIL|ERROR|XPASS)' "$trs" || continue
        printf -- '--- %s\n' "${trs%.trs}.log"
        grep -v -E '^(ok|not ok|PASS:|SKIP:|# (Start|End) of|[0-9]+\.\.[0-9])' "${trs%.trs}.log" |
            tail -n 60
    done
}

run_tests() {
    say testing
    run_make check </dev/null >"$build/check.log" 2>&1
    result=$?
    [ $result -lt 128 ] || exit $result
    if ! grep -q '^# TOTAL:' "$build/check.log"; then
        tail -n 30 "$build/check.log" >&2
        die "the tests do not build; the last lines are above, all of them in $build/check.log"
    fi
    [ $result -eq 0 ] || show_failures
    grep '^SKIP:' "$build/check.log"
    sed -n '/^# TOTAL:/,/^# ERROR:/p' "$build/check.log"
    [ $result -eq 0 ] || die "tests failed: their last lines are above, all of them in $build/tests"
}

trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

case ${1-} in
'')
    if missing $bootstrap_needs; then
        find_packages $lacking
        die "making configure needs $lacking; to install: $(command_line)"
    fi
    cd "$top" && exec autoreconf -fi
    ;;
run)
    shift
    (set_up) || exit
    if [ $# -eq 0 ] && ! { [ -t 0 ] && [ -t 1 ]; }; then
        set -- -f "$top/data/tour.fal" demo
    fi
    exec "$build/falsetto" "$@"
    ;;
check)
    [ $# -eq 1 ] || { usage >&2; exit 2; }
    set_up $test_needs
    run_tests
    ;;
-h | --help) usage ;;
*)
    usage >&2
    exit 2
    ;;
esac
