# title: Open vSwitch has no flow for it, and nobody to ask
# needs: python3
# machine: own
# guests: forky
# expect: cause=ovs.drop
filter() { echo -p icmp --saddr 10.9.1.2; }
setup() { ns_add "$C" "$R" "$S"; cable "$C" c0 "$R" pc; cable "$R" ps "$S" s0; addr "$C" c0 10.9.1.2/24; addr "$S" s0 10.9.1.1/24
modprobe openvswitch; in_ns "$R" python3 test/scenarios/ovs.py make pc ps
ip -n "$C" neigh replace 10.9.1.1 lladdr "$(mac_of "$S" s0)" dev c0 nud permanent; }
fault() { :; }
traffic() { ping_twice 10.9.1.1; }
