"""Builds the ward, lets it live, attacks it, writes capture.pcap, attacks.tsv and site.csv."""

import argparse
import os
import signal
import struct
import subprocess
import sys
import tempfile
import time

import images
import net
from attacks import ATTACKS
from hosts import BY_KEY, HOSTS, write_site_file

HERE = os.path.dirname(os.path.abspath(__file__))
CASE = os.path.dirname(HERE)


def archive_config(work):
    os.makedirs(f"{work}/db", exist_ok=True)
    with open(f"{work}/dcmqrscp.cfg", "w") as f:
        f.write(f"""NetworkTCPPort = 11112
MaxPDUSize = 16384
MaxAssociations = 16
HostTable BEGIN
viewer = (VIEWER1, viewer, 11113)
research = (RESEARCH, rogue, 11113)
ct = (CT1, ct1, 11112)
all = viewer, research, ct
HostTable END
VendorTable BEGIN
VendorTable END
AETable BEGIN
WARDPACS {work}/db RW (200, 100mb) ANY
AETable END
""")


def start(key, work, seed, namespace=None):
    args = ["ip", "netns", "exec", namespace or net.ns(key), "python3", f"{HERE}/roles.py", key, work, str(seed)]
    return subprocess.Popen(args, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                            start_new_session=True)


def first_packet_s(path):
    with open(path, "rb") as f:
        head = f.read(32)
    s, us = struct.unpack("<II", head[24:32])
    return s + us / 1e6


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--out", default=CASE, help="folder to write to")
    p.add_argument("--calm-s", type=float, default=110, help="seconds before the first attack")
    p.add_argument("--gap-s", type=float, default=8, help="seconds from one attack's start to the next")
    p.add_argument("--seed", type=int, default=77)
    a = p.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    children = []
    with tempfile.TemporaryDirectory(prefix="ward-demo-") as work:
        os.chmod(work, 0o755)
        try:
            print("making images", flush=True)
            made = images.make_all(work)
            archive_config(work)
            subprocess.run(["dcmqridx", f"{work}/db", *made["archive"]], check=True,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            print("building the ward", flush=True)
            net.up()
            write_site_file(f"{a.out}/site.csv")
            capture = f"{a.out}/capture.pcap"
            dump = subprocess.Popen(["ip", "netns", "exec", net.SWITCH, "tcpdump", "-q", "-n", "-i", "br0", "-s", "0",
                                     "-B", "16384", "-Z", "root", "-w", capture],
                                    stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
            time.sleep(2)
            children.append(start("out", work, a.seed, net.OUT))
            for key in ("svc", "engine", "pacs"):
                children.append(start(key, work, a.seed))
            time.sleep(1)
            for h in HOSTS:
                if h.key not in ("svc", "engine", "pacs", "gw", "laptop"):
                    children.append(start(h.key, work, a.seed))
            begun = time.time()
            print(f"calm for {a.calm_s:.0f} s", flush=True)
            time.sleep(a.calm_s)
            truth = []
            for n, (name, scenario, attacker, victim) in enumerate(ATTACKS):
                time.sleep(max(0, begun + a.calm_s + n * a.gap_s - time.time()))
                at = time.time()
                subprocess.run(net.inside(attacker, "python3", f"{HERE}/attacks.py", name, work), check=False)
                truth.append((at, name, scenario, BY_KEY[attacker].ip,
                              BY_KEY[victim].ip if victim in BY_KEY else victim))
                print(f"{at - begun:7.1f} s  {name} ({time.time() - at:.1f} s)", flush=True)
            time.sleep(15)
            dump.send_signal(signal.SIGINT)
            print(dump.communicate(timeout=20)[1].strip())
            zero = first_packet_s(capture)
            with open(f"{a.out}/attacks.tsv", "w", encoding="ascii") as f:
                f.write("offset_s\tattack\tscenario\tattacker\tvictim\n")
                for at, name, scenario, src, dst in truth:
                    f.write(f"{at - zero:.3f}\t{name}\t{scenario}\t{src}\t{dst}\n")
        finally:
            for c in children:
                try:
                    os.killpg(c.pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            net.down()


if __name__ == "__main__":
    main()
