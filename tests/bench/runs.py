"""Running programs for bench: their time and memory, and none of them left behind.

SPDX-License-Identifier: GPL-3.0-or-later
"""
import json
import os
import signal
import subprocess
import tempfile
import threading
import time


class Failed(Exception):
    """A program did not do what it was asked; the text is a sentence for the results."""


class Run:
    def __init__(self, status, seconds, memory, out, err):
        self.status = status
        self.seconds = seconds
        self.memory = memory  # bytes at most
        self.out = out
        self.err = err

    def json(self):
        return json.loads(self.out)


def clean_environment(**more):
    """The environment for children: what would make some programs choose other kernels than
    they would by themselves is taken out."""
    env = {name: value for name, value in os.environ.items()
           if name not in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "FALSETTO_KERNELS")}
    env["LC_ALL"] = "C.UTF-8"
    env.update({name: str(value) for name, value in more.items()})
    return env


def kill_group(pid):
    """Ends a child and all that it has started."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(pid, number)
        except ProcessLookupError:
            return
        time.sleep(0.5 if number == signal.SIGTERM else 0)


def run(argv, timeout=600, env=None, cwd=None, check=True, show=False):
    """Runs a program to its end in a process group of its own. show: its standard error is
    ours."""
    name = os.path.basename(argv[1] if "python" in os.path.basename(argv[0]) else argv[0])
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        began = time.perf_counter()
        child = subprocess.Popen(
            argv, stdin=subprocess.DEVNULL, stdout=out, stderr=None if show else err, env=env,
            cwd=cwd, start_new_session=True)
        late = threading.Event()

        def stop():
            late.set()
            kill_group(child.pid)

        timer = threading.Timer(timeout, stop)
        timer.start()
        try:
            _, status, usage = os.wait4(child.pid, 0)
            seconds = time.perf_counter() - began
        except BaseException:
            kill_group(child.pid)
            raise
        finally:
            timer.cancel()
        child.returncode = os.waitstatus_to_exitcode(status)
        # What it may have left running.
        if late.is_set() or child.returncode != 0:
            kill_group(child.pid)
        out.seek(0)
        err.seek(0)
        result = Run(child.returncode, seconds, 1024 * usage.ru_maxrss, out.read().decode(),
                     err.read().decode(errors="replace"))
    if late.is_set():
        raise Failed(f"{name} was stopped after {timeout:.0f} s")
    if check and result.status != 0:
        lines = [line for line in result.err.strip().splitlines() if line.strip()]
        last = lines[-1] if lines else "and said nothing"
        raise Failed(f"{name} ended with {result.status}: {last[:300]}")
    return result
