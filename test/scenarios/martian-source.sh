# title: a packet comes in from the router's own address
# expect: cause=route.martian_source
filter() { echo -p icmp --saddr 10.9.2.1; }
setup() { topo_routed; ip -n "$C" neigh replace 10.9.1.1 lladdr "$(mac_of "$R" rc)" dev c0 nud permanent; ip -n "$C" addr add 10.9.2.1/32 dev lo; set_in "$R" net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.rc.rp_filter=0; }
fault() { :; }
traffic() { ping_twice -I 10.9.2.1 10.9.2.2; }
