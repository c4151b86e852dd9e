"""How long the screens take: start, and a key press until what it changes is drawn.

A program runs in a pseudo-terminal. A key is sent; the time is that of the last byte that comes
before the terminal has stayed quiet for a while.

SPDX-License-Identifier: GPL-3.0-or-later
"""
import fcntl
import os
import pty
import select
import signal
import struct
import tempfile
import termios
import time

from runs import Failed, clean_environment

QUIET = 0.05      # seconds without output after which a screen is whole
NO_ANSWER = 0.4   # a key that changes nothing draws nothing
SETTLED = 0.5     # the same for what the screens put off until no more keys come
SIZES = ((80, 24), (160, 50))


class Terminal:
    def __init__(self, argv, width, height):
        self.home = tempfile.TemporaryDirectory(prefix="falsetto-bench-")
        env = clean_environment(TERM="xterm-256color", HOME=self.home.name,
                                XDG_STATE_HOME=self.home.name, XDG_DATA_HOME=self.home.name,
                                XDG_CACHE_HOME=self.home.name)
        self.began = time.perf_counter()
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))
            os.execve(argv[0], argv, env)
        self.text = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            os.kill(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        os.waitpid(self.pid, 0)
        os.close(self.fd)
        self.home.cleanup()

    def drawn(self, began, first, quiet=QUIET, limit=120):
        """Reads until the terminal is quiet. Seconds from began to the last byte, None where
        nothing came within `first`."""
        last = None
        deadline = began + limit
        while time.perf_counter() < deadline:
            ready, _, _ = select.select([self.fd], [], [], first if last is None else quiet)
            if not ready:
                break
            try:
                data = os.read(self.fd, 65536)
            except OSError:
                raise Failed("falsetto ended while its screens were timed")
            last = time.perf_counter()
            self.text = (self.text + data)[-65536:]
        return None if last is None else last - began

    def press(self, keys, first=NO_ANSWER, quiet=QUIET, limit=120):
        began = time.perf_counter()
        os.write(self.fd, keys.encode())
        return self.drawn(began, first, quiet, limit)


def spread(values):
    """None where a key drew nothing at all."""
    seen = sorted(value for value in values if value is not None)
    if not seen:
        return None
    return {"median": seen[len(seen) // 2], "p99": seen[min(int(0.99 * len(seen)), len(seen) - 1)],
            "worst": seen[-1], "least": seen[0], "n": len(seen)}


def moves(terminal, kinds):
    """A round of keys; adds the seconds of each press to kinds."""

    def press(kind, keys):
        kinds.setdefault(kind, []).append(terminal.press(keys))

    for _ in range(40):
        press("a row down", "j")
    for _ in range(30):
        press("a page down", "\x1b[6~")
    for _ in range(8):
        press("the last row", "G")
        terminal.press("g")
        press("the first row", "g")
    for text in ("the bea", "dj st", "love of", "x"):
        terminal.press("f")
        for letter in text:
            press("filter, a letter", letter)
        for _ in text[1:]:
            press("filter, a letter back", "\x7f")
        terminal.press("\x1b")
        terminal.press("\x1b")
    terminal.press("/")
    for letter in "dee bo":
        press("search, a letter", letter)
    terminal.press("\x1b")
    for column in "palpalpl":
        press("sort", "s" + column)
    for _ in range(4):
        press("another view", "2")
        press("another view", "1")
    press("the map", "5")
    for key in "jklhjl":
        press("map, the next artist", key)
    for key in "++HJKL-0":
        press("map, another window", key)
    for key in "aA":
        press("map, another axis", key)
    press("map, around an artist", "c")
    press("map, the axes again", "\x1b")
    terminal.press("/")
    for letter in "dee b":
        press("map, a letter of a search", letter)
    terminal.press("\x1b")
    terminal.press("1")


def measure_keys(program, dataset, rounds):
    """All kinds of keys on both sizes of screen, 168 a round. The screens train by themselves once the data
    is there: keys are pressed when that is over."""
    result = []
    for width, height in SIZES:
        with Terminal([program, dataset], width, height) as terminal:
            # What goes on shows its progress several times a second.
            terminal.drawn(terminal.began, 30, quiet=4, limit=900)
            kinds = {}
            for _ in range(rounds):
                moves(terminal, kinds)
            everything = [value for values in kinds.values() for value in values]
            # What stands beside a list may be left for later where it takes long: told apart.
            kinds["a row down, until all beside it is drawn"] = [
                terminal.press("j", quiet=SETTLED) for _ in range(12)]
        result.append({"width": width, "height": height, "all": spread(everything),
                       "kinds": {kind: spread(values) for kind, values in kinds.items()}})
    return result


def measure_start(program, rounds=7):
    """Start to the first output, to the list of the demo's artists, and from there until the
    demo is trained, which begins by itself."""
    first, listed, trained = [], [], []
    for _ in range(rounds):
        with Terminal([program, "demo"], 80, 24) as terminal:
            select.select([terminal.fd], [], [], 10)
            first.append(time.perf_counter() - terminal.began)
            # The name of the data is on the screen once it is loaded.
            while b"demo" not in terminal.text and terminal.drawn(terminal.began, 5, quiet=0):
                listed_at = time.perf_counter()
            listed.append(listed_at - terminal.began)
            whole = terminal.drawn(terminal.began, 5, quiet=0.7, limit=60)
            trained.append(whole - listed[-1] if whole else None)
    return {"first_output": spread(first), "first_screen": spread(listed),
            "trained": spread(trained)}
