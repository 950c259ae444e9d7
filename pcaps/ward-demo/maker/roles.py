"""What each host does all day. Run inside its namespace: roles.py ROLE WORKDIR SEED."""

import os
import random
import socket
import struct
import subprocess
import sys
import threading
import time

import hl7
from hosts import BY_KEY, UPDATE_SERVER, VITALS_GROUP, VITALS_PORT

PACS = BY_KEY["pacs"].ip
ENGINE = BY_KEY["engine"].ip
SVC = BY_KEY["svc"].ip


def every(seconds, rng, action, jitter=0.03):
    """Runs action at a steady pace with a little jitter, as device firmware does."""
    at = time.time() + rng.random() * min(seconds, 1.5)
    while True:
        time.sleep(max(0, at - time.time()))
        try:
            action()
        except OSError:
            pass
        at += seconds * (1 + (rng.random() - 0.5) * 2 * jitter)


def background(seconds, rng, action):
    threading.Thread(target=every, args=(seconds, rng, action), daemon=True).start()


def ntp():
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.settimeout(1)
    s.sendto(b"\x23" + b"\0" * 39 + struct.pack("!d", time.time()), (SVC, 123))
    s.recv(100)


def dns(name):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.settimeout(1)
    q = struct.pack("!6H", random.randrange(65536), 0x0100, 1, 0, 0, 0)
    q += b"".join(bytes([len(p)]) + p.encode() for p in name.split(".")) + b"\0" + struct.pack("!2H", 1, 1)
    s.sendto(q, (SVC, 53))
    s.recv(512)


def serve_udp(port, answer):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind(("", port))
    while True:
        data, peer = s.recvfrom(2048)
        s.sendto(answer(data), peer)


def serve_tcp(port, session):
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind(("", port))
    s.listen(64)

    def guarded(c):
        try:
            session(c)
        except OSError:
            pass
        c.close()

    def loop():
        while True:
            c, _ = s.accept()
            threading.Thread(target=guarded, args=(c,), daemon=True).start()

    threading.Thread(target=loop, daemon=True).start()


class Reporter:
    """Sends device reports over one lasting MLLP connection, as PCD-01 reporters do."""

    def __init__(self, key, app, patient, observations, work):
        self.key, self.app, self.patient, self.observations, self.work = key, app, patient, observations, work
        self.link, self.n = None, 0

    def send(self):
        self.n += 1
        control = f"{self.key.upper()}{self.n:06d}"
        text = hl7.oru(self.app, "ICU1", control, self.patient, self.observations())
        try:
            if self.link is None:
                self.link = hl7.Link(ENGINE)
            self.link.send(text)
        except OSError:
            self.link = None
        with open(f"{self.work}/last-{self.key}.hl7", "w") as f:
            f.write(text)


def ventilator(key, rng, work):
    def telnet(c):  # the service console nobody switched off
        c.sendall(b"\xff\xfb\x01\xff\xfb\x03\xff\xfd\x18\r\nVentilator service console\r\nlogin: ")
        c.settimeout(5)
        c.recv(256)
        c.sendall(b"Password: ")
        c.recv(256)
        c.sendall(b"\r\n$ ")
        c.recv(256)
        c.sendall(b"uptime 41 days\r\n$ ")
        c.recv(256)

    serve_tcp(23, telnet)
    reporter = Reporter(key, "VENT", f"P9000{key[-1]}", lambda: [
        ("151562^MDC_VENT_RESP_RATE", rng.randrange(13, 17), "264928^MDC_DIM_RESP_PER_MIN"),
        ("151868^MDC_VENT_VOL_TIDAL", rng.randrange(440, 480), "263762^MDC_DIM_MILLI_L"),
        ("151976^MDC_VENT_PRESS_MAX_PEAK", rng.randrange(17, 22), "266048^MDC_DIM_CM_H2O"),
        ("152196^MDC_CONC_AWAY_O2_INSP", rng.randrange(39, 42), "262688^MDC_DIM_PERCENT"),
    ], work)
    background(16, rng, ntp)
    every(2, rng, reporter.send)


def pump(key, rng, work):
    reporter = Reporter(key, "PUMP", "P90001", lambda: [
        ("157784^MDC_FLOW_FLUID_PUMP", f"{rng.choice((4.9, 5.0, 5.1))}", "265266^MDC_DIM_MILLI_L_PER_HR"),
        ("157872^MDC_VOL_FLUID_TBI_REMAIN", rng.randrange(100, 140), "263762^MDC_DIM_MILLI_L"),
    ], work)
    background(16, rng, ntp)
    every(2, rng, reporter.send)


def monitor(key, rng, work):
    reporter = Reporter(key, "MONITOR", f"P9000{key[-1]}", lambda: [
        ("147842^MDC_ECG_HEART_RATE", rng.randrange(68, 82), "264864^MDC_DIM_BEAT_PER_MIN"),
        ("150456^MDC_PULS_OXIM_SAT_O2", rng.randrange(95, 100), "262688^MDC_DIM_PERCENT"),
        ("150021^MDC_PRESS_BLD_NONINV_SYS", rng.randrange(112, 128), "266016^MDC_DIM_MMHG"),
        ("150022^MDC_PRESS_BLD_NONINV_DIA", rng.randrange(70, 82), "266016^MDC_DIM_MMHG"),
    ], work)
    cast = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    cast.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 1)
    count = [0]

    def vitals():
        count[0] += 1
        wave = bytes((int(40 * ((count[0] + i) % 20 > 17)) + rng.randrange(8)) for i in range(96))
        cast.sendto(struct.pack("!4sIHH", b"WDMV", count[0], int(key[-1]), 96) + wave, (VITALS_GROUP, VITALS_PORT))

    background(1, rng, vitals)
    background(16, rng, ntp)
    every(1.5, rng, reporter.send)


