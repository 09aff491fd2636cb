"""The peers that run here. Every address is loopback; no STUN, no discovery, no web trackers."""
import json, os, shutil, urllib.request
from lib import BIN, Proc, wait_port
from . import CAM_PORT, Server, cam_url, tool


class MediaMTX(Server):
    name, does, needs = "mediamtx", {"idle", "take", "record", "whep"}, "mediamtx"

    def start(self, cams=1, audio="aac", record=None, ondemand=False):
        paths = "".join(f"  cam{k}:\n    source: {cam_url(k, audio)}\n    rtspTransport: tcp\n    sourceOnDemand: {'yes' if ondemand else 'no'}\n" for k in range(1, cams + 1))
        rec = f"pathDefaults:\n  record: yes\n  recordPath: {record}/%path/%Y-%m-%d_%H-%M-%S-%f\n  recordSegmentDuration: 60s\n" if record else ""
        cfg = self.file("mtx.yml", f"""logLevel: warn
rtmp: no
hls: no
srt: no
api: no
rtspAddress: 127.0.0.1:28554
rtspTransports: [tcp, udp]
rtpAddress: 127.0.0.1:28000
rtcpAddress: 127.0.0.1:28001
webrtcAddress: 127.0.0.1:28889
webrtcLocalUDPAddress: 127.0.0.1:28189
webrtcIPsFromInterfaces: no
webrtcAdditionalHosts: [127.0.0.1]
{rec}{"paths:" if cams else ""}
{paths}""")
        self.run([tool("mediamtx"), cfg])
        return wait_port(28554) and wait_port(28889)

    def whep(self, k="%d"):
        return f"http://127.0.0.1:28889/cam{k}/whep"

    def rtsp(self, k="%d"):
        return f"rtsp://127.0.0.1:28554/cam{k}"


class Go2rtc(Server):
    name, does, needs = "go2rtc", {"idle", "take", "whep"}, "go2rtc"

    def start(self, cams=1, audio="aac", record=None, ondemand=False):
        streams = "\n".join(f"  cam{k}: {cam_url(k, audio)}" for k in range(1, cams + 1))
        # go2rtc connects on demand; `preload` keeps a camera connected, as an NVR does.
        pre = "" if ondemand or not cams else "preload:\n" + "\n".join(f"  cam{k}:" for k in range(1, cams + 1)) + "\n"
        cfg = self.file("go2rtc.yaml", f"""app: {{modules: [api, ws, http, rtsp, webrtc, mp4, exec]}}
api: {{listen: "127.0.0.1:21984"}}
rtsp: {{listen: "127.0.0.1:28555"}}
webrtc: {{listen: "127.0.0.1:28556/udp", ice_servers: [], candidates: ["127.0.0.1:28556"], filters: {{loopback: true, interfaces: [lo]}}}}
log: {{level: warn}}
{pre}{"streams:" if cams else ""}
{streams}
""")
        self.run([tool("go2rtc"), "-config", cfg])
        return wait_port(21984) and wait_port(28555)

    def whep(self, k="%d"):
        return f"http://127.0.0.1:21984/api/webrtc?src=cam{k}"

    def rtsp(self, k="%d"):
        return f"rtsp://127.0.0.1:28555/cam{k}"


def ffmpeg_record(server, url, out, k):
    """What Frigate runs for recording: copy into 10 s MP4 segments."""
    os.makedirs(f"{out}/cam{k}", exist_ok=True)
    server.run(["ffmpeg", "-hide_banner", "-loglevel", "warning", "-threads", "2", "-rtsp_transport", "tcp", "-timeout", "10000000", "-i", url,
                "-f", "segment", "-segment_time", "10", "-segment_format", "mp4", "-reset_timestamps", "1", "-strftime", "1", "-c", "copy", f"{out}/cam{k}/%Y%m%d%H%M%S.mp4"])


class FrigateStyle(Go2rtc):
    """go2rtc restream + one ffmpeg per camera, as Frigate runs it (its Python parts not counted)."""
    name, does = "go2rtc+ffmpeg", {"record"}

    def start(self, cams=1, audio="aac", record=None, ondemand=False):
        ok = super().start(cams, audio, None, True)
        for k in range(1, cams + 1):
            ffmpeg_record(self, self.rtsp(k), record, k)
        return ok


class FfmpegOnly(Server):
    name, does, needs = "ffmpeg", {"take", "record"}, "ffmpeg"

    def start(self, cams=1, audio="aac", record=None, ondemand=False):
        for k in range(1, cams + 1):
            if record:
                ffmpeg_record(self, cam_url(k, audio), record, k)
            else:  # what taking a camera in costs it, and nothing else
                self.run(["ffmpeg", "-hide_banner", "-loglevel", "warning", "-threads", "2", "-rtsp_transport", "tcp",
                          "-i", cam_url(k, audio), "-c", "copy", "-f", "null", "-"])
        return True


