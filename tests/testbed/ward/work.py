"""What each host of the testbed does all day. Run inside its namespace: work.py ROLE WORKDIR SEED.

Programs of pcaps/ward-demo/maker are used where they fit. The time base is shortened: what a ward does in minutes
happens here in seconds; intervals still differ by device, drift with the hour (`tide`) and now and then pause.
"""

import math
import os
import random
import re
import socket
import subprocess
import sys
import threading
import time

sys.path.insert(1, os.path.normpath(f"{os.path.dirname(os.path.abspath(__file__))}/../../../pcaps/ward-demo/maker"))

import hl7  # noqa: E402
import roles  # noqa: E402
from hosts import BY_KEY, UPDATE_SERVER  # noqa: E402
from images import study_uid  # noqa: E402
from roles import background, ntp, run, serve_tcp  # noqa: E402

IP = {k: h.ip for k, h in BY_KEY.items()}
PACS = IP["pacs"]
PATIENTS = 40


def tide(seconds):
    """An interval that swings by a third over ten minutes, as work on a ward does over a day."""
    return seconds * (1 + math.sin(time.time() / 600 * 2 * math.pi) / 3)


def now_and_then(seconds, rng, action):
    """People's work: exponential pauses around a mean, forever. Errors of the network are part of life."""
    while True:
        time.sleep(min(tide(seconds) * 5, rng.expovariate(1 / tide(seconds)) + 0.3))
        try:
            action()
        except OSError:
            pass


def by_people(seconds, rng, action):
    threading.Thread(target=now_and_then, args=(seconds, rng, action), daemon=True).start()


def dns(*names):
    rng = random.Random(names[0])

    def ask():
        run("dig", "+tries=1", "+time=2", f"@{IP['svc']}", rng.choice(names))

    return ask


def page(body=b"ready\n" * 40):
    """A small web page, as devices show their status."""
    def session(c):
        c.settimeout(5)
        head = c.recv(8192)
        asked = re.search(rb"content-length: (\d+)", head, re.I)
        left = int(asked.group(1)) - len(head.partition(b"\r\n\r\n")[2]) if asked else 0
        while left > 0 and (data := c.recv(65536)):
            left -= len(data)
        known = re.match(rb"\w+ /(status|upgrade/\S*)? ", head)
        status = b"200 OK" if known else b"404 Not Found"
        c.sendall(b"HTTP/1.1 %s\r\nServer: device\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n"
                  b"Connection: close\r\n\r\n" % (status, len(body)) + body)
    return session


class Reporter(roles.Reporter):
    """A device report as roles.Reporter sends it; the connection is opened anew after a while, as devices do."""

    def __init__(self, key, app, observations, work, rng):
        super().__init__(key, app, f"P9000{key[-1]}", observations, work)
        self.rng = rng

    def send(self):
        if self.link is not None and self.rng.random() < 0.004:
            self.link.close()
            self.link = None
        super().send()


class Walk:
    """A value that wanders as a patient's does."""

    def __init__(self, rng, low, high, step=1.0, digits=0):
        self.rng, self.low, self.high, self.step, self.digits = rng, low, high, step, digits
        self.value = (low + high) / 2

    def __call__(self):
        self.value = min(self.high, max(self.low, self.value + self.rng.gauss(0, self.step)))
        return f"{self.value:.{self.digits}f}"


def device(key, rng, reporter, seconds):
    serve_tcp(80, page())
    background(16 + rng.random() * 4, rng, ntp)
    roles.every(seconds * (0.9 + rng.random() * 0.2), rng, reporter.send)


