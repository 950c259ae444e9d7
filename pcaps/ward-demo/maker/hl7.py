"""HL7 v2 messages and MLLP framing (0x0B … 0x1C 0x0D), enough for device reports and their acknowledgements."""

import socket
import time


def stamp():
    return time.strftime("%Y%m%d%H%M%S", time.gmtime()) + "+0000"


def oru(app, facility, control, patient, observations, profile="IHE_PCD_001^IHE PCD^1.3.6.1.4.1.19376.1.6.1.1.1^ISO"):
    """An ORU^R01 as IHE PCD-01 has it: one order, numeric observations (code, value, unit)."""
    now = stamp()
    lines = [
        f"MSH|^~\\&|{app}|{facility}|ENGINE|WARD|{now}||ORU^R01^ORU_R01|{control}|P|2.6|||NE|AL|||||{profile}",
        f"PID|||{patient}^^^WARD^PI||DEMO^{patient}^^^^^L",
        f"PV1||I|ICU1^^{patient[-1]}",
        f"OBR|1|{control}^{app}|{control}^{app}|182777000^monitoring of patient^SCT|||{now}",
    ]
    for n, (code, value, unit) in enumerate(observations, 1):
        lines.append(f"OBX|{n}|NM|{code}^^MDC|1.0.0.{n}|{value}|{unit}^^MDC|||||R|||{now}")
    return "\r".join(lines) + "\r"


def frame(text):
    return b"\x0b" + text.encode("ascii") + b"\x1c\x0d"


def ack(message):
    """AA for a message (HL7 v2 chapter 2.9.2)."""
    msh = message.split("\r")[0].split("|")
    app, facility, control = msh[2], msh[3], msh[9]
    return (f"MSH|^~\\&|ENGINE|WARD|{app}|{facility}|{stamp()}||ACK^R01^ACK|A{control}|P|2.6\r"
            f"MSA|AA|{control}\r")


class Reader:
    """Takes MLLP blocks off a socket."""

    def __init__(self, sock):
        self.sock, self.buf = sock, b""

    def next(self):
        while True:
            end = self.buf.find(b"\x1c\x0d")
            if end >= 0:
                block, self.buf = self.buf[:end], self.buf[end + 2:]
                return block[block.find(b"\x0b") + 1:].decode("ascii", "replace")
            data = self.sock.recv(65536)
            if not data:
                return None
            self.buf += data


class Link:
    """A sender's connection to the engine that waits for each acknowledgement."""

    def __init__(self, ip, port=2575):
        self.sock = socket.create_connection((ip, port), 5)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock.settimeout(5)
        self.reader = Reader(self.sock)

    def send(self, text):
        self.sock.sendall(frame(text))
        return self.reader.next()

    def close(self):
        self.sock.close()
