# title: the checksum of the IP header is wrong
# expect: cause=ip.bad_checksum device=s0
filter() { echo -p udp --dport 4001; }
setup() { topo_pair; }
fault() { :; }
traffic() { wire "$C" c0 "$S" s0 'ip(udp(), wrong=1)'; }
