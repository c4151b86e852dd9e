"""Other programs on the same data and the same objective. Runs in the virtual environment that
`peers` makes; bench starts it, once for each training, and reads the JSON it writes.

    peers.py implicit MATRIX [--rank --iterations --lambda --alpha --solver --answers ...]
    peers.py spark MATRIX --folder TEMPORARY ...
    peers.py loss MATRIX FACTORS ...        J of factors, by numpy alone
    peers.py same FACTORS                   one side solved by falsetto against the peer's own
    peers.py ranking FOLDER --rank R        implicit's evaluation of falsetto's factors
    peers.py pandas FILE
    peers.py model FILE TSV                 whether implicit recommends from a model file what
                                            falsetto exported

MATRIX is what `measure --write-matrix` wrote, so that users, artists and merged plays are those
of falsetto, in its order. The objective is falsetto's:

    J = sum_observed c (1 - x.y)^2 + sum_others (x.y)^2 + lambda (sum |x|^2 n^nu + sum |y|^2 n^nu)

with c = 1 + alpha plays. implicit takes c as the values of its matrix (its own alpha is 1) and
has nu 0; Spark has c = 1 + alpha r inside and nu 1.

SPDX-License-Identifier: GPL-3.0-or-later
"""
import argparse
import json
import os
import shutil
import statistics
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np

CHUNK = 1 << 16  # pairs whose vectors are side by side in memory


def log(text):
    print(text, file=sys.stderr, flush=True)


def peak_memory(pid="self"):
    """Bytes; 0 where the system does not tell."""
    try:
        with open(f"/proc/{pid}/status", encoding="ascii") as status:
            for line in status:
                if line.startswith("VmHWM:"):
                    return 1024 * int(line.split()[1])
    except OSError:
        pass
    return 0


class Matrix:
    """The plays by user. falsetto numbers users and artists by falling popularity; by_id
    numbers them by rising id, as pandas' categories and the peers' examples do."""

    def __init__(self, folder, by_id=False):
        def read(name, kind):
            return np.fromfile(os.path.join(folder, name), dtype=kind)

        self.start = read("start.i64", np.int64)
        self.col = read("col.i32", np.int32)
        self.plays = read("plays.u32", np.uint32)
        self.n_users = len(self.start) - 1
        artists = read("artists.i64", np.int64)
        self.n_artists = len(artists)
        if by_id:
            self.renumber(np.argsort(read("users.i64", np.int64)), np.argsort(artists))

    def renumber(self, users, artists):
        from scipy.sparse import csr_matrix

        place = np.empty(self.n_artists, np.int32)
        place[artists] = np.arange(self.n_artists, dtype=np.int32)
        # Plays as doubles: exact, and scipy knows them.
        rows = csr_matrix((self.plays.astype(np.float64), place[self.col], self.start),
                          shape=(self.n_users, self.n_artists))[users]
        rows.sort_indices()
        self.start = rows.indptr.astype(np.int64)
        self.col = rows.indices.astype(np.int32)
        self.plays = rows.data.astype(np.uint32)

    def rows(self, first, last):
        """The user of each pair first .. last - 1."""
        begin = np.searchsorted(self.start, first, side="right") - 1
        end = np.searchsorted(self.start, last, side="left")
        bounds = np.clip(self.start[begin:end + 1], first, last)
        return np.repeat(np.arange(begin, end), np.diff(bounds))

    def confidence(self, alpha):
        return (1 + alpha * self.plays).astype(np.float32)


def loss(matrix, users, artists, options):
    """J: products of a pair in single precision, all sums in double; what is not observed by
    the product of the two Gramians."""
    def chunk(first):
        last = min(first + CHUNK, len(matrix.col))
        x = users[matrix.rows(first, last)]
        y = artists[matrix.col[first:last]]
        score = np.einsum("ij,ij->i", x, y).astype(np.float64)
        c = 1 + options.alpha * matrix.plays[first:last]
        return np.sum(c * (1 - score) ** 2), np.sum(score ** 2)

    with ThreadPoolExecutor(options.threads) as pool:
        sums = list(pool.map(chunk, range(0, len(matrix.col), CHUNK)))

    def gramian(rows):
        # In blocks: a copy in double of all rows would be large.
        return sum(block.T @ block for block in
                   (rows[i:i + CHUNK].astype(np.float64) for i in range(0, len(rows), CHUNK)))

    observed, squares = np.sum(sums, axis=0)
    everything = np.sum(gramian(users) * gramian(artists))
    counts = (np.diff(matrix.start), np.bincount(matrix.col, minlength=matrix.n_artists))
    regularizer = 0.0
    for rows, n in zip((users, artists), counts):
        lengths = np.einsum("ij,ij->i", rows, rows).astype(np.float64)
        regularizer += options.lam * np.sum(lengths * n.astype(np.float64) ** options.nu)
    return float(observed + everything - squares + regularizer)


