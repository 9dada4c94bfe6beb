# title: a bridge's port has not the packet's VLAN
# expect: cause=bridge.vlan_filter bridge=br0
# guests: bookworm
filter() { echo -p icmp --daddr 10.9.1.1; }
setup() { topo_bridged; warm 10.9.1.1; ip -n "$C" neigh replace 10.9.1.1 lladdr "$(mac_of "$S" s0)" dev c0 nud permanent; }
fault() { ip -n "$R" link set br0 type bridge vlan_filtering 1; in_ns "$R" bridge vlan del vid 1 dev pc; }
traffic() { ping_twice 10.9.1.1; }