def central(rng):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind(("", VITALS_PORT))
    s.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
                 socket.inet_aton(VITALS_GROUP) + socket.inet_aton(BY_KEY["central"].ip))
    background(12, rng, lambda: dns("engine.ward.example"))
    background(16, rng, ntp)
    while True:
        s.recv(2048)


def run(*args):
    subprocess.run(args, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)


def modality(key, aet, seconds, rng, work):
    studies = sorted(os.listdir(f"{work}/{key}"), key=int)
    n = [0]

    def store():
        folder = f"{work}/{key}/{studies[n[0] % len(studies)]}"
        n[0] += 1
        run("storescu", "-q", "-aet", aet, "-aec", "WARDPACS", PACS, "11112", "+sd", folder)

    background(14, rng, lambda: dns("pacs.ward.example"))
    background(16, rng, ntp)
    background(20, rng, lambda: run("echoscu", "-q", "-aet", aet, "-aec", "WARDPACS", PACS, "11112"))
    every(seconds, rng, store)


def viewer(rng, work):
    os.makedirs(f"{work}/viewer", exist_ok=True)
    subprocess.Popen(["storescp", "-q", "--ignore", "-aet", "VIEWER1", "11113"], cwd=f"{work}/viewer")

    def find(person):
        run("findscu", "-q", "-S", "-aet", "VIEWER1", "-aec", "WARDPACS", PACS, "11112",
            "-k", "0008,0052=STUDY", "-k", f"0010,0020=P{person:05d}", "-k", "0010,0010", "-k", "0020,000D")

    def read():
        person = rng.randrange(1, 41)
        find(person)
        time.sleep(0.4)
        run("movescu", "-q", "-S", "-aet", "VIEWER1", "-aec", "WARDPACS", "-aem", "VIEWER1", PACS, "11112",
            "-k", "0008,0052=STUDY", "-k", f"0020,000D=2.25.77{person:010d}")

    def updates():
        s = socket.create_connection((UPDATE_SERVER, 80), 3)
        s.sendall(b"GET /updates/list HTTP/1.1\r\nHost: updates.example\r\nUser-Agent: viewer/1.0\r\n"
                  b"Connection: close\r\n\r\n")
        while s.recv(4096):
            pass
        s.close()

    background(9, rng, lambda: dns("pacs.ward.example"))
    background(16, rng, ntp)
    background(15, rng, updates)
    every(9, rng, read, jitter=0.2)


def engine(rng):
    def session(c):
        c.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        reader = hl7.Reader(c)
        while (message := reader.next()) is not None:
            time.sleep(0.002 + rng.random() * 0.004)
            c.sendall(hl7.frame(hl7.ack(message)))

    serve_tcp(2575, session)
    background(16, rng, ntp)
    every(15, rng, lambda: dns("pacs.ward.example"))


def analyser(rng):
    n = [0]

    def results():
        n[0] += 1
        link = hl7.Link(ENGINE)  # a connection a result, as many analysers do
        link.send(hl7.oru("LAB", "LAB1", f"LAB{n[0]:06d}", f"P{rng.randrange(1, 41):05d}", [
            ("2823-3^Potassium", f"{3.5 + rng.random():.1f}", "mmol/L"),
            ("2951-2^Sodium", rng.randrange(136, 144), "mmol/L"),
            ("2345-7^Glucose", f"{4.5 + rng.random() * 2:.1f}", "mmol/L"),
        ], profile=""))
        link.close()

    background(16, rng, ntp)
    every(5, rng, results)


def services():
    def answer(q):
        return q[:2] + b"\x81\x80" + q[4:6] + b"\0\1\0\0\0\0" + q[12:] + \
            b"\xc0\x0c\0\1\0\1\0\0\x0e\x10\0\4" + socket.inet_aton(PACS)

    threading.Thread(target=serve_udp, args=(53, answer), daemon=True).start()
    serve_udp(123, lambda q: b"\x24\x02\x06\xec" + b"\0" * 20 + q[40:48] + struct.pack("!d", time.time()) * 2)


def outside():
    def page(c):
        c.recv(4096)
        body = b"no updates\n" * 12
        c.sendall(b"HTTP/1.1 200 OK\r\nServer: demo\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n"
                  b"Connection: close\r\n\r\n" % len(body) + body)

    def sink(c):
        c.settimeout(5)
        while c.recv(65536):
            pass

    serve_tcp(80, page)
    serve_tcp(8443, sink)
    threading.Event().wait()


def research(work):
    """The rogue's storage program."""
    os.makedirs(f"{work}/rogue", exist_ok=True)
    subprocess.run(["storescp", "-q", "--ignore", "-aet", "RESEARCH", "11113"], cwd=f"{work}/rogue", check=False)


def pacs(work, rng):
    background(15, rng, lambda: dns("time.ward.example"))
    background(16, rng, ntp)
    subprocess.run(["dcmqrscp", "-q", "-c", f"{work}/dcmqrscp.cfg", "11112"], check=False)


def main(role, work, seed):
    rng = random.Random(f"{seed}-{role}")
    if role.startswith("vent"):
        ventilator(role, rng, work)
    elif role.startswith("mon"):
        monitor(role, rng, work)
    elif role.startswith("pump"):
        pump(role, rng, work)
    else:
        {
            "central": lambda: central(rng),
            "ct1": lambda: modality("ct", "CT1", 14, rng, work),
            "us1": lambda: modality("us", "US1", 15, rng, work),
            "viewer": lambda: viewer(rng, work),
            "engine": lambda: engine(rng),
            "lab1": lambda: analyser(rng),
            "svc": services,
            "out": outside,
            "rogue": lambda: research(work),
            "pacs": lambda: pacs(work, rng),
        }[role]()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3])