def write_factors(folder, users, artists):
    os.makedirs(folder, exist_ok=True)
    np.ascontiguousarray(users, np.float32).tofile(os.path.join(folder, "users.f32"))
    np.ascontiguousarray(artists, np.float32).tofile(os.path.join(folder, "artists.f32"))


# --- implicit ---

def run_implicit(options):
    import implicit
    from implicit.als import AlternatingLeastSquares
    from scipy.sparse import csr_matrix

    matrix = Matrix(options.matrix, options.order == "id")
    weights = csr_matrix((matrix.confidence(options.alpha), matrix.col, matrix.start),
                         shape=(matrix.n_users, matrix.n_artists))
    model = AlternatingLeastSquares(
        factors=options.rank, regularization=options.lam, alpha=1.0, dtype=np.float32,
        use_native=True, use_cg=options.solver == "cg", iterations=options.iterations,
        calculate_training_loss=options.own_loss, num_threads=options.threads, random_state=1)
    iterations = []
    aside = 0.0  # seconds that the callback takes

    def after(iteration, seconds, own):
        nonlocal aside
        began = time.perf_counter()
        entry = {"seconds": seconds, "at": began - start - aside}
        if not options.no_loss:
            entry["loss"] = loss(matrix, model.user_factors, model.item_factors, options)
        if options.own_loss:
            # Its loss is a mean: over all cells, those without plays weighing 1.
            cells = float(np.sum(weights.data, dtype=np.float64))
            cells += matrix.n_users * matrix.n_artists - weights.nnz
            entry["own_loss"] = float(own) * cells
        iterations.append(entry)
        log(f"implicit {options.solver} rank {options.rank}: iteration {iteration + 1}, "
            f"{seconds:.2f} s, J {entry.get('loss', float('nan')):.6g}")
        aside += time.perf_counter() - began

    start = time.perf_counter()
    model.fit(weights, show_progress=False, callback=after)
    result = {
        "name": "implicit", "version": implicit.__version__, "solver": options.solver,
        "order": options.order,
        "iterations": iterations, "fit": time.perf_counter() - start - aside,
        "memory": peak_memory(),
    }
    if options.write:
        write_factors(options.write, model.user_factors, model.item_factors)
    if options.answers:
        result["answers"] = implicit_answers(model, weights)
    return result


def spread(values):
    ordered = sorted(values)
    return {"median": statistics.median(ordered), "least": ordered[0], "worst": ordered[-1],
            "p99": ordered[min(int(0.99 * len(ordered)), len(ordered) - 1)], "n": len(ordered)}


def timed(function, *arguments, **named):
    began = time.perf_counter()
    function(*arguments, **named)
    return time.perf_counter() - began


def implicit_answers(model, weights):
    random = np.random.default_rng(1)
    users = random.integers(0, weights.shape[0], 200)
    artists = random.integers(0, weights.shape[1], 101)
    batch = random.integers(0, weights.shape[0], 1000)
    own = weights[batch]
    first = timed(model.similar_items, artists[0], N=11)
    return {
        "recommend": spread([timed(model.recommend, u, weights[u], N=10) for u in users]),
        "similar_first": first,
        "similar": spread([timed(model.similar_items, a, N=11) for a in artists[1:]]),
        "recommend_1000": spread([timed(model.recommend, batch, own, N=10) for _ in range(3)]),
        "memory": peak_memory(),
    }


# --- Spark ---