def ventilator(key, rng, work):
    def telnet(c):  # the service console nobody switched off
        c.settimeout(5)
        c.sendall(b"\r\nVentilator service console\r\nlogin: ")
        c.recv(256)
        c.sendall(b"Password: ")
        c.recv(256)
        c.sendall(b"\r\nLogin incorrect\r\nlogin: ")
        c.recv(256)

    serve_tcp(23, telnet)
    rr, vt = Walk(rng, 12, 18), Walk(rng, 430, 490, 6)
    peak, fio2 = Walk(rng, 16, 23, 0.6), Walk(rng, 38, 43, 0.4)
    device(key, rng, Reporter(key, "VENT", lambda: [
        ("151562^MDC_VENT_RESP_RATE", rr(), "264928^MDC_DIM_RESP_PER_MIN"),
        ("151868^MDC_VENT_VOL_TIDAL", vt(), "263762^MDC_DIM_MILLI_L"),
        ("151976^MDC_VENT_PRESS_MAX_PEAK", peak(), "266048^MDC_DIM_CM_H2O"),
        ("152196^MDC_CONC_AWAY_O2_INSP", fio2(), "262688^MDC_DIM_PERCENT"),
    ], work, rng), 2)


def pump(key, rng, work):
    rate, left = Walk(rng, 4.5, 5.5, 0.1, 1), Walk(rng, 90, 140, 2)
    device(key, rng, Reporter(key, "PUMP", lambda: [
        ("157784^MDC_FLOW_FLUID_PUMP", rate(), "265266^MDC_DIM_MILLI_L_PER_HR"),
        ("157872^MDC_VOL_FLUID_TBI_REMAIN", left(), "263762^MDC_DIM_MILLI_L"),
    ], work, rng), 2.5)


def mqtt_pump(key, rng, work):
    """Reports to the broker over one lasting connection of mosquitto_pub."""
    topic = f"pumps/{key}/status"
    rate, left = Walk(rng, 4.5, 5.5, 0.1, 1), Walk(rng, 90, 140, 2)
    client = [None]

    def send():
        if client[0] is None or client[0].poll() is not None:
            client[0] = subprocess.Popen(
                ["mosquitto_pub", "-h", IP["broker"], "-i", key, "-t", topic, "-q", "1", "-k", "30", "-l"],
                stdin=subprocess.PIPE, text=True)
        client[0].stdin.write(f'{{"rate_ml_h":{rate()},"left_ml":{left()},"state":"infusing"}}\n')
        client[0].stdin.flush()

    serve_tcp(80, page())
    background(18, rng, ntp)
    roles.every(2.2, rng, send)


def monitor(key, rng, work):
    serve_tcp(80, page())
    roles.monitor(key, rng, work)


def central(rng):
    subprocess.Popen(["mosquitto_sub", "-h", IP["broker"], "-i", "central", "-q", "1", "-k", "30",
                      "-t", "pumps/+/status", "-t", "ward/alarms"], stdout=subprocess.DEVNULL)
    roles.central(rng)


def biomed(rng):
    """The workshop looks at devices' status pages and pings them."""
    things = [h.ip for h in BY_KEY.values() if h.key.startswith(("vent", "pump", "mon"))]
    at = [0]

    def look():
        at[0] += 1
        run("curl", "-s", "-m", "5", "-o", "/dev/null", f"http://{things[at[0] % len(things)]}/status")

    background(20, rng, ntp)
    background(30, rng, dns("engine.ward.example", "broker.ward.example"))
    now_and_then(8, rng, look)


def modality(key, aet, seconds, rng, work):
    folder = f"{work}/{key[:2]}"
    studies = sorted(os.listdir(folder), key=int)
    n = [0]

    def study():
        run("findscu", "-q", "-W", "-aet", aet, "-aec", "WORKLIST", IP["ris"], "11112", "-k", "0008,0050",
            "-k", "0010,0010", "-k", "(0040,0100)[0].0008,0060=" + key[:2].upper(), "-k", "0040,1001")
        time.sleep(0.5 + rng.random())
        path = f"{folder}/{studies[n[0] % len(studies)]}"
        n[0] += 1
        run("storescu", "-q", "-aet", aet, "-aec", "WARDPACS", PACS, "11112", "+sd", path)
        if key == "mr1":  # research copy, encrypted, and a report on the image share
            run("storescu", "-q", "+tla", "-ic", "-aet", aet, "-aec", "VNA", IP["vna"], "2762", "+sd", path)
            run("smbclient", "-N", f"//{IP['nas']}/images", "-c", f"put /etc/hostname report{n[0] % 50}.txt")

    background(14, rng, dns("pacs.ward.example", "ris.ward.example"))
    background(17, rng, ntp)
    background(20, rng, lambda: run("echoscu", "-q", "-aet", aet, "-aec", "WARDPACS", PACS, "11112"))
    now_and_then(seconds, rng, study)


