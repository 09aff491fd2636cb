#!/usr/bin/env python3
"""How well people are seen, in labelled pictures that you name (people.py says in what form):

    meson compile -C ../build see-score
    python3 accuracy.py people --pictures DIR --labels FILE.json [--svg FILE] [--filter FFMPEG-FILTER] [--models DIR]

prints recall and precision for the levels of `see.person`, AP50 by size, and how many pictures with somebody large were found and
how many empty ones alarmed. --filter spoils them first: "hue=s=0,eq=brightness=-0.4,noise=alls=20" is a night. --of animals looks for cats and dogs
(labels "cat", "dog") in place of people. --nights makes three nights
of it and tells what one frame finds, and what two of three find. --svg draws precision
over recall, and beside it FILE-roc.svg.

How well faces are told apart, in pictures of people: a folder for each, as LFW has them (faces.py):

    meson compile -C ../build face-score
    python3 accuracy.py faces --pictures DIR [--pairs pairs.txt] [--svg FILE] [--filter FFMPEG-FILTER] [--files]

prints how many pictures Ward refuses, the equal error rate over pairs (LFW's pairs.txt, or made by --seed), how many of one person
are found where one in a thousand of two people is taken for one, what the shipped threshold does, and for --trials households of
--household people with three pictures each how many strangers are named. --svg draws the ROC.

How well crying is heard, on recordings that you name:

    meson compile -C ../build cry-score
    python3 accuracy.py cry --crying DIR... --other DIR... [--weights FILE] [--svg FILE] [--files]

Each recording under a --crying folder is one episode: it is played into the ear in a quiet room, and counts as heard if an
event begins within 5 s. The recordings under each --other folder are played one after the other, without a pause: each event
that begins is a false alarm. ffmpeg decodes. --svg draws recall over false alarms for every threshold. Intervals are
95 % (Wilson for recall, exact Poisson for alarms)."""
import argparse
import math
import os
import re
import subprocess
import sys

import faces
import people

HERE = os.path.dirname(os.path.abspath(__file__))
SOUND = re.compile(r"\.(wav|ogg|oga|flac|mp3|m4a|aac|opus)$", re.I)
RULES = {1: "low", 2: "normal", 3: "high"}
WITHIN_S, VOTES, NEED = 5, 10, 4


def files_in(folder):
    found = []
    for at, _, names in os.walk(folder):
        found += [os.path.join(at, name) for name in names if SOUND.search(name)]
    return sorted(found)


def decode(path):
    return subprocess.run(["ffmpeg", "-v", "error", "-i", path, "-map", "0:a:0", "-ac", "1", "-ar", "8000", "-f", "s16le", "-"],
                          stdout=subprocess.PIPE, check=True).stdout


