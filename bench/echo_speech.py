#!/usr/bin/env python3
"""Speech for echo_bench: utterances of DIR (g722, wav, flac, ...), each equally loud, with pauses, as raw s16le at 16 kHz.

Usage: echo_speech.py DIR OUT [SECONDS]. Debian has some: asterisk-core-sounds-en-g722, -it-g722 (apt-get download, dpkg-deb -x)."""
import array
import pathlib
import random
import subprocess
import sys

HZ, LOUD = 16000, 0.07 * 32768


def utterance(path):
    raw = subprocess.run(["ffmpeg", "-v", "error", "-i", path, "-f", "s16le", "-ac", "1", "-ar", str(HZ), "-"],
                         capture_output=True, check=True).stdout
    samples = array.array("h", raw)
    loud = [i for i in range(0, len(samples) - 160, 160) if sum(s * s for s in samples[i:i + 160]) > 160 * 100 ** 2]
    samples = samples[loud[0]:loud[-1] + 160] if loud else samples[:0]
    if len(samples) < 1.2 * HZ:
        return None
    gain = LOUD / (sum(s * s for s in samples) / len(samples)) ** 0.5
    return array.array("h", (max(-32768, min(32767, round(s * gain))) for s in samples))


def main():
    folder, out, seconds = pathlib.Path(sys.argv[1]), sys.argv[2], float(sys.argv[3]) if len(sys.argv) > 3 else 62
    dice, made = random.Random(1), array.array("h")
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.stat().st_size > 12000)
    dice.shuffle(files)
    for path in files:
        said = utterance(path)
        if said:
            made += said + array.array("h", bytes(2 * int(HZ * dice.uniform(.15, .6))))
        if len(made) > seconds * HZ:
            break
    pathlib.Path(out).write_bytes(made[:int(seconds * HZ)].tobytes())


main()
