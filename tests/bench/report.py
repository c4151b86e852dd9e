"""Results of bench as text: tables that read well as they are and as Markdown.

Every figure comes from the results; a section that is missing or failed leaves out what it would
have told, or says why.

SPDX-License-Identifier: GPL-3.0-or-later
"""
import math
import statistics

RANK = 64  # of the budgets


# --- figures ---

def seconds(value):
    if value is None:
        return "-"
    for limit, factor, digits, unit in ((100, 1, 0, "s"), (10, 1, 1, "s"), (1, 1, 2, "s"),
                                        (0.1, 1e3, 0, "ms"), (0.01, 1e3, 1, "ms"),
                                        (0.001, 1e3, 2, "ms"), (0, 1e6, 0, "µs")):
        if value >= limit:
            return f"{value * factor:.{digits}f} {unit}"
    return f"{value * 1e3:.2f} ms"  # below nothing: a difference of two that are alike


def memory(value):
    return "-" if value is None else f"{value / 1e9:.2f} GB"


def factor(value):
    if value is None or not math.isfinite(value):
        return "-"
    return f"{value:.0f}" if value >= 20 else f"{value:.1f}" if value >= 2 else f"{value:.2f}"


def count(value):
    return f"{value:,.0f}"


def spread(values, form=seconds):
    """Median, least and most."""
    values = sorted(values)
    if len(values) == 1:
        return form(values[0])
    return f"{form(statistics.median(values))} ({form(values[0])} - {form(values[-1])})"


def table(head, rows):
    """Markdown with columns of even width; nothing where there are no rows."""
    if not rows:
        return ""
    rows = [[str(cell) for cell in row] for row in rows]
    widths = [max(len(row[i]) for row in [head] + rows) for i in range(len(head))]

    def line(cells):
        return "| " + " | ".join(c.ljust(w) for c, w in zip(cells, widths)) + " |"

    rule = "|" + "|".join("-" * (w + 2) for w in widths) + "|"
    return "\n".join([line(head), rule] + [line(row) for row in rows])


class Results:
    """What was found, with None for what was not."""

    def __init__(self, results):
        self.quick = results.get("quick", False)
        self.sections = results["sections"]
        self.main = "tenth" if self.quick else "full"

    def get(self, section, *path):
        """What stands there, None where there is no such thing."""
        here = self.sections.get(section, {}).get("data")
        for key in path:
            if not isinstance(here, dict) or key not in here:
                return None
            here = here[key]
        return here

    def trainings(self, size=None, rank=RANK, threads=None):
        runs = self.get("train", "runs") or []
        most = max((run["threads"] for run in runs), default=1)
        return [run for run in runs
                if run["size"] == (size or self.main) and run["train"]["settings"]["rank"] == rank
                and run["threads"] == (threads or most)]

    def races(self, **wanted):
        return [race for race in self.get("races", "races") or []
                if all(race.get(key) == value for key, value in wanted.items())
                and "failed" not in race["peer"]]


def iterations_of(runs, key="seconds"):
    """Over all but each training's first iteration, which also makes the first factors."""
    return [iteration[key] for run in runs for iteration in run["train"]["iterations"][1:]]


def median(values):
    return statistics.median(values) if values else None


# --- the budgets ---

class Budgets:
    def __init__(self, results):
        self.r = results
        self.rows = []

    def add(self, what, budget, ours, limit, text, peers=(), more=True):
        """peers: (name, value) in our unit; limit: the most that ours may be, or the least where
        more is False."""
        if ours is None:
            return
        kept = ours <= limit if more else ours >= limit
        missed = ours / limit if more else limit / ours
        verdict = "yes" if kept else f"**no: {factor(missed)} times**"
        if self.r.quick:
            verdict = "-"
        told = [(name, value) for name, value in peers if value is not None]
        self.rows.append([
            what, budget, text, verdict,
            "; ".join(f"{name} {show}" for name, (_, show) in told) or "-",
            "; ".join(factor(value / ours) for _, (value, _) in told) or "-"])

    def time(self, what, budget, limit, ours, peers=(), text=None):
        self.add(what, budget, ours, limit, text or seconds(ours),
                 [(name, value if value is None else (value, seconds(value)))
                  for name, value in peers])

    def memory(self, what, budget, limit, ours, peers=()):
        self.add(what, budget, ours, limit, memory(ours),
                 [(name, value if value is None else (value, memory(value)))
                  for name, value in peers])


