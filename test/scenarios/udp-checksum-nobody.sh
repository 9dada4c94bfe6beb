# title: the UDP checksum is wrong, and nobody listens: the checksum comes first
# expect: cause=udp.bad_checksum
filter() { echo -p udp --dport 4002; }
setup() { topo_pair; }
fault() { :; }
traffic() { wire "$C" c0 "$S" s0 'ip(udp(dport=4002,wrong=1))'; }
