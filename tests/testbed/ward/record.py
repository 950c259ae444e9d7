"""Records the testbed: record.py OUT --calm-s N --episodes K --seed S …

Must be started in a mount and process namespace of its own (`unshare --mount --pid --fork --kill-child`): everything it
makes, network namespaces and programs, then goes with it, however it ends. Writes capture.pcap, labels.csv, site.csv.
"""

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
MAKER = os.path.normpath(f"{HERE}/../../../pcaps/ward-demo/maker")
sys.path.insert(1, MAKER)

import episodes  # noqa: E402
import images  # noqa: E402
import net  # noqa: E402
from hosts import BY_KEY, CALL_HOME, HOSTS, write_site_file  # noqa: E402

LABELS = "from,until,actor_ip,victim_ip,scenario,attack\n"


def private_folders():
    """Network namespaces and their files are seen by this run alone."""
    for folder in ("/run/netns", "/etc/netns"):
        os.makedirs(folder, exist_ok=True)
        subprocess.run(["mount", "-t", "tmpfs", "tmpfs", folder], check=True)


def make_images(work, rng, per_patient, studies):
    """archive/: patients already stored; ct, us, mr: what the modalities will send."""
    images.SOP["MR"] = "1.2.840.10008.5.1.4.1.1.4"
    images.MAKER["MR"] = ("DEMO MEDICAL", "Coil 2", "MR1")
    os.makedirs(f"{work}/archive", exist_ok=True)
    made = []
    for n in range(1, 41):
        for i in range(per_patient):
            made.append(f"{work}/archive/{n}-{i}.dcm")
            images.make(made[-1], "CT", n, images.study_uid(n), i + 1, rng, side=16, date=f"202912{1 + n % 28:02d}")
    for kind, first, side in (("ct", 100, 40), ("us", 200, 64), ("mr", 300, 48)):
        for s in range(studies):
            folder = f"{work}/{kind}/{s}"
            os.makedirs(folder, exist_ok=True)
            for i in range(rng.randrange(1, 6)):
                images.make(f"{folder}/{i}.dcm", kind.upper(), first + s, images.study_uid(first + s), i + 1, rng, side=side)
    subprocess.run(["dcmqridx", f"{work}/db", *made], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def write(path, text):
    with open(path, "w", encoding="ascii") as f:
        f.write(text)


def write_settings(work):
    """Settings of the programs: archive, worklist, file share, broker, names and leases, a key for TLS."""
    os.makedirs(f"{work}/db", exist_ok=True)
    os.makedirs(f"{work}/worklist/WORKLIST", exist_ok=True)
    write(f"{work}/worklist/WORKLIST/lockfile", "")
    for n, kind in enumerate(("CT", "US", "MR", "CT", "US", "MR")):
        dump = f"{work}/w.dump"
        write(dump, "\n".join((
            f"(0008,0050) SH [W{n:05d}]", f"(0010,0010) PN [DEMO^PATIENT{n:03d}]", f"(0010,0020) LO [P{n:05d}]",
            f"(0020,000d) UI 2.25.88{n:06d}", "(0040,0100) SQ", "(fffe,e000) na", f"(0008,0060) CS [{kind}]",
            f"(0040,0001) AE [{kind}1]", "(0040,0002) DA [20300101]", "(0040,0003) TM [101500]",
            "(fffe,e00d) na", "(fffe,e0dd) na", f"(0040,1001) SH [R{n:05d}]")) + "\n")
        subprocess.run(["dump2dcm", "-q", dump, f"{work}/worklist/WORKLIST/{n}.wl"], check=True)
    write(f"{work}/dcmqrscp.cfg", f"""NetworkTCPPort = 11112
MaxPDUSize = 16384
MaxAssociations = 24
HostTable BEGIN
viewer1 = (VIEWER1, viewer1, 11113)
viewer2 = (VIEWER2, viewer2, 11113)
research = (RESEARCH, rogue, 11113)
all = viewer1, viewer2, research
HostTable END
VendorTable BEGIN
VendorTable END
AETable BEGIN
WARDPACS {work}/db RW (400, 400mb) ANY
AETable END
""")
    os.makedirs(f"{work}/share", exist_ok=True)
    os.chmod(f"{work}/share", 0o777)
    folders = "".join(f"{k} = {work}/samba\n" for k in (
        "private dir", "lock directory", "state directory", "cache directory", "pid directory", "ncalrpc dir"))
    os.makedirs(f"{work}/samba", exist_ok=True)
    write(f"{work}/smb.conf", f"""[global]
map to guest = Bad User
guest account = root
disable netbios = yes
smb ports = 445
log file = /dev/null
load printers = no
{folders}[images]
path = {work}/share
guest ok = yes
read only = no
""")
    write(f"{work}/mosquitto.conf", "user root\nlistener 1883 0.0.0.0\nallow_anonymous true\nmax_connections 200\n")
    names = "".join(f"host-record={h.key}.ward.example,{h.ip}\ndhcp-host={h.mac},{h.ip},120\n" for h in HOSTS)
    write(f"{work}/dnsmasq.conf", "no-resolv\nno-hosts\nuser=root\nbind-interfaces\ninterface=eth0\n"
          "local=/ward.example/\naddress=/updates.example/198.51.100.80\naddress=/news.example/198.51.100.80\n"
          "address=/mail.example/198.51.100.80\nhost-record=time.ward.example,10.77.0.2\n"
          "host-record=intranet.ward.example,10.77.2.22\nlocal=/example/\n"
          "dhcp-range=10.77.8.1,10.77.8.250,255.255.0.0,120\ndhcp-option=3,10.77.0.1\ndhcp-option=6,10.77.0.2\n"
          f"dhcp-leasefile={work}/leases\npid-file=\n" + names)
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", "/CN=ward.example",
                    "-keyout", f"{work}/key.pem", "-out", f"{work}/cert.pem"], check=True, stderr=subprocess.DEVNULL)


