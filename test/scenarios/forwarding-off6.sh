# title: the router does not forward IPv6
# expect: cause=route.forwarding_disabled sysctl=net.ipv6.conf.all.forwarding
filter() { echo -p icmpv6 --daddr fd09:2::2; }
setup() { topo_routed; warm fd09:2::2; }
fault() { set_in "$R" net.ipv6.conf.all.forwarding=0; }
traffic() { ping_twice fd09:2::2; }
