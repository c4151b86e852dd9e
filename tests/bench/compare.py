"""The sections of bench that need the peers: the same objective, checked, and time to the same
loss. What a peer cannot do becomes a sentence under "failed".

SPDX-License-Identifier: GPL-3.0-or-later
"""
import os
import shutil

from runs import Failed, clean_environment, run

LAMBDA = 0.01
CHECK_RANK = 16
CHECK_ITERATIONS = 40


class Peers:
    """The peers' virtual environment and how to run things in it."""

    def __init__(self, bench):
        self.bench = bench
        self.python = os.path.join(bench.folder, "peers", "bin", "python")
        self.there = None  # names, once installed
        self.said = []     # why others are not

    def install(self):
        """The names of those that are there; installs them the first time."""
        if self.there is not None:
            return self.there
        if self.bench.no_peers:
            self.there = set()
            return self.there
        command = ["sh", self.bench.source("peers")]
        if self.bench.quick:
            command.append("--without-spark")
        try:
            found = run(command + [os.path.join(self.bench.folder, "peers")],
                        timeout=120 if self.bench.quick else 900)
        except Failed as failure:
            self.there, self.said = set(), [f"installing the peers: {failure}"]
            return self.there
        self.said = [line for line in found.err.splitlines() if "left out" in line
                     or "no peers" in line]
        self.there = set(found.out.split())
        return self.there

    def need(self, name):
        if name not in self.install():
            why = "the peers were not asked for" if self.bench.no_peers else " ".join(self.said)
            raise Failed(f"{name} is not there: {why or 'it cannot be imported'}")

    def run(self, *arguments, timeout=900):
        env = clean_environment(
            OPENBLAS_NUM_THREADS=1, OMP_NUM_THREADS=self.bench.threads,
            PYTHONWARNINGS="ignore", SPARK_LOCAL_IP="127.0.0.1")
        command = [self.python, self.bench.source("peers.py"), *map(str, arguments)]
        return run(command, timeout=timeout, env=env).json()

    def matrix(self, size):
        """The plays of a set as arrays, written once."""
        folder = os.path.join(self.bench.folder, f"matrix-{size}")
        if not os.path.exists(os.path.join(folder, "artists.i64")):
            os.makedirs(folder, exist_ok=True)
            self.bench.measure("names", size, "--queries", 1, "--write-matrix", folder)
        return folder


def ours(bench, size, preset, rank, alpha, iterations, *more):
    return bench.measure("train", size, "--preset", preset, "--lambda", LAMBDA, "--alpha", alpha,
                         "--rank", rank, "--iterations", iterations, *more)["train"]


def seconds_to(training, loss):
    """When our training was at that loss; None where it never was."""
    for iteration in training["iterations"]:
        if iteration["loss"] <= loss:
            return iteration["at"]
    return None


def attempt(function, *arguments, **named):
    try:
        return function(*arguments, **named)
    except Failed as failure:
        return {"failed": str(failure)}


# --- the same objective ---

def check_peer(bench, peers, name, preset, nu, side, command):
    """Many exact iterations of a peer, then: its J by our formula, its own where it has one, and
    one exact half by falsetto from its factors against the factors it has."""
    size = "hundredth"
    matrix = peers.matrix(size)
    factors = os.path.join(bench.folder, f"factors-{name}")
    common = ["--rank", CHECK_RANK, "--lambda", LAMBDA]
    # Ones that an earlier run left must not be taken for this one's.
    shutil.rmtree(factors, ignore_errors=True)
    theirs = peers.run(*command, matrix, *common, "--iterations", CHECK_ITERATIONS, "--write",
                       factors)
    bench.measure("half", size, "--preset", preset, "--side", side, "--folder", factors, *common)
    same = peers.run("same", factors, "--side", side, "--rank", CHECK_RANK)
    last = theirs["iterations"][-1] if "iterations" in theirs else theirs
    found = {"peer": last["loss"], "peer_own": last.get("own_loss"), "half": same, "side": side}
    training = ours(bench, size, preset, CHECK_RANK, 1, CHECK_ITERATIONS, "--solver", "exact",
                    "--write-factors", factors)
    found["ours"] = training["iterations"][-1]["loss"]
    found["ours_by_numpy"] = peers.run("loss", matrix, factors, "--nu", nu, *common)["loss"]
    return found


