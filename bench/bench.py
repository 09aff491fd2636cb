#!/usr/bin/env python3
"""Side-by-side benchmark of camera servers. `bench.py --help`; README.md says what each test measures."""
import argparse, importlib, json, os, shutil, sys, time
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lib import BIN, HERE, Proc, load, wait_port, window, written

SRV_CPUS, LOAD_CPUS = {0}, {1}


def namespace():
    """Everything runs in a network namespace of its own: nothing can leave this machine."""
    if os.environ.get("BENCH_NS"):
        return
    os.environ["BENCH_NS"] = "1"
    os.execvp("unshare", ["unshare", "-n", "--", "sh", "-c",
              "ip link set lo up; ip link add bench0 type bridge && ip addr add 198.18.0.1/32 dev bench0 && ip link set bench0 up; exec \"$@\"", "sh", sys.executable] + sys.argv)


def cameras(n, media, work):
    c = Proc([f"{BIN}/camsim", "--cams", str(n), "--port", os.environ.get("CAM_PORT", "18554"), "--video", f"{media}/cam.h264", "--aac", f"{media}/cam.aac", "--pcma", f"{media}/cam.alaw", "--life", "900"], cpus=LOAD_CPUS, log=f"{work}/camsim.log")
    wait_port(int(os.environ.get("CAM_PORT", "18554")))
    return c


def du(d):
    """Bytes of recordings under d."""
    n = 0
    for root, _, fs in os.walk(d):
        for f in fs:
            if f.endswith((".mp4", ".mkv", ".ts", ".m4s", ".pack")):
                try:
                    n += os.path.getsize(os.path.join(root, f))
                except OSError:
                    pass
    return n


