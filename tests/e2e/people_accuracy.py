#!/usr/bin/env python3
"""bench/accuracy.py people over a set made here: the one photograph of tests/e2e/media in five sizes before walls, and walls alone.
It shows that the measuring works and the network answers; how good the network is, it does not show."""
import json
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
SCORE, MODELS = sys.argv[1:3]
PHOTO = os.path.join(HERE, "media/astronaut.jpg")
WALL = "color=c=0x{0}:s=640x360,drawgrid=w=80:h=90:c=0x404850:t=4"
LABELLED = (0.03, 0.02, 0.97, 1.0)  # where in the photograph she is


def picture(path, wall, height=None, left=0):
    """Returns the box of the person, if there is one."""
    photo = ["-i", PHOTO] if height else []
    paste = ["-filter_complex", f"[1]scale=-2:{height}[p];[0][p]overlay=x={left}:y={360 - height}"] if height else []
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", WALL.format(wall), *photo, *paste, "-frames:v", "1", path], check=True)
    if not height:
        return None
    width = round(height * 190 / 256 / 2) * 2
    box = [left + LABELLED[0] * width, 360 - height + LABELLED[1] * height, left + LABELLED[2] * width, 360 - height + LABELLED[3] * height]
    return [box[0], box[1], box[2] - box[0], box[3] - box[1]]


def main():
    if not os.path.exists(os.path.join(MODELS, "libonnxruntime.so")):
        print("ONNX Runtime is not here: scripts/install-models")
        sys.exit(77)
    with tempfile.TemporaryDirectory() as folder:
        images, annotations = [], []
        plans = [("708090", 350, 20), ("a09080", 300, 300), ("506040", 256, 200), ("909090", 200, 400), ("604030", 160, 100),
                 ("708090",), ("a09080",), ("506040",), ("909090",), ("604030",)]
        for number, plan in enumerate(plans):
            name = f"{number}.png"
            box = picture(os.path.join(folder, name), *plan)
            images.append({"id": number, "file_name": name, "width": 640, "height": 360})
            if box:
                annotations.append({"image_id": number, "category_id": 1, "bbox": box})
        labels = os.path.join(folder, "labels.json")
        with open(labels, "w", encoding="utf-8") as file:
            json.dump({"images": images, "annotations": annotations, "categories": [{"id": 1, "name": "person"}]}, file)
        svg = os.path.join(folder, "people.svg")
        out = subprocess.run([sys.executable, os.path.join(HERE, "../../bench/accuracy.py"), "people", "--pictures", folder, "--labels", labels,
                              "--models", MODELS, "--see-score", SCORE, "--svg", svg], stdout=subprocess.PIPE, check=True).stdout.decode()
        print(out)
        assert re.search(r"^10 pictures, 5 people$", out, re.M)
        assert float(re.search(r"^all: 5 people, AP50 ([0-9.]+)", out, re.M)[1]) > 0.9
        assert re.search(r"^normal: somebody >= 20 % of the height found in 5 of 5 .*alarmed 0 of 5 ", out, re.M)
        for name in (svg, svg.replace(".svg", "-roc.svg")):
            with open(name, encoding="utf-8") as file:
                assert file.read().rstrip().endswith("</svg>")


main()