def run_spark(options):
    import pyarrow
    import pyarrow.parquet
    import pyspark
    from pyspark.ml.recommendation import ALS
    from pyspark.sql import SparkSession

    matrix = Matrix(options.matrix)
    folder = os.path.abspath(options.folder)
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    pairs = os.path.join(folder, "pairs.parquet")
    table = pyarrow.table({
        "user": matrix.rows(0, len(matrix.col)).astype(np.int32),
        "item": matrix.col, "rating": matrix.plays.astype(np.float32)})
    pyarrow.parquet.write_table(table, pairs, row_group_size=1 << 20)
    del table
    spark = (SparkSession.builder.master(f"local[{options.threads}]").appName("bench")
             .config("spark.driver.memory", options.memory)
             .config("spark.local.dir", os.path.join(folder, "local"))
             .config("spark.sql.warehouse.dir", os.path.join(folder, "warehouse"))
             .config("spark.ui.enabled", "false")
             .config("spark.driver.host", "127.0.0.1")
             .config("spark.driver.bindAddress", "127.0.0.1")
             .getOrCreate())
    spark.sparkContext.setLogLevel("ERROR")
    try:
        spark.sparkContext.setCheckpointDir(os.path.join(folder, "checkpoint"))
        data = spark.read.parquet(pairs).repartition(2 * options.threads).cache()
        data.count()
        fits = []
        # The first fit also pays for the virtual machine's warming up.
        for iterations in (1, options.iterations) if options.warm else (options.iterations,):
            als = ALS(rank=options.rank, maxIter=iterations, regParam=options.lam,
                      alpha=options.alpha, implicitPrefs=True, nonnegative=False, seed=1,
                      userCol="user", itemCol="item", ratingCol="rating")
            began = time.perf_counter()
            model = als.fit(data)
            fits.append({"iterations": iterations, "seconds": time.perf_counter() - began})
            log(f"Spark rank {options.rank}: {iterations} iterations, "
                f"{fits[-1]['seconds']:.1f} s")
        factors = [spark_factors(model.userFactors, matrix.n_users, options.rank, folder),
                   spark_factors(model.itemFactors, matrix.n_artists, options.rank, folder)]
        memory = peak_memory(spark.sparkContext._gateway.proc.pid)
    finally:
        spark.stop()
        shutil.rmtree(folder, ignore_errors=True)
    if options.write:
        write_factors(options.write, *factors)
    return {"name": "Spark", "version": pyspark.__version__, "fits": fits, "memory": memory,
            "loss": loss(matrix, *factors, options)}


def spark_factors(frame, n_rows, rank, folder):
    """By way of a file: handing a million rows over one by one takes long."""
    import pyarrow.parquet

    path = os.path.join(folder, "factors.parquet")
    frame.write.mode("overwrite").parquet(path)
    table = pyarrow.parquet.read_table(path)
    rows = np.zeros((n_rows, rank), np.float32)
    values = table.column("features").combine_chunks().flatten().to_numpy()
    rows[table.column("id").to_numpy()] = values.reshape(-1, rank)
    return rows


# --- checks ---

def read_factors(folder, name, rank):
    return np.fromfile(os.path.join(folder, name), np.float32).reshape(-1, rank)


def run_loss(options):
    users = read_factors(options.factors, "users.f32", options.rank)
    artists = read_factors(options.factors, "artists.f32", options.rank)
    return {"loss": loss(Matrix(options.matrix), users, artists, options)}


def run_same(options):
    """falsetto solved one side exactly from the peer's factors of the other: solved.f32, in the
    axes of fixed-turned.f32. Turned back, its rows should be those of the peer."""
    fixed_name, own_name = ("artists.f32", "users.f32") if options.side == "users" else (
        "users.f32", "artists.f32")
    fixed = read_factors(options.factors, fixed_name, options.rank).astype(np.float64)
    turned = read_factors(options.factors, "fixed-turned.f32", options.rank).astype(np.float64)
    solved = read_factors(options.factors, "solved.f32", options.rank).astype(np.float64)
    own = read_factors(options.factors, own_name, options.rank).astype(np.float64)
    # The rotation that takes fixed to turned, as the nearest orthogonal matrix.
    u, _, v = np.linalg.svd(fixed.T @ turned)
    difference = np.linalg.norm(solved @ (u @ v).T - own, axis=1)
    lengths = np.linalg.norm(own, axis=1)
    typical = np.median(lengths)
    share = difference / np.maximum(lengths, typical)
    return {"rows": len(own), "overall": float(np.linalg.norm(difference) /
                                               np.linalg.norm(lengths)),
            "median": float(np.median(share)), "p99": float(np.quantile(share, 0.99)),
            "worst": float(share.max())}


def run_ranking(options):
    """implicit.evaluation on the factors and the split that `measure --what evaluate --folder`
    wrote. Its precision is all hits by all that there could be at k; its map and ndcg are means
    over users as falsetto's are; its auc takes what is not among the first k as in no order."""
    from implicit.cpu.als import AlternatingLeastSquares
    from implicit.evaluation import ranking_metrics_at_k
    from scipy.sparse import csr_matrix

    model = AlternatingLeastSquares(factors=options.rank, dtype=np.float32)
    model.user_factors = read_factors(options.folder, "users.f32", options.rank)
    model.item_factors = read_factors(options.folder, "artists.f32", options.rank)
    shape = len(model.user_factors), len(model.item_factors)

    def part(name):
        start = np.fromfile(os.path.join(options.folder, name + "-start.i64"), np.int64)
        col = np.fromfile(os.path.join(options.folder, name + "-col.i32"), np.int32)
        return csr_matrix((np.ones(len(col), np.float32), col, start.astype(np.int32)), shape=shape)

    found = ranking_metrics_at_k(model, part("train"), part("held"), K=options.k,
                                 show_progress=False, num_threads=1)
    return {name: float(value) for name, value in found.items()}


