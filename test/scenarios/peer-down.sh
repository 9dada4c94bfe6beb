# title: the other end of the cable is down
# expect: cause=device.down
filter() { echo -p icmp --daddr 10.9.1.1; }
setup() { topo_pair; warm 10.9.1.1; ip -n "$C" neigh replace 10.9.1.1 lladdr 02:00:00:00:00:01 dev c0 nud permanent; }
fault() { ip -n "$S" link set s0 down; }
traffic() { ping_twice 10.9.1.1; }