def add_load(b):
    r = b.r
    text = r.get("load", "sizes", r.main, "text")
    if not text:
        return
    again = r.get("load", "again", "text", "seconds", "median")
    pandas = r.get("load", "peers", "pandas.read_csv", "seconds")
    wc = r.get("load", "peers", "wc -l", "seconds")
    b.time("text files, start to `stats`", "1.5 s", 1.5, text["seconds"]["median"],
           [("pandas.read_csv", pandas), ("wc -l", wc)],
           f"{seconds(text['seconds']['median'])} (again, after the peers: {seconds(again)})")
    b.memory("memory for that, at most", "1 GB", 1e9, text["memory"],
             [("pandas", r.get("load", "peers", "pandas.read_csv", "memory"))])
    b.time("the same from the cache", "1 s", 1, r.get("load", "sizes", r.main, "cache", "seconds",
                                                    "median"))


def add_file(b):
    r = b.r
    b.time("opening a saved model and its data, start to answer", "1 s", 1,
           r.get("file", "open", "seconds", "median"))
    b.time("the same with a tenth held out", "1 s", 1,
           r.get("file", "open_held_out", "seconds", "median"))


def add_train(b):
    r = b.r
    runs = r.trainings()
    mine = median(iterations_of(runs))
    if mine is None:
        return
    peers = [(f"implicit {solver.upper() if solver == 'cg' else solver}", median(
        [i["seconds"] for race in r.races(size=r.main, rank=RANK, alpha=1, solver=solver,
                                          name="implicit", order="id")
         for i in race["peer"]["iterations"]])) for solver in ("cg", "cholesky")]
    b.time("an iteration, rank 64, with the loss", "1.3 s", 1.3, mine, peers,
           spread(iterations_of(runs)))
    bound = gather_bound(r, runs[0])
    if bound:
        b.add("that against its rows at gather speed", "1.5 times", mine / bound, 1.5,
              f"{factor(mine / bound)} times {seconds(bound)}")
    alone = median(iterations_of(r.trainings(threads=1)))
    if alone and runs[0]["threads"] > 1:
        b.add(f"{runs[0]['threads']} threads against one", "1.8 times (2 threads)", alone / mine,
              1.8, f"{factor(alone / mine)} times", more=False)
    for race in r.races(size=r.main, rank=RANK, alpha=1, solver="cg", name="implicit",
                        order="id"):
        times = [value for value in race["seconds"] if value is not None]
        if times:
            ratio = race["peer_seconds"] / statistics.median(times)
            n = len(race["peer"]["iterations"])
            b.add(f"time to the loss of implicit's iteration {n}", "a tenth of implicit's", ratio,
                  10, spread(times), [], more=False)
            b.rows[-1][-2] = f"implicit CG {seconds(race['peer_seconds'])}"
            b.rows[-1][-1] = factor(ratio)
    peer = r.races(size=r.main, rank=RANK, alpha=1, solver="cg", name="implicit", order="id")
    b.memory("peak memory while training, rank 64", "1.5 GB", 1.5e9,
             r.get("train", "program", "memory"),
             [("implicit", peer[0]["peer"]["memory"] if peer else None)])


def answers(r):
    for race in r.races(name="implicit", size=r.main, rank=RANK):
        if "answers" in race["peer"]:
            return race["peer"]["answers"]
    return None


def add_search(b):
    r = b.r
    s = r.get("search", r.main)
    if not s:
        return
    peer = answers(r)

    def theirs(key, part="median"):
        return [("implicit", peer[key][part] if peer else None)]

    n = count(s["recommend"]["n"])
    b.time("top 10 for one user, median", "1 ms", 1e-3, s["recommend"]["median"],
           theirs("recommend"))
    b.time("top 10 for one user, 99th percentile", "5 ms", 5e-3, s["recommend"]["p99"],
           theirs("recommend", "p99"))
    b.time(f"top 10 for one user, worst of {n}", "5 ms", 5e-3, s["recommend"]["worst"],
           theirs("recommend", "worst"))
    b.time("top 10 for 1,000 users", "0.4 s", 0.4, s["recommend_1000"]["median"],
           theirs("recommend_1000"))
    b.time("top 10 for all users", "60 s", 60, s["recommend_all"])
    first = f", the first {seconds(peer['similar_first'])}" if peer else ""
    b.time("10 most similar artists, median", "5 ms", 5e-3, s["similar"]["median"],
           theirs("similar"))
    if first and b.rows[-1][-2] != "-":
        b.rows[-1][-2] += first


