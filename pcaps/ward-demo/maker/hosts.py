"""The ward: every host with its fixed MAC and address. Names, people and addresses are made up."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Host:
    key: str  # namespace suffix and role
    mac: str  # vendor prefixes as such devices show them; the lower half is invented
    ip: str
    type: str  # '' = not in the site file
    name: str = ""
    location: str = ""
    criticality: str = ""


HOSTS = [
    Host("gw", "02:77:00:00:00:01", "10.77.0.1", ""),
    Host("svc", "02:77:00:00:00:02", "10.77.0.2", ""),
    Host("vent1", "00:30:e6:77:10:01", "10.77.1.11", "ventilator", "Ventilator bed 1", "ICU 1", "life-critical"),
    Host("vent2", "00:30:e6:77:10:02", "10.77.1.12", "ventilator", "Ventilator bed 2", "ICU 1", "life-critical"),
    Host("mon1", "00:09:fb:77:20:01", "10.77.1.21", "patient-monitor", "Monitor bed 1", "ICU 1", "high"),
    Host("mon2", "00:09:fb:77:20:02", "10.77.1.22", "patient-monitor", "Monitor bed 2", "ICU 1", "high"),
    Host("pump1", "00:13:38:77:30:01", "10.77.1.31", "infusion-pump", "Infusion pump bed 1", "ICU 1", "life-critical"),
    Host("central", "00:09:fb:77:2f:01", "10.77.1.40", "workstation", "Central station", "ICU 1", "high"),
    Host("ct1", "08:00:06:77:40:01", "10.77.2.11", "imaging-modality", "CT 1", "Radiology", "medium"),
    Host("us1", "00:60:2b:77:50:01", "10.77.2.12", "imaging-modality", "Ultrasound 1", "Radiology", "medium"),
    Host("pacs", "02:77:02:00:00:20", "10.77.2.20", "pacs", "Image archive", "Server room", "high"),
    Host("viewer", "02:77:02:00:00:30", "10.77.2.30", "workstation", "Reading room 1", "Radiology", "low"),
    Host("engine", "02:77:03:00:00:10", "10.77.3.10", "hl7-engine", "Interface engine", "Server room", "high"),
    Host("lab1", "00:30:11:77:60:01", "10.77.3.21", "lab-analyser", "Chemistry analyser", "Laboratory", "medium"),
    Host("laptop", "02:66:06:00:00:66", "10.77.9.66", ""),
    Host("rogue", "02:66:06:00:00:77", "10.77.9.77", ""),
]
BY_KEY = {h.key: h for h in HOSTS}
# Behind the gateway, outside the site (TEST-NET-2, RFC 5737).
UPDATE_SERVER = "198.51.100.80"
OUTSIDE = "198.51.100.23"
VITALS_GROUP = "239.77.0.10"
VITALS_PORT = 24005


def write_site_file(path):
    with open(path, "w", encoding="ascii") as f:
        f.write("mac,ip,type,name,location,criticality\n")
        for h in HOSTS:
            if h.type:
                f.write(f"{h.mac},{h.ip},{h.type},{h.name},{h.location},{h.criticality}\n")
