# title: IPv6 is switched off on the server
# expect: cause=ip6.disabled device=s0
filter() { echo -p icmpv6 --daddr fd09:1::1; }
setup() { topo_pair; ip -n "$C" neigh replace fd09:1::1 lladdr "$(mac_of "$S" s0)" dev c0 nud permanent; }
fault() { set_in "$S" net.ipv6.conf.s0.disable_ipv6=1; }
traffic() { ping_twice fd09:1::1; }