def add_screens(b):
    r = b.r
    for one in r.get("screens", "keys") or []:
        b.time(f"a key until the screen is drawn, 99th percentile, {one['width']}x{one['height']}",
               "30 ms", 0.03, one["all"]["p99"])
    b.time("filter, a letter, without the screen, worst", "30 ms", 0.03,
           r.get("names", r.main, "filter_key", "worst"))
    b.time("completing an artist, worst", "50 ms", 0.05,
           r.get("names", r.main, "complete", "worst"))
    b.time("the nearest to a mistyped name, median", "60 ms", 0.06,
           r.get("names", r.main, "resolve_wrong", "median"))
    b.time("check one user, median", "15 ms", 0.015,
           r.get("evaluate", r.main, "check", "median"))
    b.time("start to first screen, demo", "0.1 s", 0.1,
           r.get("screens", "start", "first_screen", "median"))
    b.time("demo trained after that", "1 s", 1, r.get("screens", "start", "trained", "median"))


def budgets(r):
    b = Budgets(r)
    for add in (add_load, add_file, add_train, add_search, add_screens):
        add(b)
    if not b.rows:
        return ""
    text = table(["what", "budget", "falsetto", "kept", "a peer, in the same run",
                  "times as long"], b.rows) + "\n\n"
    if r.quick:
        text += "Budgets are for the full set; this is a tenth of it.\n\n"
    missed = sum("**no" in row[3] for row in b.rows)
    if not r.quick:
        text += f"{missed} of {len(b.rows)} budgets missed. " if missed else "All budgets kept. "
    return text + ("Times are medians with least and most in brackets; with more memory than falsetto "
                   "the last column is above 1 as well.")


# --- training ---

def limits(r, threads):
    """What the machine can do with so many threads."""
    found = [one for one in r.get("machine", "limits") or [] if one["threads"] == threads]
    return found[0] if found else None


def gather_bound(r, run):
    """Seconds of an iteration if it only gathered all its rows, from anywhere in memory."""
    machine = limits(r, run["threads"])
    settings = run["train"]["settings"]
    stride = (settings["rank"] + 7) // 8 * 8
    if not machine:
        return None
    # The speed of the width that was measured and is nearest.
    width = min(machine["gather"], key=lambda one: abs(int(one) - stride))
    return 2 * run["data"]["pairs"] * stride * 4 / machine["gather"][width]


def phases(r):
    rows = []
    for run in r.get("train", "runs") or []:
        if run["size"] != r.main:
            continue
        parts = {key: median(iterations_of([run], key))
                 for key in ("axes", "artists", "users", "seconds")}
        inner = run.get("phases", {})
        rows.append([run["train"]["settings"]["rank"], run["threads"],
                     spread(iterations_of([run])), seconds(parts["axes"]),
                     seconds(parts["artists"]), seconds(parts["users"]),
                     seconds(inner.get("loss", {}).get("median")),
                     memory(run["train"]["memory"])])
    return table(["rank", "threads", "an iteration", "axes", "solve artists", "solve users",
                  "of that the loss", "peak memory"], rows)


def roofline(r):
    rows = []
    for run in r.get("train", "runs") or []:
        machine = limits(r, run["threads"])
        if run["size"] != r.main or "phases" not in run or not machine:
            continue
        p = run["phases"]
        bound = gather_bound(r, run)
        alone = p["gather_users"]["seconds"] + p["gather_artists"]["seconds"]
        solve = median(iterations_of([run], "artists")) + median(iterations_of([run], "users"))
        axes = median(iterations_of([run], "axes"))
        flops = p["axes_flops"] / machine["sgemm"]
        rows.append([p["rank"], f"{(p['gather_users']['bytes'] * 2) / 1e9:.1f} GB",
                     seconds(bound), seconds(alone), seconds(solve), factor(solve / bound),
                     factor(solve / alone), seconds(p["solve_flops"] / machine["sgemm"]),
                     seconds(axes), seconds(flops), factor(axes / flops)])
    return table(["rank", "gathered", "at the bandwidth", "gathering alone", "solving",
                  "/ bandwidth", "/ alone", "its products", "axes", "their products", "/ that"], rows)