def viewer(key, rng, work):
    aet = key.upper()
    os.makedirs(f"{work}/{key}", exist_ok=True)
    subprocess.Popen(["storescp", "-q", "--ignore", "-aet", aet, "11113"], cwd=f"{work}/{key}")

    def read():
        person = rng.randrange(1, PATIENTS + 1)
        run("findscu", "-q", "-S", "-aet", aet, "-aec", "WARDPACS", PACS, "11112", "-k", "0008,0052=STUDY",
            "-k", f"0010,0020=P{person:05d}", "-k", "0010,0010", "-k", "0020,000D")
        time.sleep(0.3 + rng.random())
        run("movescu", "-q", "-S", "-aet", aet, "-aec", "WARDPACS", "-aem", aet, PACS, "11112",
            "-k", "0008,0052=STUDY", "-k", f"0020,000D={study_uid(person)}")

    background(9, rng, dns("pacs.ward.example", "intranet.ward.example", "updates.example"))
    background(16, rng, ntp)
    by_people(20, rng, lambda: run("curl", "-s", "-m", "5", "-o", "/dev/null", f"http://{UPDATE_SERVER}/updates/list"))
    now_and_then(9, rng, read)


def second_archive(rng, work):
    """Fetches studies from the first archive; takes the research copies over TLS."""
    os.makedirs(f"{work}/vna", exist_ok=True)
    subprocess.Popen(["storescp", "-q", "--ignore", "-aet", "VNA", "+tls", f"{work}/key.pem", f"{work}/cert.pem", "-ic",
                      "2762"], cwd=f"{work}/vna")
    background(17, rng, ntp)
    os.makedirs(f"{work}/vna-got", exist_ok=True)
    now_and_then(25, rng, lambda: run(
        "getscu", "-q", "-S", "-aet", "VNA", "-aec", "WARDPACS", "-od", f"{work}/vna-got", PACS, "11112",
        "-k", "0008,0052=STUDY", "-k", f"0020,000D={study_uid(rng.randrange(1, PATIENTS + 1))}"))


def pacs(rng, work):
    background(15, rng, dns("time.ward.example"))
    background(16, rng, ntp)
    subprocess.run(["dcmqrscp", "-q", "-c", f"{work}/dcmqrscp.cfg", "11112"], check=False)


def worklist(rng, work):
    background(16, rng, ntp)
    serve_tls(work)
    subprocess.run(["wlmscpfs", "-q", "-dfr", "-dfp", f"{work}/worklist", "11112"], check=False)


def serve_tls(work):
    subprocess.Popen(["openssl", "s_server", "-quiet", "-accept", "443", "-key", f"{work}/key.pem",
                      "-cert", f"{work}/cert.pem", "-www"], stdin=subprocess.DEVNULL)


def engine(rng):
    """Takes every message, acknowledges it and passes results on to the information system."""
    lock, onward = threading.Lock(), [None]

    def forward(message):
        with lock:
            try:
                if onward[0] is None:
                    onward[0] = hl7.Link(IP["his"], 2576)
                onward[0].send(message)
            except OSError:
                onward[0] = None

    def session(c):
        c.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        reader = hl7.Reader(c)
        while (message := reader.next()) is not None:
            time.sleep(0.002 + rng.random() * 0.004)
            c.sendall(hl7.frame(hl7.ack(message)))
            if "|LAB|" in message[:40]:
                forward(message)

    serve_tcp(2575, session)
    background(16, rng, ntp)
    roles.every(15, rng, dns("his.ward.example", "pacs.ward.example"))


def adt(control, event, person):
    now = hl7.stamp()
    return "\r".join((
        f"MSH|^~\\&|HIS|WARD|ENGINE|WARD|{now}||ADT^{event}|{control}|P|2.6",
        f"EVN|{event}|{now}", f"PID|||P{person:05d}^^^WARD^PI||DEMO^PATIENT{person:03d}", "PV1||I|ICU1")) + "\r"


