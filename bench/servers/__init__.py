"""Server adapters. One class each; see README.md, "How to add a server"."""
import os, shutil
from lib import Proc

CAM_PORT = int(os.environ.get("CAM_PORT", 18554))
TOOLS = os.environ.get("BENCH_TOOLS", os.path.expanduser("~/bench-tools"))  # where peers' binaries lie


def tool(name):
    p = os.path.join(TOOLS, name)
    return p if os.path.exists(p) else shutil.which(name) or p


def cam_url(k, audio="aac"):
    return f"rtsp://127.0.0.1:{CAM_PORT}/cam{k}" + {"aac": "", "pcma": "_pcma", "none": "_v"}[audio]


class Server:
    """name: shown in results. does: what it can be measured for, out of idle, take, record, whep, rtsp, janus."""
    name, does, needs = "?", set(), None

    @classmethod
    def available(cls):
        """False leaves the server out of a run over all."""
        return not cls.needs or os.path.exists(tool(cls.needs))

    def __init__(self, work, cpus):
        self.work, self.cpus, self.procs = work, cpus, []
        os.makedirs(work, exist_ok=True)

    def run(self, cmd, **kw):
        p = Proc(cmd, cpus=self.cpus, log=os.path.join(self.work, "log"), cwd=self.work, **kw)
        self.procs.append(p)
        return p

    def bearer(self):
        """A token that a WHEP request needs, or None."""
        return None

    def file(self, name, text):
        path = os.path.join(self.work, name)
        with open(path, "w") as f:
            f.write(text)
        return path

    @property
    def pids(self):
        return [p.pid for p in self.procs]

    def stop(self):
        for p in self.procs:
            p.stop()
        self.procs = []

    # To override: start the server; return only when it takes connections.
    def start(self, cams=1, audio="aac", record=None, ondemand=False):
        raise NotImplementedError

    def whep(self, k="%d"):
        raise NotImplementedError

    def whep_flags(self):
        """More arguments for whepload."""
        return []

    def rtsp(self, k="%d"):
        raise NotImplementedError