ROOFLINE_TEXT = """\
An iteration gathers a row of the other side for each pair, once by artist and once by user. "At
the bandwidth" is that many bytes at the speed of random gathers of such rows (machine, above);
"gathering alone" is the solver's own gather over the very rows in its order, without the
arithmetic: busy rows are in the caches then. "Its products" is the least arithmetic of solving at
sgemm's speed: turning the last factors and one pass over the gathered rows, where each row takes
one pass for its residual and one for each step. The axes' products are Y'Y and the turning of
both sides, at sgemm's speed."""


def growth(r):
    rows = []
    for size in ("hundredth", "tenth", "full", "triple"):
        load = r.get("load", "sizes", size)
        runs = r.trainings(size=size)
        if not load or not runs:
            continue
        search, names = r.get("search", size) or {}, r.get("names", size) or {}
        data = runs[0]["data"]
        evaluated = r.get("evaluate", size) or {}
        rows.append([
            count(data["rows"]), count(data["users"]), count(data["artists"]),
            seconds(load["text"]["seconds"]["median"]), memory(load["text"]["memory"]),
            seconds((load.get("cache") or {}).get("seconds", {}).get("median")),
            seconds(median(iterations_of(runs))), memory(runs[0]["train"]["memory"]),
            seconds(search.get("recommend", {}).get("median")),
            seconds(search.get("similar", {}).get("median")),
            seconds(search.get("recommend_all")), seconds(evaluated.get("seconds")),
            seconds(names.get("filter_key", {}).get("median"))])
    return table(["rows", "users", "artists", "load", "memory", "cache", "iteration",
                  "memory", "recommend", "similar", "all users", "evaluate", "filter key"], rows)


# --- peers ---

def race_table(r):
    rows = []
    for race in r.get("races", "races") or []:
        peer = race["peer"]
        name = race["name"] + (f" {race['solver']}" if race["name"] == "implicit" else "")
        if race.get("order") == "given":
            name += ", in our order"
        row = [race["size"], race["rank"], race["alpha"], name]
        mine = [i["seconds"] for run in race["ours"] for i in run["iterations"][1:]]
        if "failed" in peer:
            rows.append(row + [f"failed: {peer['failed']}", "-", spread(mine) if mine else "-",
                               "-", "-", "-"])
            continue
        if "iterations" in peer:
            n = len(peer["iterations"])
            theirs = median([i["seconds"] for i in peer["iterations"]])
        else:
            n = peer["fits"][-1]["iterations"]
            theirs = peer["fits"][-1]["seconds"] / n
        reached = [value for value in race["seconds"] if value is not None]
        rows.append(row + [
            seconds(theirs), f"{n}: {race['target']:.5g} in {seconds(race['peer_seconds'])}",
            spread(mine), factor(theirs / statistics.median(mine)),
            spread(reached) if reached else f"not in {len(race['ours'][0]['iterations'])} "
            "iterations",
            factor(race["peer_seconds"] / statistics.median(reached)) if reached else "-"])
    return table(["set", "rank", "alpha", "peer", "its iteration", "its loss after n iterations",
                  "our iteration", "times", "we are there in", "times faster"], rows)


def loss_chart(r, width=64, height=12):
    """Both losses over time, as the share above the least one seen, on a log scale."""
    races = r.races(size=r.main, rank=RANK, alpha=1, solver="cg", name="implicit", order="id")
    if not races:
        return ""
    race = races[0]
    ours = [(i["at"], i["loss"]) for i in race["ours"][0]["iterations"]]
    theirs = [(i["at"], i["loss"]) for i in race["peer"]["iterations"]]
    least = min(loss for _, loss in ours + theirs) * 0.999
    end = max(at for at, _ in theirs)
    shares = [math.log10(loss / least - 1) for _, loss in ours + theirs]
    top, bottom = max(shares), min(shares)
    cells = [[" "] * width for _ in range(height)]
    for points, mark in ((theirs, "o"), (ours, "*")):
        for at, loss in points:
            x = round(at / end * (width - 1))
            y = (top - math.log10(loss / least - 1)) / (top - bottom) * (height - 1)
            if x < width:
                cells[round(y)][x] = mark
    lines = []
    for i, row in enumerate(cells):
        share = 100 * 10 ** (top - (top - bottom) * i / (height - 1))
        lines.append(f"{share:7.2f} % |{''.join(row).rstrip()}")
    lines.append(" " * 10 + "+" + "-" * width)
    lines.append(" " * 10 + "0 s" + f"{end:.0f} s".rjust(width - 2))
    return ("J above the least one seen (less 0.1 %), `*` falsetto, `o` implicit CG:\n\n"
            "```\n" + "\n".join(lines) + "\n```\n\n" + loss_table(ours, theirs))


