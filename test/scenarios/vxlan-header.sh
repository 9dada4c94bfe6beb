# title: VXLAN without the flag that says that it has a network identifier
# expect: cause=tunnel.bad_header
filter() { echo -p udp --saddr 10.9.1.2 --dport 4789; }
setup() { topo_pair; ip -n "$S" link add vx0 type vxlan id 100 dstport 4789 local 10.9.1.1 remote 10.9.1.2; ip -n "$S" link set vx0 up; }
fault() { :; }
traffic() { wire "$C" c0 "$S" s0 'ip(udp(dport=4789, data=b"\0" * 8 + b"\2" * 12 + b"\x08\0" + b"E" * 20))'; }
