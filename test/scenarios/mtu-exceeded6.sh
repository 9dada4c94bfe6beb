# title: an IPv6 packet is larger than the router's outgoing MTU
# expect: cause=ip.mtu_exceeded mtu=1300
filter() { echo -p icmpv6 --daddr fd09:2::2; }
setup() { topo_routed; warm fd09:2::2; }
fault() { ip -n "$R" link set rs mtu 1300; ip -n "$S" link set s0 mtu 1300; }
traffic() { ping_twice -s 1400 fd09:2::2; }
