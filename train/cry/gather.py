#!/usr/bin/env python3
"""Puts recordings into one file for the trainer: gather.py [--list] NAME=DIR... OUT

Each NAME is a group of sources.tsv, which lists what of it is used, with its SHA-256. A file that is missing
or different ends the run: other sounds would make other weights. --list writes the list anew instead, from
the rules in GROUPS, to standard output."""
import hashlib
import os
import re
import struct
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
SECONDS_MAX = 240
SOUND = re.compile(r"\.(wav|ogg|oga|flac)$", re.I)


def home_of(name):
    """A donateacry recording's home: the installation of the app that sent it."""
    found = re.match(r"[a-z_]+--([0-9a-fA-F-]{36})", name)
    return found[1].lower() if found else name


def by_home(path):
    part = hashlib.sha256(home_of(os.path.basename(path)).encode()).digest()[0]
    return "train" if part < 166 else "tune" if part < 205 else "test"


def always(part):
    return lambda path: part


def by_song(path):
    return "train" if re.search(r"manolo|macroform-cold|macroform-robot", path) else "test"


# name: (is it crying, takes each so many-th file, which of them, what for)
GROUPS = {
    "donateacry": (1, 1, r".", by_home),
    "asterisk-core-sounds-en-wav": (0, 2, r".", always("train")),
    "asterisk-core-sounds-ru-wav": (0, 4, r".", always("train")),
    "asterisk-core-sounds-fr-wav": (0, 3, r".", always("test")),
    "asterisk-moh-opsound-wav": (0, 1, r".", by_song),
    "sonic-pi-samples": (0, 1, r".", always("train")),
    "tuxpaint-stamps-default": (0, 1, r"^(?!.*_desc).*$", always("train")),
    "tuxpaint-spoken": (0, 25, r"_desc", always("train")),
    "supertux-data": (0, 1, r".", always("train")),
    "fillets-ng-data": (0, 1, r".", always("train")),
    "fillets-ng-data-cs": (0, 10, r".", always("train")),
    "klettres-data": (0, 12, r".", always("tune")),
    "oxygen-sounds": (0, 1, r".", always("tune")),
    "frozen-bubble-data": (0, 1, r".", always("tune")),
    "yaru-theme-sound": (0, 1, r".", always("test")),
    "alsa-utils": (0, 1, r".", always("test")),
    "hedgewars-data": (0, 4, r".", always("test")),
}


def files_of(name, folder):
    crying, each, which, part = GROUPS[name]
    found = []
    for at, _, names in os.walk(folder):
        found += [os.path.relpath(os.path.join(at, n), folder) for n in names if SOUND.search(n)]
    found = sorted(f for f in found if re.search(which, f))
    return [(f, crying, part(f)) for f in found[::each]]


def digest(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def write_list(folders):
    print("# group\tcrying\tpart\tSHA-256\tfile; made by gather.py --list")
    for name, folder in folders.items():
        for file, crying, part in files_of(name, folder):
            print(name, crying, part, digest(os.path.join(folder, file)), file, sep="\t")


def decode(path):
    """The first channel at its own rate: (rate, 16-bit samples). In plain C (cpuflags 0), so that every
    machine decodes to the same samples."""
    wav = subprocess.run(["ffmpeg", "-v", "error", "-cpuflags", "0", "-bitexact", "-i", path, "-t", str(SECONDS_MAX),
                          "-map", "0:a:0", "-f", "wav", "-c:a", "pcm_s16le", "-"],
                         stdout=subprocess.PIPE, check=True).stdout
    at = wav.index(b"fmt ") + 8
    _, channels, rate = struct.unpack_from("<HHI", wav, at)
    data = wav[wav.index(b"data", at) + 8:]
    samples = memoryview(data[:len(data) // (2 * channels) * 2 * channels]).cast("h")
    return rate, samples[::channels].tobytes()


def gather(folders, out):
    with open(os.path.join(HERE, "sources.tsv"), encoding="utf-8") as lines, open(out, "wb") as pack:
        for line in lines:
            if line.startswith("#"):
                continue
            name, crying, part, sha, file = line.rstrip("\n").split("\t")
            path = os.path.join(folders[name], file)
            if digest(path) != sha:
                sys.exit(f"{path} is not the file that sources.tsv names")
            rate, samples = decode(path)
            pack.write(f"{crying} {part} {rate} {len(samples) // 2} {name}\n".encode() + samples)


def main(arguments):
    listing = "--list" in arguments
    arguments = [a for a in arguments if a != "--list"]
    folders = dict(a.split("=", 1) for a in arguments if "=" in a)
    if "tuxpaint-stamps-default" in folders:
        folders["tuxpaint-spoken"] = folders["tuxpaint-stamps-default"]
    missing = set(GROUPS) - set(folders)
    if missing:
        sys.exit(f"{__doc__}\nmissing: {', '.join(sorted(missing))}")
    if listing:
        write_list({name: folders[name] for name in GROUPS})
    else:
        gather(folders, [a for a in arguments if "=" not in a][0])


main(sys.argv[1:])
