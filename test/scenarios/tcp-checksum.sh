# title: the TCP checksum is wrong
# expect: cause=tcp.bad_checksum
filter() { echo -p tcp --dport 4001; }
setup() { topo_pair; }
fault() { :; }
traffic() { wire "$C" c0 "$S" s0 'ip(tcp(wrong=1), proto=6)'; }
