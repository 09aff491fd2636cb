"""Ward: a temporary state directory, cameras from camsim, a bearer token for each 30 viewers."""
import json
import os
import shutil
import subprocess
import time

from lib import wait_port
from . import Server, cam_url

BUILD = os.path.abspath(os.environ.get("WARD_BUILD", os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../build")))
HTTP, HTTPS, MEDIA = 29080, 29443, 29555
VIEWERS_A_USER = 30  # Ward allows 32 views a user
USERS = 4


class Ward(Server):
    name, does = "ward", {"idle", "take", "record", "whep"}
    always_connected = True  # it has no camera that connects only when somebody watches
    transport = "tcp"

    @classmethod
    def available(cls):
        return os.access(os.path.join(BUILD, "src/tools/ward"), os.X_OK)

    def ward(self, *words):
        """One command of the tool's; its answer as JSON."""
        command = [os.path.join(BUILD, "src/tools/ward"), *words, "--state", self.state, "--json"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=20)
        if done.returncode not in (0, 1):
            raise RuntimeError(f"{' '.join(words)}: {done.stderr.strip()}")
        return json.loads(done.stdout or "null")

    def start(self, cams=1, audio="aac", record=None, ondemand=False):
        self.state = os.path.join(self.work, "state")
        shutil.rmtree(self.state, ignore_errors=True)
        os.makedirs(self.state, mode=0o700)
        keep = "    record: continuous\n" if record else ""
        cameras = "".join(f"  cam{k}:\n    url: {cam_url(k, audio)}\n    transport: {self.transport}\n{keep}" for k in range(1, cams + 1))
        config = self.file("ward.yml", f"listen:\n  address: 127.0.0.1\n  https: {HTTPS}\n  media: {MEDIA}\n  http_loopback: {HTTP}\n"
                           + (f"cameras:\n{cameras}" if cams else ""))
        self.run([os.path.join(BUILD, "src/tools/ward"), "run", "--config", config, "--state", self.state])
        if not wait_port(HTTP):
            return False
        self.make_tokens(cams)
        return self.wait_live(cams)

    def recorded_dir(self):
        return os.path.join(self.state, "store")

    def wait_live(self, cams):
        """Until every camera's pictures come in."""
        end = time.monotonic() + 20
        while time.monotonic() < end:
            live = [c for c in self.ward("status")["cameras"] if c["state"] == "live"]
            if len(live) >= cams:
                return True
            time.sleep(0.1)
        return False

    def make_tokens(self, cams):
        """A token opens one camera; viewer k takes line k, so all lines are for the camera watched."""
        self.tokens = os.path.join(self.work, "tokens")
        lines = []
        if cams:
            for user in range(USERS):
                self.ward("user", "add", f"viewer{user}")
                lines.append(self.ward("token", "create", "--user", f"viewer{user}", "--camera", "cam1", "--verbs", "view,listen")["token"])
        with open(self.tokens, "w") as f:
            f.write("".join(line + "\n" for line in lines))

    def whep(self, k="%d"):
        return f"http://127.0.0.1:{HTTP}/whep/cam{k}"

    def bearer(self):
        return open(self.tokens).readline().strip()

    def whep_flags(self):
        return ["--tokens", self.tokens]


class WardUdp(Ward):
    """The same, its cameras' media in UDP."""
    name, does, transport = "ward-udp", {"take"}, "udp"


PEERS = [Ward, WardUdp]
