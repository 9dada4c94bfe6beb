# title: the router has no IPv6 route to the destination
# expect: cause=route.none
filter() { echo -p icmpv6 --daddr fd77::9; }
setup() { topo_routed; warm fd09:2::2; }
fault() { :; }
traffic() { ping_twice fd77::9; }
