# title: a rule of ebtables drops
# expect: cause=netfilter.rule backend=ebtables chain=FORWARD rule~"-j DROP"
filter() { echo -p icmp --daddr 10.9.1.1; }
setup() { topo_bridged; warm 10.9.1.1; }
fault() { in_ns "$R" ebtables -A FORWARD -p IPv4 --ip-proto icmp --ip-dst 10.9.1.1 -j DROP; }
traffic() { ping_twice 10.9.1.1; }
