"""Network namespaces on one bridge; the capture is taken on the bridge, where every frame passes exactly once."""

import os
import shutil
import subprocess

from hosts import HOSTS, OUTSIDE, UPDATE_SERVER

PREFIX = "wwdemo-"
SWITCH = PREFIX + "sw"
OUT = PREFIX + "out"


def sh(*args, check=True):
    return subprocess.run(args, check=check, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def ns(key):
    return PREFIX + key


def inside(key, *args):
    """The command line that runs args in the host's namespace."""
    return ["ip", "netns", "exec", ns(key), *args]


def _plain(namespace, dev):
    """Offloads off: the capture must show what a cable would, with true checksums."""
    sh("ip", "netns", "exec", namespace, "ethtool", "-K", dev,
       "tso", "off", "gso", "off", "gro", "off", "tx", "off", "rx", "off", check=False)


def _quiet(namespace):
    sh("ip", "netns", "exec", namespace, "sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1",
       "net.ipv6.conf.default.disable_ipv6=1", check=False)


def down():
    names = sh("ip", "netns", "list", check=False).stdout.split("\n")
    for line in names:
        name = line.split(" ")[0]
        if name.startswith(PREFIX):
            pids = sh("ip", "netns", "pids", name, check=False).stdout.split()
            for pid in pids:
                sh("kill", "-9", pid, check=False)
            sh("ip", "netns", "del", name, check=False)
            shutil.rmtree(f"/etc/netns/{name}", ignore_errors=True)


def up():
    down()
    sh("ip", "netns", "add", SWITCH)
    _quiet(SWITCH)
    sh("ip", "-n", SWITCH, "link", "add", "br0", "type", "bridge", "mcast_snooping", "0", "stp_state", "0")
    sh("ip", "-n", SWITCH, "link", "set", "br0", "up")
    _plain(SWITCH, "br0")
    table = "127.0.0.1 localhost\n" + "".join(f"{h.ip} {h.key}\n" for h in HOSTS)
    for i, h in enumerate(HOSTS):
        name = ns(h.key)
        os.makedirs(f"/etc/netns/{name}", exist_ok=True)
        with open(f"/etc/netns/{name}/hosts", "w") as f:
            f.write(table)
        with open(f"/etc/netns/{name}/resolv.conf", "w") as f:
            f.write("nameserver 10.77.0.2\n")
        sh("ip", "netns", "add", name)
        _quiet(name)
        port = f"p{i}"
        sh("ip", "-n", SWITCH, "link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", name)
        sh("ip", "-n", SWITCH, "link", "set", port, "master", "br0", "up")
        sh("ip", "-n", name, "link", "set", "eth0", "address", h.mac)
        sh("ip", "-n", name, "addr", "add", f"{h.ip}/16", "brd", "+", "dev", "eth0")
        sh("ip", "-n", name, "link", "set", "lo", "up")
        sh("ip", "-n", name, "link", "set", "eth0", "up")
        _plain(name, "eth0")
        _plain(SWITCH, port)
        sh("ip", "-n", name, "route", "add", "239.0.0.0/8", "dev", "eth0")
        if h.key != "gw":
            sh("ip", "-n", name, "route", "add", "default", "via", "10.77.0.1")
    # The outside: one namespace behind the gateway with two addresses.
    sh("ip", "netns", "add", OUT)
    _quiet(OUT)
    gw = ns("gw")
    sh("ip", "-n", gw, "link", "add", "wan0", "type", "veth", "peer", "name", "eth0", "netns", OUT)
    sh("ip", "-n", gw, "addr", "add", "198.51.100.1/24", "dev", "wan0")
    sh("ip", "-n", gw, "link", "set", "wan0", "up")
    for ip in (OUTSIDE, UPDATE_SERVER):
        sh("ip", "-n", OUT, "addr", "add", f"{ip}/24", "dev", "eth0")
    sh("ip", "-n", OUT, "link", "set", "lo", "up")
    sh("ip", "-n", OUT, "link", "set", "eth0", "up")
    sh("ip", "-n", OUT, "route", "add", "default", "via", "198.51.100.1")
    _plain(gw, "wan0")
    _plain(OUT, "eth0")
    sh("ip", "netns", "exec", gw, "sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv4.conf.all.send_redirects=0")
    sh("ip", "netns", "exec", ns("laptop"), "sysctl", "-qw", "net.ipv4.ip_forward=1",
       "net.ipv4.conf.all.send_redirects=0", "net.ipv4.conf.eth0.send_redirects=0")
