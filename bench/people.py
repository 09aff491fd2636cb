"""accuracy.py people: how well people are found in labelled pictures. The labels are COCO's (`instances_*.json`), or anything of
that form: images with id, file_name, width and height; annotations with image_id, category_id, bbox and, if need be, iscrowd."""
import json
import math
import os
import re
import subprocess

PICTURE = re.compile(r"\.(jpe?g|png|webp|ppm)$", re.I)
SIZES = [("small", 0, 0.1), ("middle", 0.1, 0.2), ("large", 0.2, 9)]  # parts of the picture's height
OF = {"people": ("person",), "animals": ("cat", "dog")}
SAME = 0.5  # overlap from which a box is the one that was labelled
LEVELS = {"low": 0.55, "normal": 0.40, "high": 0.30}
# Nights: grey, dark, and with other noise in each frame.
NIGHTS = {"dusk": "hue=s=0,eq=brightness=-0.25,noise=alls=10:all_seed={0}", "night": "hue=s=0,eq=brightness=-0.4,noise=alls=20:all_seed={0}",
          "deep night": "hue=s=0,eq=brightness=-0.45:contrast=0.7,noise=alls=30:all_seed={0}"}
VOTES, NEED = 3, 2  # proto/see/stay.h


def read_labels(folder, labels, names):
    """[(path, [box], [crowd box])]: boxes as left, top, right, bottom."""
    with open(labels, encoding="utf-8") as file:
        data = json.load(file)
    wanted = {c["id"] for c in data.get("categories", []) if c["name"] in names} or {1}
    found = {image["id"]: (os.path.join(folder, image["file_name"]), [], []) for image in data["images"]}
    for one in data["annotations"]:
        if one["category_id"] in wanted and one["image_id"] in found:
            x, y, w, h = one["bbox"]
            found[one["image_id"]][2 if one.get("iscrowd") else 1].append((x, y, x + w, y + h))
    return [found[key] for key in sorted(found, key=str) if PICTURE.search(found[key][0]) and os.path.exists(found[key][0])]


def read_pixels(path, filters):
    size = subprocess.run(["ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries", "stream=width,height", "-of", "csv=p=0", path],
                          stdout=subprocess.PIPE, check=True).stdout.decode().strip().split(",")
    width, height = int(size[0]), int(size[1])
    pixels = subprocess.run(["ffmpeg", "-v", "error", "-i", path, "-frames:v", "1", *(["-vf", filters] if filters else []),
                             "-f", "rawvideo", "-pix_fmt", "rgb24", "-"], stdout=subprocess.PIPE, check=True).stdout
    assert len(pixels) == width * height * 3, path
    return width, height, pixels