def loss_table(ours, theirs):
    rows = []
    for i in range(max(len(ours), len(theirs))):
        cells = [i + 1]
        for points in (ours, theirs):
            cells += ([seconds(points[i][0]), f"{points[i][1]:.6g}"] if i < len(points)
                      else ["", ""])
        rows.append(cells)
    return table(["iteration", "falsetto, at", "its J", "implicit, at", "its J"], rows)


def objective(r):
    found = r.get("objective")
    if not found:
        return ""
    lines = [
        f"On the hundredth set, rank {found['rank']}, lambda {found['lambda']}, alpha 1, after "
        f"{found['iterations']} exact iterations of each program. A solve of one side is the "
        "minimum of J over it, so a peer whose last solve is what falsetto makes of the same "
        "other side has the same c, the same weight of what is unobserved and the same lambda "
        "for each row. Two programs that start from different factors end in different local "
        "minima, so their last J differ by more than that.", "", ""]
    rows = []
    for name, one in found["peers"].items():
        if "failed" in one:
            rows.append([name, one["failed"]] + ["-"] * 5)
            continue
        own = f"{abs(one['peer_own'] / one['peer'] - 1):.1e}" if one.get("peer_own") else "-"
        rows.append([name, f"{one['half']['overall']:.1e}",
                     f"{one['half']['worst']:.1e} of {count(one['half']['rows'])} {one['side']}",
                     f"{abs(one['ours_by_numpy'] / one['ours'] - 1):.1e}", own,
                     f"{one['peer']:.6g}", f"{one['ours']:.6g}"])
    return "\n".join(lines) + table(
        ["peer", "its last half against ours, overall", "worst row",
         "our J against numpy's", "its own J against numpy's", "its J", "our J"], rows)


# --- the rest ---

def machine(r):
    m = r.get("machine")
    if not m:
        return "The machine was not measured."
    stamps = sorted({(entry["commit"], entry["date"][:10]) for entry in r.sections.values()})
    when = ", ".join(f"{date} at commit {name}" for name, date in stamps)
    told = [f"{m['cpu']}, {m['cores']:.0f} cores, {m['memory'] / 1e9:.0f} GB; {m['system']}; "
            f"compiler {m['compiler']}; kernels {m['kernels']}; {m['openblas']} "
            f"({m['openblas_core']}).",
            f"Measured {when}.", "", ""]
    rows = [[f"{one['threads']:.0f}", f"{one['sgemm'] / 1e9:.0f} GFLOP/s",
             f"{one['read'] / 1e9:.1f} GB/s", f"{one['copy'] / 1e9:.1f} GB/s",
             *(f"{rate / 1e9:.1f} GB/s" for rate in one["gather"].values())]
            for one in m["limits"]]
    widths = [f"gathering rows of {4 * int(width)} bytes" for width in m["limits"][0]["gather"]]
    return "\n".join(told) + table(
        ["threads", "sgemm", "reading in order", "memcpy (read and written)", *widths], rows)