class Gst(Server):
    """One gst-launch process with a splitmuxsink for each camera."""
    name, does, needs = "gstreamer", {"take", "record"}, "gst-launch-1.0"

    def start(self, cams=1, audio="aac", record=None, ondemand=False):
        cmd = ["gst-launch-1.0", "-q", "-e"]
        for k in range(1, cams + 1):
            if not record:
                cmd += f"rtspsrc name=s{k} location={cam_url(k, audio)} protocols=tcp latency=100 s{k}. ! application/x-rtp,media=video ! rtph264depay ! h264parse ! fakesink sync=false s{k}. ! application/x-rtp,media=audio ! rtpmp4gdepay ! fakesink sync=false".split()
                continue
            os.makedirs(f"{record}/cam{k}", exist_ok=True)
            cmd += f"rtspsrc name=s{k} location={cam_url(k, audio)} protocols=tcp latency=100 s{k}. ! application/x-rtp,media=video ! rtph264depay ! h264parse ! m{k}.video s{k}. ! application/x-rtp,media=audio ! rtpmp4gdepay ! aacparse ! queue ! m{k}.audio_0 splitmuxsink name=m{k} max-size-time=60000000000 muxer-factory=mp4mux location={record}/cam{k}/%05d.mp4".split()
        self.run(cmd)
        return True


class GstRtspServer(Server):
    """gst-rtsp-server passing the cameras on (src/gstrelay.c). It takes one in only while somebody plays it: a reader each, not counted, does."""
    name, does = "gst-rtsp-server", {"idle", "take"}
    readers = ()

    @classmethod
    def available(cls):
        return os.path.exists(os.path.join(BIN, "gstrelay")) and bool(shutil.which("gst-launch-1.0"))

    def start(self, cams=1, audio="aac", record=None, ondemand=False):
        self.run([os.path.join(BIN, "gstrelay"), "28559"] + [cam_url(k, audio) for k in range(1, max(cams, 1) + 1)])
        if not wait_port(28559):
            return False
        self.readers = [Proc(["gst-launch-1.0", "-q", "rtspsrc", f"location=rtsp://127.0.0.1:28559/cam{k}", "protocols=tcp", "name=s",
                              "s.", "!", "application/x-rtp,media=video", "!", "fakesink", "sync=false",
                              "s.", "!", "application/x-rtp,media=audio", "!", "fakesink", "sync=false"], log=os.path.join(self.work, "readers"))
                        for k in range(1, cams + 1)]
        return True

    def stop(self):
        for reader in self.readers:
            reader.stop()
        super().stop()


class Motion(Server):
    """motion with movie_passthrough: records the camera's own bitstream, but decodes every frame to look for motion."""
    name, does, needs, max_cams = "motion", {"record"}, "motion", 1

    def start(self, cams=1, audio="aac", record=None, ondemand=False):
        main = self.file("motion.conf", "daemon off\nsetup_mode off\nlog_level 5\nwebcontrol_port 0\nstream_port 0\n" + "".join(f"camera {self.work}/c{k}.conf\n" for k in range(1, cams + 1)))
        for k in range(1, cams + 1):
            os.makedirs(f"{record}/cam{k}", exist_ok=True)
            self.file(f"c{k}.conf", f"camera_id {k}\nnetcam_url {cam_url(k, audio)}\nnetcam_params rtsp_transport=tcp\nwidth 1920\nheight 1080\nframerate 25\nemulate_motion on\npicture_output off\nmovie_output on\nmovie_passthrough on\nmovie_max_time 60\nmovie_codec mp4\ntarget_dir {record}/cam{k}\nmovie_filename %Y%m%d%H%M%S\n")
        self.run(["motion", "-n", "-c", main])
        return True


