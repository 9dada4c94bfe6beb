# title: the hop limit of IPv6 runs out at the router
# expect: cause=ip.ttl_exceeded
filter() { echo -p icmpv6 --daddr fd09:2::2; }
setup() { topo_routed; warm fd09:2::2; }
fault() { :; }
traffic() { ping_twice -t 1 fd09:2::2; }