def play(score, weights, crying, paths):
    """(seconds of each clip, answers [clip, second, score], episodes [clip, second, rule], CPU seconds, seconds)."""
    clips, seconds = [], []
    for path in paths:
        samples = decode(path)
        clips.append(f"{crying} {len(samples) // 2} x\n".encode() + samples[:len(samples) // 2 * 2])
        seconds.append(len(samples) / 2 / 8000)
    out = subprocess.run([score, weights], input=b"".join(clips), stdout=subprocess.PIPE, check=True).stdout.decode()
    rows = [line.split() for line in out.splitlines()]
    answers = [(int(r[1]), float(r[2]), float(r[3])) for r in rows if r[0] == "a"]
    episodes = [(int(r[1]), float(r[2]), int(r[3])) for r in rows if r[0] == "e"]
    end = [r for r in rows if r[0] == "t"][0]
    return seconds, answers, episodes, float(end[1]), float(end[2])


def begins(answers, threshold):
    """The clips and seconds at which the vote would begin an episode, as proto/hear/episode.c does."""
    found, hits, is_open, quiet, last = [], 0, False, 0, None
    for clip, second, score in answers:
        if last is not None and clip != last and second < 0:
            hits, is_open = 0, False
        last = clip
        hit = score >= threshold
        hits = (hits << 1 | hit) & ((1 << VOTES) - 1)
        quiet = 0 if hit else quiet + 1
        if not is_open and bin(hits).count("1") >= NEED:
            is_open = True
            found.append((clip, second))
        elif is_open and quiet >= 20:
            is_open, hits = False, 0
    return found


def wilson(k, n):
    if n == 0:
        return 0, 1
    z, p = 1.96, k / n
    mid, half = p + z * z / 2 / n, z * math.sqrt(p * (1 - p) / n + z * z / 4 / n / n)
    return (mid - half) / (1 + z * z / n), (mid + half) / (1 + z * z / n)


def poisson(k):
    """95 % interval of a mean of which k were seen."""
    def tail(mean, upto):
        return sum(math.exp(-mean + i * math.log(mean) - math.lgamma(i + 1)) for i in range(upto + 1))

    def solve(wanted, upto):
        low, high = 1e-9, 10.0 * k + 30
        for _ in range(80):
            mid = (low + high) / 2
            low, high = (mid, high) if tail(mid, upto) > wanted else (low, mid)
        return low
    return (solve(0.975, k - 1) if k else 0.0), solve(0.025, k)


def heard(episodes):
    return {clip for clip, second in episodes if 0 <= second <= WITHIN_S}


def report(name, results, is_crying):
    seconds, _, episodes, _, _ = results
    hours = sum(seconds) / 3600
    for number, rule in RULES.items():
        own = [(clip, second) for clip, second, r in episodes if r == number]
        if is_crying:
            count, whole = len(heard(own)), len(seconds)
            low, high = wilson(count, whole)
            print(f"{name}: {rule}: {count} of {whole} heard within {WITHIN_S} s: {count / max(whole, 1):.1%} ({low:.1%} to {high:.1%})")
        else:
            low, high = poisson(len(own))
            print(f"{name}: {rule}: {len(own)} false alarms in {hours:.2f} h: "
                  f"{len(own) / max(hours, 1e-9):.2f} an hour ({low / max(hours, 1e-9):.2f} to {high / max(hours, 1e-9):.2f})")


def draw(path, crying, other):
    """Recall over false alarms an hour, one point a threshold."""
    whole, hours = sum(len(r[0]) for r in crying), sum(sum(r[0]) for r in other) / 3600
    points = []
    for step in range(1, 200):
        at = step / 200
        recall = sum(len(heard(begins(r[1], at))) for r in crying) / max(whole, 1)
        alarms = sum(len(begins(r[1], at)) for r in other) / max(hours, 1e-9)
        points.append((at, recall, alarms))
    most = max(p[2] for p in points) or 1
    line = " ".join(f"{60 + 500 * math.sqrt(a / most):.1f},{360 - 320 * r:.1f}" for _, r, a in points)
    ticks = "".join(f'<text x="{60 + 500 * math.sqrt(x):.0f}" y="378" text-anchor="middle">{most * x:.1f}</text>'
                    for x in (0, 0.04, 0.25, 1)) + \
        "".join(f'<text x="52" y="{364 - 320 * y:.0f}" text-anchor="end">{y:.0%}</text>' for y in (0, 0.5, 0.8, 0.9, 1))
    with open(path, "w", encoding="utf-8") as out:
        out.write('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 600 400" font-family="sans-serif" font-size="12">'
                  '<rect width="600" height="400" fill="#fff"/><path d="M60 40V360H560" fill="none" stroke="#888"/>' + ticks +
                  f'<text x="310" y="395" text-anchor="middle">false alarms an hour ({hours:.2f} h of other sound)</text>'
                  f'<text x="60" y="28">recall within {WITHIN_S} s ({whole} episodes)</text>'
                  f'<polyline points="{line}" fill="none" stroke="#1a5fb4" stroke-width="2"/></svg>\n')


def cry(options):
    crying, other = [], []
    for is_crying, folders, results in ((1, options.crying, crying), (0, options.other, other)):
        for folder in folders:
            paths = files_in(folder)
            results.append(play(options.score, options.weights, is_crying, paths))
            report(folder, results[-1], is_crying)
            if options.files:
                for clip, second, rule in results[-1][2]:
                    print(f"  {RULES[rule]} at {second:.1f} s: {paths[clip]}")
                quiet = set(range(len(paths))) - heard([e[:2] for e in results[-1][2] if e[2] == 2])
                for clip in sorted(quiet) if is_crying else []:
                    print(f"  not heard: {paths[clip]}")
    spent, length = sum(r[3] for r in crying + other), sum(r[4] for r in crying + other)
    print(f"CPU: {1000 * spent / max(length, 1e-9):.2f} ms a second of sound")
    if options.svg:
        draw(options.svg, crying, other)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["cry", "faces", "people"])
    parser.add_argument("--crying", nargs="*", default=[], metavar="DIR")
    parser.add_argument("--other", nargs="*", default=[], metavar="DIR")
    parser.add_argument("--weights", default=os.path.join(HERE, "../src/ear/cry.weights"))
    parser.add_argument("--score", default=os.path.join(HERE, "../build/train/cry/cry-score"))
    parser.add_argument("--pictures", metavar="DIR")
    parser.add_argument("--labels", metavar="FILE")
    parser.add_argument("--filter", metavar="FILTER")
    parser.add_argument("--nights", action="store_true")
    parser.add_argument("--of", choices=["people", "animals"], default="people")
    parser.add_argument("--models", default=os.path.join(HERE, "../models"))
    parser.add_argument("--see-score", default=os.path.join(HERE, "../build/bench/see-score"))
    parser.add_argument("--pairs", metavar="FILE")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--household", type=int, default=4, metavar="PEOPLE")
    parser.add_argument("--trials", type=int, default=3000)
    parser.add_argument("--face-score", default=os.path.join(HERE, "../build/bench/face-score"))
    parser.add_argument("--svg")
    parser.add_argument("--files", action="store_true")
    options = parser.parse_args()
    if options.what == "people":
        if not options.pictures or not options.labels:
            sys.exit("nothing to look at: name --pictures and --labels")
        people.people(options)
        return
    if options.what == "faces":
        if not options.pictures:
            sys.exit("nothing to look at: name --pictures")
        faces.faces(options)
        return
    if not options.crying and not options.other:
        sys.exit("nothing to listen to: name a folder with --crying or --other")
    cry(options)


main()
