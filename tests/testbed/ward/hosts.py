"""The hosts of the testbed: fixed MAC and address each. Names, people and addresses are made up.

The same names as in pcaps/ward-demo/maker/hosts.py, whose programs are used too; this one stands first on the path.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Host:
    key: str  # namespace suffix and role
    mac: str  # vendor prefixes as such devices show them; the lower half is invented
    ip: str
    type: str = ""  # '' = not in the site file
    name: str = ""
    location: str = ""
    criticality: str = ""


def _many(key, count, mac, ip, first, type_, name, location, criticality):
    return [Host(f"{key}{n}", f"{mac}:{n:02x}", f"{ip}.{first + n}", type_, f"{name} {n}", location, criticality)
            for n in range(1, count + 1)]


LC = "life-critical"
HOSTS = [
    Host("gw", "02:77:00:00:00:01", "10.77.0.1"),
    Host("svc", "02:77:00:00:00:02", "10.77.0.2"),
    *_many("vent", 4, "00:30:e6:77:10", "10.77.1", 10, "ventilator", "Ventilator", "ICU 1", LC),
    *_many("mon", 4, "00:09:fb:77:20", "10.77.1", 20, "patient-monitor", "Monitor", "ICU 1", "high"),
    *_many("pump", 4, "00:13:38:77:30", "10.77.1", 30, "infusion-pump", "Infusion pump", "ICU 1", LC),
    Host("central", "00:09:fb:77:2f:01", "10.77.1.40", "central-station", "Central station", "ICU 1", "high"),
    Host("biomed", "02:77:01:00:00:50", "10.77.1.50", "workstation", "Biomedical desk", "Workshop", "low"),
    Host("ct1", "08:00:06:77:40:01", "10.77.2.11", "imaging-modality", "CT 1", "Radiology", "medium"),
    Host("us1", "00:60:2b:77:50:01", "10.77.2.12", "imaging-modality", "Ultrasound 1", "Radiology", "medium"),
    Host("mr1", "08:00:06:77:41:01", "10.77.2.13", "imaging-modality", "MR 1", "Radiology", "medium"),
    Host("pacs", "02:77:02:00:00:20", "10.77.2.20", "pacs", "Image archive", "Server room", "high"),
    Host("vna", "02:77:02:00:00:21", "10.77.2.21", "pacs", "Second archive", "Server room", "high"),
    Host("ris", "02:77:02:00:00:22", "10.77.2.22", "ris", "Worklist server", "Server room", "high"),
    Host("viewer1", "02:77:02:00:00:31", "10.77.2.31", "viewer", "Reading room 1", "Radiology", "low"),
    Host("viewer2", "02:77:02:00:00:32", "10.77.2.32", "viewer", "Reading room 2", "Radiology", "low"),
    Host("nas", "02:77:02:00:00:40", "10.77.2.40", "server", "Image share", "Server room", "medium"),
    Host("engine", "02:77:03:00:00:10", "10.77.3.10", "hl7-engine", "Interface engine", "Server room", "high"),
    Host("his", "02:77:03:00:00:11", "10.77.3.11", "ehr", "Hospital information system", "Server room", "high"),
    Host("broker", "02:77:03:00:00:12", "10.77.3.12", "server", "Device broker", "Server room", "high"),
    Host("lab1", "00:30:11:77:60:01", "10.77.3.21", "lab-analyser", "Chemistry analyser", "Laboratory", "medium"),
    Host("ws1", "02:77:03:00:00:31", "10.77.3.31", "workstation", "Ward office 1", "ICU 1", "low"),
    Host("laptop", "02:66:06:00:00:66", "10.77.9.66"),
    Host("rogue", "02:66:06:00:00:77", "10.77.9.77"),
]
BY_KEY = {h.key: h for h in HOSTS}
ATTACKERS = ("laptop", "rogue")
# Behind the gateway, outside the site (TEST-NET-2, RFC 5737), and an address named by an advisory (threat N08).
UPDATE_SERVER = "198.51.100.80"
OUTSIDE = "198.51.100.23"
CALL_HOME = "202.114.4.119"
VITALS_GROUP = "239.77.0.10"
VITALS_PORT = 24005


def write_site_file(path):
    with open(path, "w", encoding="ascii") as f:
        f.write("mac,ip,type,name,location,criticality\n")
        for h in HOSTS:
            if h.type:
                f.write(f"{h.mac},{h.ip},{h.type},{h.name},{h.location},{h.criticality}\n")
