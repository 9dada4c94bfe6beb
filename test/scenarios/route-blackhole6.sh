# title: an IPv6 blackhole route takes it
# expect: cause=route.blackhole
filter() { echo -p icmpv6 --daddr fd77::9; }
setup() { topo_routed; warm fd09:2::2; }
fault() { ip -n "$R" -6 route add blackhole fd77::/16; }
traffic() { ping_twice fd77::9; }
