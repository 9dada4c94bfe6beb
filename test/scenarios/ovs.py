"""
A datapath of Open vSwitch without its tools: the kernel's generic netlink interface (include/uapi/linux/openvswitch.h).

    ovs.py make PORT...        a datapath dp0 with these devices as ports 1, 2 ...
    ovs.py drop PORT-NUMBER    IPv4 that comes in by the port: no action
"""
import socket
import struct
import sys

NETLINK_GENERIC, CTRL, GETFAMILY = 16, 16, 3
REQUEST, ACK, NEW = 1, 4, 0x600
DATAPATH, VPORT, FLOW = "ovs_datapath", "ovs_vport", "ovs_flow"


def attribute(kind, data):
    return struct.pack("=HH", 4 + len(data), kind) + data + b"\0" * (-len(data) % 4)


def nested(kind, *parts):
    return attribute(kind | 0x8000, b"".join(parts))


def u32(kind, value):
    return attribute(kind, struct.pack("=I", value))


def name(kind, value):
    return attribute(kind, value.encode() + b"\0")


class Generic:
    def __init__(self):
        self.socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_GENERIC)
        self.socket.bind((0, 0))
        self.families = {}

    def ask(self, family, command, flags, body):
        """Sends, and returns what was answered before the acknowledgement."""
        message = struct.pack("=IHHII", 16 + len(body), family, REQUEST | ACK | flags, 1, 0) + body
        self.socket.send(message)
        answers = []
        while True:
            data = self.socket.recv(65536)
            while data:
                length, kind = struct.unpack_from("=IH", data)
                if kind == 2:
                    error = struct.unpack_from("=i", data, 16)[0]
                    if error:
                        sys.exit(f"ovs.py: command {command}: error {-error}")
                    return answers
                answers.append(data[16:length])
                data = data[(length + 3) & ~3 :]

    def family(self, wanted):
        if wanted not in self.families:
            (answer,) = self.ask(CTRL, GETFAMILY, 0, struct.pack("=BBH", GETFAMILY, 1, 0) + name(2, wanted))
            at = 4
            while at < len(answer):
                length, kind = struct.unpack_from("=HH", answer, at)
                if kind == 1:
                    self.families[wanted] = struct.unpack_from("=H", answer, at + 4)[0]
                at += (length + 3) & ~3
        return self.families[wanted]

    def new(self, family, version, datapath, *attributes):
        head = struct.pack("=BBHi", 1, version, 0, datapath)
        self.ask(self.family(family), 1, NEW, head + b"".join(attributes))


def make(ports):
    generic = Generic()
    # NAME, UPCALL_PID: nobody is asked
    generic.new(DATAPATH, 2, 0, name(1, "dp0"), u32(2, 0))
    datapath = socket.if_nametoindex("dp0")
    for number, port in enumerate(ports, 1):
        # PORT_NO, TYPE: OVS_VPORT_TYPE_NETDEV, NAME, UPCALL_PID
        generic.new(VPORT, 1, datapath, u32(1, number), u32(2, 1), name(3, port), u32(5, 0))


def key(port, ethertype):
    # IN_PORT, ETHERNET, ETHERTYPE, IPV4: source, destination, protocol, type of service, time to live, fragment
    return u32(3, port) + attribute(4, b"\0" * 12) + attribute(6, struct.pack(">H", ethertype)) + attribute(7, b"\0" * 12)


def drop(port):
    # KEY, ACTIONS, MASK
    Generic().new(
        FLOW, 1, socket.if_nametoindex("dp0"), nested(1, key(port, 0x0800)), nested(2), nested(7, key(0xFFFFFFFF, 0xFFFF))
    )


if sys.argv[1] == "make":
    make(sys.argv[2:])
else:
    drop(int(sys.argv[2]))
