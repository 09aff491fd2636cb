"""accuracy.py faces: how well faces are told apart, in pictures of people whom you name: a folder for each person, the pictures in it
(LFW's NAME/NAME_0001.jpg, or any names). Everything that is compared, found or refused is so by Ward's own code (face_score.c)."""
import itertools
import os
import random
import subprocess
import tempfile

from people import PICTURE, draw, share

SAME = 0.395  # proto/see/print.h: PRINT_SAME
ENROLLED = 3
PAIRS_A_PERSON, DIFFERENT_LEAST = 10, 10000
REFUSED = {0: "no good face", -1: "several faces", -2: "not a picture that Ward reads"}


def read_folder(folder):
    """{name: [path]}, both in order."""
    people = {}
    for name in sorted(os.listdir(folder)):
        at = os.path.join(folder, name)
        files = sorted(file for file in os.listdir(at) if PICTURE.search(file)) if os.path.isdir(at) else []
        if files:
            people[name] = [os.path.join(at, file) for file in files]
    return people


def read_pairs(path, people):
    """LFW's pairs.txt: NAME N M (the same person), NAME N OTHER M. [(path, path, are the same)], and how many name a missing picture."""
    known = {os.path.basename(file).rsplit(".", 1)[0]: file for files in people.values() for file in files}
    pairs, missing = [], 0
    with open(path, encoding="utf-8") as file:
        for line in file:
            part = line.split()
            if len(part) not in (3, 4):
                continue
            other = part[0] if len(part) == 3 else part[2]
            both = [known.get(f"{name}_{int(number):04d}") for name, number in ((part[0], part[1]), (other, part[-1]))]
            if None in both:
                missing += 1
            else:
                pairs.append((*both, len(part) == 3))
    return pairs, missing


def make_pairs(people, rng):
    """Pairs of one person, at most PAIRS_A_PERSON of each; ten times as many of two, and not fewer than DIFFERENT_LEAST if there are."""
    same = []
    for files in people.values():
        every = list(itertools.combinations(files, 2))
        same += rng.sample(every, min(PAIRS_A_PERSON, len(every)))
    names = list(people)
    whole = (sum(map(len, people.values())) ** 2 - sum(len(files) ** 2 for files in people.values())) // 2
    wanted, different = min(max(10 * len(same), DIFFERENT_LEAST), whole), set()
    while len(different) < wanted:
        one, other = sorted(rng.sample(names, 2))
        different.add((rng.choice(people[one]), rng.choice(people[other])))
    return [(*pair, True) for pair in same] + [(*pair, False) for pair in sorted(different)]


