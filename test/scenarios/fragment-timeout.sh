# title: the other fragments never come
# expect: cause=ip.fragment_timeout
filter() { echo -p udp --saddr 10.9.1.2 --dport 4001; }
setup() { topo_pair; set_in "$S" net.ipv4.ipfrag_time=1; }
fault() { :; }
traffic() { wire "$C" c0 "$S" s0 'ip(udp(), fragment=0x2000)' 1; sleep 3; }