def answers_table(r):
    rows = []
    s, n, e = (r.get(name, r.main) for name in ("search", "names", "evaluate"))
    if s:
        for key, what in (("index", "making the index"), ("recommend", "top 10 for one user"),
                          ("similar", "10 most similar, any artist"),
                          ("similar_known", "10 most similar, the 10,000 best known"),
                          ("recommend_1000", "top 10 for 1,000 users")):
            rows.append([what, *(seconds(s[key][part]) for part in ("median", "p99", "worst"))])
        rows.append(["top 10 for all users", seconds(s["recommend_all"]), "", ""])
    if n:
        for key, what in (("filter_key", "filter, a letter"), ("complete", "completing an artist"),
                          ("resolve", "finding a name"),
                          ("resolve_wrong", "finding that there is none, with the nearest"),
                          ("first_sort", "an order for the first time")):
            rows.append([what, *(seconds(n[key][part]) for part in ("median", "p99", "worst"))])
    if e:
        rows.append([f"evaluate, {count(e['users'])} users", seconds(e["seconds"]), "", ""])
        rows.append(["holding out a tenth", seconds(e["split"]), "", ""])
        rows.append(["check one user",
                     *(seconds(e["check"][part]) for part in ("median", "p99", "worst"))])
    text = table(["what", "median", "99th percentile", "worst"], rows)
    if e:
        text += (f"\n\nEvaluating takes {memory(e['memory'])} at most, data and model included; "
                 f"NDCG@10 is {e['ndcg']:.3f}, of the most listened artists "
                 f"{e['ndcg_most_listeners']:.3f}.")
    return text


def keys_table(r):
    rows = []
    for one in r.get("screens", "keys") or []:
        for kind, times in [("all", one["all"]), *one["kinds"].items()]:
            if times:
                rows.append([f"{one['width']}x{one['height']}", kind, count(times["n"]),
                             seconds(times["median"]), seconds(times["p99"]),
                             seconds(times["worst"])])
    return table(["screen", "key", "presses", "median", "99th percentile", "worst"], rows)


RACE_TEXT = """\
Same data, same objective (below), lambda {lam}; falsetto with its default solver settings, once
before and once after the peer. implicit numbers users and artists by rising id, as its examples
do; falsetto's own order, by popularity, makes implicit faster too: a line tells by how much. The
time is that of the training from its start, without loading, falsetto's warm-up on a sample
included; the loss of the peers is computed outside of it. Spark's fits include the making of its blocks; its iterations are shares of them.
"""


def failures(r):
    told = []
    for name, entry in r.sections.items():
        if "failed" in entry:
            told.append(f"- {name}: {entry['failed']}")
        elif not entry["whole"]:
            told.append(f"- {name}: this run was broken off in it")
    for name, peer in (r.get("load", "peers") or {}).items():
        if "failed" in peer:
            told.append(f"- {name}: {peer['failed']}")
    return "\n".join(told)


def model_file(r):
    size = r.get("file", "bytes")
    if not size:
        return ""
    told = (f"A model of rank {r.get('file', 'rank'):.0f} takes {memory(size)}, is saved and on the "
            f"disk in {seconds(r.get('file', 'save', 'median'))}, and opens with its data in "
            f"{seconds(r.get('file', 'open', 'seconds', 'median'))} with "
            f"{memory(r.get('file', 'open', 'memory'))}.")
    peer = r.get("file", "implicit") or {}
    if "same" in peer:
        told += (f" implicit {peer['version']} opened the file and recommended the same ten artists "
                 f"to {peer['same']:.0f} of {peer['users']:.0f} users, with scores that differ by "
                 f"{peer['difference']:.1g} at most.")
    elif "failed" in peer:
        told += f" implicit did not read it: {peer['failed']}."
    return told


def with_text(figures, text):
    return figures and figures + "\n\n" + text


def render(results, notes):
    r = Results(results)
    parts = [("The machine", machine(r)), ("Budgets", budgets(r)),
             ("Training by phases", with_text(phases(r), "Medians over all but the first "
                                              "iteration.")),
             ("Distance to what the machine can do", with_text(roofline(r), ROOFLINE_TEXT)),
             ("Growth", growth(r)), ("Saving and opening", model_file(r))]
    if r.get("races"):
        parts.append(("Time to the same loss", RACE_TEXT.format(lam=r.get("races", "lambda")) +
                      "\n" + race_table(r)))
        parts.append(("Loss over time", loss_chart(r)))
    parts += [("The same objective", objective(r)), ("Answers", answers_table(r)),
              ("Keys", keys_table(r)), ("What could not be measured", failures(r)),
              ("Notes", notes)]
    title = "# Results of the bench"
    what = ("A quick run: a hundredth and a tenth of the full set." if r.quick else
            "Written by `tests/bench/bench`; every figure is from its run. The set is synthetic "
            "(`synth.c`), of the shape of the full Audioscrobbler data, its files in the page "
            "cache.")
    return "\n\n".join([title, what] + [f"## {head}\n\n{text}" for head, text in parts
                                        if text.strip()]) + "\n"
