# title: a VXLAN packet of a network that nobody has
# expect: cause=tunnel.vxlan_vni_unknown vni=99
filter() { echo -p udp --dport 4789; }
setup() { topo_pair; ip -n "$S" link add vx0 type vxlan id 42 local 10.9.1.1 dstport 4789 dev s0; ip -n "$S" link set vx0 up; }
fault() { :; }
traffic() { wire "$C" c0 "$S" s0 'ip(udp(dport=4789, data=vxlan(99)))'; }
