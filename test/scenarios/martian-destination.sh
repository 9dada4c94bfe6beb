# title: a packet on the wire is for 127.0.0.1
# expect: cause=route.martian_destination
filter() { echo -p udp --daddr 127.0.0.1 --dport 4001; }
setup() { topo_pair; }
fault() { :; }
traffic() { wire "$C" c0 "$S" s0 'ip(udp(dst="127.0.0.1"), dst="127.0.0.1")'; }