def look(options, pictures, filters):
    """For each picture: height, (milliseconds, of the network alone), [(box, score)]."""
    run = subprocess.Popen([options.see_score, options.models] + (["animals"] if options.of == "animals" else []), stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    found = []
    for path, _, _ in pictures:
        width, height, pixels = read_pixels(path, filters)
        run.stdin.write(f"{width} {height}\n".encode() + pixels)
        run.stdin.flush()
        numbers = [float(part) for part in run.stdout.readline().split()]
        boxes = [(tuple(numbers[i:i + 4]), numbers[i + 4]) for i in range(2, len(numbers), 5)]
        found.append((height, numbers[:2], boxes))
    run.stdin.close()
    assert run.wait() == 0
    return found


def overlap(one, other):
    width, height = min(one[2], other[2]) - max(one[0], other[0]), min(one[3], other[3]) - max(one[1], other[1])
    if width <= 0 or height <= 0:
        return 0
    area = [(box[2] - box[0]) * (box[3] - box[1]) for box in (one, other)]
    return width * height / (sum(area) - width * height)


def within(box, crowd):
    width, height = min(box[2], crowd[2]) - max(box[0], crowd[0]), min(box[3], crowd[3]) - max(box[1], crowd[1])
    return width > 0 and height > 0 and width * height > SAME * (box[2] - box[0]) * (box[3] - box[1])


def judge(pictures, found, size):
    """[(score, is right)] of all boxes, and how many were to be found, of people of one size (COCO's rules)."""
    answers, wanted = [], 0
    for (_, labels, crowds), (height, _, boxes) in zip(pictures, found):
        def fits(box):
            return size[1] <= (box[3] - box[1]) / height < size[2]
        wanted += sum(fits(label) for label in labels)
        taken = set()
        for box, score in sorted(boxes, key=lambda one: -one[1]):
            near = sorted(((not fits(label), -overlap(box, label), i) for i, label in enumerate(labels)
                           if i not in taken and overlap(box, label) >= SAME))
            if near:
                taken.add(near[0][2])
                if fits(labels[near[0][2]]):
                    answers.append((score, True))
            elif fits(box) and not any(within(box, crowd) for crowd in crowds):
                answers.append((score, False))
    return sorted(answers, key=lambda one: -one[0]), wanted


def curve(answers, wanted):
    """[(recall, precision)], precision made to fall only."""
    points, right = [], 0
    for i, (_, is_right) in enumerate(answers, 1):
        right += is_right
        points.append((right / max(wanted, 1), right / i))
    for i in range(len(points) - 2, -1, -1):
        points[i] = points[i][0], max(points[i][1], points[i + 1][1])
    return points


def average_precision(points):
    """Over 101 recalls, as COCO does."""
    total = 0
    for step in range(101):
        total += next((precision for recall, precision in points if recall >= step / 100), 0)
    return total / 101


def wilson(k, n):
    if n == 0:
        return 0, 1
    z, p = 1.96, k / n
    mid, half = p + z * z / 2 / n, z * math.sqrt(p * (1 - p) / n + z * z / 4 / n / n)
    return max(0, (mid - half) / (1 + z * z / n)), min(1, (mid + half) / (1 + z * z / n))


def share(k, n):
    low, high = wilson(k, n)
    return f"{k} of {n} ({k / max(n, 1):.1%}, {low:.1%} to {high:.1%})"


def best(boxes):
    return max([score for _, score in boxes], default=0)


def split(pictures, found):
    """The best score of each picture with somebody who takes up a fifth of its height, and of each without anybody."""
    full, empty = [], []
    for (_, labels, crowds), (height, _, boxes) in zip(pictures, found):
        if any((label[3] - label[1]) / height >= 0.2 for label in labels):
            full.append(best(boxes))
        elif not labels and not crowds:
            empty.append(best(boxes))
    return full, empty


def draw(path, lines, axes):
    """Lines of points from 0 to 1, as SVG."""
    colors = ["#1a5fb4", "#c01c28", "#26a269", "#813d9c"]
    out = ['<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 460 440" font-family="sans-serif" font-size="12">'
           '<rect width="460" height="440" fill="#fff"/><path d="M50 20V400H430" fill="none" stroke="#888"/>']
    for step in range(0, 11, 2):
        out.append(f'<text x="{50 + 38 * step}" y="415" text-anchor="middle">{step / 10:.1f}</text>'
                   f'<text x="44" y="{404 - 38 * step}" text-anchor="end">{step / 10:.1f}</text>')
    out.append(f'<text x="240" y="434" text-anchor="middle">{axes[0]}</text><text x="50" y="14">{axes[1]}</text>')
    for i, (name, points) in enumerate(lines):
        line = " ".join(f"{50 + 380 * x:.1f},{400 - 380 * y:.1f}" for x, y in points)
        out.append(f'<polyline points="{line}" fill="none" stroke="{colors[i % 4]}" stroke-width="2"/>'
                   f'<text x="425" y="{300 + 16 * i}" text-anchor="end" fill="{colors[i % 4]}">{name}</text>')
    with open(path, "w", encoding="utf-8") as file:
        file.write("".join(out) + "</svg>\n")


def vote(frames):
    """The score that NEED of the frames reach."""
    return sorted(frames, reverse=True)[NEED - 1]


def nights(options):
    """Made nights: each picture as several frames with other noise; one frame alone, and as the eye votes."""
    pictures = read_labels(options.pictures, options.labels, OF[options.of])
    for name, filters in NIGHTS.items():
        frames = [look(options, pictures, filters.format(17 + i)) for i in range(VOTES)]
        split_frames = [split(pictures, one) for one in frames]
        full, empty = (list(zip(*(one[kind] for one in split_frames))) for kind in (0, 1))
        print(f"{name}: {len(full)} pictures with somebody >= 20 % of the height, {len(empty)} empty ones, {VOTES} frames of each")
        for level, at in LEVELS.items():
            print(f"  {level}: a frame finds {share(sum(s >= at for one in full for s in one), VOTES * len(full))}, alarms "
                  f"{share(sum(s >= at for one in empty for s in one), VOTES * len(empty))}; {NEED} of {VOTES} find "
                  f"{share(sum(vote(one) >= at for one in full), len(full))}, alarm {share(sum(vote(one) >= at for one in empty), len(empty))}")


def people(options):
    if options.nights:
        nights(options)
        return
    pictures = read_labels(options.pictures, options.labels, OF[options.of])
    found = look(options, pictures, options.filter)
    print(f"{len(pictures)} pictures, {sum(len(labels) for _, labels, _ in pictures)} {options.of}"
          + (f", through {options.filter}" if options.filter else ""))
    lines = []
    for size in SIZES + [("all", 0, 9)]:
        answers, wanted = judge(pictures, found, size)
        points = curve(answers, wanted)
        lines.append((size[0], points))
        text = ", ".join(f"{name} recall {sum(r for s, r in answers if s >= at) / max(wanted, 1):.2f} precision "
                         f"{sum(r for s, r in answers if s >= at) / max(sum(s >= at for s, _ in answers), 1):.2f}"
                         for name, at in LEVELS.items())
        print(f"{size[0]}: {wanted} {options.of}, AP50 {average_precision(points):.3f}, {text}")
    full, empty = split(pictures, found)
    for name, at in LEVELS.items():
        print(f"{name}: somebody >= 20 % of the height found in {share(sum(s >= at for s in full), len(full))}; "
              f"empty pictures alarmed {share(sum(s >= at for s in empty), len(empty))}")
    whole, network = (sum(ms[part] for _, ms, _ in found) / max(len(found), 1) for part in (0, 1))
    print(f"CPU: {whole:.1f} ms a picture, {network:.1f} of them the network's: Ward's own work adds {whole / max(network, 1e-9) - 1:.1%}")
    if options.svg:
        draw(options.svg, lines, ("recall", "precision at overlap 0.5"))
        steps = sorted(set(full + empty + [0, 1.01]))
        draw(re.sub(r"(\.svg)?$", "-roc.svg", options.svg, count=1),
             [("", [(sum(s >= at for s in empty) / max(len(empty), 1), sum(s >= at for s in full) / max(len(full), 1)) for at in steps])],
             ("empty pictures alarmed", "pictures with somebody found"))
