#!/usr/bin/env python3
"""bench/accuracy.py faces: its arithmetic over scores whose answers are known, its reading of LFW's layout, and the whole way over a set
made here of the two portraits of tests/e2e/media. That the measuring works is shown, not how good the networks are."""
import os
import re
import random
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
BENCH = os.path.join(HERE, "../../bench")
SCORE, MODELS = sys.argv[1:3]
sys.path.insert(0, BENCH)

import faces  # noqa: E402

LOOKS = ["scale=iw:ih", "eq=brightness=0.1", "scale=iw*0.8:-2", "eq=contrast=0.8,noise=alls=4:all_seed=3", "hue=s=0"]


def near(one, other):
    return abs(one - other) < 1e-9


def check_arithmetic():
    same, different = [0.9, 0.8, 0.7, 0.3], [0.6, 0.5, 0.4, 0.2, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1]
    points = faces.curve(same, different)
    assert points[0] == (0, 0) and points[-1] == (1, 1) and (0, 0.75) in points and (0.3, 1) in points
    assert near(faces.equal_error(points), 0.25), "at 0.4 three tenths are taken wrongly, at 0.5 two tenths; a quarter is missed at both"
    assert faces.found_at(same, different, 0) == (0.75, 0.7)
    assert faces.found_at(same, different, 0.3) == (1, 0.3)
    right, _ = faces.found_at([0.5, 0.6], [0.5] * 2000, 1e-3)
    assert right == 0.5, "what is as alike as two thousand pairs of two people does not count"
    assert near(faces.equal_error(faces.curve([1, 0.9], [0.2, 0.1])), 0)
    assert near(faces.equal_error(faces.curve([0.2, 0.1], [1, 0.9])), 1)
    assert near(faces.equal_error(faces.curve([0.5], [0.5])), 0.5)


def check_layout(folder):
    for name, count in (("Ann_Lee", 3), ("Bo", 2)):
        os.makedirs(os.path.join(folder, name))
        for number in range(1, count + 1):
            with open(os.path.join(folder, name, f"{name}_{number:04d}.jpg"), "wb"):
                pass
    people = faces.read_folder(folder)
    assert [len(files) for files in people.values()] == [3, 2]
    listed = os.path.join(folder, "pairs.txt")
    with open(listed, "w", encoding="utf-8") as file:
        file.write("1\t2\nAnn_Lee\t1\t3\nBo\t1\t9\nAnn_Lee\t2\tBo\t1\n")
    pairs, missing = faces.read_pairs(listed, people)
    assert [(os.path.basename(one), os.path.basename(other), same) for one, other, same in pairs] == [
        ("Ann_Lee_0001.jpg", "Ann_Lee_0003.jpg", True), ("Ann_Lee_0002.jpg", "Bo_0001.jpg", False)] and missing == 1
    made = faces.make_pairs(people, random.Random(1))
    assert sum(same for _, _, same in made) == 4 and len(made) == 4 + 6
    assert made == faces.make_pairs(people, random.Random(1))


def make_set(folder):
    for name in ("astronaut", "hopper"):
        os.makedirs(os.path.join(folder, name))
        for number, filters in enumerate(LOOKS):
            subprocess.run(["ffmpeg", "-v", "error", "-i", os.path.join(HERE, f"media/{name}.jpg"), "-vf", filters, "-frames:v", "1",
                            os.path.join(folder, name, f"{number}.{'png' if number % 2 else 'jpg'}")], check=True)
    subprocess.run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "color=c=0x708090:s=320x240", "-frames:v", "1",
                    os.path.join(folder, "hopper/wall.png")], check=True)


def check_whole_way(folder):
    make_set(folder)
    svg = os.path.join(folder, "roc.svg")
    out = subprocess.run([sys.executable, os.path.join(BENCH, "accuracy.py"), "faces", "--pictures", folder, "--models", MODELS, "--face-score",
                          SCORE, "--svg", svg, "--household", "1", "--trials", "50", "--files"], stdout=subprocess.PIPE, check=True).stdout.decode()
    print(out)
    assert re.search(r"^11 pictures of 2 people$", out, re.M)
    assert re.search(r"^no good face: 1 of 11 .*\n  .*wall\.png$", out, re.M)
    assert re.search(r"^equal error rate 0\.00%$", out, re.M)
    assert re.search(r"^as shipped .*two people taken for one 0 of 25 ", out, re.M)
    assert re.search(r"by one picture: strangers named 0 of 50 .*members named rightly 50 of 50 ", out)
    with open(svg, encoding="utf-8") as file:
        assert file.read().rstrip().endswith("</svg>")


def main():
    check_arithmetic()
    with tempfile.TemporaryDirectory() as folder:
        check_layout(folder)
    if not all(os.path.exists(os.path.join(MODELS, file)) for file in ("libonnxruntime.so", "face-print.onnx")):
        print("ONNX Runtime or the networks for faces are not here: scripts/install-models")
        sys.exit(77)
    with tempfile.TemporaryDirectory() as folder:
        check_whole_way(folder)


main()
