# title: the hop limit runs out at the router
# expect: cause=ip.ttl_exceeded
filter() { echo -p icmp --daddr 10.9.2.2; }
setup() { topo_routed; }
fault() { :; }
traffic() { in_ns $C ping -t 1 -c 2 -i 0.3 -W 1 10.9.2.2; }
