# title: a flow of Open vSwitch says drop
# needs: ovs-dpctl
# machine: own
# expect: cause=ovs.drop
filter() { echo -p icmp --saddr 10.9.1.2; }
setup() { ns_add "$C" "$R" "$S"; cable "$C" c0 "$R" pc; cable "$R" ps "$S" s0; addr "$C" c0 10.9.1.2/24; addr "$S" s0 10.9.1.1/24
modprobe openvswitch; in_ns "$R" ovs-dpctl add-dp dp0 && in_ns "$R" ovs-dpctl add-if dp0 pc && in_ns "$R" ovs-dpctl add-if dp0 ps
ip -n "$C" neigh replace 10.9.1.1 lladdr "$(mac_of "$S" s0)" dev c0 nud permanent; }
fault() { in_ns "$R" ovs-dpctl add-flow dp0 "in_port(1),eth(),eth_type(0x0800),ipv4()" drop; }
traffic() { ping_twice 10.9.1.1; }
