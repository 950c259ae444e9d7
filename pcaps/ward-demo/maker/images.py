"""Small DICOM objects made with dump2dcm: grey ramps, invented people, an own UID root (2.25, ITU-T X.667)."""

import os
import random
import subprocess

SOP = {
    "CT": "1.2.840.10008.5.1.4.1.1.2",
    "US": "1.2.840.10008.5.1.4.1.1.6.1",
}
MAKER = {"CT": ("DEMO MEDICAL", "Ramp 16", "CT1"), "US": ("DEMO MEDICAL", "Echo 3", "US1")}


def patient(n):
    return f"P{n:05d}", f"DEMO^PATIENT{n:03d}"


def make(path, modality, person, study_uid, number, rng, side=48, date="20300101"):
    pid, name = patient(person)
    raw = path + ".raw"
    bits = 16 if modality == "CT" else 8
    with open(raw, "wb") as f:
        for y in range(side):
            for x in range(side):
                v = (x * 9 + y * 5 + number * 31 + rng.randrange(4)) & 0xFFF
                f.write(v.to_bytes(2, "little") if bits == 16 else bytes([v & 255]))
    maker, model, station = MAKER[modality]
    series = f"{study_uid}.1"
    lines = [
        f"(0008,0016) UI {SOP[modality]}", f"(0008,0018) UI {series}.{number}",
        f"(0008,0020) DA [{date}]", "(0008,0030) TM [101500]", f"(0008,0050) SH [A{person:05d}]",
        f"(0008,0060) CS [{modality}]", f"(0008,0070) LO [{maker}]", f"(0008,1010) SH [{station}]",
        "(0008,0090) PN []", f"(0008,1090) LO [{model}]",
        f"(0010,0010) PN [{name}]", f"(0010,0020) LO [{pid}]", "(0010,0030) DA []", "(0010,0040) CS [O]",
        "(0018,1020) LO [1.0]",
        f"(0020,000d) UI {study_uid}", f"(0020,000e) UI {series}",
        f"(0020,0010) SH [S{person:05d}]", "(0020,0011) IS [1]", f"(0020,0013) IS [{number}]",
        "(0028,0002) US 1", "(0028,0004) CS [MONOCHROME2]", f"(0028,0010) US {side}", f"(0028,0011) US {side}",
        f"(0028,0100) US {bits}", f"(0028,0101) US {12 if bits == 16 else 8}",
        f"(0028,0102) US {11 if bits == 16 else 7}", "(0028,0103) US 0",
        f"(7fe0,0010) {'OW' if bits == 16 else 'OB'} ={raw}",
    ]
    with open(path + ".dump", "w") as f:
        f.write("\n".join(lines) + "\n")
    subprocess.run(["dump2dcm", "-q", "-F", path + ".dump", path], check=True)
    os.remove(raw)
    os.remove(path + ".dump")


def study_uid(n):
    return f"2.25.77{n:010d}"


def make_all(folder, seed=77):
    """archive/: 40 patients already stored; ct/N, us/N: studies the modalities will send."""
    rng = random.Random(seed)
    made = {"archive": [], "ct": [], "us": []}
    os.makedirs(f"{folder}/archive", exist_ok=True)
    for n in range(1, 41):
        p = f"{folder}/archive/{n}.dcm"
        make(p, "CT", n, study_uid(n), 1, rng, side=16, date=f"202912{1 + n % 28:02d}")
        made["archive"].append(p)
    for kind, modality, first, count, images, side in (("ct", "CT", 100, 24, 3, 40), ("us", "US", 200, 20, 2, 64)):
        for s in range(count):
            d = f"{folder}/{kind}/{s}"
            os.makedirs(d, exist_ok=True)
            for i in range(images):
                make(f"{d}/{i}.dcm", modality, first + s, study_uid(first + s), i + 1, rng, side=side)
            made[kind].append(d)
    return made