class Asked:
    """bench/face_score.c: pictures go in once, and have numbers from then on."""

    def __init__(self, program, models):
        self.run = subprocess.Popen([program, models], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.numbers, self.quality, self.ms = {}, {}, 0

    def ask(self, question):
        self.run.stdin.write(question.encode() + b"\n")
        self.run.stdin.flush()
        answer = self.run.stdout.readline().split()
        if not answer:
            raise SystemExit("face-score ended early: are library and models there (scripts/install-models)?")
        return answer

    def look(self, path, shown=None):
        ms, quality = self.ask(f"look {shown or path}")
        self.numbers[path], self.quality[path] = len(self.numbers) + 1, int(quality)
        self.ms += float(ms)

    def usable(self, path):
        return self.quality[path] > 0

    def likeness(self, one, other):
        return float(self.ask(f"pair {self.numbers[one]} {self.numbers[other]}")[0])

    def find(self, path, household):
        known = " ".join(f"{face}:{self.numbers[file]}" for face, files in enumerate(household, 1) for file in files)
        return int(self.ask(f"find {self.numbers[path]} {known}")[0])

    def end(self):
        self.run.stdin.close()
        assert self.run.wait() == 0


def reached(scores, at):
    return sum(score >= at for score in scores)


def curve(same, different):
    """[(pairs of two people taken for one, pairs of one person found)] as shares, by falling threshold."""
    marks = sorted([(score, True) for score in same] + [(score, False) for score in different], reverse=True)
    points, right, wrong = [(0, 0)], 0, 0
    for i, (score, is_same) in enumerate(marks):
        right += is_same
        wrong += not is_same
        if i + 1 == len(marks) or marks[i + 1][0] != score:
            points.append((wrong / len(different), right / len(same)))
    return points


def equal_error(points):
    """Where as many are taken wrongly as are missed; between two thresholds on the line between them."""
    for (wrong, right), (next_wrong, next_right) in zip(points, points[1:]):
        gap, next_gap = 1 - right - wrong, 1 - next_right - next_wrong
        if next_gap <= 0:
            part = gap / (gap - next_gap) if gap != next_gap else 0
            return wrong + part * (next_wrong - wrong)
    return 1


def found_at(same, different, most):
    """The lowest threshold at which at most that share of pairs of two people is taken for one: (share of the same found, threshold)."""
    allowed = int(most * len(different) + 1e-9)
    above = sorted(different, reverse=True)
    thresholds = [score for score in same if allowed >= len(above) or score > above[allowed]]
    return len(thresholds) / len(same), min(thresholds, default=float("nan"))


def judge_pairs(asked, pairs, options):
    scores = {True: [], False: []}
    left_out = {True: 0, False: 0}
    for one, other, are_same in pairs:
        if asked.usable(one) and asked.usable(other):
            scores[are_same].append(asked.likeness(one, other))
            if options.files and (scores[are_same][-1] >= SAME) != are_same:
                print(f"  {'missed' if are_same else 'taken for one'}: {one} {other} {scores[are_same][-1]:.3f}")
        else:
            left_out[are_same] += 1
    same, different = scores[True], scores[False]
    print(f"pairs: {len(same)} of one person, {len(different)} of two people; {left_out[True]} and {left_out[False]} more hold a picture that Ward refuses")
    if not same or not different:
        return
    points = curve(same, different)
    print(f"equal error rate {equal_error(points):.2%}")
    for most in (1e-2, 1e-3, 1e-4):
        if len(different) * most >= 1:
            right, at = found_at(same, different, most)
            print(f"with {most:g} of pairs of two people taken for one, {right:.2%} of those of one person are found (threshold {at:.3f})")
    print(f"as shipped ({SAME}): of one person found {share(reached(same, SAME), len(same))}; "
          f"two people taken for one {share(reached(different, SAME), len(different))}")
    if options.svg:
        draw(options.svg, [("", points)], ("pairs of two people taken for one", "pairs of one person found"))


def judge_households(asked, people, options, rng):
    """Households of people with three pictures each, shown a stranger, and one of them; by one picture, and by three that must agree."""
    good = {name: [file for file in files if asked.usable(file)] for name, files in people.items()}
    for shown in (1, 3):
        can = {kind: [name for name, files in good.items() if len(files) >= least]
               for kind, least in (("known", ENROLLED), ("stranger", shown), ("member", ENROLLED + shown))}
        if not can["member"] or len(can["known"]) < options.household or len(can["stranger"]) <= options.household:
            print(f"households: too few people with {ENROLLED + shown} good pictures")
            continue
        named = refused = right = 0
        for _ in range(options.trials):
            member = rng.choice(can["member"])
            others = rng.sample([name for name in can["known"] if name != member], options.household - 1)
            enrolled = [rng.sample(good[name], ENROLLED) for name in (member, *others)]
            stranger = rng.choice([name for name in can["stranger"] if name != member and name not in others])
            own = rng.sample([file for file in good[member] if file not in enrolled[0]], shown)
            said = [{asked.find(file, enrolled) for file in files} for files in (rng.sample(good[stranger], shown), own)]
            named += len(said[0]) == 1 and said[0] != {0}
            right += said[1] == {1}
            refused += len(said[1]) == 1 and said[1] <= set(range(2, options.household + 1))
        what = "one picture" if shown == 1 else "three pictures that agree"
        print(f"households of {options.household}, {ENROLLED} pictures of each, by {what}: strangers named {share(named, options.trials)}; "
              f"members named rightly {share(right, options.trials)}, as another {share(refused, options.trials)}")


def look_at_all(asked, paths, filters):
    with tempfile.TemporaryDirectory() as folder:
        for path in paths:
            shown = os.path.join(folder, "shown.png") if filters else path
            if filters:
                subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", path, "-vf", filters, "-frames:v", "1", shown], check=True)
            asked.look(path, shown)


def faces(options):
    people, rng = read_folder(options.pictures), random.Random(options.seed)
    pairs, missing = read_pairs(options.pairs, people) if options.pairs else (make_pairs(people, rng), 0)
    paths = [path for files in people.values() for path in files]
    print(f"{len(paths)} pictures of {len(people)} people" + (f", through {options.filter}" if options.filter else "")
          + (f"; {missing} pairs name a picture that is not there" if missing else ""))
    asked = Asked(options.face_score, options.models)
    look_at_all(asked, paths, options.filter)
    for quality, what in REFUSED.items():
        print(f"{what}: {share(sum(q == quality for q in asked.quality.values()), len(paths))}")
        for path in [path for path in paths if asked.quality[path] == quality] if options.files else []:
            print(f"  {path}")
    judge_pairs(asked, pairs, options)
    judge_households(asked, people, options, rng)
    asked.end()
    print(f"CPU: {asked.ms / len(paths):.1f} ms a picture")
