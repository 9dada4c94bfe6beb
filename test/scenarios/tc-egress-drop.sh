# title: a tc filter on egress drops
# expect: cause=tc.egress device=c0
filter() { echo -p icmp --daddr 10.9.1.1; }
setup() { topo_pair; warm 10.9.1.1; }
fault() { in_ns "$C" tc qdisc add dev c0 clsact; in_ns "$C" tc filter add dev c0 egress protocol ip matchall action drop; }
traffic() { ping_twice 10.9.1.1; }