class Ward:
    """Everything that runs, and the capture."""

    def __init__(self, work, out, seed):
        self.work, self.out, self.seed = work, out, seed
        self.running = {}

    def start(self, key, namespace=None):
        args = ["ip", "netns", "exec", namespace or net.ns(key), sys.executable, f"{HERE}/work.py", key, self.work,
                str(self.seed)]
        env = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
        self.running[key] = subprocess.Popen(args, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                             stderr=subprocess.DEVNULL if not os.environ.get("WARD_DEBUG") else None,
                                             start_new_session=True, env=env)

    def up(self):
        net.up()
        out_ip = ["ip", "-n", net.OUT, "addr", "add", f"{CALL_HOME}/32", "dev", "eth0"]
        subprocess.run(out_ip, check=True)
        subprocess.run(["ip", "-n", net.ns("gw"), "route", "add", f"{CALL_HOME}/32", "dev", "wan0"], check=True)

    def capture(self, path):
        self.dump = subprocess.Popen(
            ["ip", "netns", "exec", net.SWITCH, "tcpdump", "-q", "-n", "-i", "br0", "-s", "0", "-B", "65536", "-Z", "root",
             "-w", path], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        time.sleep(1.5)

    def live(self):
        self.start("out", net.OUT)
        first = ("svc", "engine", "his", "broker", "pacs", "nas", "ris")
        for key in first:
            self.start(key)
        time.sleep(2)
        for h in HOSTS:
            if h.key not in (*first, "gw", "laptop"):
                self.start(h.key)

    def close_capture(self):
        self.dump.send_signal(signal.SIGINT)
        print(self.dump.communicate(timeout=20)[1].strip().replace("\n", ", "), flush=True)


def arguments():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("out", help="folder to write to")
    p.add_argument("--calm-s", type=float, default=1200, help="seconds of ordinary work before the first episode")
    p.add_argument("--episodes", type=int, default=0, help="attack episodes")
    p.add_argument("--gap-s", type=float, default=15, help="seconds from the end of one episode to the next")
    p.add_argument("--kinds", default="", help="only these kinds of attack, comma separated")
    p.add_argument("--tail-s", type=float, default=15, help="seconds of ordinary work at the end")
    p.add_argument("--present", type=int, default=0,
                   help="episodes of an attacker who is there while it is learned; he repeats them after the calm")
    p.add_argument("--few-images", action="store_true", help="a small archive, made faster")
    p.add_argument("--seed", type=int, default=1, help="order, targets and timings")
    return p.parse_args()


def attack(ward, a, plan, rng, labels, gap_s):
    with open(f"{a.out}/{labels}", "w", encoding="ascii") as f:
        f.write(LABELS)
        for n, episode in enumerate(plan):
            time.sleep(gap_s * (0.7 + 0.6 * rng.random()))
            begun = time.time()
            episode.run(ward)
            ended = time.time()
            f.write(f"{begun:.6f},{ended:.6f},{episode.actor_ip},{episode.victim_ip},{episode.scenario},{episode.kind}\n")
            f.flush()
            print(f"{n + 1}/{len(plan)} {episode.kind} {episode.actor} -> {episode.victim} {ended - begun:.1f} s", flush=True)


def main():
    a = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    os.makedirs(a.out, exist_ok=True)
    private_folders()
    work = tempfile.mkdtemp(prefix="wardwire-testbed-")
    os.chmod(work, 0o755)
    try:
        print("making images", flush=True)
        write_settings(work)
        make_images(work, random.Random(77), *((1, 6) if a.few_images else (6, 30)))
        print("building the ward", flush=True)
        ward = Ward(work, a.out, a.seed)
        ward.up()
        write_site_file(f"{a.out}/site.csv")
        ward.capture(f"{a.out}/capture.pcap")
        ward.live()
        print(f"calm for {a.calm_s:.0f} s, {len(BY_KEY)} hosts", flush=True)
        calm_until = time.time() + a.calm_s
        rng = random.Random(f"episodes-{a.seed}")
        kinds = [k for k in a.kinds.split(",") if k]
        present = episodes.plan(rng, a.present, kinds)
        # he works through the middle of the learning time
        time.sleep(a.calm_s / 4)
        attack(ward, a, present, rng, "learning.csv", max(0, a.calm_s / 2 / max(1, a.present) - 6))
        time.sleep(max(0, calm_until - time.time()))
        attack(ward, a, present or episodes.plan(rng, a.episodes, kinds), rng, "labels.csv", a.gap_s)
        time.sleep(a.tail_s)
        ward.close_capture()
    finally:
        shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    main()