class Janus(Server):
    """Janus streaming plugin with an RTSP mountpoint. It skips loopback interfaces when it gathers
    candidates, so the bench's own namespace has a bridge with 198.18.0.1 (the benchmark range) for it."""
    name, does, needs = "janus", {"idle", "take", "janus"}, "janus"

    def start(self, cams=1, audio="pcma", record=None, ondemand=False):
        c = os.path.join(self.work, "conf")
        os.makedirs(c, exist_ok=True)
        self.file("conf/janus.jcfg", f"""general: {{ configs_folder = "{c}"
  plugins_folder = "/usr/lib/x86_64-linux-gnu/janus/plugins"
  transports_folder = "/usr/lib/x86_64-linux-gnu/janus/transports"
  events_folder = "/nonexistent"
  loggers_folder = "/nonexistent"
  debug_level = 3
  interface = "198.18.0.1" }}
nat: {{ full_trickle = false }}
plugins: {{ disable = "libjanus_audiobridge.so,libjanus_echotest.so,libjanus_recordplay.so,libjanus_sip.so,libjanus_nosip.so,libjanus_textroom.so,libjanus_videocall.so,libjanus_videoroom.so,libjanus_voicemail.so,libjanus_lua.so,libjanus_duktape.so" }}
transports: {{ disable = "libjanus_websockets.so,libjanus_pfunix.so,libjanus_mqtt.so,libjanus_nanomsg.so,libjanus_rabbitmq.so" }}
media: {{ }}
""")
        self.file("conf/janus.transport.http.jcfg", 'general: { json = "compact"\n base_path = "/janus"\n http = true\n port = 28088\n ip = "127.0.0.1"\n https = false }\n')
        self.file("conf/janus.plugin.streaming.jcfg", "".join(f'cam{k}: {{ type = "rtsp"\n id = {k}\n audio = {"true" if audio == "pcma" else "false"}\n video = true\n url = "{cam_url(k, audio)}"\n rtsp_reconnect_delay = 2\n videofmtp = "profile-level-id=42e01f;packetization-mode=1"\n videobufferkf = true\n}}\n' for k in range(1, cams + 1)))
        self.run(["janus", "-F", c, "-C", c + "/janus.jcfg"])
        return wait_port(28088)

    def janus(self):
        return "http://127.0.0.1:28088/janus"


class LightNVR(Server):
    """lightNVR in a Debian 13 chroot (it wants FFmpeg 7); it starts go2rtc itself and records from go2rtc's RTSP."""
    name, does = "lightnvr", {"idle", "record"}
    extra_settle = 12  # it waits 5 s before it records
    root = os.environ.get("LIGHTNVR_ROOT", "/nonexistent")
    binary = os.environ.get("LIGHTNVR_BIN", "/usr/local/bin/lightnvr")  # inside the chroot; go2rtc is at /usr/local/bin/go2rtc there

    @classmethod
    def available(cls):
        return os.path.exists(cls.root + cls.binary)

    def start(self, cams=1, audio="aac", record=None, ondemand=False):
        d = "/bench"
        shutil.rmtree(self.root + d, ignore_errors=True)
        for s in ("rec/mp4", "rec/hls", "models", "go2rtc", "www"):
            os.makedirs(f"{self.root}{d}/{s}")
        if record:
            os.makedirs(record, exist_ok=True)
            os.symlink(record, f"{self.work}/rec") if not os.path.exists(f"{self.work}/rec") else None
        with open(f"{self.root}{d}/l.ini", "w") as f:
            f.write(f"""[general]
pid_file = {d}/l.pid
log_file = {d}/l.log
log_level = 1
[storage]
path = {d}/rec
max_size = 0
retention_days = 30
auto_delete_oldest = false
record_mp4_directly = false
mp4_path = {d}/rec/mp4
mp4_segment_duration = 60
[database]
path = {d}/l.db
[web]
port = 28080
bind_ip = 127.0.0.1
root = {d}/www
auth_enabled = false
[streams]
max_streams = 32
[models]
path = {d}/models
[memory]
buffer_size = 1024
use_swap = false
[go2rtc]
enabled = true
binary_path = /usr/local/bin/go2rtc
config_dir = {d}/go2rtc
api_port = 21985
rtsp_port = 28557
webrtc_enabled = true
webrtc_listen_port = 28558
stun_enabled = false
[mqtt]
enabled = false
[onvif]
discovery_enabled = false
""")
        env = dict(os.environ, PATH="/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin")
        self.run(["chroot", self.root, self.binary, "-c", f"{d}/l.ini"], env=env)
        if not wait_port(28080, 40):
            return False
        for k in range(1, cams + 1):
            body = {"name": f"cam{k}", "url": cam_url(k, audio), "enabled": True, "streaming_enabled": True, "width": 1920, "height": 1080, "fps": 25, "codec": "h264",
                    "priority": 5, "record": bool(record), "segment_duration": 60, "record_audio": audio != "none", "protocol": 0}
            r = urllib.request.Request("http://127.0.0.1:28080/api/streams", json.dumps(body).encode(), {"Content-Type": "application/json"})
            urllib.request.urlopen(r, timeout=30).read()
        return True

    def recorded_dir(self):
        return f"{self.root}/bench/rec"


PEERS = [MediaMTX, Go2rtc, FrigateStyle, FfmpegOnly, Gst, GstRtspServer, Motion, Janus, LightNVR]
