#!/usr/bin/env python3
"""Memory of each kind of Ward's processes while CAMERAS cameras are recorded: run beside `bench.py --servers ward --tests record
--cams CAMERAS --dur 10 --settle 12`, with the same build. PSS counts a page that processes share by its share.

  memory.py BUILD CAMERAS [SECONDS]     looks for ten seconds, that long after the last camera's process has begun (12)"""
import collections, os, sys, time

LOOKS, LOOK_S, START_S = 20, 0.5, 90


def processes(build):
    """Number and program of each process that was started out of the build."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            exe = os.readlink(f"/proc/{pid}/exe")
        except OSError:
            continue
        if exe.startswith(build + "/"):
            found.append((pid, os.path.basename(exe)))
    return found


def pss_mib(pid):
    try:
        with open(f"/proc/{pid}/smaps_rollup") as rollup:
            return next(int(line.split()[1]) for line in rollup if line.startswith("Pss:")) / 1024
    except (OSError, StopIteration):
        return 0


def main():
    build, cameras, wait_s = os.path.realpath(sys.argv[1]), int(sys.argv[2]), float((sys.argv[3:] or [12])[0])
    end = time.monotonic() + START_S
    while sum(name == "ward-cam-rtsp" for _, name in processes(build)) < cameras:
        if time.monotonic() > end:
            sys.exit("there are not so many cameras")
        time.sleep(0.2)
    time.sleep(wait_s)
    sums, counts = collections.Counter(), collections.Counter()
    for _ in range(LOOKS):
        for pid, name in processes(build):
            sums[name] += pss_mib(pid) / LOOKS
            counts[name] += 1 / LOOKS
        time.sleep(LOOK_S)
    for name in sorted(sums):
        print(f"{name:14} {counts[name]:3.0f}  {sums[name]:6.2f} MiB")
    print(f"{'all':14} {sum(counts.values()):3.0f}  {sum(sums.values()):6.2f} MiB")


main()