def check(bench, peers):
    """Section: the same objective."""
    result = {"rank": CHECK_RANK, "iterations": CHECK_ITERATIONS, "lambda": LAMBDA, "peers": {}}

    def implicit():
        peers.need("implicit")
        return check_peer(bench, peers, "implicit", "hkv", 0, "artists",
                          ["implicit", "--solver", "cholesky", "--order", "given",
                           "--own-loss"])

    def spark():
        peers.need("pyspark")
        folder = os.path.join(bench.folder, "spark")
        return check_peer(bench, peers, "Spark", "spark", 1, "users",
                          ["spark", "--folder", folder])

    result["peers"]["implicit"] = attempt(implicit)
    if not bench.quick:
        result["peers"]["Spark"] = attempt(spark)
    return result


# --- time to the same loss ---

def race_implicit(bench, peers, size, rank, alpha, iterations, solver="cg", answers=False,
                  order="id"):
    """Ours before and after the peer, so that what else the machine does hits both."""
    limit = max(20, 2 * iterations) if iterations >= 5 else iterations + 2

    def theirs():
        return peers.run("implicit", peers.matrix(size), "--rank", rank, "--alpha", alpha,
                         "--iterations", iterations, "--lambda", LAMBDA, "--solver", solver,
                         "--threads", bench.threads, "--order", order,
                         *(["--answers"] if answers else []))

    found = {"size": size, "rank": rank, "alpha": alpha, "solver": solver, "name": "implicit",
             "order": order, "ours": [], "peer": attempt(peers.need, "implicit")}
    if found["peer"]:
        return found
    found["ours"].append(ours(bench, size, "hkv", rank, alpha, limit))
    found["peer"] = attempt(theirs)
    found["ours"].append(ours(bench, size, "hkv", rank, alpha, limit))
    if "failed" not in found["peer"]:
        last = found["peer"]["iterations"][-1]
        found["target"] = last["loss"]
        found["peer_seconds"] = last["at"]
        found["seconds"] = [seconds_to(training, last["loss"]) for training in found["ours"]]
    return found


def race_spark(bench, peers, size, rank, iterations, warm, timeout):
    def theirs():
        return peers.run("spark", peers.matrix(size), "--rank", rank, "--iterations", iterations,
                         "--lambda", LAMBDA, "--threads", bench.threads, "--memory",
                         f"{bench.spark_memory()}g", "--folder",
                         os.path.join(bench.folder, "spark"), *(["--warm"] if warm else []),
                         timeout=timeout)

    limit = max(2 * iterations, 10)
    found = {"size": size, "rank": rank, "alpha": 1, "solver": "cholesky", "name": "Spark",
             "ours": [], "peer": attempt(peers.need, "pyspark")}
    if found["peer"]:
        return found
    found["ours"].append(ours(bench, size, "spark", rank, 1, limit))
    found["peer"] = attempt(theirs)
    found["ours"].append(ours(bench, size, "spark", rank, 1, limit))
    if "failed" not in found["peer"]:
        found["target"] = found["peer"]["loss"]
        found["peer_seconds"] = found["peer"]["fits"][-1]["seconds"]
        found["seconds"] = [seconds_to(training, found["target"]) for training in found["ours"]]
    return found


def races(bench, peers):
    """Section: time to the same loss. Yields what is done so far, so that a run that is broken
    off keeps it."""
    if bench.quick:
        plan = [lambda: race_implicit(bench, peers, "tenth", 64, 1, 5, answers=True),
                lambda: race_implicit(bench, peers, "tenth", 64, 1, 2, "cholesky")]
    else:
        plan = [
            lambda: race_implicit(bench, peers, "full", 64, 1, 10, answers=True),
            lambda: race_implicit(bench, peers, "full", 64, 40, 10),
            lambda: race_implicit(bench, peers, "full", 10, 1, 3),
            lambda: race_implicit(bench, peers, "full", 128, 1, 3),
            lambda: race_implicit(bench, peers, "full", 64, 1, 2, "cholesky"),
            lambda: race_implicit(bench, peers, "full", 64, 1, 3, order="given"),
            lambda: race_implicit(bench, peers, "tenth", 64, 1, 10),
            lambda: race_spark(bench, peers, "tenth", 64, 10, True, 300),
            lambda: race_spark(bench, peers, "full", 64, 2, False, 600),
        ]
    done = []
    for one in plan:
        done.append(one())
        yield {"lambda": LAMBDA, "races": done}
