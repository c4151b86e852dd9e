#!/usr/bin/python3
"""Made-up exports of listening histories, as each service gives them, from known listening.

    make-exports.py FOLDER

Each line of LISTENING is an artist and its plays; whatever is written beside them has to be left
out. Below FOLDER stand lastfm.csv, lastfm-plain.csv, listenbrainz.zip, listenbrainz/, spotify/
(extended), spotify.zip, account/, both/ (Spotify's two), list.tsv, and expected.tsv: name, plays.

SPDX-License-Identifier: GPL-3.0-or-later
"""

import csv
import json
import os
import random
import sys
import zipfile

LISTENING = [
    ("Radiohead", 40),
    ("The Beatles", 30),
    ("Beatles, The", 5),
    ("björk", 20),
    ("SIGUR RO\u0301S", 11),  # decomposed
    ("椎名林檎", 9),
    ('Quoted "Name", Inc.', 8),
    ("Smile \U0001f600", 7),
    ("Comma, Comma", 3),
    ("Back\\slash", 2),
    ("Line\nbreak", 1),
    ("Tab\there", 1),
]
PODCASTS, PRIVATE, SKIPPED = 6, 5, 13


def listens():
    """One entry a play, in an order that is no one's but always the same."""
    plays = [name for name, n in LISTENING for _ in range(n)]
    random.Random(7).shuffle(plays)
    return plays


def lastfm(path):
    with open(path, "w", encoding="utf-8-sig", newline="") as out:
        write = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerow
        write("uts utc_time artist artist_mbid album album_mbid track track_mbid".split())
        for i, name in enumerate(listens()):
            write([1600000000 - i, "13 Sep 2020, 12:26", name, "", "Album", "", "A \"track\"", ""])


def lastfm_plain(path):
    with open(path, "w", encoding="utf-8", newline="") as out:
        write = csv.writer(out, lineterminator="\n").writerow
        for i, name in enumerate(listens()):
            # What is playing just now has no time yet.
            write([name, "Album", "Track", "13 Sep 2020 12:%02d" % (i % 60) if i else ""])


def listenbrainz_lines():
    for i, name in enumerate(listens()):
        mapping = None
        if i % 2:
            mapping = {"artists": [{"artist_credit_name": "not this", "join_phrase": ""}]}
        yield json.dumps({
            "listened_at": 1600000000 - i, "inserted_at": 1.5e9,
            "track_metadata": {"artist_name": name, "track_name": "T", "release_name": None,
                               "additional_info": {"artist_name": "nor this", "tags": [[], {}]},
                               "mbid_mapping": mapping}}, ensure_ascii=bool(i % 3)) + "\n"


def listenbrainz(folder, archive):
    lines = list(listenbrainz_lines())
    parts = {"listens/2020/9.jsonl": "".join(lines[:50]), "listens/2020/8.jsonl": "".join(lines[50:]),
             "feedback.jsonl": json.dumps({"recording_msid": "x", "score": 1}) + "\n",
             "user.json": json.dumps({"user_id": 1, "username": "u"})}
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as out:
        for name, text in parts.items():
            out.writestr(name, text)
            os.makedirs(os.path.dirname(os.path.join(folder, name)), exist_ok=True)
            with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                file.write(text)


def spotify_entry(name, ms, **more):
    entry = {"ts": "2020-09-13T12:26:40Z", "platform": "linux", "ms_played": ms, "conn_country": "DE",
             "master_metadata_track_name": "T", "master_metadata_album_artist_name": name,
             "master_metadata_album_album_name": "A", "spotify_track_uri": "spotify:track:x",
             "episode_name": None, "episode_show_name": None, "spotify_episode_uri": None,
             "reason_start": "trackdone", "reason_end": "trackdone", "shuffle": False, "skipped": None,
             "offline": None, "offline_timestamp": 0, "incognito_mode": False}
    entry.update(more)
    return entry


def spotify_entries():
    # Short ones that came to their own end count; long ones that were skipped do as well.
    for i, name in enumerate(listens()):
        yield [spotify_entry(name, 200000), spotify_entry(name, 12000),
               spotify_entry(name, 31000, skipped=True, reason_end="fwdbtn")][i % 3]
    for i in range(PODCASTS):
        yield spotify_entry(None, 900000, master_metadata_track_name=None, episode_name="E",
                            episode_show_name="S", spotify_episode_uri="spotify:episode:x")
    for i in range(PRIVATE):
        yield spotify_entry("In Private", 200000, incognito_mode=True)
    for i in range(SKIPPED):
        yield [spotify_entry("Skipped", 1000, reason_end="fwdbtn"),
               spotify_entry("Skipped", 29999, reason_end=None),
               spotify_entry("Skipped", 100, skipped=True)][i % 3]


def spotify(folder, archive):
    entries = list(spotify_entries())
    parts = {"Streaming_History_Audio_2019-2020_0.json": json.dumps(entries[:70], indent=2),
             "endsong_1.json": json.dumps(entries[70:], ensure_ascii=False),
             "ReadMeFirst.pdf": "%PDF-1.4 no history"}
    os.makedirs(folder, exist_ok=True)
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as out:
        for name, text in parts.items():
            out.writestr("Spotify Extended Streaming History/" + name, text)
            with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                file.write(text)


def account(folder):
    os.makedirs(folder, exist_ok=True)
    entries = [{"endTime": "2020-09-13 12:26", "artistName": name, "trackName": "T", "msPlayed": 30000}
               for name in listens()]
    entries += [{"endTime": "2020-09-13 12:26", "artistName": "Skipped", "trackName": "T", "msPlayed": 29999}
                ] * SKIPPED
    podcasts = [{"endTime": "2020-09-13 12:26", "podcastName": "P", "episodeName": "E", "msPlayed": 900000}
                ] * PODCASTS
    for name, value in (("StreamingHistory_music_0.json", entries[:60]),
                        ("StreamingHistory_music_1.json", entries[60:]),
                        ("StreamingHistory_podcast_0.json", podcasts),
                        ("SearchQueries.json", [{"platform": "x", "searchQuery": "q"}]),
                        ("Userdata.json", {"username": "u", "artistName": "no listen"})):
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            json.dump(value, file)


def main():
    folder = sys.argv[1]

    def path(name):
        return os.path.join(folder, name)
    lastfm(path("lastfm.csv"))
    lastfm_plain(path("lastfm-plain.csv"))
    listenbrainz(path("listenbrainz"), path("listenbrainz.zip"))
    spotify(path("spotify"), path("spotify.zip"))
    account(path("account"))
    spotify(path("both"), path("both.zip"))
    account(path("both"))
    # What ends lines and columns becomes a blank.
    names = [(name.replace("\n", " ").replace("\t", " "), n) for name, n in LISTENING]
    with open(path("list.tsv"), "w", encoding="utf-8") as out:
        out.writelines("%s\t%d\n" % entry for entry in names)
    with open(path("expected.tsv"), "w", encoding="utf-8") as out:
        out.writelines("%d\t%s\n" % (n, name) for name, n in
                       sorted(names, key=lambda entry: (-entry[1], entry[0].encode())))


main()