def run_pandas(options):
    """It stops at lines that are no numbers: those are taken out before."""
    import pandas

    clean = os.path.join(options.folder, "clean.txt")
    if not os.path.exists(clean):
        with open(options.file, "rb") as lines, open(clean + ".new", "wb") as out:
            out.writelines(line for line in lines if b"u" not in line)
        os.replace(clean + ".new", clean)
    began = time.perf_counter()
    pandas.read_csv(clean, sep=" ", header=None, dtype=np.int32, engine="c",
                    names=["user", "artist", "plays"])
    return {"name": "pandas", "version": pandas.__version__,
            "seconds": time.perf_counter() - began, "memory": peak_memory()}


def run_model(options):
    """The ids and names come from the file as well, by numpy. Lists are the same where the
    artists are, or where scores that are next to the same have changed places."""
    import implicit
    from implicit.cpu.als import AlternatingLeastSquares
    from scipy.sparse import csr_matrix

    model = AlternatingLeastSquares.load(options.file)
    with np.load(options.file, allow_pickle=False) as arrays:
        users = {int(user): row for row, user in enumerate(arrays["falsetto_user_ids"])}
        artists = arrays["falsetto_item_ids"]
        names = bytes(arrays["falsetto_item_names"]).decode().split("\0")[:-1]
    wanted = {}
    with open(options.tsv, encoding="utf-8") as lines:
        next(lines)
        for line in lines:
            user, _, artist, _, score = line.rstrip("\n").split("\t")
            wanted.setdefault(int(user), []).append((int(artist), float(score)))
    rows = np.array([users[user] for user in wanted])
    nothing = csr_matrix((len(rows), len(artists)), dtype=np.float32)
    found, scores = model.recommend(rows, nothing, N=10, filter_already_liked_items=False)
    same, difference = 0, 0.0
    for ours, items, theirs in zip(wanted.values(), found, scores):
        gap = max(abs(score - other) for (_, score), other in zip(ours, theirs))
        difference = max(difference, float(gap))
        same += {artist for artist, _ in ours} == {int(artists[item]) for item in items}
    return {"name": "implicit", "version": implicit.__version__, "users": len(wanted),
            "same": same, "difference": difference, "names": len(names) == len(artists)}


def parse():
    parser = argparse.ArgumentParser()
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--rank", type=int, default=64)
    common.add_argument("--iterations", type=int, default=10)
    common.add_argument("--lambda", dest="lam", type=float, default=0.01)
    common.add_argument("--alpha", type=float, default=1)
    common.add_argument("--threads", type=int, default=2)
    common.add_argument("--write", help="folder for the factors")
    common.set_defaults(nu=0)
    commands = parser.add_subparsers(dest="command", required=True)

    one = commands.add_parser("implicit", parents=[common])
    one.add_argument("matrix")
    one.add_argument("--solver", choices=["cg", "cholesky"], default="cg")
    one.add_argument("--order", choices=["id", "given"], default="id")
    one.add_argument("--answers", action="store_true")
    one.add_argument("--no-loss", action="store_true")
    one.add_argument("--own-loss", action="store_true")
    one.set_defaults(run=run_implicit)

    one = commands.add_parser("spark", parents=[common])
    one.add_argument("matrix")
    one.add_argument("--folder", required=True)
    one.add_argument("--memory", default="6g")
    one.add_argument("--warm", action="store_true", help="a fit of one iteration before")
    one.set_defaults(run=run_spark, nu=1)

    one = commands.add_parser("loss", parents=[common])
    one.add_argument("matrix")
    one.add_argument("factors")
    one.add_argument("--nu", type=float, default=0)
    one.set_defaults(run=run_loss)

    one = commands.add_parser("same", parents=[common])
    one.add_argument("factors")
    one.add_argument("--side", choices=["users", "artists"], default="artists")
    one.set_defaults(run=run_same)

    one = commands.add_parser("ranking")
    one.add_argument("folder")
    one.add_argument("--rank", type=int, required=True)
    one.add_argument("--k", type=int, default=10)
    one.set_defaults(run=run_ranking)

    one = commands.add_parser("pandas")
    one.add_argument("file")
    one.add_argument("folder", help="for a copy of the file without broken lines")
    one.set_defaults(run=run_pandas)

    one = commands.add_parser("model")
    one.add_argument("file")
    one.add_argument("tsv")
    one.set_defaults(run=run_model)
    return parser.parse_args()


def main():
    options = parse()
    print(json.dumps(options.run(options)))


main()
