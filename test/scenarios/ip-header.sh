# title: the IP header says that it has eight bytes
# expect: cause=ip.bad_header device=s0
filter() { echo --addr 10.9.1.2 -p ip --pkt-len 36; }
setup() { topo_pair; set_in "$C" net.ipv6.conf.all.disable_ipv6=1; }
fault() { :; }
traffic() { wire "$C" c0 "$S" s0 'ip(udp(), ihl=2)'; }
