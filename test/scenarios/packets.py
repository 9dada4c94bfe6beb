"""Packets with faults that no healthy stack sends. packets.py DEVICE DESTINATION_MAC EXPRESSION [COUNT]: puts the frame on the wire."""
import socket
import struct
import sys
import time


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def ip(payload=b"", src="10.9.1.2", dst="10.9.1.1", proto=17, ttl=64, ihl=5, fragment=0, wrong=0, version=4):
    head = struct.pack("!BBHHHBBH4s4s", version << 4 | ihl, 0, 20 + len(payload), 7, fragment, ttl, proto, 0,
                       socket.inet_aton(src), socket.inet_aton(dst))
    return head[:10] + struct.pack("!H", checksum(head) ^ wrong) + head[12:] + payload


def pseudo(src, dst, proto, segment):
    return socket.inet_aton(src) + socket.inet_aton(dst) + struct.pack("!BBH", 0, proto, len(segment)) + segment


def udp(sport=4000, dport=4001, data=b"x" * 8, src="10.9.1.2", dst="10.9.1.1", wrong=0):
    head = struct.pack("!HHHH", sport, dport, 8 + len(data), 0)
    return head[:6] + struct.pack("!H", checksum(pseudo(src, dst, 17, head + data)) ^ wrong) + data


def tcp(sport=4000, dport=4001, seq=1, ack=0, flags=2, src="10.9.1.2", dst="10.9.1.1", wrong=0, timestamp=None):
    options = b"" if timestamp is None else struct.pack("!BBBBII", 1, 1, 8, 10, timestamp & 0xFFFFFFFF, 0)
    head = struct.pack("!HHIIBBHHH", sport, dport, seq, ack, 20 + len(options) << 2, flags, 1024, 0, 0) + options
    return head[:16] + struct.pack("!H", checksum(pseudo(src, dst, 6, head)) ^ wrong) + head[18:]


def vxlan(vni, inner=b"\2" * 12 + b"\x08\0" + b"E" * 20):
    return struct.pack("!II", 1 << 27, vni << 8) + inner


def main():
    device, mac, expression = sys.argv[1:4]
    count = int(sys.argv[4]) if len(sys.argv) > 4 else 2
    packet = eval(expression)
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    wire.bind((device, 0))
    frame = bytes.fromhex(mac.replace(":", "")) + b"\2\0\0\0\0\1" + b"\x08\0" + packet
    for _ in range(count):
        wire.send(frame)
        time.sleep(0.2)


main()