class Bench:
    def __init__(self, a):
        self.a, self.out = a, open(os.path.join(a.out, a.tag + ".jsonl"), "a")

    def put(self, **r):
        r["at"] = time.strftime("%H:%M:%S")
        self.out.write(json.dumps(r) + "\n")
        self.out.flush()
        m = r.get("m") or {}
        t = r.get("load") or {}
        print(r["test"], r["server"], "n=%s" % r.get("n"), "round", r.get("round"), "" if r.get("ok", True) else "NOT READY",
              "cpu=%.4f cores" % m["cores"] if "cores" in m else "", "rss=%s" % m.get("rss_mib"),
              {k: r[k] for k in ("ready_ms", "recorded_share", "disk_mbit_s_per_cam") if k in r},
              {k: t[k] for k in ("alive", "lost", "mbit_s", "error", "recovered", "dropped") if k in t and t[k] != ""},
              r.get("browser") or "", "key_ms", (t.get("first_keyframe_ms") or {}).get("p50"), "delay_us", (t.get("delay_frame_us") or {}).get("p50"), flush=True)

    def server(self, cls):
        w = os.path.join(self.a.work, cls.name.replace("+", "-"))
        shutil.rmtree(w, ignore_errors=True)
        return cls(w, SRV_CPUS)

    def idle(self, cls, rnd):
        """Exec to accepting connections; then the resident set and CPU of a server with no camera."""
        s = self.server(cls)
        t = time.monotonic()
        try:
            ok = s.start(cams=0)
            ready = (time.monotonic() - t) * 1000
            time.sleep(3)
            self.put(test="idle", server=s.name, n=0, round=rnd, ok=ok, ready_ms=round(ready, 1), m=window(s.pids, 5))
        finally:
            s.stop()

    def take(self, cls, n, rnd):
        """n cameras taken in and nobody watching: CPU and memory."""
        if n > getattr(cls, "max_cams", 999):
            return
        cam, s = cameras(n, self.a.media, self.a.work), self.server(cls)
        try:
            ok = s.start(cams=n, audio="aac")
            time.sleep(self.a.settle)
            m = window(s.pids, self.a.dur)
            self.put(test="take", server=s.name, n=n, round=rnd, ok=ok and all(p.alive() for p in s.procs), m=m,
                     cpu_s_per_cam_min=round(m["cores"] * 60 / n, 4))
        finally:
            s.stop()
            cam.stop()

    def record(self, cls, n, rnd):
        """n cameras recorded to disk: CPU, memory, and what share of the video reached the files."""
        if n > getattr(cls, "max_cams", 999):
            return
        cam, s = cameras(n, self.a.media, self.a.work), self.server(cls)
        rec = os.path.join(self.a.work, "rec")
        shutil.rmtree(rec, ignore_errors=True)
        os.makedirs(rec)
        try:
            t = time.monotonic()
            ok = s.start(cams=n, audio="aac", record=rec)
            time.sleep(self.a.settle + getattr(cls, "extra_settle", 0))
            d = s.recorded_dir() if hasattr(s, "recorded_dir") else rec
            b0, w0, t0 = du(d), written(s.pids), time.monotonic()
            m = window(s.pids, self.a.dur)
            share = (written(s.pids) - w0) / max(1, du(d) - b0)
            rate = (du(d) - b0) * 8 / 1e6 / n / (time.monotonic() - t0)
            alive = all(p.alive() for p in s.procs)
            s.stop()
            took = time.monotonic() - t
            nbytes = nfiles = 0
            for root, _, fs in os.walk(d):
                for f in fs:
                    if f.endswith((".mp4", ".mkv", ".ts", ".m4s", ".pack")):
                        nbytes += os.path.getsize(os.path.join(root, f))
                        nfiles += 1
            self.put(test="record", server=s.name, n=n, round=rnd, ok=ok and alive, m=m, files=nfiles, mib=round(nbytes / 2**20, 1), disk_mbit_s_per_cam=round(rate, 2),
                     written_per_byte=round(share, 3),
                     cpu_s_per_cam_min=round(m["cores"] * 60 / n, 4), recorded_share=round(nbytes * 8 / (4.07e6 * n * took), 3))
        finally:
            s.stop()
            cam.stop()

    def fanout(self, cls, kind, n, rnd, extra=(), test=None, ramp=0.02, audio="pcma", warm=None):
        """One camera, n viewers: CPU and memory of the server; loss and delay at the viewers."""
        cam, s = cameras(1, self.a.media, self.a.work), self.server(cls)
        try:
            ok = s.start(cams=1, audio=audio)
            time.sleep(2)
            base = {"whep": [f"{BIN}/whepload", "--url", s.whep("1")] + s.whep_flags() if kind == "whep" else 0,
                    "janus": [f"{BIN}/whepload", "--bind", "198.18.0.1", "--janus", s.janus(), "--janus-id", "1"] if kind == "janus" else 0}[kind]
            r, m = load(base + ["--n", str(n), "--dur", str(self.a.dur), "--warm", str(warm if warm is not None else 3), "--ramp", str(ramp)] + list(extra), s.pids, self.a.dur, cpus=LOAD_CPUS)
            self.put(test=test or kind, server=s.name, n=n, round=rnd, ok=ok, m=m, load=r, cpu_s_per_viewer_min=round(m["cores"] * 60 / n, 5) if m else None)
        finally:
            s.stop()
            cam.stop()

    def browser(self, cls, rnd, audio="pcma"):
        """One viewer in headless Chromium, on every CPU (it decodes 1080p in software)."""
        import browser
        cam, s = cameras(1, self.a.media, self.a.work), self.server(cls)
        try:
            s.start(cams=1, audio=audio)
            time.sleep(2)
            self.put(test="browser" if audio == "pcma" else "browser-video-only", server=s.name, n=1, round=rnd, browser=browser.play(s.whep("1"), max(self.a.dur, 10), bearer=s.bearer()))
        finally:
            s.stop()
            cam.stop()

    def ttff(self, cls, kind, rnd, ondemand):
        """Time to the first key frame, viewers coming one by one; `cold` has no other viewer, the camera not yet connected."""
        cam, s = cameras(1, self.a.media, self.a.work), self.server(cls)
        try:
            s.start(cams=1, audio="pcma", ondemand=ondemand)
            time.sleep(1 if ondemand else 4)
            flag = {"whep": ["--url", s.whep("1")] + s.whep_flags() if kind == "whep" else 0, "janus": ["--bind", "198.18.0.1", "--janus", s.janus(), "--janus-id", "1"] if kind == "janus" else 0}[kind]
            n, ramp = (1, 0.02) if ondemand else (20, 0.53)
            r, m = load([f"{BIN}/whepload"] + flag + ["--n", str(n), "--dur", "3", "--warm", "1", "--ramp", str(ramp)], s.pids, 3, cpus=LOAD_CPUS)
            self.put(test="ttff-%s-%s" % (kind, "cold" if ondemand else "warm"), server=s.name, n=n, round=rnd, m=m, load=r)
        finally:
            s.stop()
            cam.stop()


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--servers", default="all", help="names, comma-separated")
    p.add_argument("--adapters", default="servers.ward,servers.peers", help="modules with adapter classes, comma-separated")
    p.add_argument("--tests", default="idle,take,whep,ttff,loss")
    p.add_argument("--rounds", type=int, default=3)
    p.add_argument("--dur", type=float, default=15, help="seconds measured in each run")
    p.add_argument("--settle", type=float, default=8, help="seconds before a recording is measured")
    p.add_argument("--cams", default="1,8,16")
    p.add_argument("--viewers", default="1,10,50,100")
    p.add_argument("--media", default=os.path.join(HERE, "media"))
    p.add_argument("--work", default="bench-work")
    p.add_argument("--out", default=os.path.join(HERE, "results"))
    p.add_argument("--tag", default="run")
    p.add_argument("--srv-cpus", default="0")
    p.add_argument("--load-cpus", default="1")
    a = p.parse_args()
    a.media, a.work, a.out = (os.path.abspath(x) for x in (a.media, a.work, a.out))
    namespace()
    global SRV_CPUS, LOAD_CPUS
    SRV_CPUS, LOAD_CPUS = ({int(x) for x in v.split(",")} for v in (a.srv_cpus, a.load_cpus))
    os.makedirs(a.out, exist_ok=True)
    os.makedirs(a.work, exist_ok=True)
    classes = {}
    for mod in a.adapters.split(","):
        classes |= {c.name: c for c in importlib.import_module(mod).PEERS}
    want = [n for n, c in classes.items() if c.available()] if a.servers == "all" else a.servers.split(",")
    print("servers:", ", ".join(want), "| not here:", ", ".join(n for n, c in classes.items() if not c.available()) or "none", flush=True)
    b, tests = Bench(a), a.tests.split(",")
    cams, viewers = [int(x) for x in a.cams.split(",")], [int(x) for x in a.viewers.split(",")]
    for rnd in range(1, a.rounds + 1):  # every server once in each round, so that noise falls on all of them
        jobs = []
        for name in want:
            c = classes[name]
            k = "janus" if "janus" in c.does else "whep" if "whep" in c.does else None
            for t in tests:
                if t == "idle" and "idle" in c.does:
                    jobs.append((t, 0, lambda c=c: b.idle(c, rnd)))
                if t == "take" and "take" in c.does:
                    jobs += [(t, n, lambda c=c, n=n: b.take(c, n, rnd)) for n in cams]
                if t == "record" and "record" in c.does:
                    jobs += [(t, n, lambda c=c, n=n: b.record(c, n, rnd)) for n in cams]
                if t == "whep" and k:
                    jobs += [(t, n, lambda c=c, n=n, k=k: b.fanout(c, k, n, rnd)) for n in viewers]
                if t == "ttff":
                    for kind in [k] if k else []:
                        jobs.append((t, 0, lambda c=c, kind=kind: b.ttff(c, kind, rnd, False)))
                        if "whep" in c.does and not getattr(c, "always_connected", False):
                            jobs.append((t, 1, lambda c=c, kind=kind: b.ttff(c, kind, rnd, True)))
                if t == "loss" and k:
                    jobs.append((t, 10, lambda c=c, k=k: b.fanout(c, k, 10, rnd, extra=["--drop", "0.02"], test="loss-2pct")))
                if t == "browser" and k == "whep":
                    jobs += [(t, i, lambda c=c, au=au: b.browser(c, rnd, au)) for i, au in enumerate(("pcma", "none"))]
                if t == "cm" and k:
                    jobs.append((t, 50, lambda c=c, k=k: b.fanout(c, k, 50, rnd, extra=["--srtp", "cm"], test="whep-cm")))
        jobs.sort(key=lambda j: (tests.index(j[0]), j[1]))
        for _, _, job in jobs:
            try:
                job()
            except Exception as e:  # one server's failure must not end the run
                print("FAILED", repr(e), flush=True)


if __name__ == "__main__":
    main()