def information_system(rng):
    def session(c):
        reader = hl7.Reader(c)
        while (message := reader.next()) is not None:
            c.sendall(hl7.frame(hl7.ack(message)))

    serve_tcp(2576, session)
    link, n = [None], [int(time.time()) % 100000 * 10]

    def admit():
        n[0] += 1
        try:
            if link[0] is None:
                link[0] = hl7.Link(IP["engine"])
            link[0].send(adt(f"HIS{n[0]:07d}", rng.choice(("A01", "A03", "A08", "A08", "A08")), rng.randrange(1, 900)))
        except OSError:
            link[0] = None

    background(16, rng, ntp)
    now_and_then(4, rng, admit)


def analyser(rng, work):
    """A connection a result, by the HL7 client of python3-hl7."""
    n = [int(time.time()) % 100000]

    def results():
        n[0] += 1
        text = hl7.oru("LAB", "LAB1", f"LAB{n[0]:06d}", f"P{rng.randrange(1, 41):05d}", [
            ("2823-3^Potassium", f"{3.5 + rng.random():.1f}", "mmol/L"),
            ("2951-2^Sodium", rng.randrange(136, 144), "mmol/L"),
            ("2345-7^Glucose", f"{4.5 + rng.random() * 2:.1f}", "mmol/L"),
        ], profile="")
        path = f"{work}/lab.hl7"
        with open(path, "w", newline="") as f:
            f.write(text)
        run("mllp_send", "-q", "-p", "2575", "--loose", "-f", path, IP["engine"])

    background(16, rng, ntp)
    now_and_then(7, rng, results)


def office(rng):
    background(16, rng, ntp)
    by_people(6, rng, dns("intranet.ward.example", "news.example", "mail.example", "his.ward.example"))
    by_people(20, rng, lambda: run("curl", "-sk", "-m", "5", "-o", "/dev/null", f"https://{IP['ris']}/"))
    by_people(25, rng, lambda: run("smbclient", "-N", f"//{IP['nas']}/images", "-c", "ls"))
    now_and_then(12, rng, lambda: run("curl", "-s", "-m", "5", "-o", "/dev/null", f"http://{UPDATE_SERVER}/"))


def services(work):
    threading.Thread(target=roles.serve_udp, daemon=True, args=(
        123, lambda q: b"\x24\x02\x06\xec" + b"\0" * 20 + q[40:48] + roles.struct.pack("!d", time.time()) * 2)).start()
    subprocess.run(["dnsmasq", "-k", "-C", f"{work}/dnsmasq.conf"], check=False)


def lease(work):
    """Renews the address by DHCP, as most devices do; the address itself is fixed."""
    subprocess.Popen(["udhcpc", "-f", "-i", "eth0", "-s", "/bin/true", "-V", "medical"],
                     stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def main(role, work, seed):
    rng = random.Random(f"{seed}-{role}")
    if role.startswith(("vent", "mon", "pump", "ws", "viewer")):
        lease(work)
    several = {"vent": ventilator, "mon": monitor, "pump": pump, "viewer": viewer}
    if role in ("pump3", "pump4"):
        return mqtt_pump(role, rng, work)
    if role[:-1] in several:
        return several[role[:-1]](role, rng, work)
    return {
        "central": lambda: central(rng),
        "biomed": lambda: biomed(rng),
        "ct1": lambda: modality("ct1", "CT1", 14, rng, work),
        "us1": lambda: modality("us1", "US1", 16, rng, work),
        "mr1": lambda: modality("mr1", "MR1", 22, rng, work),
        "engine": lambda: engine(rng),
        "his": lambda: information_system(rng),
        "lab1": lambda: analyser(rng, work),
        "svc": lambda: services(work),
        "out": roles.outside,
        "pacs": lambda: pacs(rng, work),
        "vna": lambda: second_archive(rng, work),
        "ris": lambda: worklist(rng, work),
        "nas": lambda: subprocess.run(["smbd", "-F", "--no-process-group", "-s", f"{work}/smb.conf"], check=False),
        "broker": lambda: subprocess.run(["mosquitto", "-c", f"{work}/mosquitto.conf"], check=False),
        "ws1": lambda: office(rng),
        "rogue": lambda: roles.research(work),
    }[role]()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3])
