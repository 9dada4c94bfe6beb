# title: Geneve for a network identifier that no device has
# expect: cause=tunnel.bad_header
filter() { echo -p udp --saddr 10.9.1.2 --dport 6081; }
setup() { topo_pair; ip -n "$S" link add gn0 type geneve id 100 remote 10.9.1.2 dstport 6081; ip -n "$S" link set gn0 up; }
fault() { :; }
traffic() { wire "$C" c0 "$S" s0 'ip(udp(dport=6081, data=struct.pack("!BBHI", 0, 0, 0x6558, 200 << 8) + b"\2" * 12 + b"\x08\0" + b"E" * 20))'; }
