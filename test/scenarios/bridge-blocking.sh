# title: a bridge's port is blocked by the spanning tree
# expect: cause=bridge.stp_blocking bridge=br0
filter() { echo -p icmp --daddr 10.9.1.1; }
setup() { topo_bridged; warm 10.9.1.1; ip -n "$C" neigh replace 10.9.1.1 lladdr "$(mac_of "$S" s0)" dev c0 nud permanent; }
fault() { in_ns "$R" bridge link set dev pc state 0; }
traffic() { ping_twice 10.9.1.1; }
